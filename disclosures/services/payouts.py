"""From an approved withdrawal to money that has arrived."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.selectors import is_stopped, verified_facts
from campaigns.models import Campaign
from campaigns.selectors import money
from core.errors import Conflict, DomainError
from core.money import allocate
from core.states import apply
from core.trail import record
from disclosures import rules
from disclosures.models import Obligation, Payout, Withdrawal
from identity.selectors import may_be_paid
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from notices.services import notify
from payments.models import Transfer
from payments.services import request_transfer
from policy.enforce import enforces
from policy.parameters import value


@enforces("R48", "R49", "R90")
def plan_payouts(*, withdrawal: Withdrawal) -> list[Payout]:
    """Cut an approved withdrawal into its payments; the first is ready, the others wait for proof of the one before.

    Paid at once when the payee is the hospital, or when the raised sum is moderate and the disclosure complete. The fee of
    the whole withdrawal is spread over its payments in proportion.
    """
    raised = money([withdrawal.campaign_id])[withdrawal.campaign_id].raised
    facts = verified_facts("campaign", withdrawal.campaign_id)
    complete = rules.completeness_ppm(sum(fact.status == "verified" for fact in facts), len(facts))
    split = withdrawal.payee.relation != "hospital" and rules.must_split(
        raised=raised,
        threshold=value("withdraw.hospital_or_batch_threshold"),
        completeness_ppm=complete,
        required_ppm=value("withdraw.completeness_ratio"),
    )
    parts = rules.plan_batches(withdrawal.amount, split=split, ratios=value("withdraw.batch_ratio"))
    fee = rules.fee_for(
        withdrawal.amount,
        service_ppm=value("fee.service_rate"),
        channel_ppm=value("fee.channel_rate"),
        cap=value("fee.service_cap"),
        charged=_service_fee_charged(withdrawal.campaign_id),
    )
    services, channels = allocate(fee.service, parts), allocate(fee.channel, parts)
    return [
        Payout.objects.create(
            withdrawal=withdrawal,
            number=number,
            amount=part,
            fee_service=services[number - 1],
            fee_channel=channels[number - 1],
            status="ready" if number == 1 else "planned",
        )
        for number, part in enumerate(parts, start=1)
    ]


def _service_fee_charged(campaign_id: int) -> int:
    live = Payout.objects.filter(withdrawal__campaign_id=campaign_id).exclude(status="cancelled")
    return live.aggregate(total=Sum("fee_service"))["total"] or 0


def prepare_payout(*, actor: User, payout: Payout) -> Payout:
    """A finance officer has checked payee, amount and remark (the maker)."""
    with transaction.atomic():
        apply(payout, "prepare", actor=actor)
        Payout.objects.filter(pk=payout.pk).update(prepared_by=actor, approved_by=None)
    payout.refresh_from_db()
    return payout


def reject_payout(*, actor: User, payout: Payout, reason: str) -> Payout:
    with transaction.atomic():
        apply(payout, "reject", actor=actor, reason=reason)
        Payout.objects.filter(pk=payout.pk).update(prepared_by=None, approved_by=None)
    payout.refresh_from_db()
    return payout


@enforces("R43", "R47", "R14")
def approve_payout(*, actor: User, payout: Payout) -> Payout:
    """A second finance officer approves (the checker), and the order goes to the custodian bank.

    Raises Conflict when it is the same person, when the campaign is stopped, or when the payee may not be paid.
    """
    with transaction.atomic():
        # Under the campaign's lock, where freezing waits: after a freeze no order goes out.
        campaign = Campaign.objects.select_for_update(of=("self",)).get(withdrawals__payouts=payout)
        locked = Payout.objects.select_for_update(of=("self",)).get(pk=payout.pk)
        withdrawal = locked.withdrawal
        if locked.status != "prepared":
            raise Conflict("wrong_state", _("This payout is not waiting for approval."))
        if locked.prepared_by_id == actor.pk:
            raise Conflict("same_person", _("Somebody else must approve what you prepared."))
        if is_stopped("campaign", campaign.pk) or campaign.status == "frozen":
            raise Conflict("stopped", _("Payments of this campaign are on hold."))
        payee = withdrawal.payee
        if payee.status != "verified" or not may_be_paid(payee.account):
            raise Conflict("payee_unverified", _("The payee is not verified well enough to be paid."))
        Payout.objects.filter(pk=locked.pk).update(approved_by=actor, attempt=locked.attempt + 1)
        apply(locked, "send", actor=actor)
        locked.refresh_from_db()
        request_transfer(
            actor=actor,
            purpose="payout",
            ref=str(locked.pk),
            amount=locked.net,
            from_account=chart.held(withdrawal.campaign_id),
            payee=payee.bank_account(),
            remark=payee.remark(),
            key=f"payout:{locked.pk}:{locked.attempt}",
        )
    return locked


def payout_arrived(transfer: Transfer) -> None:
    """The bank confirms arrival: take the fee, and the duty to prove the use begins (R55). Runs in the posting transaction."""
    payout = Payout.objects.select_related("withdrawal__campaign").get(pk=int(transfer.ref))
    apply(payout, "arrive", actor=None)
    now = timezone.now()
    Payout.objects.filter(pk=payout.pk).update(arrived_at=now)
    _post_fee(payout)
    today = timezone.localdate(now)
    due = rules.due_on(today, value("use_report.due_days"))
    Obligation.objects.create(
        payout=payout,
        campaign=payout.withdrawal.campaign,
        amount=payout.net,
        due_on=due,
        next_reminder_on=rules.next_reminder(due, today),
    )
    if not payout.withdrawal.payouts.exclude(status__in=["arrived", "cancelled"]).exists():
        apply(payout.withdrawal, "complete", actor=None)
    _tell(payout, "payout.arrived", due_on=due.isoformat())


@enforces("R90")
def _post_fee(payout: Payout) -> None:
    fee = payout.fee_service + payout.fee_channel
    if not fee:
        return
    legs = [(chart.held(payout.withdrawal.campaign_id), fee)]
    legs += [
        (code, -part)
        for code, part in ((chart.FEE_SERVICE, payout.fee_service), (chart.FEE_CHANNEL, payout.fee_channel))
        if part
    ]
    post(key=f"payout-fee:{payout.pk}", kind=Kind.PAYOUT_FEE, ref=str(payout), legs=legs, actor=None)


def payout_returned(transfer: Transfer) -> None:
    """The bank could not deliver: the money is held again and finance looks at the account."""
    payout = Payout.objects.select_related("withdrawal__campaign").get(pk=int(transfer.ref))
    apply(payout, "return", actor=None)
    _tell(payout, "payout.returned")


def call_off_payouts(*, actor: User, withdrawal: Withdrawal, reason: str) -> Withdrawal:
    """Finance calls off what has not been sent of an approved withdrawal: its campaign was stopped, its account is wrong.

    The money goes back to available. With the last payment gone the withdrawal is cancelled, or paid as far as it went; what is
    on its way stays on its way. Needs a reason; twice changes nothing.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError("reason_missing", _("Write why."), field="reason")
    with transaction.atomic():
        locked = Withdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
        if locked.status == "approved":
            _cancel_open(actor, locked, reason)
            left = set(locked.payouts.exclude(status="cancelled").values_list("status", flat=True))
            if left <= {"arrived"}:
                apply(locked, "complete" if left else "stop", actor=actor, reason=reason)
    withdrawal.refresh_from_db()
    return withdrawal


def _cancel_open(actor: User, withdrawal: Withdrawal, reason: str) -> None:
    with transaction.atomic():
        open_ones = withdrawal.payouts.select_for_update(of=("self",)).filter(
            status__in=["planned", "ready", "prepared", "returned"]
        )
        for payout in open_ones:
            apply(payout, "cancel", actor=actor, reason=reason)
            campaign_id = withdrawal.campaign_id
            post(
                key=f"payout-void:{payout.pk}",
                kind=Kind.PAYOUT_VOID,
                ref=str(payout),
                legs=[(chart.held(campaign_id), payout.amount), (chart.available(campaign_id), -payout.amount)],
                actor=actor,
            )
        record(actor=actor, event="withdrawal.cancel_payouts", subject=withdrawal, data={"reason": reason})


def _tell(payout: Payout, code: str, **more: str) -> None:
    campaign = payout.withdrawal.campaign
    notify(
        user=campaign.raiser,
        code=code,
        params={"amount": payout.net, "title": campaign.title, **more},
        url=f"/me/campaigns/{campaign.code}/withdrawals/{payout.withdrawal_id}/",
        key=f"{code}:{payout.pk}:{payout.attempt}",
    )
