from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts.roles import Role
        from core.nav import staff_page
        from ledger import jobs  # noqa: F401

        staff_page(section=_("Money"), label=_("The books"), url_name="ledger:books", roles=(Role.FINANCE,))
