from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.personal_data import register
        from core import rotation, trail
        from core.nav import own_page
        from documents import files, jobs, lookups, personal_data  # noqa: F401

        register("documents", export=personal_data.export, erase=personal_data.erase)
        rotation.register("documents.files", files.renew)
        read = _("A paper opened by a reviewer")
        trail.name_purposes({"document_page": read, "api": read})
        own_page(label=_("My papers"), url_name="documents:own", icon="file", place=50)
