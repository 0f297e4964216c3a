import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledger.selectors import verify


class Command(BaseCommand):
    help = "Recompute the books without trusting the database's own laws. Exit code 1 when anything is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        if options["json"]:
            self.stdout.write(json.dumps({"ok": found.ok, **asdict(found)}))
        else:
            self.stdout.write(f"{found.journals} journals, sum {found.ledger_sum_fen} fen")
            for fault in found.faults:
                self.stderr.write(fault)
        if not found.ok:
            raise SystemExit(1)
