from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import figures, housekeeping  # noqa: F401
        from core.nav import staff_page

        staff_page(
            section=_("Administration"), label=_("Background work"), url_name="core:jobs", roles=["admin"], place=90
        )
