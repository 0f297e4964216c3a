from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "policy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from core.nav import staff_page
        from policy import checks  # noqa: F401 - what the platform refuses to start with

        section = _("Administration")
        staff_page(
            section=section, label=_("Parameters"), url_name="policy:staff_parameters", roles=["admin"], place=90
        )
        staff_page(
            section=section,
            label=_("Rules carried out"),
            url_name="policy:staff_compliance",
            roles=["admin", "auditor", "senior_auditor", "regulator"],
            place=90,
        )
