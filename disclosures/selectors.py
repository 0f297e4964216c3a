"""Readers of this room. Each docstring says how many queries it takes, whatever the amount of data."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.selectors import Money, money
from core.money import Fen
from disclosures import rules
from disclosures.models import Objection, Obligation, Payout, Proof, Settlement, Withdrawal
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import kind_totals
from payments.models import Payment

SHOWN = ("requested", "notice", "objected", "approved", "paid", "refused")


@dataclass(frozen=True)
class UseOfMoney:
    """One campaign's money after the raise, in fen: what was raised, is free, held, paid out, proved by bills, given back."""

    money: Money
    proved: Fen
    overdue_days: int

    @property
    def unproved(self) -> Fen:
        return max(self.money.paid - self.proved, 0)


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
        .select_related("payee")
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
    rows = Payout.objects.select_related("withdrawal__campaign", "withdrawal__payee", "prepared_by", "approved_by")
    wanted = [status] if status else ["ready", "prepared", "sent", "returned"]
    return rows.filter(status__in=wanted).order_by("id")


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
        Campaign.objects.filter(Q(status__in=["ended", "settling"]) | Q(status="frozen", end_reason="stopped"))
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

    @property
    def adds_up(self) -> bool:
        return self.raised == self.withdrawn + self.refunded + self.pending


def platform_figures() -> PlatformFigures:
    """Two queries over the books and the obligations."""
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
    )
