import json
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandParser

from config.walkthrough.client import Broken
from config.walkthrough.story import Story


class Command(BaseCommand):
    help = (
        "Play one request from sign-up to closed books over real HTTP. Exit code 0 only if all of it held, to the fen."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="a running Candor in sandbox mode")
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        story = Story(options["base_url"].rstrip("/"))
        failure, total = "", None
        try:
            story.tell(lambda line: None if options["json"] else self.stdout.write(line))
            total = story.ledger_sum()
        except (Broken, requests.RequestException) as error:
            failure = str(error)
        ok = not failure and total == 0
        if options["json"]:
            result = {
                "ok": ok,
                "steps": story.steps,
                "ledger_sum_fen": total,
                **({"failed": failure} if failure else {}),
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        elif failure:
            self.stderr.write(failure)
        if not ok:
            raise SystemExit(1)
