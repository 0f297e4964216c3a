"""Every room brings its own pages (`urls`) and its own REST resources (`api`)."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config import sandbox

# Django's own admin signs in like everything else, second factor included (accounts.middleware).
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# allauth's lists there show addresses in clear and search columns that our User does not have; accounts.admin has its own.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)

ROOMS = [
    "core",
    "policy",
    "accounts",
    "notices",
    "documents",
    "identity",
    "partners",
    "relations",
    "ledger",
    "payments",
    "audit",
    "blacklist",
    "campaigns",
    "disclosures",
]

handler404 = "core.rest.not_found"

urlpatterns = [
    *(path("", include(f"{room}.urls")) for room in ROOMS),
    *(path("api/v1/", include(f"{room}.api")) for room in ROOMS),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("sandbox/", sandbox.aid, name="sandbox"),
    path("sandbox/cast.json", sandbox.cast_json, name="sandbox_cast"),
    path("sandbox/outbox.json", sandbox.outbox_json, name="sandbox_outbox"),
]
