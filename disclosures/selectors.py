"""Readers of this room. Each docstring says how many queries it takes, whatever the amount of data."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Donation
from campaigns.selectors import Money, money
from campaigns.selectors.giving import RECEIVED
from campaigns.states import CLOSING
from core.errors import Text
from core.figures import kept
from core.money import Fen, allocate, yuan_text
from core.states import Among
from disclosures import rules
from disclosures.models import IdentityFile, Objection, Obligation, Payout, Proof, Settlement, Withdrawal
from disclosures.states import PAYOUT_OPEN
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import kind_totals
from payments.models import Payment, Refund
from policy.enforce import enforces

SHOWN = ("requested", "notice", "objected", "approved", "paid", "refused")


def _bar(*parts: tuple[int, Text, Fen]) -> list[dict[str, Any]]:
    """Parts (colour, label, fen) as the stacked bar wants them."""
    return [
        {"series": colour, "label": label, "value": amount, "text": f"¥{yuan_text(amount)}"}
        for colour, label, amount in parts
    ]


@dataclass(frozen=True)
class UseOfMoney:
    """One campaign's money after the raise, in fen: what was raised, is free, held, paid out, proved by bills, given back."""

    money: Money
    proved: Fen
    overdue_days: int

    @property
    def unproved(self) -> Fen:
        return max(self.money.paid - self.proved, 0)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Where what was raised is now, as parts of one bar."""
        return _bar(
            (1, _("Proved by bills"), min(self.proved, self.money.paid)),
            (4, _("Paid out, bills still to come"), self.unproved),
            (6, _("Fees kept back at payment"), self.money.fees),
            (3, _("Held: being reviewed, in public notice or on its way"), self.money.held),
            (2, _("Available, not asked for"), self.money.available),
            (5, _("On its way back to donors"), self.money.refunding),
            (5, _("Given back to donors"), self.money.refunded),
        )


def use_of_money(campaign: Campaign, *, today: date | None = None) -> UseOfMoney:
    """Two queries: the ledger's and one over the obligations."""
    today = today or timezone.localdate()
    state = money([campaign.pk])[campaign.pk]
    proved, overdue_days = 0, 0
    for status, due_on, amount in Obligation.objects.filter(campaign=campaign).values_list(
        "status", "due_on", "proved_amount"
    ):
        proved += amount
        if status == "overdue":
            overdue_days = max(overdue_days, rules.days_overdue(due_on, today))
    return UseOfMoney(money=state, proved=proved, overdue_days=overdue_days)


def withdrawals_of(campaign: Campaign) -> list[Withdrawal]:
    """A campaign's withdrawals with payouts, obligations, accepted proofs and objections: six queries."""
    proofs = Proof.objects.filter(status="accepted").prefetch_related("invoices__public_copy").order_by("id")
    obligations = Obligation.objects.prefetch_related(Prefetch("proofs", queryset=proofs, to_attr="accepted"))
    payouts = Payout.objects.order_by("number").prefetch_related(Prefetch("obligation", queryset=obligations))
    return list(
        campaign.withdrawals.filter(status__in=SHOWN)
        .select_related("payee__person", "payee__organisation")
        .prefetch_related(
            Prefetch("payouts", queryset=payouts), Prefetch("objections", queryset=Objection.objects.order_by("id"))
        )
        .order_by("-id")
    )


