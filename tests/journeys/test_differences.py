"""Finance clears up a difference: one explains or proposes, another approves; on a phone and on a desktop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import balances
from ledger.services import post
from payments.models import Break
from tests.journeys.browser import Tab, check_all

pytestmark = pytest.mark.django_db(transaction=True)
OpenTab = Callable[..., Tab]


@pytest.fixture
def difference(cast: Any) -> Break:
    """The channel has 100 yuan of which we know nothing; it is so old that payouts wait."""
    post(
        key="interest",
        kind=Kind.INTEREST,
        ref="interest:1",
        legs=[(chart.CUSTODY, 1_234), (chart.INTEREST, -1_234)],
        actor=None,
    )
    return Break.objects.create(
        key="sandbox:missing_ours:payment:D0123456789abcdef01234567", channel="sandbox", day=timezone.localdate(),
        difference="missing_ours", kind="payment", number="D0123456789abcdef01234567", ours=0, theirs=10_000,
        opened_at=timezone.now() - timedelta(days=4),
    )  # fmt: skip


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
def test_a_difference_is_cleared_up_by_two(
    open_tab: OpenTab, cast: Any, difference: Break, size: str, language: str
) -> None:
    page = f"/staff/money/differences/{difference.pk}/"
    first = open_tab(cast.zhou, size=size, language=language)
    check_all(first, "/staff/money/differences/", page, "/staff/money/interest/", "/staff/payouts/", within="/nowhere/")
    first.open(page)
    first.page.fill("textarea", "渠道说已收到，我们没有记录。")
    first.page.click("button[name=propose]")
    first.check()
    second = open_tab(cast.he, size=size, language=language)
    second.open(page)
    second.check()
    second.page.click("form[action$='/approve/'] button")
    second.check()
    difference.refresh_from_db()
    assert (difference.status, balances([chart.SUSPENSE])[chart.SUSPENSE]) == ("corrected", 10_000)
