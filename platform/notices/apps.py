from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from accounts import outbound, personal_data
        from core.nav import own_page
        from notices import (
            account_kinds,  # noqa: F401 - registers what there is to tell about accounts
            holdings,
            jobs,  # noqa: F401 - registers the handlers
            services,
        )

        outbound.register_sender(services.send_message)
        outbound.register_notifier(services.notify)
        own_page(label=_("Messages"), url_name="notices:inbox", icon="message", place=30)
        personal_data.register("notices", export=holdings.export, erase=holdings.erase)
