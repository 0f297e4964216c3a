"""`manage.py import_hospitals FILE.csv`: bring a register of hospitals in, or up to date."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partners import services
from partners.rules import HOSPITAL


class Command(BaseCommand):
    help = (
        "Create or update hospitals by code from a CSV file (UTF-8, first line with column names: "
        + ", ".join(HOSPITAL)
        + "). Run it again after an interruption: rows that are there already are skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                unknown = set(reader.fieldnames or ()) - set(HOSPITAL)
                if unknown or not {"code", "name"} <= set(reader.fieldnames or ()):
                    raise CommandError(f"columns: code and name are needed; unknown are {sorted(unknown)}")
                rows = ((reader.line_num, {k: v or "" for k, v in row.items() if k is not None}) for row in reader)
                done = services.import_hospitals(actor=None, rows=rows)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{path}: {error}") from error
        for line, column, message in done.errors:
            self.stderr.write(f"line {line}, {column}: {message}")
        self.stdout.write(f"{done.created} created, {done.updated} updated, {done.unchanged} unchanged")
        if done.errors:
            raise CommandError(f"{len({line for line, _column, _message in done.errors})} lines were not taken")
