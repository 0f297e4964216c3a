"""Freezing what reviewers see: one version per hand-in, never changed afterwards.

The text of facts is frozen in Chinese, whoever hands in: the verdict is pinned to its very characters, and they must not
depend on the language of a browser.
"""

from collections import defaultdict
from typing import Any

from django.utils import timezone, translation

from accounts.models import User
from campaigns import means
from campaigns.models import Campaign, CampaignVersion, Payee
from campaigns.papers import PHOTO
from core.crypto import blind_index
from core.money import yuan_text
from policy.enforce import enforces
from policy.parameters import value

FROZEN_LANGUAGE = "zh-hans"

Json = dict[str, Any]


@enforces("R24", "R40")
def freeze_version(*, actor: User | None, campaign: Campaign) -> CampaignVersion:
    """Write the present content down as the next version. The caller holds the campaign's lock."""
    papers: dict[str, list[int]] = defaultdict(list)
    hashes: list[Json] = []
    for paper in campaign.papers.select_related("document"):
        papers[paper.slot].append(paper.document_id)
        hashes.append({"slot": paper.slot, "id": paper.document_id, "sha256": paper.document.sha256})
    payee = campaign.payees.exclude(status="replaced").select_related("account", "person", "organisation").first()
    number = campaign.version + 1
    with translation.override(FROZEN_LANGUAGE):
        facts = _facts(campaign, papers, payee)
        snapshot = _snapshot(campaign, payee)
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=number,
        snapshot={**snapshot, "version": number, "papers": hashes},
        facts=facts,
        made_by=actor,
    )
    Campaign.objects.filter(pk=campaign.pk).update(version=number)
    campaign.version = number
    return version


def _snapshot(campaign: Campaign, payee: Payee | None) -> Json:
    patient = campaign.patient
    today = timezone.localdate()
    declaration = campaign.declarations.order_by("-number").first()
    return {
        "code": campaign.code,
        "campaign_id": campaign.pk,
        "people": {
            "raiser": campaign.raiser_person_id,
            "patient": campaign.patient_id,
            **({"payee": payee.person_id} if payee and payee.person_id else {}),
        },
        "relation": campaign.relation,
        "patient_age": patient.age_on(today) if patient else None,
        "patient_minor": bool(patient and patient.is_minor_on(today)),
        "disease": campaign.disease,
        "diagnosis": campaign.diagnosis,
        "diagnosed_on": campaign.diagnosed_on.isoformat() if campaign.diagnosed_on else None,
        "hospital": campaign.hospital.code if campaign.hospital else "",
        "department": campaign.department,
        "title": campaign.title,
        "story": {"who": campaign.story_who, "illness": campaign.story_illness, "call": campaign.story_call},
        "needed_by": campaign.needed_by.isoformat() if campaign.needed_by else None,
        "costs": [{"what": line.what, "amount": line.amount} for line in campaign.cost_lines.all()],
        "spent": campaign.spent,
        "insurance_pays": campaign.insurance_pays,
        "aid_pays": campaign.aid_pays,
        "own_means": campaign.own_means,
        "target": campaign.target,
        "target_cap": value("campaign.target_cap"),
        "means": campaign.means,
        "declaration": declaration.number if declaration else 0,
        "payee": {"id": payee.pk, "relation": payee.relation, "label": payee.public_label()} if payee else None,
        "promises": sorted(campaign.promises.values_list("signer", flat=True)),
        "adviser": campaign.adviser_id,
    }


def _facts(campaign: Campaign, papers: dict[str, list[int]], payee: Payee | None) -> list[Json]:
    return [
        *_identity_facts(campaign, papers),
        *_medical_facts(campaign, papers),
        _fact("story", campaign.title, papers[PHOTO], stamp=campaign.story),
        *_means_facts(campaign, papers),
        *(_payee_facts(campaign, payee, papers) if payee else ()),
    ]


def _fact(
    code: str,
    declared: str,
    documents: list[int],
    *,
    required: bool = True,
    stamp: str = "",
    valid_days: int | None = None,
) -> Json:
    """`stamp` is hidden behind a blind index: it may hold numbers, and must change when they do."""
    return {
        "code": code,
        "declared": declared[:500],
        "documents": documents,
        "required": required,
        "valid_days": valid_days,
        "stamp": blind_index(stamp, context="campaign-fact") if stamp else "",
    }


def _identity_facts(campaign: Campaign, papers: dict[str, list[int]]) -> list[Json]:
    patient, raiser = campaign.patient, campaign.raiser_person
    if patient is None or raiser is None:
        return []
    age = f"{patient.masked_name} · {patient.age_on(timezone.localdate())} 岁"
    facts = [_fact("patient_id", age, papers["patient_id"] + papers["child_id"], stamp=patient.id_index)]
    if campaign.relation != "self":
        facts += [
            _fact("raiser_id", raiser.masked_name, papers["raiser_id"], stamp=raiser.id_index),
            _fact(
                "relationship",
                f"{raiser.masked_name} → {patient.masked_name}: {campaign.get_relation_display()}",
                papers["relation"] + papers["guardianship"],
                stamp=campaign.relation,
            ),
        ]
    return facts


def _medical_facts(campaign: Campaign, papers: dict[str, list[int]]) -> list[Json]:
    lines = "; ".join(f"{line.what} ¥{yuan_text(line.amount)}" for line in campaign.cost_lines.all())
    cover = f"− ¥{yuan_text((campaign.insurance_pays or 0) + (campaign.aid_pays or 0) + (campaign.own_means or 0))}"
    months = value("docs.diagnosis_max_age_months")
    return [
        _fact(
            "diagnosis",
            f"{campaign.get_disease_display()} · {campaign.diagnosis} · {campaign.diagnosed_on}",
            papers["diagnosis"] + papers["lab"],
            valid_days=months * 30,
        ),
        _fact(
            "hospital",
            f"{campaign.hospital} · {campaign.department}",
            papers["inpatient"],
            stamp=f"{campaign.inpatient_no} {campaign.bed}",
        ),
        _fact("costs_incurred", f"¥{yuan_text(campaign.spent or 0)}", papers["bills"]),
        _fact("estimate", f"{lines} {cover} = ¥{yuan_text(campaign.target or 0)}", papers["estimate"]),
    ]


def _means_facts(campaign: Campaign, papers: dict[str, list[int]]) -> list[Json]:
    """What the platform often cannot verify: it stays “declared” in public unless a reviewer says otherwise (R25)."""
    stamps = {
        "assets": ("family", "houses", "cars", "income", "savings", "debts"),
        "insurance": ("medical_insurance", "critical_insurance"),
        "allowance": ("allowance",),
        "other_aid": ("government_aid", "elsewhere"),
    }
    facts = []
    for code, questions in stamps.items():
        answers = {question: campaign.means.get(question) for question in questions}
        declared = " · ".join(means.summary(question, answer) for question, answer in answers.items() if answer)
        documents = papers[code] if code in ("assets", "allowance") else []
        facts.append(_fact(code, declared, documents, required=False, stamp=str(sorted(answers.items()))))
    return facts


def _payee_facts(campaign: Campaign, payee: Payee, papers: dict[str, list[int]]) -> list[Json]:
    documents = [*papers["payee_id"], *papers["payee_card"], *papers["payee_relation"], *papers["payee_photo"]]
    declared = f"{payee.public_label()} · {payee.account.bank}"
    return [_fact("payee", declared, documents, stamp=f"{payee.account.number_index} {payee.relation}")]
