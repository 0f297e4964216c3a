"""Several real connections at once."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from core.errors import DomainError


def at_once(count: int, act: Callable[[int], Any]) -> list[str]:
    """Run `act(0..count-1)` in threads that start together: "done", or the code of the refusal, for each, in no order."""
    start, outcomes = Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
