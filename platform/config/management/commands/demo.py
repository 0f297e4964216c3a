import time
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.load import load


class Command(BaseCommand):
    help = "Load the demonstration: the named cast and about thirty families in every state. Safe to run twice. Sandbox only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-families", dest="families", action="store_false", help="only the cast and the hospitals"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("The demonstration is for sandbox mode only.")
        for name, url in (("channel", settings.SANDBOX_CHANNEL_URL), ("custodian", settings.SANDBOX_CUSTODIAN_URL)):
            try:
                requests.get(url, timeout=(2, 5))
            except requests.RequestException:
                raise CommandError(f"The sandbox {name} does not answer at {url}. `make run` starts it.") from None
        started = time.monotonic()
        added = load(lambda line: self.stdout.write(f"  demo: {line}"), families=options["families"])
        self.stdout.write(f"  demo: {added} families added in {time.monotonic() - started:.0f} s")
