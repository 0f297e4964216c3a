from django.urls import path, re_path

from blacklist import views

app_name = "blacklist"

urlpatterns = [
    path("blacklist/", views.public_list, name="public"),
    path("me/blacklist/", views.own_list, name="own_list"),
    path("me/blacklist/<int:pk>/", views.own_entry, name="own"),
    path("staff/blacklist/", views.queue, name="queue"),
    path("staff/blacklist/propose/", views.propose, name="propose"),
    path("staff/blacklist/<int:pk>/", views.staff_entry, name="staff_entry"),
    re_path(r"^staff/blacklist/(?P<pk>\d{1,18})/(?P<action>approve|enter|drop|appeal)/$", views.act, name="act"),
]
