"""Who is behind a request: levels of identity, other requests, shared accounts."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from audit.registry import Finding, Json, Message, Severity, check
from campaigns.models import Campaign, Payee
from campaigns.states import ACTIVE
from identity.levels import Level
from identity.models import Person
from identity.selectors import standings
from policy.enforce import enforces
from relations.selectors import shared

# Sharing these with other requests means something; an address or a device of a hospital ward says little.
TELLING = ("phone", "bank_card", "inpatient_no", "document_sha")
NEVER_GIVEN_OUT = ("draft", "discarded")


@check(
    "campaign.duplicate_patient",
    label=_("One patient, one request"),
    messages={
        "hit": Message(
            auditor=_("The patient has %(active)s other open and %(past)s earlier request(s): %(codes)s."),
            raiser=_("There is another request for this patient. A patient can have only one at a time."),
        )
    },
)
@enforces("R23")
def duplicate_patient(snapshot: Json, now: datetime) -> Finding:
    """By the person behind the ID number, whatever was written in the form."""
    others = Campaign.objects.filter(patient_id=snapshot["people"]["patient"]).exclude(pk=snapshot["campaign_id"])
    rows = list(others.exclude(status__in=NEVER_GIVEN_OUT).values_list("code", "status", "pk"))
    active = [code for code, status, _pk in rows if status in ACTIVE]
    data = {"active": len(active), "past": len(rows) - len(active)}
    if not rows:
        return Finding.miss(data=data)
    return Finding.hit(
        Severity.HIGH if active else Severity.LOW,
        params={**data, "codes": ", ".join(code for code, _status, _pk in rows)},
        evidence=[f"campaigns.campaign:{pk}" for _code, _status, pk in rows],
        data=data,
    )


@check(
    "campaign.identity",
    label=_("How sure we are of raiser, patient and payee"),
    messages={
        "hit": Message(
            auditor=_("Not confirmed by the authority or a reviewer: %(who)s."),
            raiser=_("We could not confirm a name and ID number yet. A person looks at the papers."),
        ),
        "refused": Message(
            auditor=_("The register or a reviewer says that name and number do not belong together: %(who)s."),
            raiser=_("A name and an ID number do not belong together. Please compare both with the card."),
        ),
    },
)
@enforces("R13", "R14")
def identity(snapshot: Json, now: datetime) -> Finding:
    roles = {pk: role for role, pk in snapshot["people"].items() if pk}
    found = standings(list(Person.objects.filter(pk__in=roles)))
    refused = sorted(roles[pk] for pk, standing in found.items() if standing.refused or standing.level == Level.NONE)
    unsure = sorted(roles[pk] for pk, standing in found.items() if standing.level < Level.HUMAN_REVIEWED)
    lowest = min((standing.level.value for standing in found.values()), default=0)
    data = {"lowest": lowest, "refused": len(refused)}
    if refused:
        return Finding.hit(Severity.HIGH, "refused", params={"who": ", ".join(refused)}, data=data)
    if unsure:
        return Finding.hit(Severity.LOW, params={"who": ", ".join(unsure)}, data=data)
    return Finding.miss(data=data)


@check(
    "campaign.account_shared",
    label=_("The payee's account in other requests"),
    messages={
        "hit": Message(
            auditor=_("The payee’s account is also in %(count)s other request(s): %(codes)s."),
            raiser=_("The account of the payee is used in another request. A person looks at it."),
        )
    },
)
@enforces("R72")
def account_shared(snapshot: Json, now: datetime) -> Finding:
    """A hospital or charity is paid for many; one private account for several families is not usual."""
    payee = Payee.objects.filter(campaign_id=snapshot["campaign_id"]).exclude(status="replaced").first()
    if payee is None:
        return Finding.not_evaluable("there is no payee")
    if payee.person_id is None:
        return Finding.miss(data={"count": 0})
    others = Payee.objects.filter(account__number_index=payee.account.number_index).exclude(
        campaign__patient_id=snapshot["people"]["patient"]
    )
    codes = sorted(set(others.exclude(campaign__status__in=NEVER_GIVEN_OUT).values_list("campaign__code", flat=True)))
    if not codes:
        return Finding.miss(data={"count": 0})
    return Finding.hit(
        Severity.HIGH, params={"count": len(codes), "codes": ", ".join(codes)}, data={"count": len(codes)}
    )


@check(
    "relations.shared",
    label=_("Phones, accounts, papers and hospital numbers in common with others"),
    messages={
        "hit": Message(auditor=_("In common with other requests: %(kinds)s."), raiser=_("A person looks at it."))
    },
)
@enforces("R72")
def relations_shared(snapshot: Json, now: datetime) -> Finding:
    subject = f"campaign:{snapshot['campaign_id']}"
    own = _same_patient(snapshot)
    lines = [
        line
        for line in shared(subject)
        if line.kind in TELLING and any(other.startswith("campaign:") and other not in own for other in line.others)
    ]
    if not lines:
        return Finding.miss(data={"count": 0})
    return Finding.hit(
        Severity.MEDIUM,
        params={"kinds": ", ".join(sorted({line.kind for line in lines}))},
        evidence=sorted({other for line in lines for other in line.others if other.startswith("campaign:")})[:20],
        data={"count": len(lines)},
    )


def _same_patient(snapshot: Json) -> set[str]:
    """Earlier requests and drafts for the same patient share nearly everything, and are counted elsewhere."""
    rows = Campaign.objects.filter(patient_id=snapshot["people"]["patient"]).values_list("pk", flat=True)
    return {f"campaign:{pk}" for pk in rows}


@check(
    "campaign.raiser_history",
    label=_("Earlier requests of the raiser"),
    messages={
        "hit": Message(
            auditor=_("The raiser had %(refused)s refused or stopped request(s) and %(others)s for other patients."),
            raiser=_("You have asked for help before. A person looks at it."),
        )
    },
)
def raiser_history(snapshot: Json, now: datetime) -> Finding:
    rows = Campaign.objects.filter(raiser_person_id=snapshot["people"]["raiser"]).exclude(pk=snapshot["campaign_id"])
    refused = rows.filter(status="refused").count() + rows.filter(end_reason="stopped").count()
    others = (
        rows.exclude(patient_id=snapshot["people"]["patient"]).exclude(status__in=NEVER_GIVEN_OUT).distinct().count()
    )
    data = {"refused": refused, "others": others}
    if not refused and others < 2:
        return Finding.miss(data=data)
    return Finding.hit(Severity.HIGH if refused else Severity.MEDIUM, params=data, data=data)
