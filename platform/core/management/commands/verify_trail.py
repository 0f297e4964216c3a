"""Check the chain of seals over the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.seals import TRAIL


class Command(BaseCommand):
    help = "Recompute every seal of the trail; names the first one that does not hold and exits with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", metavar="DIGEST", help="the newest digest as it was written down elsewhere")
        parser.add_argument(
            "--new-segment",
            action="store_true",
            help="once, after a move to another PostgreSQL server and before anybody works: seal what is there, count anew",
        )

    def handle(self, *args: Any, expect: str | None, new_segment: bool, **options: Any) -> None:
        verdict = TRAIL.verify()
        if verdict.fault:
            raise CommandError(f"The trail was tampered with: {verdict.fault}.")
        if expect and not TRAIL.knows(expect):
            raise CommandError("The trail was tampered with: the expected digest is in none of its seals.")
        if new_segment and TRAIL.start_segment() is None:
            raise CommandError("Somebody else is sealing. Stop the workers first.")
        self.stdout.write(
            f"{verdict.seals} seals over {verdict.sealed} lines hold; {verdict.unsealed} lines are younger than the last seal."
        )
        self.stdout.write(f"Newest digest: {verdict.head}")
