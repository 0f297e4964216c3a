"""What people do with a demo request: reviewing, giving, attesting, withdrawing, proving. All by the services of the rooms."""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import requests
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from audit import registry
from audit.models import Case
from audit.services import FactDecision, claim_case, decide_case
from campaigns.models import Campaign, Donation
from campaigns.services.donations import start_donation
from config.demo.cast import Cast
from config.demo.family import Party, draw, home
from config.demo.stories import Story
from core import jobs
from core.money import allocate
from disclosures.models import Obligation, Withdrawal
from disclosures.services import closing, payouts, withdrawals
from disclosures.services.obligations import InvoiceLine, submit_proof
from documents.kinds import Kind
from documents.services import store
from identity.selectors import may_be_paid
from identity.services import record_account_review, record_review
from payments import services as payments
from payments.models import Transfer

TIMEOUT = (3, 20)
PATIENCE = 90  # seconds
LARGEST_GIFT = 3_000_000
_WORDS = (
    "早日康复，一切都会好起来的。", "一点心意，愿平安。", "加油！",
    "看了材料才捐的，谢谢你们把账写得这么清楚。", "同病相怜，挺住。",
    "愿孩子快快好起来。", "", "", "", "",
)  # fmt: skip
_DONORS = ("清晨的风", "小城故事", "老陈", "一位同事", "河边的树", "阿宁", "三月", "远山", "邻居大姐", "豆豆妈妈")


def rest(rounds: int = 30) -> None:
    """Run the durable jobs that are due, here and now."""
    for _round in range(rounds):
        if not jobs.sweep(timezone.now()):
            return


def vouch(cast: Cast, campaign: Campaign) -> None:
    """Two reviewers compare the papers of everybody whom no authority has confirmed."""
    rest()
    payee = campaign.payees.exclude(status="replaced").select_related("account", "person").get()
    people = {person.pk: person for person in (campaign.patient, campaign.raiser_person, payee.person) if person}
    unsure = [person for person in people.values() if not may_be_paid(person)]
    account_unsure = not may_be_paid(payee.account)
    for reviewer in (cast.zhao, cast.qian):
        for person in unsure:
            record_review(actor=reviewer, person=person, verdict="match", reason="证件与填写一致")
        if account_unsure:
            record_account_review(actor=reviewer, account=payee.account, verdict="match", reason="户名与证件一致")


def decide(cast: Cast, subject_kind: str, object_id: int, outcome: str = "approve") -> None:
    """The open case of a subject, decided by as many people as it asks for."""
    for reviewer in (cast.zhao, cast.qian):
        case = Case.objects.filter(subject_kind=subject_kind, object_id=object_id).order_by("-id").first()
        if case is None or case.status not in ("waiting", "second_wanted", "senior_wanted"):
            return
        claim_case(actor=reviewer, case=case)
        decide_case(
            actor=reviewer,
            case=case,
            outcome=outcome,
            facts=list(_verdicts(case, outcome)),
            seen_version=case.subject_version,
            public_order_ok=True,
            note="示范数据：材料齐全、前后一致。" if outcome == "approve" else "示范数据：请按提示补充材料。",
        )


def _verdicts(case: Case, outcome: str) -> Iterator[FactDecision]:
    """Every fact verified; for `fix` and `refuse` the first one is not."""
    bad = {"fix": "unreadable", "refuse": "doubtful"}.get(outcome, "")
    reasons = registry.reasons()
    reason = (
        bad
        if bad in reasons
        else next(code for code, known in reasons.items() if known.refusal == (outcome == "refuse"))
    )
    for number, fact in enumerate(registry.subject(case.subject_kind).facts(case.object_id)):
        if outcome != "approve" and number == 0:
            yield FactDecision(fact.code, "refused", reason_code=reason, note="请重新上传清晰、完整的照片。")
        else:
            yield FactDecision(fact.code, "verified", method="document")


def give(campaign: Campaign, donors: list[User], percent: int, seed: int) -> None:
    """A handful of gifts that bring `percent` of the target, each really paid at the sandbox channel."""
    dice = random.Random(seed)  # noqa: S311
    wanted = (campaign.target or 0) * percent // 100
    if not wanted:
        return
    gifts = 4 + wanted // LARGEST_GIFT
    for number, amount in enumerate(allocate(wanted, [dice.randint(6, 10) for _gift in range(gifts)])):
        _give_one(campaign, donors, amount, dice, f"demo-{campaign.code}-{number}")


