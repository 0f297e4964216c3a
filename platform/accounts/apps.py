from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts import (
            authentication,  # noqa: F401 - describes the app token to the API documentation
            holdings,
            jobs,  # noqa: F401 - registers the handlers
            personal_data,
            renewal,
        )
        from accounts.access import role_required
        from accounts.roles import Role
        from core import gate, rotation
        from core.nav import own_page, staff_page

        own_page(label=_("My page"), url_name="accounts:me", icon="home", place=0)
        own_page(label=_("Safety"), url_name="accounts:security", icon="lock", place=70)
        own_page(label=_("My privacy"), url_name="accounts:privacy", icon="eye-off", place=80)
        own_page(label=_("Name and language"), url_name="accounts:profile", icon="settings", place=90)
        staff_page(
            section=_("Administration"),
            label=_("People and roles"),
            url_name="accounts:staff_people",
            roles=[Role.ADMIN],
            place=90,
        )
        gate.register(role_required)
        rotation.register("mfa.authenticator", renewal.renew_authenticators)
        personal_data.register("accounts", export=holdings.export, erase=holdings.erase, blockers=holdings.blockers)
