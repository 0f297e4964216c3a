"""The illness, the hospital, and what the treatment costs (R15, R28)."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import rules
from campaigns.models import Campaign, CostLine
from campaigns.services.editing import editing
from campaigns.taxonomy import Disease
from core.errors import DomainError, Text
from core.money import MAX_FEN, Fen, yuan_text
from partners.models import Hospital
from policy.enforce import enforces
from policy.parameters import value

MODULE = "diagnosis"


def set_illness(*, actor: User, campaign: Campaign, disease: str, diagnosis: str, diagnosed_on: date) -> Campaign:
    """The illness: a word from our list, and what the doctor wrote with the day of the certificate."""
    diagnosis = " ".join(diagnosis.split())
    faults: dict[str, Text] = {}
    if disease not in Disease.values:
        faults["disease"] = _("Please choose one.")
    if not 2 <= len(diagnosis) <= 200:
        faults["diagnosis"] = _("Copy what the certificate says, at most 200 characters.")
    if not date(2000, 1, 1) <= diagnosed_on <= timezone.localdate():
        faults["diagnosed_on"] = _("Write the day that stands on the certificate.")
    if faults:
        raise DomainError("illness", next(iter(faults.values())), fields=faults)
    with editing(actor, campaign, "illness", MODULE) as draft:
        draft.disease, draft.diagnosis, draft.diagnosed_on = disease, diagnosis, diagnosed_on
    return campaign


def set_hospital(
    *, actor: User, campaign: Campaign, hospital: Hospital, department: str, inpatient_no: str, bed: str = ""
) -> Campaign:
    """Where the patient is treated, so that reviewers can ask there and money can be paid there (R48)."""
    faults: dict[str, Text] = {}
    if not 2 <= len(department.strip()) <= 60:
        faults["department"] = _("Write the department, such as “haematology”.")
    if not 2 <= len(inpatient_no.strip()) <= 40:
        faults["inpatient_no"] = _("Write the inpatient or hospital number; it is on the bills.")
    if len(bed.strip()) > 20:
        faults["bed"] = _("At most 20 characters, please.")
    if faults:
        raise DomainError("hospital", next(iter(faults.values())), fields=faults)
    with editing(actor, campaign, "hospital", MODULE) as draft:
        draft.hospital = hospital
        draft.department, draft.inpatient_no, draft.bed = department.strip(), inpatient_no.strip(), bed.strip()
    return campaign


def set_costs(*, actor: User, campaign: Campaign, lines: Sequence[tuple[str, Fen]], spent: Fen) -> Campaign:
    """What the treatment costs, line by line from the hospital's estimate, and what was spent so far (R15)."""
    faults: dict[str, Text] = {}
    if not 1 <= len(lines) <= rules.MAX_COST_LINES:
        faults["lines"] = _("Write down at least one and at most %(most)d lines.") % {"most": rules.MAX_COST_LINES}
    for place, (what, amount) in enumerate(lines):
        if not 2 <= len(what.strip()) <= 60:
            faults[f"lines-{place}-what"] = _("Say what it is for, 2 to 60 characters.")
        if not 0 < amount <= MAX_FEN:
            faults[f"lines-{place}-amount"] = _("Write an amount above zero.")
    if not 0 <= spent <= MAX_FEN:
        faults["spent"] = _("Write an amount in yuan; 0 if there is nothing.")
    if faults:
        raise DomainError("costs", next(iter(faults.values())), fields=faults)
    with editing(actor, campaign, "costs", MODULE) as draft:
        draft.cost_lines.all().delete()
        CostLine.objects.bulk_create(
            CostLine(campaign=draft, position=place, what=what.strip(), amount=amount)
            for place, (what, amount) in enumerate(lines)
        )
        draft.spent = spent
        draft.target = _target(draft)
    return campaign


@enforces("R28")
def set_cover(*, actor: User, campaign: Campaign, insurance: Fen, aid: Fen, own: Fen) -> Campaign:
    """What insurance, aid and the family itself pay. The target is what is missing; nobody types it (R28).

    Raises DomainError `nothing_missing` when nothing or less than the smallest target is missing.
    """
    faults: dict[str, Text] = {
        field: _("Write an amount in yuan; 0 if there is nothing.")
        for field, amount in (("insurance", insurance), ("aid", aid), ("own", own))
        if not 0 <= amount <= MAX_FEN
    }
    if faults:
        raise DomainError("cover", next(iter(faults.values())), fields=faults)
    with editing(actor, campaign, "cover", MODULE) as draft:
        draft.insurance_pays, draft.aid_pays, draft.own_means = insurance, aid, own
        draft.target = _target(draft)
        least = value("campaign.target_min")
        if draft.target is None or draft.target < least:
            raise DomainError(
                "nothing_missing",
                _("By these numbers less than ¥%(least)s are missing, so there is no need to raise money.")
                % {"least": yuan_text(least)},
                field="own",
            )
    return campaign


def _target(draft: Campaign) -> Fen | None:
    """None until the costs and all three parts of the cover are known."""
    amounts = list(draft.cost_lines.values_list("amount", flat=True))
    if not amounts or draft.insurance_pays is None or draft.aid_pays is None or draft.own_means is None:
        return None
    missing = rules.target_of(amounts, insurance=draft.insurance_pays, aid=draft.aid_pays, own=draft.own_means)
    return missing or None
