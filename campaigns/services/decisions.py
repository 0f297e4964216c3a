"""What follows from the decisions of audit. Runs inside the deciding transaction."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import Case
from audit.selectors import fix_list
from audit.services.stops import release
from campaigns.models import Campaign
from campaigns.services.lifecycle import lock, publish_campaign, resume_campaign
from campaigns.services.payees import verify_payee
from campaigns.services.stopping import stop_and_refund
from campaigns.steps import FACTS
from core import states
from core.errors import Conflict
from identity.levels import Verdict
from identity.services import record_account_review, record_review
from policy.enforce import enforces

KIND = "campaign"


@enforces("R17", "R66")
def carry_out(*, campaign: Campaign, outcome: str, case: Case, actor: User) -> None:
    """Do what people decided about a submission, an appeal, a material change or an alarm."""
    locked = lock(campaign)
    if case.kind in ("submission", "appeal") and locked.status in ("in_review", "refused"):
        _decide_submission(locked, outcome, case, actor)
    elif case.kind in ("alarm", "material_change", "report"):
        _decide_later(locked, outcome, case, actor)


def _decide_submission(campaign: Campaign, outcome: str, case: Case, actor: User) -> None:
    if outcome == "approve":
        close_modules(campaign, actor, refused=())
        _confirm_people(campaign, case)
        publish_campaign(actor=actor, campaign=campaign)
        return
    refused = [fix.code for fix in fix_list(KIND, campaign.pk)]
    if outcome == "fix":
        states.apply(campaign, "ask_fix", actor=actor)
        close_modules(campaign, actor, refused=refused)
    elif campaign.status == "in_review":
        states.apply(campaign, "refuse", actor=actor, reason=", ".join(refused))


@enforces("R15")
def close_modules(campaign: Campaign, actor: User | None, *, refused: Collection[str]) -> None:
    """Each module is approved and locked, unless one of its facts was refused: then it is open again for mending."""
    to_mend = {FACTS[code][0] for code in refused if code in FACTS}
    for module in campaign.modules.filter(status="handed_in"):
        states.apply(module, "ask_fix" if module.code in to_mend else "approve", actor=actor)
    for payee in campaign.payees.filter(status="handed_in"):
        states.apply(payee, "take_back" if "payee" in to_mend else "approve", actor=actor)


@enforces("R13", "R14", "R24")
def _confirm_people(campaign: Campaign, case: Case) -> None:
    """Every reviewer of the case has compared papers and persons: identity keeps it as their review.

    Two reviewers, or the authority, make a payee who may be paid; one reviewer and no authority do not.
    """
    payee = campaign.payees.filter(status="approved").select_related("person", "account").first()
    persons = {person.pk: person for person in (campaign.raiser_person, campaign.patient) if person}
    if payee and payee.person:
        persons[payee.person.pk] = payee.person
    reason = _("Papers compared in case %(number)s") % {"number": case.pk}
    for reviewer in _reviewers(case):
        for person in persons.values():
            _once(record_review, actor=reviewer, person=person, verdict=Verdict.MATCH, reason=reason)
        if payee and payee.person:
            _once(record_account_review, actor=reviewer, account=payee.account, verdict=Verdict.MATCH, reason=reason)
    if payee:
        verify_payee(actor=None, payee=payee)


def _reviewers(case: Case) -> list[User]:
    verdicts = case.human_verdicts.filter(outcome=case.outcome).select_related("reviewer").order_by("id")
    return [verdict.reviewer for verdict in verdicts]


def _once(service: object, **values: object) -> None:
    try:
        service(**values)  # type: ignore[operator]
    except Conflict as conflict:
        # The reviewer has said so in identity's own queue before.
        if conflict.code != "already_reviewed":
            raise


def _decide_later(campaign: Campaign, outcome: str, case: Case, actor: User) -> None:
    """After publication: in favour sets free what was held for this question; refused ends it and gives the money back."""
    if outcome == "approve":
        if campaign.status == "paused" and case.kind == "alarm":
            resume_campaign(actor=actor, campaign=campaign)
        elif campaign.frozen_from == "paused" and case.occasion.startswith("velocity"):
            # Paused by its speed and then frozen for something else: the pause is over, the freeze may not be.
            Campaign.objects.filter(pk=campaign.pk).update(frozen_from="published")
        release(KIND, campaign.pk, actor=actor)
    elif outcome == "refuse":
        stop_and_refund(actor=actor, campaign=campaign, reason=_("People refused it after publication."))
        if campaign.frozen_from == "settling":
            release(KIND, campaign.pk, actor=actor)
