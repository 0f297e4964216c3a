"""Whether the amounts hold together: diagnosis in time, target, cap, cover, aid from elsewhere."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.registry import Finding, Json, Message, Severity, check
from campaigns import rules
from core.money import yuan_text
from policy.enforce import enforces
from policy.parameters import value


@check(
    "campaign.diagnosis_age",
    label=_("Age of the diagnosis certificate"),
    messages={
        "hit": Message(
            auditor=_("The certificate is of %(day)s: older than %(months)s months."),
            raiser=_("The diagnosis certificate is older than %(months)s months. Please ask the doctor for a new one."),
        )
    },
)
@enforces("R18")
def diagnosis_age(snapshot: Json, now: datetime) -> Finding:
    if not snapshot["diagnosed_on"]:
        return Finding.not_evaluable("no day of diagnosis")
    months = value("docs.diagnosis_max_age_months", at=now)
    day = date.fromisoformat(snapshot["diagnosed_on"])
    today = timezone.localdate(now)
    data = {"days": (today - day).days}
    if not rules.diagnosis_is_old(day, today, months):
        return Finding.miss(data=data)
    return Finding.hit(Severity.MEDIUM, params={"day": day.isoformat(), "months": months}, data=data)


@check(
    "campaign.over_cap",
    label=_("Target and cap"),
    messages={
        "hit": Message(
            auditor=_("The target of ¥%(target)s is above the cap of ¥%(cap)s."),
            raiser=_("The target is above what one request may ask for. Two people look at the hospital’s estimate."),
        )
    },
)
@enforces("R26", "R27")
def over_cap(snapshot: Json, now: datetime) -> Finding:
    cap, target = value("campaign.target_cap", at=now), snapshot["target"] or 0
    data = {"target": target, "cap": cap}
    if target <= cap:
        return Finding.miss(data=data)
    return Finding.hit(Severity.HIGH, params={"target": yuan_text(target), "cap": yuan_text(cap)}, data=data)


@check(
    "campaign.estimate",
    label=_("Target and estimate"),
    messages={
        "hit": Message(
            auditor=_(
                "The target is ¥%(target)s, but ¥%(missing)s follow from estimate, insurance, aid and own means."
            ),
            raiser=_("Target and costs do not fit together. Please look at the amounts again."),
        ),
        "no_paper": Message(
            auditor=_("There is no estimate of the hospital."),
            raiser=_("Please add the hospital’s cost estimate."),
        ),
        "no_insurance": Message(
            auditor=_("The patient has medical insurance, but nothing is counted on from it."),
            raiser=_("You have medical insurance: please say how much it pays."),
        ),
        "savings": Message(
            auditor=_("Savings of ¥%(savings)s are declared, own means of ¥%(own)s are used."),
            raiser=_("You have savings: please say how much of them you use, or why you cannot."),
        ),
    },
)
@enforces("R28")
def estimate(snapshot: Json, now: datetime) -> Finding:
    lines = [line["amount"] for line in snapshot["costs"]]
    own, target = snapshot["own_means"] or 0, snapshot["target"] or 0
    missing = rules.target_of(lines, insurance=snapshot["insurance_pays"] or 0, aid=snapshot["aid_pays"] or 0, own=own)
    data = {"target": target, "missing": missing}
    if target > missing:
        return Finding.hit(
            Severity.HIGH, params={"target": yuan_text(target), "missing": yuan_text(missing)}, data=data
        )
    if not any(paper["slot"] == "estimate" for paper in snapshot["papers"]):
        return Finding.hit(Severity.MEDIUM, "no_paper", data=data)
    if _yes(snapshot, "medical_insurance") and not snapshot["insurance_pays"]:
        return Finding.hit(Severity.MEDIUM, "no_insurance", data=data)
    savings = snapshot["means"].get("savings", {}).get("amount", 0)
    if savings > own + target // 10:
        params = {"savings": yuan_text(savings), "own": yuan_text(own)}
        return Finding.hit(Severity.MEDIUM, "savings", params=params, data=data)
    return Finding.miss(data=data)


@check(
    "campaign.elsewhere",
    label=_("Aid and fundraising elsewhere"),
    messages={
        "hit": Message(
            auditor=_(
                "Declared: ¥%(elsewhere)s raised elsewhere, ¥%(aid)s of government aid; ¥%(counted)s are counted."
            ),
            raiser=_("Money from elsewhere has to be counted. Please look at the amounts again."),
        )
    },
)
@enforces("R23", "R34")
def elsewhere(snapshot: Json, now: datetime) -> Finding:
    """What was raised or granted elsewhere must show up among aid and own means, or the target is too high."""
    raised = snapshot["means"].get("elsewhere", {}).get("amount") or 0
    aid = snapshot["means"].get("government_aid", {}).get("amount") or 0
    counted = (snapshot["aid_pays"] or 0) + (snapshot["own_means"] or 0) + (snapshot["spent"] or 0)
    data = {"elsewhere": raised, "aid": aid}
    if raised + aid <= counted:
        return Finding.miss(data=data)
    params = {"elsewhere": yuan_text(raised), "aid": yuan_text(aid), "counted": yuan_text(counted)}
    return Finding.hit(Severity.MEDIUM, params=params, data=data)


def _yes(snapshot: Json, question: str) -> bool:
    return bool(snapshot["means"].get(question, {}).get("has"))
