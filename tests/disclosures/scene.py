"""A public campaign with money in the books, a verified payee and bills to show, for tests of what comes after the raise."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts import consent_texts
from accounts.services import record_consent
from campaigns.models import Attestation, Campaign, CampaignVersion, Donation, Payee
from campaigns.services.people import scope_of
from config.demo.people import PEOPLE
from disclosures.models import Obligation, Payout, Withdrawal
from disclosures.services import payouts, withdrawals
from disclosures.services.obligations import InvoiceLine
from documents import services as documents
from documents.kinds import Kind
from documents.models import Document
from identity import services as identity
from identity.models import Person
from ledger import chart
from ledger.kinds import Kind as Journal
from ledger.services import post
from tests import papers


def person(cast: Any, key: str) -> Person:
    return identity.ensure_person(actor=cast.lin, name=PEOPLE[key].name, id_number=PEOPLE[key].id_number)


def raised_campaign(
    cast: Any, *gifts: int, status: str = "published", target: int = 50_000_000, attested: int = 3
) -> Campaign:
    """A campaign of Lin for Wang that received `gifts` (fen), with `attested` people who vouch for it."""
    now = timezone.now()
    patient = person(cast, "wang")
    campaign = Campaign.objects.create(
        code="TESTCASE", raiser=cast.lin, raiser_person=person(cast, "lin"), patient=patient, relation="child",
        status=status, title="爸爸教了三十年书", target=target, version=1, published_at=now, ends_at=now + timedelta(days=30),
        **({"ended_at": now, "end_reason": "raiser"} if status in ("ended", "settling", "closed") else {}),
    )  # fmt: skip
    CampaignVersion.objects.create(campaign=campaign, number=1, snapshot={"version": 1}, facts=[])
    record_consent(
        actor=cast.lin, purpose="publish_story", text_version=consent_texts.current("publish_story").version,
        scope=scope_of(campaign),
    )  # fmt: skip
    account = identity.check_account(
        actor=cast.lin, holder=patient, account_number=PEOPLE["wang"].card, bank="云州银行", phone=PEOPLE["wang"].phone
    ).account
    for reviewer in (cast.zhao, cast.qian):
        identity.record_review(actor=reviewer, person=patient, verdict="match", reason="card compared")
        identity.record_account_review(actor=reviewer, account=account, verdict="match", reason="card compared")
    Payee.objects.create(campaign=campaign, relation="self", person=patient, account=account, status="verified")
    for number, amount in enumerate(gifts):
        give(cast, campaign, amount, number)
    for key in ("chen", "sun", "zhao")[:attested]:
        Attestation.objects.create(
            campaign=campaign, user=getattr(cast, key), person=person(cast, key), relation="friend", text="情况属实。"
        )
    return campaign


def give(cast: Any, campaign: Campaign, amount: int, number: int) -> Donation:
    donation = Donation.objects.create(
        campaign=campaign, donor=cast.chen, amount=amount, key=f"gift-{number}", status="paid", paid_at=timezone.now()
    )
    post(
        key=f"donation:{donation.pk}", kind=Journal.DONATION, ref=str(donation),
        legs=[(chart.clearing("sandbox"), amount), (chart.available(campaign.pk), -amount)], actor=None,
    )  # fmt: skip
    return donation


def bill(cast: Any, seed: int = 1) -> Document:
    return documents.store(actor=cast.lin, upload=papers.upload(seed), kind=Kind.BILL)


def ask(cast: Any, campaign: Campaign, amount: int, key: str = "withdrawal-key-1") -> Withdrawal:
    return withdrawals.request_withdrawal(
        actor=cast.lin,
        campaign=campaign,
        amount=amount,
        purpose="surgery",
        explanation="移植手术押金",
        bills=[bill(cast)],
        key=key,
    )


def noticed(cast: Any, campaign: Campaign, amount: int, key: str = "withdrawal-key-1") -> Withdrawal:
    """Passed review, in public notice."""
    withdrawal = ask(cast, campaign, amount, key)
    withdrawals.carry_out_review(withdrawal=withdrawal, outcome="approve", actor=cast.zhao)
    withdrawal.refresh_from_db()
    return withdrawal


def approved(cast: Any, campaign: Campaign, amount: int, key: str = "withdrawal-key-1") -> list[Payout]:
    """The notice is over: the payouts of the withdrawal."""
    withdrawal = noticed(cast, campaign, amount, key)
    assert withdrawal.notice_ends
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    return list(withdrawal.payouts.order_by("number"))


def sent(cast: Any, payout: Payout) -> Payout:
    payouts.prepare_payout(actor=cast.zhou, payout=payout)
    return payouts.approve_payout(actor=cast.he, payout=payout)


def line(cast: Any, amount: int, number: str = "00000001", seed: int = 5, issued_on: date | None = None) -> InvoiceLine:
    return InvoiceLine(
        code="13990126", number=number, issued_on=issued_on or timezone.localdate(), amount=amount,
        issuer="云州市第一人民医院", document=bill(cast, seed),
    )  # fmt: skip


def duty(campaign: Campaign) -> Obligation:
    return Obligation.objects.get(campaign=campaign)
