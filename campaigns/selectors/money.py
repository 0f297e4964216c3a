"""Where a campaign's money is, read from the books."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Sum

from core.money import Fen
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import totals
from payments.models import Refund


@dataclass(frozen=True)
class Money:
    """One campaign's money in fen. `raised` is everything that ever came in; the other six always add up to it.

    `paid` has left for the payee (or is with the bank), `fees` were kept back at payout, `refunding` is on its way to
    donors and `refunded` has arrived there.
    """

    raised: Fen = 0
    available: Fen = 0
    held: Fen = 0
    paid: Fen = 0
    fees: Fen = 0
    refunding: Fen = 0
    refunded: Fen = 0

    @property
    def kept(self) -> Fen:
        """What was raised and not given back: what counts towards the target."""
        return self.raised - self.refunding - self.refunded


def money(campaign_ids: Collection[int]) -> dict[int, Money]:
    """The money of each campaign. Two queries for any number of campaigns: the books, and which refunds have arrived."""
    ids = list(campaign_ids)
    books = totals(code for pk in ids for code in chart.campaign_codes(pk))
    arrived = refunds_done(chart.available(pk) for pk in ids)
    return {
        pk: _read(books[chart.available(pk)], books[chart.held(pk)], arrived.get(chart.available(pk), 0)) for pk in ids
    }


def refunds_done(accounts: Iterable[str]) -> dict[str, Fen]:
    """Fen of refunds from each account that the donors have back. One query."""
    rows = Refund.objects.filter(from_account__in=list(accounts), status="done").values_list("from_account")
    return dict(rows.annotate(total=Sum("amount")).order_by())


def _read(available: dict[str, Fen], held: dict[str, Fen], refunded: Fen) -> Money:
    """From what each kind of journal moved in the two accounts of a campaign."""
    given_back = -available.get(Kind.REFUND_HOLD, 0) - available.get(Kind.REFUND_FAIL, 0)
    return Money(
        raised=available.get(Kind.DONATION, 0) + available.get(Kind.REVERSAL, 0),
        available=sum(available.values()),
        held=sum(held.values()),
        paid=-held.get(Kind.PAYOUT_SEND, 0) - held.get(Kind.PAYOUT_RETURN, 0),
        fees=-held.get(Kind.PAYOUT_FEE, 0),
        refunding=given_back - refunded,
        refunded=refunded,
    )
