from django.apps import AppConfig


class RelationsConfig(AppConfig):
    name = "relations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts import personal_data
        from accounts.roles import Role
        from core.nav import staff_page
        from relations import holdings, subjects

        subjects.register("user", label=_("Account"), describe=holdings.users)
        subjects.register("person", label=_("Person"), describe=holdings.persons)
        personal_data.register("relations", export=holdings.export, erase=holdings.erase)
        staff_page(section=_("Risk"), label=_("Who is linked"), url_name="relations:linked", roles=[Role.RISK])
