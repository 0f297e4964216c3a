"""Small builders: the least that a test needs, believable, and different each time where it has to be."""

import hashlib
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from audit import registry
from audit.models import Case
from audit.services import FactDecision, claim_case, decide_case
from campaigns import letters, services
from campaigns.models import Campaign, Donation
from campaigns.papers import needed
from campaigns.selectors.drafts import load
from config.demo.people import PEOPLE
from core import jobs
from documents.models import Document
from partners.models import Hospital
from partners.outcomes import Outcome, Result
from partners.services import save_partner
from payments.providers.base import PaymentView
from payments.services.paying import _take_view


def make_hospital(code: str = "YZ001", **values: Any) -> Hospital:
    """A public general hospital of 云州市, as the register would hold it."""
    known = {
        "code": code,
        "name": f"云州市第{code[-1]}人民医院",
        "level": "三级甲等",
        "category": "综合",
        "ownership": "公立",
        "province_code": "990000",
        "province": "云岭省",
        "city_code": "990100",
        "city": "云州市",
        "phone": "000-8100001",
    }
    return save_partner(actor=None, partner=Hospital(), values={**known, **values})


STORY = {
    "who": "爸爸王建国是清河镇中学的语文老师，站了三十年讲台，退休前一年还在给学生补课。",
    "illness": "九月查出急性髓系白血病，已经做完第一轮化疗，目前花了十一万，医保报销后自付六万多。",
    "call": "移植和抗排异还差一大截，恳请您搭把手，每一笔用到哪里都会把票据放上来。",
}
ANSWERS: dict[str, dict[str, Any]] = {
    "family": {"value": "alone"},
    "houses": {
        "count": 1,
        "items": [{"owner": "patient", "value": 30_000_000, "state": "not_sold", "reason": "一家人住在里面"}],
    },
    "cars": {"count": 0, "items": []},
    "income": {"amount": 4_800_000},
    "savings": {"amount": 0},
    "debts": {"amount": 6_000_000},
    "medical_insurance": {"has": True, "note": "城乡居民医保"},
    "critical_insurance": {"has": False},
    "allowance": {"has": False},
    "government_aid": {"has": False},
    "elsewhere": {"has": False},
}
PAPERS = {
    "raiser_id": ("id_front", "id_back"),
    "patient_id": ("id_front", "id_back"),
    "child_id": ("household",),
    "relation": ("household",),
    "guardianship": ("guardianship",),
    "diagnosis": ("diagnosis",),
    "inpatient": ("inpatient_page",),
    "bills": ("bill",),
    "estimate": ("estimate",),
    "payee_id": ("id_front", "id_back"),
    "payee_card": ("bank_card",),
    "payee_relation": ("household",),
    "payee_photo": ("payee_photo",),
}
_seed = count(1)


def make_document(owner: User, kind: str, seed: int | None = None) -> Document:
    """An upload of the right kind, stored as rows only: no picture is drawn, so that hundreds of them cost nothing."""
    number = seed if seed is not None else next(_seed)
    sha256 = hashlib.sha256(f"{kind}:{owner.pk}:{number}".encode()).hexdigest()
    document, created = Document.objects.get_or_create(
        owner=owner, kind=kind, sha256=sha256, defaults={"mime": "image/jpeg", "bytes": 1, "pages": 1}
    )
    if created:
        document.page_set.create(number=1, file=f"x{sha256[:30]}", width=10, height=10, sha256=sha256)
    return document


