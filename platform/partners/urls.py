from django.urls import path, re_path

from partners import views

app_name = "partners"

_PLURAL = r"^staff/partners/(?P<plural>hospitals|charities)"
_CODE = r"(?P<code>[A-Z0-9-]{2,20})"

urlpatterns = [
    path("help/relief/", views.relief, name="relief"),
    path("staff/partners/hospitals/", views.partners, {"plural": "hospitals"}, name="hospitals"),
    path("staff/partners/charities/", views.partners, {"plural": "charities"}, name="charities"),
    re_path(rf"{_PLURAL}/new/$", views.add, name="add"),
    re_path(rf"{_PLURAL}/{_CODE}/$", views.edit, name="edit"),
    re_path(rf"{_PLURAL}/{_CODE}/account/$", views.account, name="account"),
    re_path(
        r"^staff/partners/accounts/(?P<pk>\d{1,18})/(?P<action>approve|withdraw)/$",
        views.decide_account,
        name="decide_account",
    ),
    path("staff/relief/", views.relief_list, name="relief_list"),
    path("staff/relief/new/", views.relief_edit, name="relief_add"),
    re_path(r"^staff/relief/(?P<pk>[1-9]\d{0,17})/$", views.relief_edit, name="relief_edit"),
]
