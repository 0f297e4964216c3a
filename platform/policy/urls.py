from django.urls import URLPattern, URLResolver, path, re_path, register_converter
from django.urls.converters import StringConverter

from policy import help, views

app_name = "policy"


class HelpPageConverter(StringConverter):
    """Only the names of our own pages: other rooms have pages under /help/ as well."""

    regex = "|".join(name for name in help.PAGES if name)


register_converter(HelpPageConverter, "help_page")
_KEY = r"(?P<key>[a-z_]+\.[a-z_]+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("help/", help.page, name="help"),
    path("help/<help_page:name>/", help.page, name="help_page"),
    path("rules/", views.rules, name="rules"),
    path("rules/parameters/", views.public_parameters, name="parameters"),
    path("staff/rules/", views.staff_compliance, name="staff_compliance"),
    path("staff/parameters/", views.staff_parameters, name="staff_parameters"),
    re_path(rf"^staff/parameters/{_KEY}/$", views.staff_parameter, name="staff_parameter"),
    re_path(r"^staff/parameters/change/(?P<pk>\d{1,18})/approve/$", views.approve, name="approve_change"),
    re_path(r"^staff/parameters/change/(?P<pk>\d{1,18})/withdraw/$", views.withdraw, name="withdraw_change"),
]