def make_draft(
    raiser: User,
    *,
    raiser_key: str = "lin",
    patient_key: str = "wang",
    relation: str = "child",
    costs: int = 9_000_000,
    insurance: int = 1_000_000,
    hospital: Hospital | None = None,
    title: str = "爸爸教了三十年书，现在换我们照顾他",
    story: dict[str, str] = STORY,
    diagnosed_on: date | None = None,
) -> Campaign:
    """A complete request that was not handed in, made by the services themselves."""
    me, patient = PEOPLE[raiser_key], PEOPLE[patient_key]
    campaign = services.start_draft(actor=raiser)
    fill: dict[str, Any] = {"actor": raiser, "campaign": campaign}
    services.set_relation(**fill, relation=relation)
    services.set_raiser(**fill, name=me.name, id_number=me.id_number, agreed=True)
    if relation != "self":
        services.set_patient(**fill, name=patient.name, id_number=patient.id_number)
    minor = bool(campaign.patient and campaign.patient.is_minor_on(timezone.localdate()))
    if minor:
        services.agree_for_minor(**fill, agreed=True)
    day = diagnosed_on or timezone.localdate() - timedelta(days=20)
    services.set_illness(**fill, disease="leukemia", diagnosis="急性髓系白血病", diagnosed_on=day)
    place = hospital or Hospital.objects.filter(code="YZ001").first() or make_hospital()
    services.set_hospital(**fill, hospital=place, department="血液科", inpatient_no=f"ZY{campaign.pk:06d}", bed="12")
    services.set_costs(**fill, lines=[("造血干细胞移植", costs)], spent=1_100_000)
    services.set_cover(**fill, insurance=insurance, aid=0, own=0)
    services.set_title(**fill, title=title)
    for part, text in story.items():
        services.set_story(**fill, part=part, text=text)
    for question, answer in ANSWERS.items():
        answer = {"value": "parents"} if minor and question == "family" else answer
        services.answer_means(**fill, question=question, values=answer)
    payee = me if minor else patient if relation != "self" else me
    services.set_person_payee(
        **fill,
        relation="parent" if minor else "self",
        name=payee.name,
        id_number=payee.id_number,
        account_number=payee.card,
        bank="工商银行",
        phone=payee.phone,
    )
    for slot in needed(load(campaign).case):
        for kind in PAPERS[slot.code]:
            services.attach_paper(**fill, slot=slot.code, document=make_document(raiser, kind))
    services.agree_to_publish(**fill, sensitive=True, story=True, documents=True)
    version = letters.current("promise").version
    services.sign_promise(**fill, agreed=True, text_version=version, client_ip="127.0.0.1")
    if relation != "self" and not minor:
        services.confirm_by_patient(
            actor=None,
            campaign=campaign,
            name=patient.name,
            id_tail=patient.id_number[-4:],
            agreed=True,
            text_version=version,
            client_ip="127.0.0.1",
        )
    campaign.refresh_from_db()
    return campaign


def decide(case: Case, outcome: str, *reviewers: User, refused: dict[str, str] | None = None) -> Case:
    """People decide an open case as `outcome`, one after the other: every fact verified but those in `refused`."""
    for reviewer in reviewers:
        case.refresh_from_db()
        if not case.is_open:
            break
        claim_case(actor=reviewer, case=case)
        facts = [
            FactDecision(fact.code, "refused", reason_code=refused[fact.code], note="请补充")
            if refused and fact.code in refused
            else FactDecision(fact.code, "verified", method="document")
            for fact in registry.subject(case.subject_kind).facts(case.object_id)
        ]
        decide_case(
            actor=reviewer,
            case=case,
            outcome=outcome,
            facts=facts,
            seen_version=case.subject_version,
            public_order_ok=True,
        )
    case.refresh_from_db()
    return case


def rest() -> None:
    """Run durable jobs until nothing is due."""
    for _round in range(20):
        if not jobs.sweep(timezone.now()):
            return
    raise AssertionError("jobs never came to rest")


def make_campaign(cast: Any, *, state: str = "published", raiser: str = "lin", **values: Any) -> Campaign:
    """A campaign of the cast in one of: draft, submitted, in_review, fix_needed, refused, published, paused, frozen, ended.

    It goes the whole way through the services: handed in, judged by the machine, decided by the auditors.
    """
    owner: User = getattr(cast, raiser)
    campaign = make_draft(owner, raiser_key=raiser, **values)
    if state == "draft":
        return campaign
    services.submit_campaign(actor=owner, campaign=campaign)
    if state != "submitted":
        rest()
        _go_on(cast, campaign, state)
    campaign.refresh_from_db()
    return campaign


def _go_on(cast: Any, campaign: Campaign, state: str) -> None:
    if state == "in_review":
        return
    case = Case.objects.get(subject_kind="campaign", object_id=campaign.pk, status="waiting")
    outcome = {"fix_needed": "fix", "refused": "refuse"}.get(state, "approve")
    refused = {"fix_needed": {"diagnosis": "unreadable"}, "refused": {"diagnosis": "forged_paper"}}.get(state)
    decide(case, outcome, cast.zhao, cast.qian, refused=refused)
    rest()
    if state == "paused":
        services.pause_campaign(actor=cast.lin, campaign=campaign, reason="等医院通知")
    elif state == "frozen":
        services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    elif state == "ended":
        services.end_campaign(actor=cast.lin, campaign=campaign, why="raiser")


def give(campaign: Campaign, amount: int, *, donor: User | None = None, key: str = "", **values: Any) -> Donation:
    """A gift that the channel has confirmed; nobody asks a channel, its word is put in."""
    donation = services.start_donation(
        actor=donor,
        campaign=campaign,
        amount=amount,
        channel="sandbox",
        client_ip="127.0.0.1",
        key=key or f"test-{next(_seed)}",
        **values,
    )
    return pay(donation)


def pay(donation: Donation) -> Donation:
    """The channel says that the gift was paid."""
    payment = donation.payment
    assert payment is not None
    _take_view(payment.pk, PaymentView(Result(Outcome.OK), "paid", payment.total, timezone.now()))
    donation.refresh_from_db()
    return donation
