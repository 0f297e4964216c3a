"""The named cast and the few tools that every test may use. Builders live in tests/builders.py."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from core.catalogue import compile_all
from policy import parameters
from tests import flush
from tests.outside import _stand_ins, outside, sandbox_channel, sandbox_custodian  # noqa: F401

# Django reads the compiled catalogues once per process, and has read them when this file is: it forgets the old ones.
compile_all(Path(__file__).resolve().parents[1])
translation_file_changed(sender=None, file_path=Path("django.mo"))


@pytest.fixture(scope="session", autouse=True)
def _flush_append_only_tables() -> Iterator[None]:
    with flush.allowed():
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of each worker's own, which it may empty: not its neighbour's, and not that of a platform running here."""
    own = {**settings.CACHES["default"], "LOCATION": _cache_location(tmp_path_factory)}
    with override_settings(CACHES={**settings.CACHES, "default": own}):
        yield


def _cache_location(tmp_path_factory: pytest.TempPathFactory) -> str:
    if not settings.REDIS_URL:
        return str(tmp_path_factory.mktemp("cache"))
    server, _slash, database = settings.REDIS_URL.rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return f"{server}/{int(database) + 1 + worker}"


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """A request leaves its language active in the thread; the next test does not begin with it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _default_parameters() -> None:
    """A test starts knowing that no parameter was changed, so that reading one costs no query."""
    parameters.know_of_none()


@pytest.fixture(scope="session", autouse=True)
def _private_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Uploads of the test run go to a folder of their own."""
    with override_settings(PRIVATE_ROOT=tmp_path_factory.mktemp("private")):
        yield


@pytest.fixture
def cast(db: None) -> Any:
    """Everybody of the story, signed up, with their roles (see config.demo.cast)."""
    from config.demo.cast import Cast

    return Cast.create()


@pytest.fixture(autouse=True)
def _left_whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test with real transactions leaves in the database passes the invariants of tests/invariants.

    Only those, because only they commit: the deferred checks and the races have had their say, and nothing is rolled back.
    Only what holds whatever a test wrote by itself (EVERYWHERE, BOOKS): many build a scene past the services. A test that
    damages the database to see whether it is found says so: `@pytest.mark.damages`.
    """
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")) or request.node.get_closest_marker("damages"):
        yield
        return
    request.getfixturevalue("transactional_db")  # is emptied after this fixture
    yield
    from tests.invariants import BOOKS, EVERYWHERE, broken

    assert broken(*EVERYWHERE, *BOOKS) == []


@pytest.fixture
def drain() -> Any:
    """Run all durable jobs that are due now, and those that they cause, in this process."""
    from django.utils import timezone

    from core import jobs

    def run(limit: int = 20) -> None:
        for _round in range(limit):
            if not jobs.sweep(timezone.now()):
                return
        raise AssertionError("jobs never came to rest")

    return run


@pytest.fixture
def on_sqlite() -> bool:
    return connection.vendor == "sqlite"
