from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.personal_data import register, register_person_lookup
        from core.nav import own_page, staff_page
        from core.trail import name_purposes
        from identity import jobs, messages, personal_data  # noqa: F401
        from identity.access import REVIEWERS

        register("identity", export=personal_data.export, erase=personal_data.erase)
        register_person_lookup(personal_data.person_id)
        name_purposes({"identity_review": _("A paper read to see who you are")})
        own_page(label=_("Who I am"), url_name="identity:own", icon="verified", place=60)
        staff_page(section=_("Review"), label=_("Identity"), url_name="identity:queue", roles=REVIEWERS)
