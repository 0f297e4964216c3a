from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import running


class Command(BaseCommand):
    help = "Start the whole platform on this machine: web, worker with beat, and the sandbox's outside world. Ctrl-C stops all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, help="of the web; the sandbox takes the three ports after 100 more"
        )
        parser.add_argument("--no-demo", action="store_true", help="only the cast and the hospitals, no families")
        parser.add_argument(
            "--walkthrough",
            action="store_true",
            help="play the walkthrough against it, then stop; exit code of the story",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(
            running.run(
                port=options["port"],
                demo=not options["no_demo"],
                walkthrough=options["walkthrough"],
                say=self.stdout.write,
            )
        )
