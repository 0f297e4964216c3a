"""From a raiser's request to the end of the public notice."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.selectors import is_stopped
from audit.services import close_cases, open_case
from campaigns.models import Campaign, Payee
from campaigns.selectors import attestation_count, money
from core.errors import Conflict, DomainError
from core.jobs import enqueue
from core.money import Fen, yuan_text
from core.states import apply
from core.trail import Actor, record
from disclosures import rules
from disclosures.models import Objection, Obligation, Withdrawal
from disclosures.services.payouts import plan_payouts
from documents.models import Document
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from notices.services import notify
from policy.enforce import enforces
from policy.parameters import value

OPEN_CAMPAIGN = ("published", "ended", "settling")
OPEN = ("requested", "fix_needed", "notice", "objected", "approved")


@enforces("R51", "R55", "R56")
def request_withdrawal(
    *,
    actor: User,
    campaign: Campaign,
    amount: Fen,
    purpose: str,
    explanation: str,
    bills: Sequence[Document],
    key: str,
) -> Withdrawal:
    """Ask for `amount` fen of a campaign's available money, during the raise or after it, and hold that amount.

    The same `key` gives the same withdrawal. Raises DomainError with the field that is wrong, Conflict when money,
    state or an unproved earlier payment stand in the way.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        earlier = Withdrawal.objects.filter(key=key, campaign=campaign).first()
        if earlier:
            return earlier
        if Withdrawal.objects.filter(key=key).exists():
            raise Conflict("key_reused", _("This was already asked for, with another content."))
        payee = _check_may_withdraw(campaign, amount, bills)
        withdrawal = Withdrawal.objects.create(
            campaign=campaign,
            requested_by=actor,
            key=key,
            amount=amount,
            purpose=purpose,
            explanation=explanation,
            payee=payee,
        )
        withdrawal.bills.set(bills)
        _hold(withdrawal, actor)
        record(actor=actor, event="withdrawal.request", subject=withdrawal, data={"amount": amount})
        _open_review(withdrawal, actor)
    return withdrawal


