from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from core.nav import staff_page
        from partners.access import KEEPERS, TREASURERS

        section = _("Partners")
        staff_page(section=section, label=_("Hospitals"), url_name="partners:hospitals", roles=TREASURERS, place=80)
        staff_page(section=section, label=_("Charities"), url_name="partners:charities", roles=TREASURERS, place=80)
        staff_page(
            section=section, label=_("Relief directory"), url_name="partners:relief_list", roles=KEEPERS, place=80
        )
