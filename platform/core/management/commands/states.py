"""Print the state tables of all rooms."""

from typing import Any

from django.core.management.base import BaseCommand

from core.states import tables


class Command(BaseCommand):
    help = "Print every kind of thing with its states and actions, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        for table in tables():
            names = (f"**{state}** (first)" if state == table.initial else state for state in table.states)
            self.stdout.write(
                f"## {table.kind}\n\n{', '.join(names)}\n\n| action | from | to | meaning |\n|---|---|---|---|"
            )
            for action in table.actions.values():
                self.stdout.write(
                    f"| {action.name} | {', '.join(action.sources)} | {action.target} | {action.sentence} |"
                )
            self.stdout.write("")
