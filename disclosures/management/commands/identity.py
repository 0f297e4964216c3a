import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from disclosures.services.identity import lines


class Command(BaseCommand):
    help = "Write the yearly identity (raised = withdrawn + refunded + pending) as a file that anybody can add up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        digest = hashlib.sha256()
        with options["out"].open("wb") as out:
            for line in lines(options["year"]):
                digest.update(line.encode())
                out.write(line.encode())
        self.stdout.write(f"{digest.hexdigest()}  {options['out']}")
