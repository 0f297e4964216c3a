from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts import personal_data
        from accounts.roles import Role
        from core.nav import staff_page
        from payments import checks, holdings, jobs, messages  # noqa: F401
        from payments.purposes import TransferPurpose, register_transfer
        from payments.services import interest

        messages.register_all()
        register_transfer(
            TransferPurpose("interest", on_arrived=interest.gift_arrived, on_returned=interest.gift_returned)
        )
        personal_data.register("payments", export=holdings.export, erase=holdings.erase)
        for label, url_name in (
            (_("Where the money is"), "payments:overview"),
            (_("Needs attention"), "payments:attention"),
            (_("Differences with statements"), "payments:breaks"),
            (_("Interest"), "payments:interest"),
            (_("Payments"), "payments:payments"),
            (_("Refunds"), "payments:refunds"),
            (_("Transfers"), "payments:transfers"),
        ):
            staff_page(section=_("Money"), label=label, url_name=url_name, roles=(Role.FINANCE,))
