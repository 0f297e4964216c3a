"""How many queries a page takes, asserted the same with one row and with several pages of rows.

    with same_queries(client, "/campaigns/", "/campaigns/?place=990100") as page:
        ...write many rows...

Everything that is computed once (parameters, figures, compiled templates) is warmed up by a first visit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def queries(client: Client, path: str) -> list[str]:
    """The statements that answering `path` takes, after a first visit."""
    assert client.get(path).status_code == 200, path
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return [query["sql"] for query in captured.captured_queries]


@contextmanager
def same_queries(client: Client, *paths: str) -> Iterator[None]:
    """Count before and after the body, which writes the rows. Both counts must be equal for every path."""
    few = {path: queries(client, path) for path in paths}
    yield
    for path in paths:
        many = queries(client, path)
        assert len(many) == len(few[path]), (
            f"{path}: {len(few[path])} queries with little, {len(many)} with much:\n" + ("\n".join(many))
        )
