"""Keep the Chinese complete: collect, check and compile the rooms' catalogues (docs/developer/change.md)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import catalogue


class Command(BaseCommand):
    help = "Collects the strings of every room for translation, checks that all have their Chinese, or compiles them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rooms", nargs="*", help="only these rooms")
        parser.add_argument("--write", action="store_true", help="add new strings, drop unused ones, keep translations")
        parser.add_argument(
            "--check", action="store_true", help="fail when a string is missing, unused or untranslated"
        )
        parser.add_argument("--compile", action="store_true", help="write .mo files where they are older than the .po")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.ROOT)
        every = catalogue.rooms(root, [Path(config.path) for config in apps.get_app_configs()])
        unknown = set(options["rooms"]) - {room.name for room in every}
        if unknown:
            raise CommandError(f"No such room: {', '.join(sorted(unknown))}")
        chosen = [room for room in every if not options["rooms"] or room.name in options["rooms"]]
        if options["write"]:
            self.write(chosen, every, root)
        if options["check"]:
            self.check_all(chosen, every, root)
        if options["compile"]:
            self.stdout.write(f"{catalogue.compile_all(root)} catalogues compiled.")
        if not (options["write"] or options["check"] or options["compile"]):
            raise CommandError("Say --write, --check or --compile.")

    def write(self, chosen: list[catalogue.Room], every: list[catalogue.Room], root: Path) -> None:
        words = catalogue.words_of(every)
        for room in chosen:
            if catalogue.rewrite(room, _said(room, root), words):
                empty = sum(not catalogue.translation(entry) for entry in catalogue.read(room))
                self.stdout.write(f"{room.name}: written, {empty} strings wait for their Chinese.")

    def check_all(self, chosen: list[catalogue.Room], every: list[catalogue.Room], root: Path) -> None:
        found = [f"{room.name}: {fault}" for room in chosen for fault in catalogue.faults(room, _said(room, root))]
        found += catalogue.disagreements(every, chosen)
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in the catalogues.")
        self.stdout.write("Every string has its Chinese.")


def _said(room: catalogue.Room, root: Path) -> set[catalogue.Message]:
    from core.extraction import messages  # Babel is not there in production, where --compile must still run

    return {message for path in catalogue.sources(room, root / "templates") for message in messages(path)}