def _give_one(campaign: Campaign, donors: list[User], amount: int, dice: random.Random, key: str) -> None:
    donation = start_donation(
        actor=dice.choice([None, *donors]),
        campaign=campaign,
        amount=amount,
        anonymous=dice.random() < 0.3,
        display_name=dice.choice(_DONORS),
        message=dice.choice(_WORDS),
        channel="sandbox",
        client_ip=home(campaign),
        key=key,
    )
    assert donation.payment
    page = payments.open_at_channel(donation.payment.pk).payload["url"]
    requests.post(page, data={"action": "pay"}, allow_redirects=False, timeout=TIMEOUT).raise_for_status()
    payments.check_payment(donation.payment.pk)
    # A raise takes weeks; all of it within a minute would, rightly, look like a run on the page (R30).
    then = timezone.now() - timedelta(hours=dice.randint(2, 500))
    Donation.objects.filter(pk=donation.pk, status="paid").update(paid_at=then)
    campaign.refresh_from_db()


def withdraw(
    cast: Cast, campaign: Campaign, patient: Party, story: Story, amount: int, *, arrive: bool = True
) -> Withdrawal:
    """A withdrawal as far as public notice, or on to the bank and until the money has arrived."""
    hospital = campaign.hospital
    assert hospital
    data = draw(Kind.BILL, patient, patient, story, hospital.name, f"w{campaign.pk}-{campaign.withdrawals.count()}")
    bill = store(actor=campaign.raiser, upload=SimpleUploadedFile("bill.jpg", data, "image/jpeg"), kind=Kind.BILL)
    withdrawal = withdrawals.request_withdrawal(
        actor=campaign.raiser, campaign=campaign, amount=amount, purpose="surgery", explanation="住院押金与手术费用",
        bills=[bill], key=f"demo-{campaign.code}-{campaign.withdrawals.count()}",
    )  # fmt: skip
    rest()
    decide(cast, "withdrawal", withdrawal.pk)
    withdrawal.refresh_from_db()
    if not arrive:
        return withdrawal
    assert withdrawal.notice_ends
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    for payout in withdrawal.payouts.order_by("number"):
        payout.refresh_from_db()
        if payout.status == "ready":
            payouts.prepare_payout(actor=cast.zhou, payout=payout)
            payouts.approve_payout(actor=cast.he, payout=payout)
            _until_arrived(f"{payout.pk}")
            if payout.number < withdrawal.payouts.count():
                prove(cast, campaign, patient, story)
    withdrawal.refresh_from_db()
    return withdrawal


def _until_arrived(ref: str) -> None:
    """Press "Settle now" at the channel, as its page offers; then the bank takes its time."""
    requests.post(f"{settings.SANDBOX_CHANNEL_URL}/settle", allow_redirects=False, timeout=TIMEOUT).raise_for_status()
    transfer = Transfer.objects.filter(purpose="payout", ref=ref).latest("id")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        payments.collect_settlements()
        with suppress(jobs.NotYet):
            if payments.pursue_transfer(transfer.pk).status in ("arrived", "returned"):
                return
        time.sleep(0.2)
    raise TimeoutError(f"the sandbox's bank did not carry out transfer {transfer.transfer_no} within {PATIENCE} s")


def prove(cast: Cast, campaign: Campaign, patient: Party, story: Story) -> None:
    """Bills for every payment that still has to be proved, accepted by reviewers."""
    assert campaign.hospital
    for duty in Obligation.objects.filter(campaign=campaign, status="due").order_by("id"):
        data = draw(Kind.INVOICE, patient, patient, story, campaign.hospital.name, f"p{duty.pk}")
        paper = store(
            actor=campaign.raiser, upload=SimpleUploadedFile("bill.jpg", data, "image/jpeg"), kind=Kind.INVOICE
        )
        line = InvoiceLine(
            code="13990126", number=f"{duty.pk:08d}", issued_on=timezone.localdate() - timedelta(days=1), amount=duty.amount,
            issuer=campaign.hospital.name, document=paper,
        )  # fmt: skip
        proof = submit_proof(actor=campaign.raiser, obligation=duty, lines=[line], note="", key=f"demo-proof-{duty.pk}")
        rest()
        decide(cast, "use_proof", proof.pk)


def close(cast: Cast, campaign: Campaign) -> None:
    """Close the books by two people; the surplus is on its way back."""
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    closing.approve_settlement(actor=cast.he, settlement=settlement)
    rest()