def use_panel(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    """The public page's part on the use of the money."""
    return "disclosures/panel_use.html", {
        "use": use_of_money(campaign),
        "withdrawals": withdrawals_of(campaign),
        "campaign": campaign,
    }


@dataclass(frozen=True)
class Part:
    """Some fen of one gift and where they are; `payee` is masked."""

    where: str  # one of WHERE
    amount: Fen
    payee: str = ""

    @property
    def label(self) -> Text:
        return WHERE[self.where]


WHERE: dict[str, Text] = {
    "back": _("Given back to you, or on its way back"),
    "free": _("Kept at the bank, not asked for"),
    "held": _("Held for a withdrawal that is being reviewed or announced"),
    "fee": _("Fees, kept back when money was paid out"),
    "sent": _("On its way"),
    "unproved": _("Paid out; the bills are not there yet"),
    "proved": _("Paid out and proved by hospital bills"),
}


@enforces("R38", "R44", "R63")
def fate_of(donation: Donation) -> list[Part]:
    """What became of one gift. What went back is exact; of the rest every yuan has its share in what the campaign's money
    became, to the fen (largest remainder). Five queries."""
    account = chart.available(donation.campaign_id)
    back = Refund.objects.filter(payment__donation=donation, from_account=account).exclude(
        status__in=("failed", "dropped")
    )
    given_back = back.aggregate(total=Sum("amount"))["total"] or 0
    state = money([donation.campaign_id])[donation.campaign_id]
    places = {("free", ""): state.available, ("held", ""): state.held, ("fee", ""): state.fees}
    payouts = Payout.objects.filter(withdrawal__campaign=donation.campaign_id, status__in=("sent", "arrived"))
    for payout in payouts.select_related(
        "withdrawal__payee__organisation", "withdrawal__payee__person", "obligation"
    ).order_by("id"):
        key = (_where(payout), payout.withdrawal.payee.public_label())
        places[key] = places.get(key, 0) + payout.net
    kept = max(donation.amount - given_back, 0)
    parts = allocate(kept, list(places.values())) if any(places.values()) else [kept, *[0] * (len(places) - 1)]
    found = [Part("back", given_back), *(Part(*key[:1], part, key[1]) for key, part in zip(places, parts, strict=True))]
    return [part for part in found if part.amount]


def _where(payout: Payout) -> str:
    if payout.status == "sent":
        return "sent"
    duty = getattr(payout, "obligation", None)
    return "proved" if duty and duty.status == "proved" else "unproved"


def receipt_panel(donation: Donation) -> tuple[str, dict[str, Any]]:
    """On the receipt: what became of this gift, and how to check it."""
    parts = fate_of(donation) if donation.status in RECEIVED else []
    return "disclosures/panel_receipt.html", {"parts": parts, "donation": donation, "campaign": donation.campaign}


def dashboard_panel(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    """The raiser's own view: what can be withdrawn, what must be proved. Three queries."""
    duties = Obligation.objects.filter(campaign=campaign).exclude(status="proved").order_by("due_on")
    open_withdrawal = campaign.withdrawals.exclude(status__in=["paid", "refused", "cancelled"]).order_by("-id").first()
    return "disclosures/panel_dashboard.html", {
        "duties": list(duties),
        "open_withdrawal": open_withdrawal,
        "campaign": campaign,
        "use": use_of_money(campaign),
        "today": timezone.localdate(),
    }


def payout_queue(status: str = "") -> QuerySet[Payout]:
    """Payouts for finance, oldest first; one query a page, everything shown is joined."""
    payee = ("withdrawal__payee__campaign", "withdrawal__payee__person", "withdrawal__payee__organisation")
    rows = Payout.objects.select_related("withdrawal__campaign", *payee, "prepared_by", "approved_by")
    return (rows.filter(status=status) if status else rows.filter(Among(PAYOUT_OPEN))).order_by("id")


def settlement_queue(status: str = "proposed") -> QuerySet[Settlement]:
    """One query a page."""
    return Settlement.objects.filter(status=status).select_related("campaign", "proposed_by").order_by("id")


def objection_queue() -> QuerySet[Objection]:
    """Open objections, oldest first; one query a page."""
    return Objection.objects.filter(status="open").select_related("withdrawal__campaign", "author").order_by("id")


def proved_total() -> Fen:
    """Everything that bills have proved on the platform, in fen: one query."""
    return Obligation.objects.aggregate(total=Sum("proved_amount"))["total"] or 0


def refundable_payments(campaign: Campaign) -> list[tuple[int, Fen]]:
    """(payment id, fen that may still go back) of every gift to a campaign, in order of payment: one query."""
    paid = Payment.objects.filter(credit_account=chart.available(campaign.pk), status="paid").order_by("id")
    rows = paid.values_list("id", "amount", "refund_reserved")
    return [(pk, max(amount - reserved, 0)) for pk, amount, reserved in rows.iterator(chunk_size=5000)]


def closable_campaigns() -> QuerySet[Campaign]:
    """Ended campaigns with nothing open and everything proved, whose closing nobody has proposed yet: one query."""
    open_states = ["requested", "fix_needed", "notice", "objected", "approved"]
    return (
        Campaign.objects.filter(Among(CLOSING))
        .exclude(Q(status="frozen") & ~Q(end_reason="stopped"))
        .exclude(withdrawals__status__in=open_states)
        .exclude(withdrawals__payouts__status__in=["ready", "prepared", "sent", "returned"])
        .exclude(obligations__status__in=["due", "submitted", "overdue"])
        .exclude(settlements__status__in=["proposed", "refunding", "done"])
        .order_by("id")
    )


@dataclass(frozen=True)
class PlatformFigures:
    """The yearly identity in fen: raised = withdrawn + refunded + pending (R45), and what bills have proved."""

    raised: Fen
    withdrawn: Fen
    refunded: Fen
    pending: Fen
    proved: Fen
    fees: Fen
    at: datetime

    @property
    def adds_up(self) -> bool:
        return self.raised == self.withdrawn + self.refunded + self.pending

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What was raised, as parts of one bar."""
        out = self.withdrawn - self.fees
        return _bar(
            (1, _("Proved by bills"), min(self.proved, out)),
            (4, _("Paid out, bills still to come"), max(out - self.proved, 0)),
            (6, _("Fees kept back"), self.fees),
            (2, _("Still here"), self.pending),
            (5, _("Given back to donors"), self.refunded),
        )


@kept("disclosures.platform")
def platform_figures() -> PlatformFigures:
    """Two queries over the books and the obligations, in a job; none for the page that reads them."""
    moved = kind_totals(*chart.CAMPAIGNS)
    raised = moved.get(Kind.DONATION, 0) + moved.get(Kind.REVERSAL, 0)
    withdrawn = -moved.get(Kind.PAYOUT_SEND, 0) - moved.get(Kind.PAYOUT_RETURN, 0) - moved.get(Kind.PAYOUT_FEE, 0)
    refunded = -moved.get(Kind.REFUND_HOLD, 0) - moved.get(Kind.REFUND_FAIL, 0)
    return PlatformFigures(
        raised=raised,
        withdrawn=withdrawn,
        refunded=refunded,
        pending=sum(moved.values()),
        proved=proved_total(),
        fees=-moved.get(Kind.PAYOUT_FEE, 0),
        at=timezone.now(),
    )


def identity_files() -> QuerySet[IdentityFile]:
    """The published files of the yearly identity, newest first, without their content: one query."""
    return IdentityFile.objects.defer("content").order_by("-year")
