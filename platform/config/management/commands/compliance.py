"""`manage.py compliance [--json]`: where each rule is carried out and which tests prove it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from policy import compliance


class Command(BaseCommand):
    help = "List rules R1 to R109: where each is enforced, by which tests, and what is not yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = compliance.report()
        complete = sum(line.complete for line in lines)
        if options["json"]:
            rules = [
                {
                    "id": line.rule.id,
                    "title": line.rule.title.en,
                    "enforced": line.enforced,
                    "tests": line.tests,
                }
                for line in lines
            ]
            self.stdout.write(json.dumps({"rules": rules, "enforced_and_tested": complete}, indent=2))
            return
        for line in lines:
            state = "+" if line.complete else "-" if line.enforced or line.tests else " "
            self.stdout.write(f"{state} {line.rule.id:5} {line.rule.title.en}")
            for place in line.enforced:
                self.stdout.write(f"          in {place}")
            for test in line.tests:
                self.stdout.write(f"          by {test}")
        self.stdout.write(f"{complete} of {len(lines)} rules are enforced and tested")