def resubmit_withdrawal(
    *, actor: User, withdrawal: Withdrawal, amount: Fen, explanation: str, bills: Sequence[Document]
) -> Withdrawal:
    """Hand in a withdrawal again after reviewers asked for something; a new version is reviewed."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=withdrawal.campaign_id)
        payee = _check_may_withdraw(campaign, amount, bills, resubmitting=withdrawal)
        apply(withdrawal, "resubmit", actor=actor)
        Withdrawal.objects.filter(pk=withdrawal.pk).update(
            amount=amount, explanation=explanation, payee=payee, version=F("version") + 1, requested_at=timezone.now()
        )
        withdrawal.refresh_from_db()
        withdrawal.bills.set(bills)
        _hold(withdrawal, actor)
        _open_review(withdrawal, actor)
    return withdrawal


def cancel_withdrawal(*, actor: User, withdrawal: Withdrawal) -> Withdrawal:
    """The raiser takes the request back before anything was approved; reviewers need not look at it any more."""
    with transaction.atomic():
        # What is held is read under the lock: the caller's copy may be older than a review or a resubmission.
        locked = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        held = locked.status != "fix_needed"
        apply(locked, "cancel", actor=actor)
        if held:
            _release(locked, actor)
        close_cases(actor=actor, subject_kind="withdrawal", object_id=locked.pk, reason="taken back by the raiser")
    withdrawal.refresh_from_db()
    return withdrawal


@enforces("R53")
def _check_attested(campaign: Campaign) -> None:
    needed = value("attest.min_for_early_withdraw")
    if campaign.status == "published" and attestation_count(campaign) < needed:
        raise Conflict(
            "not_attested",
            _("To withdraw before the target is reached, %(count)s people who know the patient must attest first.")
            % {"count": needed},
        )


def _check_may_withdraw(
    campaign: Campaign, amount: Fen, bills: Sequence[Document], resubmitting: Withdrawal | None = None
) -> Payee:
    if campaign.status not in OPEN_CAMPAIGN:
        raise Conflict("campaign_not_open", _("Money cannot be withdrawn while the campaign is not public."))
    if is_stopped("campaign", campaign.pk):
        raise Conflict("stopped", _("Withdrawals are on hold while a question about this campaign is looked into."))
    if Obligation.objects.filter(campaign=campaign, status="overdue").exists():
        raise Conflict("use_overdue", _("First show what the earlier payment was used for; its proof is overdue."))
    if campaign.settlements.filter(status__in=["proposed", "refunding", "done"]).exists():
        raise Conflict("closing", _("The books are being closed: what is left goes back to the donors."))
    others = campaign.withdrawals.filter(status__in=OPEN)
    if others.exclude(pk=resubmitting.pk if resubmitting else 0).exists():
        raise Conflict("one_at_a_time", _("Another withdrawal is still on its way. Wait until it is paid, please."))
    if not bills:
        raise DomainError(
            "bills_missing", _("Add at least one bill or deposit notice from the hospital."), field="bills"
        )
    _check_attested(campaign)
    _check_amount(campaign, amount)
    payee = campaign.payees.filter(status="verified").order_by("-id").first()
    if payee is None:
        raise Conflict("payee_unverified", _("The payee is not verified yet."))
    return payee


def _check_amount(campaign: Campaign, amount: Fen) -> None:
    if amount < max(value("withdraw.min_amount"), 1):
        raise DomainError("amount_too_small", _("Write an amount above zero."), field="amount")
    available = money([campaign.pk])[campaign.pk].available
    if amount > available:
        raise DomainError(
            "not_available",
            _("Only %(available)s yuan are available now.") % {"available": yuan_text(available)},
            field="amount",
        )


def _hold(withdrawal: Withdrawal, actor: Actor) -> None:
    campaign_id = withdrawal.campaign_id
    post(
        key=f"hold:W{withdrawal.pk}:{withdrawal.version}",
        kind=Kind.PAYOUT_HOLD,
        ref=str(withdrawal),
        legs=[(chart.available(campaign_id), withdrawal.amount), (chart.held(campaign_id), -withdrawal.amount)],
        actor=actor,
    )


def _release(withdrawal: Withdrawal, actor: Actor) -> None:
    campaign_id = withdrawal.campaign_id
    post(
        key=f"void:W{withdrawal.pk}:{withdrawal.version}",
        kind=Kind.PAYOUT_VOID,
        ref=str(withdrawal),
        legs=[(chart.held(campaign_id), withdrawal.amount), (chart.available(campaign_id), -withdrawal.amount)],
        actor=actor,
    )


@enforces("R43")
def _open_review(withdrawal: Withdrawal, actor: User) -> None:
    open_case(actor=actor, kind="withdrawal", subject_kind="withdrawal", object_id=withdrawal.pk)


def carry_out_review(*, withdrawal: Withdrawal, outcome: str, actor: Actor) -> None:
    """What the reviewers decided: `approve` starts the public notice, `fix` and `refuse` give the money back to available."""
    if outcome == "approve":
        _start_notice(withdrawal, actor)
        return
    apply(withdrawal, {"fix": "ask_fix", "refuse": "refuse"}[outcome], actor=actor)
    _release(withdrawal, actor)
    _tell_raiser(withdrawal, f"withdrawal.{outcome}")


@enforces("R67")
def carry_out_appeal(*, withdrawal: Withdrawal, outcome: str, actor: Actor) -> None:
    """Other people looked again. In favour: the money is held once more and the public notice begins; else nothing changes.

    Nor does anything change for what the raiser has handed in anew meanwhile. Raises Conflict `one_at_a_time` when another
    withdrawal took its place, `insufficient_funds` when the money is not there any more.
    """
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=withdrawal.campaign_id)
        locked = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        if outcome != "approve" or locked.status not in ("refused", "fix_needed"):
            return
        if campaign.withdrawals.filter(status__in=OPEN).exclude(pk=locked.pk).exists():
            raise Conflict("one_at_a_time", _("Another withdrawal is still on its way. Wait until it is paid, please."))
        Withdrawal.objects.filter(pk=locked.pk).update(version=F("version") + 1)
        apply(locked, "restore", actor=actor)
        locked.refresh_from_db()
        _hold(locked, actor)
        _start_notice(locked, actor)


@enforces("R50")
def _start_notice(withdrawal: Withdrawal, actor: Actor) -> None:
    now = timezone.now()
    ends = rules.notice_ends(now, value("withdraw.notice_hours"))
    apply(withdrawal, "publish_notice", actor=actor)
    Withdrawal.objects.filter(pk=withdrawal.pk).update(notice_starts=now, notice_ends=ends)
    enqueue(
        "disclosures.end_notice",
        f"{withdrawal.pk}:{withdrawal.version}",
        {"withdrawal_id": withdrawal.pk},
        run_after=ends,
    )
    _tell_raiser(withdrawal, "withdrawal.approve")


def file_objection(*, actor: User | None, withdrawal: Withdrawal, text: str, contact: str = "") -> Objection:
    """Anybody may object while the notice runs; the payment then waits for an answer."""
    with transaction.atomic():
        locked = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        if locked.status not in ("notice", "objected"):
            raise Conflict(
                "notice_over", _("The public notice of this withdrawal is over. Use the report form instead.")
            )
        objection = Objection.objects.create(withdrawal=locked, author=actor, text=text, contact=contact)
        record(actor=actor, event="objection.file", subject=objection)
        if locked.status == "notice":
            apply(locked, "object", actor=actor)
            _tell_raiser(locked, "withdrawal.objected")
    return objection


def answer_objection(*, actor: User, objection: Objection, justified: bool, answer: str) -> Objection:
    """A reviewer answers in public. A justified objection refuses the withdrawal; the last answered one ends the wait."""
    if not answer.strip():
        raise DomainError("answer_missing", _("Write the answer that everybody will read."), field="answer")
    with transaction.atomic():
        withdrawal = Withdrawal.objects.select_for_update(of=("self",)).get(pk=objection.withdrawal_id)
        if actor.pk in (withdrawal.requested_by_id, objection.author_id):
            raise Conflict("own_matter", _("Somebody who is not part of the matter must answer."))
        apply(objection, "sustain" if justified else "dismiss", actor=actor, reason=answer)
        Objection.objects.filter(pk=objection.pk).update(answer=answer, answered_by=actor, answered_at=timezone.now())
        if justified and withdrawal.status == "objected":
            apply(withdrawal, "refuse", actor=actor, reason=answer)
            _release(withdrawal, actor)
            _tell_raiser(withdrawal, "withdrawal.refuse")
        elif withdrawal.status == "objected" and not withdrawal.objections.filter(status="open").exists():
            apply(withdrawal, "dismiss_objections", actor=actor)
            enqueue("disclosures.end_notice", f"{withdrawal.pk}:O{objection.pk}", {"withdrawal_id": withdrawal.pk})
    return objection


@enforces("R50")
def end_notice(*, withdrawal: Withdrawal, now: datetime) -> None:
    """The notice is over and nobody objects any more: the payments are planned. Safe to call at any time and again."""
    with transaction.atomic():
        # Under the campaign's lock, where freezing waits: after a freeze nothing is approved.
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=withdrawal.campaign_id)
        locked = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        if locked.status != "notice" or locked.notice_ends is None or locked.notice_ends > now:
            return
        if is_stopped("campaign", locked.campaign_id) or campaign.status == "frozen":
            return
        apply(locked, "approve", actor=None, reason="notice over")
        plan_payouts(withdrawal=locked)


def _tell_raiser(withdrawal: Withdrawal, code: str) -> None:
    campaign = withdrawal.campaign
    notify(
        user=campaign.raiser,
        code=code,
        params={"amount": withdrawal.amount, "title": campaign.title},
        url=f"/me/campaigns/{campaign.code}/withdrawals/{withdrawal.pk}/",
        key=f"{code}:{withdrawal.pk}:{withdrawal.version}:{withdrawal.objections.count()}",
    )
