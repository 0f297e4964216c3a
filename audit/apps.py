from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.personal_data import register
        from audit import jobs, menu, messages, personal_data, purposes, reasons  # noqa: F401

        reasons.register_all()
        messages.register_all()
        menu.register_all()
        purposes.register_all()
        register("audit", export=personal_data.export, erase=personal_data.erase)
        # Rule set 1 is data, not schema: it comes with every `migrate` that finds none, and with every flush of a test.
        post_migrate.connect(_found, sender=self)


def _found(**kwargs: Any) -> None:
    from audit.founding import found_rules

    found_rules()
