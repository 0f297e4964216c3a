"""The books on the screen: for finance, read only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger import chart, selectors
from ledger.kinds import Kind
from ledger.models import Account, Journal
from ledger.services import post
from tests.signin import sign_in

CLEARING = chart.clearing("sandbox")
pytestmark = pytest.mark.django_db


def give(key, amount, campaign=1):
    legs = [(CLEARING, amount), (chart.available(campaign), -amount)]
    return post(key=key, kind=Kind.DONATION, ref=key, legs=legs, actor=None)


@pytest.fixture
def books():
    for number in range(1, 4):
        give(f"donation:{number}", 1_000 * number, campaign=number)
    legs = [(chart.available(1), 400), (chart.held(1), -400)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="withdrawal:1", legs=legs, actor=None)


def addresses():
    account, journal = Account.objects.get(code=CLEARING), Journal.objects.get(key="donation:1")
    return [
        reverse("ledger:books"),
        reverse("ledger:accounts"),
        reverse("ledger:accounts") + "?family=camp:*:available",
        reverse("ledger:statement", args=[account.pk]),
        reverse("ledger:journal", args=[journal.pk]),
    ]


def test_finance_reads_every_page(books, cast, client):
    sign_in(client, cast.zhou)
    for address in addresses():
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("who", ["sun", "zhao", "wu"])
def test_for_everybody_else_the_books_are_not_there(books, cast, client, who):
    sign_in(client, getattr(cast, who))
    assert [client.get(address).status_code for address in addresses()] == [404] * 5


def test_nobody_is_shown_the_books_without_signing_in(books, client):
    assert {client.get(address).status_code for address in addresses()} == {302}


def test_the_trial_balance_puts_accounts_of_one_meaning_together(books):
    lines = {
        line.code: (line.debit, line.credit, line.balance) for line in selectors.families() if line.debit or line.credit
    }
    assert lines == {
        "channel:*:clearing": (6_000, 0, 6_000),
        "camp:*:available": (400, 6_000, 5_600),
        "camp:*:held": (0, 400, 400),
    }


def test_a_statement_shows_the_balance_after_each_line(books, cast, client):
    sign_in(client, cast.zhou)
    account = Account.objects.get(code=CLEARING)
    page = client.get(reverse("ledger:statement", args=[account.pk]))
    assert [(line.amount, line.balance) for line in page.context["lines"]] == [
        (3_000, 6_000),
        (2_000, 3_000),
        (1_000, 1_000),
    ]


def test_the_accounts_of_one_family_or_one_account_are_found(books, cast, client):
    sign_in(client, cast.zhou)
    page = client.get(reverse("ledger:accounts"), {"family": "camp:*:available"})
    assert [(account.code, balance) for account, balance in page.context["rows"]] == [
        ("camp:1:available", 600),
        ("camp:2:available", 2_000),
        ("camp:3:available", 3_000),
    ]
    page = client.get(reverse("ledger:accounts"), {"code": "camp:2:available"})
    assert [balance for _account, balance in page.context["rows"]] == [2_000]
    page = client.get(reverse("ledger:accounts"), {"code": "a\x00b", "family": "nothing", "page": "x"})
    assert page.status_code == 200


@pytest.mark.rule("R45")
def test_what_was_raised_is_paid_out_refunded_charged_or_still_there(books):
    post(
        key="send",
        kind=Kind.PAYOUT_SEND,
        ref="t",
        legs=[(chart.held(1), 300), (chart.PAYOUT_TRANSIT, -300)],
        actor=None,
    )
    post(
        key="arrive",
        kind=Kind.PAYOUT_ARRIVE,
        ref="t",
        legs=[(chart.PAYOUT_TRANSIT, 200), (chart.CUSTODY, -200)],
        actor=None,
    )
    post(key="fee", kind=Kind.PAYOUT_FEE, ref="t", legs=[(chart.held(1), 10), (chart.FEE_SERVICE, -10)], actor=None)
    back = [(chart.available(2), 500), (chart.refund_transit("sandbox"), -500)]
    post(key="refund", kind=Kind.REFUND_HOLD, ref="r", legs=back, actor=None)
    assert selectors.identity() == selectors.Identity(
        raised=6_000, paid_out=200, on_the_way=100, refunded=500, fees=10, pending=5_190, difference=0
    )


def test_lists_cost_the_same_however_long_they_are(cast, client):
    sign_in(client, cast.zhou)
    give("donation:first", 100)
    account = Account.objects.get(code=CLEARING)
    pages = [reverse("ledger:accounts"), reverse("ledger:statement", args=[account.pk]), reverse("ledger:books")]

    def cost():
        counts = []
        for address in pages:
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        return counts

    cost()
    before = cost()
    for number in range(20):
        give(f"more:{number}", 100, campaign=number + 10)
    assert cost() == before
