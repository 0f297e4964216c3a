"""The duty to show what each payment was used for: handing in, judging, reminding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import open_case
from core.errors import Conflict, DomainError
from core.money import Fen
from core.states import apply
from core.trail import Actor, record
from disclosures import rules
from disclosures.models import Invoice, Obligation, Payout, Proof
from documents.models import Document
from notices.services import notify
from policy.enforce import enforces
from policy.parameters import value

BATCH = 500


@dataclass(frozen=True)
class InvoiceLine:
    """One bill as the raiser typed it from the paper. `amount` in fen."""

    code: str
    number: str
    issued_on: date
    amount: Fen
    issuer: str
    document: Document


@enforces("R55")
def submit_proof(*, actor: User, obligation: Obligation, lines: Sequence[InvoiceLine], note: str, key: str) -> Proof:
    """Hand in the bills for one payment. The same `key` gives the same proof.

    Raises DomainError `invoice_used` when a bill already counts somewhere on the platform, with the line it is in.
    """
    if not lines:
        raise DomainError("no_bills", _("Add at least one bill."), field="bills")
    _check_dates(obligation, lines)
    try:
        with transaction.atomic():
            locked = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
            earlier = Proof.objects.filter(key=key, obligation=locked).first()
            if earlier:
                return earlier
            if Proof.objects.filter(key=key).exists():
                raise Conflict("key_reused", _("This was already asked for, with another content."))
            _check_unused(lines)
            apply(locked, "submit", actor=actor)
            proof = Proof.objects.create(obligation=locked, submitted_by=actor, note=note, key=key)
            Invoice.objects.bulk_create(
                Invoice(
                    proof=proof,
                    code=line.code.strip(),
                    number=line.number.strip(),
                    issued_on=line.issued_on,
                    amount=line.amount,
                    issuer=line.issuer.strip(),
                    document=line.document,
                )
                for line in lines
            )
            record(actor=actor, event="use_proof.submit", subject=proof, data={"bills": len(lines)})
            open_case(actor=actor, kind="use_proof", subject_kind="use_proof", object_id=proof.pk)
    except IntegrityError as error:
        raise DomainError("invoice_used", _("One of these bills has already been used."), field="bills") from error
    return proof


def _check_dates(obligation: Obligation, lines: Sequence[InvoiceLine]) -> None:
    today = obligation.created_at.date()
    oldest = value("docs.bill_max_age_days")
    for position, line in enumerate(lines):
        if line.amount <= 0:
            raise DomainError("bad_amount", _("Write the amount on the bill."), field=f"lines-{position}-amount")
        if (today - line.issued_on).days > oldest:
            raise DomainError(
                "bill_too_old",
                _("This bill is older than %(days)s days before the payment.") % {"days": oldest},
                field=f"lines-{position}-issued_on",
            )


def _check_unused(lines: Sequence[InvoiceLine]) -> None:
    for position, line in enumerate(lines):
        if Invoice.objects.filter(code=line.code.strip(), number=line.number.strip(), counts=True).exists():
            raise DomainError(
                "invoice_used",
                _("Bill %(number)s has already been used.") % {"number": line.number},
                field=f"lines-{position}-number",
            )


def carry_out_review(*, proof: Proof, outcome: str, actor: Actor) -> None:
    """What the reviewers decided about one proof; the next payment is released when the bills cover enough (R49)."""
    action = {"approve": "accept", "fix": "ask_fix", "refuse": "refuse"}[outcome]
    apply(proof, action, actor=actor)
    if outcome != "approve":
        # A bill that was not accepted may be handed in again, here or where it belongs.
        proof.invoices.update(counts=False)
        apply(proof.obligation, "ask_more", actor=actor)
        _tell(proof.obligation, "use_proof.not_accepted", str(proof.pk))
        return
    _settle(proof.obligation, actor)


@enforces("R67")
def carry_out_appeal(*, proof: Proof, outcome: str, actor: Actor) -> None:
    """Other people looked again. In favour: the bills count after all; otherwise nothing changes.

    Raises Conflict `invoice_used` when one of the bills counts elsewhere by now, `wrong_state` while newer bills are reviewed.
    """
    if outcome != "approve":
        return
    with transaction.atomic():
        obligation = Obligation.objects.select_for_update(of=("self",)).get(pk=proof.obligation_id)
        locked = Proof.objects.select_for_update(of=("self",)).get(pk=proof.pk)
        if locked.status not in ("refused", "fix_needed") or obligation.status == "proved":
            return
        apply(obligation, "submit", actor=actor)
        apply(locked, "restore", actor=actor)
        try:
            with transaction.atomic():
                locked.invoices.update(counts=True)
        except IntegrityError as error:
            raise Conflict("invoice_used", _("One of these bills has already been used.")) from error
        _settle(obligation, actor)


@enforces("R49")
def _settle(obligation: Obligation, actor: Actor) -> None:
    accepted = Invoice.objects.filter(proof__obligation=obligation, proof__status="accepted", counts=True)
    proved = min(accepted.aggregate(total=Sum("amount"))["total"] or 0, obligation.amount)
    Obligation.objects.filter(pk=obligation.pk).update(proved_amount=proved)
    if not rules.covered(amount=obligation.amount, proved=proved, ratio_ppm=value("withdraw.bill_coverage_ratio")):
        apply(obligation, "ask_more", actor=actor)
        _tell(obligation, "use_proof.more_needed", str(proved))
        return
    apply(obligation, "prove", actor=actor)
    Obligation.objects.filter(pk=obligation.pk).update(next_reminder_on=None)
    _tell(obligation, "use_proof.accepted", "")
    after = Payout.objects.filter(
        withdrawal_id=obligation.payout.withdrawal_id, number=obligation.payout.number + 1, status="planned"
    ).first()
    if after:
        apply(after, "release", actor=actor)


@enforces("R37", "R55")
def remind_due(*, today: date) -> int:
    """Send the reminders of the day, once each, and mark what has lapsed. Returns how many reminders went out."""
    _lapse(today)
    sent = 0
    due = Obligation.objects.filter(next_reminder_on__lte=today, status__in=["due", "overdue"])
    for obligation in due.select_related("campaign__raiser").order_by("next_reminder_on", "id")[:BATCH]:
        with transaction.atomic():
            # Conditional on the day that was read: two sweeps at once send one reminder.
            moved = Obligation.objects.filter(pk=obligation.pk, next_reminder_on=obligation.next_reminder_on).update(
                next_reminder_on=rules.next_reminder(obligation.due_on, today)
            )
            if moved:
                _tell(obligation, "use_proof.reminder", f"{obligation.next_reminder_on}")
                sent += 1
    return sent


def _lapse(today: date) -> None:
    for obligation in Obligation.objects.filter(status="due", due_on__lt=today).order_by("due_on", "id")[:BATCH]:
        with transaction.atomic():
            locked = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
            if locked.status == "due":
                apply(locked, "lapse", actor=None)


def _tell(obligation: Obligation, code: str, turn: str) -> None:
    campaign = obligation.campaign
    notify(
        user=campaign.raiser,
        code=code,
        params={
            "amount": obligation.amount,
            "proved_amount": obligation.proved_amount,
            "due_on": obligation.due_on.isoformat(),
            "title": campaign.title,
        },
        url=f"/me/obligations/{obligation.pk}/",
        key=f"{code}:{obligation.pk}:{turn}",
    )
