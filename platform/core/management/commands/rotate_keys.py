"""Renew everything that is encrypted under an older key."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.rotation import Outcome, renew_all


class Command(BaseCommand):
    help = (
        "Encrypt everything under the first key of FIELD_KEYS. Safe while the platform runs, and to be run again after it "
        "was stopped. Blind indexes have a key of their own, which is not rotated (docs/operator/backup-and-keys.md)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Renewing under key {next(iter(settings.FIELD_KEYS))}.")
        found: dict[str, Outcome] = {}
        for outcome in renew_all():
            found[outcome.label] = outcome
            if outcome.renewed:
                self.stdout.write(
                    f"  {outcome.label}: {outcome.renewed}", ending="\r" if self.stdout.isatty() else "\n"
                )
        refused = {label: outcome.refused for label, outcome in found.items() if outcome.refused}
        unreadable = {label: outcome.unreadable for label, outcome in found.items() if outcome.unreadable}
        self.stdout.write(f"Renewed {sum(outcome.renewed for outcome in found.values())} values.")
        if refused:
            self.stdout.write(f"Rows that nobody can change keep their old keys: {refused}.")
        self.stdout.write(
            "Addresses in the trail keep their old keys, too: leave those in the ring, behind the first, for reading."
        )
        if unreadable:
            raise CommandError(f"Could not be read with any key of the ring, and was left as it is: {unreadable}.")
