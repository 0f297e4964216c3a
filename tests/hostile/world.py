"""A small world in which every kind of thing exists: what strangers, wrong roles and fuzzers are let loose on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit import services as audit
from audit.models import Case, Report
from campaigns.models import Attestation, Campaign, Donation
from campaigns.services import post_update, start_draft
from config.demo.people import PEOPLE
from disclosures.models import Obligation, Payout, Withdrawal
from disclosures.services import payouts, withdrawals
from identity.services import ensure_person
from payments.models import Payment
from payments.services import pursue_transfer
from tests.builders import decide, give, make_campaign, make_document, rest
from tests.invariants.words import Words


@dataclass
class World:
    """`campaign` is Lin's and public, with a payment that arrived and a withdrawal in notice; `draft` is Lin's alone."""

    campaign: Campaign
    draft: Campaign
    gift: Donation
    payment: Payment
    notice: Withdrawal
    payout: Payout
    duty: Obligation
    case: Case
    report: Report
    secret: str

    @classmethod
    def build(cls, cast: Any, words: Words) -> "World":
        campaign = make_campaign(cast)
        for key in ("chen", "sun", "li"):
            person = ensure_person(actor=cast.lin, name=PEOPLE[key].name, id_number=PEOPLE[key].id_number)
            Attestation.objects.create(
                campaign=campaign, user=getattr(cast, key), person=person, relation="friend", text="情况属实。"
            )
        gift = give(campaign, 2_000_000, donor=cast.chen, tip=100)
        payment = gift.payment
        assert payment
        first = cls._noticed(cast, campaign, 500_000, "world-first")
        withdrawals.end_notice(withdrawal=first, now=timezone.now() + timedelta(days=2))
        payout = first.payouts.get()
        payouts.prepare_payout(actor=cast.zhou, payout=payout)
        payouts.approve_payout(actor=cast.he, payout=payout)
        words.settle()
        rest()
        words.transfers_are("arrived")
        for transfer in payout_transfers(payout):
            pursue_transfer(transfer)
        notice = cls._noticed(cast, campaign, 400_000, "world-second")
        withdrawals.file_objection(actor=cast.sun, withdrawal=notice, text="押金单我见过。", contact="sun@example.cn")
        post_update(actor=cast.lin, campaign=campaign, text="今天做了第二次化疗。", key="world-update")
        report, secret = audit.file_report(
            actor=cast.sun, subject_kind="campaign", object_id=campaign.pk, category="assets", client_ip="10.0.0.9",
            text="他家在老城还有一间铺面出租。", contact="sun@example.cn", good_faith=True, form_key="world-report",
        )  # fmt: skip
        rest()
        draft = start_draft(actor=cast.lin)
        case = Case.objects.filter(subject_kind="campaign").order_by("pk")[0]
        duty = Obligation.objects.get(payout=payout)
        for row in (campaign, gift, payment, notice, payout):
            row.refresh_from_db()
        return cls(campaign, draft, gift, payment, notice, payout, duty, case, report, secret)

    @staticmethod
    def _noticed(cast: Any, campaign: Campaign, amount: int, key: str) -> Withdrawal:
        withdrawal = withdrawals.request_withdrawal(
            actor=cast.lin, campaign=campaign, amount=amount, purpose="surgery", explanation="移植手术押金",
            bills=[make_document(cast.lin, "bill")], key=key,
        )  # fmt: skip
        rest()
        case = Case.objects.get(subject_kind="withdrawal", object_id=withdrawal.pk)
        decide(case, "approve", cast.zhao, cast.qian)
        withdrawal.refresh_from_db()
        return withdrawal


def payout_transfers(payout: Payout) -> list[int]:
    from payments.models import Transfer

    return list(Transfer.objects.filter(purpose="payout", ref=str(payout.pk)).values_list("pk", flat=True))
