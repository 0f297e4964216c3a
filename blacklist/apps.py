from django.apps import AppConfig


class BlacklistConfig(AppConfig):
    name = "blacklist"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.roles import Role
        from blacklist import checks, jobs, messages  # noqa: F401
        from core.nav import staff_page

        messages.register_all()
        staff_page(
            section=_("Risk"),
            label=_("Blacklist"),
            url_name="blacklist:queue",
            roles=(Role.RISK, Role.SENIOR_AUDITOR, Role.ADMIN),
        )
