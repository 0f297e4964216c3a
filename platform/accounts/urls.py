from allauth.headless.constants import Client
from django.urls import URLPattern, URLResolver, path

from accounts import headless, staff_views, views

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", views.me, name="me"),
    path("me/work/", views.open_work, name="open_work"),
    path("me/welcome/", views.welcome, name="welcome"),
    path("me/profile/", views.profile, name="profile"),
    path("me/security/", views.security, name="security"),
    path("me/prove/", views.ProveByCode.as_view(), name="prove_by_code"),
    path("me/privacy/", views.privacy, name="privacy"),
    path("me/privacy/consents/<slug:purpose>/", views.consent, name="consent"),
    path("me/privacy/export/", views.request_export, name="request_export"),
    path("me/privacy/export/<str:token>/", views.export_download, name="export_download"),
    path("me/privacy/deletion/", views.deletion, name="deletion"),
    path("me/privacy/deletion/cancel/", views.cancel_deletion, name="cancel_deletion"),
    path("me/privacy/access/", views.readings, name="readings"),
    path("legal/<slug:purpose>/", views.legal, name="legal"),
    path("staff/people/", staff_views.people, name="staff_people"),
    path("staff/people/<int:pk>/", staff_views.person, name="staff_person"),
    path("staff/people/<int:pk>/grant/", staff_views.grant, name="staff_grant"),
    path("staff/people/<int:pk>/revoke/<int:grant_pk>/", staff_views.revoke, name="staff_revoke"),
    path("staff/people/<int:pk>/second-factor/", staff_views.reset_second_factor, name="staff_reset_second_factor"),
    # In front of allauth's own views of the same address (see accounts.headless).
    path("accounts/login/code/confirm/", headless.ConfirmLoginCode.as_view()),
    *(
        path(f"_allauth/{client.value}/v1/auth/{name}", view.as_api_view(client=client))
        for client in Client
        for name, view in (
            ("signup", headless.Signup),
            ("code/request", headless.RequestLoginCode),
            ("code/resend", headless.ResendLoginCode),
        )
    ),
]
