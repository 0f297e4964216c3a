import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.auditing import verify
from ledger.seals import BOOKS
from ledger.services import fold_anew


class Command(BaseCommand):
    help = "Recompute the books without trusting the database's own laws. Exit code 1 when anything is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--new-segment",
            action="store_true",
            help="once, after a move to another PostgreSQL server and before anybody works: seal what is there, count anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_segment"]:
            _begin_anew()
        found = verify()
        if options["json"]:
            self.stdout.write(json.dumps({"ok": found.ok, **asdict(found)}))
        else:
            self.stdout.write(f"{found.journals} journals, {found.seals} seals, sum {found.ledger_sum_fen} fen")
            for fault in found.faults:
                self.stderr.write(fault)
        if not found.ok:
            raise SystemExit(1)


def _begin_anew() -> None:
    """Another server counts its transactions from the beginning: seals and sums go on behind what is there."""
    if BOOKS.start_segment() is None:
        raise CommandError("Somebody else is sealing. Stop the workers first.")
    fold_anew()
