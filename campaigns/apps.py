from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from audit.registry import register_subject
        from campaigns import checks, jobs, messages, subjects  # noqa: F401
        from campaigns.services import donations
        from core.nav import own_page
        from payments import purposes
        from relations.subjects import register

        messages.register_all()
        own_page(label=_("My requests"), url_name="campaigns:my_campaigns", icon="hand", place=10)
        own_page(label=_("My gifts"), url_name="campaigns:my_gifts", icon="heart", place=20)
        register_subject(subjects.CampaignSubject())
        register("campaign", label=_("Request for help"), describe=subjects.describe)
        purposes.register(
            purposes.Purpose(
                donations.PURPOSE,
                on_paid=donations.donation_paid,
                on_refunded=donations.donation_refunded,
                on_refund_failed=donations.donation_refund_failed,
            )
        )
