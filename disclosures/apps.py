from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "disclosures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _
        from django.utils.translation import pgettext_lazy

        from accounts.roles import Role
        from audit.registry import register_subject
        from campaigns import panels
        from core.nav import staff_page
        from disclosures import jobs, messages, selectors, subjects  # noqa: F401
        from disclosures.services import payouts
        from payments.purposes import TransferPurpose, register_transfer

        register_subject(subjects.WithdrawalSubject())
        register_subject(subjects.ProofSubject())
        register_transfer(
            TransferPurpose(code="payout", on_arrived=payouts.payout_arrived, on_returned=payouts.payout_returned)
        )
        messages.register_all()
        panels.register("page.use", selectors.use_panel)
        panels.register("dashboard", selectors.dashboard_panel)
        panels.register("receipt", selectors.receipt_panel)
        reviewers = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.COMPLAINTS, Role.RISK)
        for label, url_name, roles in (
            (_("Payouts"), "disclosures:staff_payouts", (Role.FINANCE,)),
            (pgettext_lazy("menu", "Closing the books"), "disclosures:staff_settlements", (Role.FINANCE,)),
            (_("Objections"), "disclosures:staff_objections", reviewers),
        ):
            staff_page(section=_("Money going out"), label=label, url_name=url_name, roles=roles)
