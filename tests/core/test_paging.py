"""Pages of long lists: every row on exactly one page, however far down, and nothing that a person types breaks them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.paginator import Page
from django.db import connection
from django.db.models import F
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import paging
from core.models import Job
from core.paging import page_of

pytestmark = pytest.mark.django_db
NUMBER = 23


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """23 rows in windows of three pages of two; several share their time."""
    monkeypatch.setattr(paging, "PAGES", 3)
    now = timezone.now()
    Job.objects.bulk_create(
        Job(kind="k", key=f"k{n}", run_after=now - timedelta(hours=n // 5), attempts=n) for n in range(NUMBER)
    )


def walk(rf: RequestFactory, rows: Any) -> list[int]:
    """The ids on all pages, by following "next" as a reader would."""
    seen: list[int] = []
    query: dict[str, Any] = {}
    for _step in range(NUMBER):
        page = page_of(rf.get("/", query), rows, 2)
        seen += [row.pk for row in page]
        if page.has_next():
            query["page"] = page.next_page_number()
        elif page.next_window:
            query = {"after": page.next_window}
        else:
            return seen
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    "order",
    [["-id"], ["id"], ["-run_after", "-id"], ["run_after", "-id"], ["-run_after", "id"], ["kind", "run_after", "id"]],
)
def test_every_row_is_on_exactly_one_page(rf: RequestFactory, jobs: None, order: list[str]) -> None:
    rows = Job.objects.order_by(*order)
    assert walk(rf, rows) == list(rows.values_list("pk", flat=True))


def test_a_short_list_says_how_many_pages_it_has(rf: RequestFactory, jobs: None) -> None:
    page = page_of(rf.get("/"), Job.objects.filter(attempts__lt=5).order_by("id"), 2)
    assert (page.paginator.count, page.paginator.num_pages, page.paginator.more, page.paginator.is_later) == (
        5,
        3,
        False,
        False,
    )
    assert page.next_window == ""


def test_a_long_list_is_counted_no_further_than_its_window(rf: RequestFactory, jobs: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        page = page_of(rf.get("/?page=3"), Job.objects.order_by("-id"), 2)
        list(page)
    assert (page.paginator.count, page.paginator.num_pages, page.paginator.more) == (6, 3, True)
    assert len(captured) == 2
    assert "LIMIT 7" in captured.captured_queries[0]["sql"]
    later = page_of(rf.get("/", {"after": page.next_window}), Job.objects.order_by("-id"), 2)
    assert later.paginator.is_later


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "99", "1e3", "９"])
@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "~",
        "~~",
        "9~9",
        "\x00",
        "2026-01-01~1",
        "2026-99-01~1",
        "2026-01-01T00:00:00+00:00~99999999999999999999",
    ],
)
def test_whatever_stands_in_the_address_gives_a_page(rf: RequestFactory, jobs: None, page: str, after: str) -> None:
    found: Page[Any] = page_of(
        rf.get("/", {"page": page, "after": after}), Job.objects.order_by("-run_after", "-id"), 2
    )
    assert len(list(found)) <= 2


def test_an_order_that_cannot_be_followed_is_refused(rf: RequestFactory) -> None:
    for rows in (Job.objects.order_by(), Job.objects.order_by(F("id").desc())):
        with pytest.raises(TypeError):
            page_of(rf.get("/"), rows, 2)


def test_a_key_without_a_value_leads_nowhere(rf: RequestFactory, jobs: None) -> None:
    page = page_of(rf.get("/?page=3"), Job.objects.order_by("finished_at", "id"), 2)
    assert page.paginator.more
    assert page.next_window == ""
