"""Handing the request in, taking it back, and giving it to audit (R17, R23)."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import close_cases, open_case
from campaigns import rules
from campaigns.models import Campaign
from campaigns.selectors.drafts import progress
from campaigns.services.family import declare
from campaigns.services.lifecycle import lock
from campaigns.services.linking import link_campaign
from campaigns.services.people import check_minor
from campaigns.services.versions import freeze_version
from campaigns.states import ACTIVE
from core import jobs, states
from core.errors import Conflict, DomainError, Forbidden
from documents.models import Document
from identity.levels import Verdict
from identity.models import Attempt, Person
from identity.services import request_check
from notices.services import notify
from policy.enforce import enforces

ASK_AGAIN_SECONDS = 15


@enforces("R3", "R15", "R17", "R23")
def submit_campaign(*, actor: User, campaign: Campaign, client_ip: str = "") -> Campaign:
    """Hand everything in: freeze the declaration and a version, ask who the people are, then give it to audit.

    Handed in already: nothing changes. Raises DomainError `incomplete` whose fields are the steps that are missing, and
    Conflict `has_campaign` when the patient has another request that is not over (R23).
    """
    if actor.pk != campaign.raiser_id:
        raise Forbidden("not_yours", _("Only the raiser can hand the request in."))
    try:
        with transaction.atomic():
            locked = lock(campaign)
            if locked.status in ("submitted", "in_review"):
                return campaign
            _check_complete(locked)
            _refuse_second(locked)
            declare(actor, locked)
            _hand_in_parts(actor, locked)
            freeze_version(actor=actor, campaign=locked)
            Campaign.objects.filter(pk=locked.pk).update(submitted_at=timezone.now(), typed="")
            states.apply(locked, "submit", actor=actor)
            _ask_who(actor, locked, client_ip)
            link_campaign(locked)
            jobs.enqueue("campaigns.open_review", f"{locked.pk}:{locked.version}", {"campaign_id": locked.pk})
            notify(
                user=locked.raiser,
                code="campaign.submitted",
                params={"title": locked.title},
                url=f"/me/campaigns/{locked.code}/",
                key=f"{locked.code}:{locked.version}",
            )
    except IntegrityError as error:
        raise _has_campaign() from error
    campaign.refresh_from_db()
    return campaign


def _check_complete(campaign: Campaign) -> None:
    if campaign.patient:
        check_minor(campaign.patient, campaign.relation)
    missing = {state.step.code: state.note for state in progress(campaign) if state.state == "missing"}
    unsaved = {state.step.code: state.note for state in progress(campaign) if state.state == "typed" and state.note}
    if missing or unsaved:
        raise DomainError("incomplete", _("Some steps are not finished yet."), fields={**unsaved, **missing})


def _refuse_second(campaign: Campaign) -> None:
    """The database holds the same; this gives the sentence."""
    others = Campaign.objects.filter(patient=campaign.patient, status__in=ACTIVE).exclude(pk=campaign.pk)
    if others.exists():
        raise _has_campaign()


def _has_campaign() -> Conflict:
    return Conflict(
        "has_campaign",
        _("There is a request for this patient already, and a patient can have only one at a time."),
        field="patient",
    )


def _hand_in_parts(actor: User, campaign: Campaign) -> None:
    for module in campaign.modules.filter(status__in=("open", "fix_needed")):
        states.apply(module, "hand_in", actor=actor)
    for payee in campaign.payees.filter(status="draft"):
        states.apply(payee, "hand_in", actor=actor)


@enforces("R13")
def _ask_who(actor: User, campaign: Campaign, client_ip: str) -> None:
    """Ask who raiser, patient and payee really are; the answers come as jobs."""
    asked = (
        (campaign.raiser_person, ("raiser_id",) if campaign.relation != "self" else ("patient_id",), "raiser"),
        (campaign.patient, ("patient_id", "child_id"), "patient"),
        (_payee_person(campaign), ("payee_id",), "payee"),
    )
    for person, slots, purpose in asked:
        if person:
            papers = Document.objects.filter(pk__in=campaign.papers.filter(slot__in=slots).values("document"))
            request_check(actor=actor, person=person, purpose=purpose, papers=list(papers), client_ip=client_ip)


def _payee_person(campaign: Campaign) -> Person | None:
    payee = campaign.payees.exclude(status="replaced").select_related("person").first()
    return payee.person if payee else None


def open_review(*, campaign_id: int) -> None:
    """Give the request to audit once the registers have answered, or have taken too long. Raises NotYet meanwhile."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.status != "submitted" or campaign.submitted_at is None:
        return
    waited = timezone.now() - campaign.submitted_at
    if waited < rules.STALE_REVIEW and _answers_pending(campaign):
        raise jobs.NotYet(ASK_AGAIN_SECONDS, "identity checks are under way")
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status != "submitted":
            return
        open_case(
            actor=None,
            kind="submission",
            subject_kind="campaign",
            object_id=locked.pk,
            urgent=bool(locked.needed_by and locked.needed_by <= timezone.localdate() + timedelta(days=14)),
        )
        states.apply(locked, "start_review", actor=None)


def _answers_pending(campaign: Campaign) -> bool:
    payee = campaign.payees.exclude(status="replaced").first()
    people = [campaign.raiser_person_id, campaign.patient_id, payee.person_id if payee else None]
    attempts = list(Attempt.objects.filter(person__in=[pk for pk in people if pk]).select_related("outcome"))
    if payee:
        attempts += Attempt.objects.filter(account=payee.account_id).select_related("outcome")
    return any(attempt.verdict == Verdict.PENDING for attempt in attempts)


def take_back(*, actor: User, campaign: Campaign) -> Campaign:
    """The raiser wants to change something before it was decided. A draft again: nothing changes."""
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status != "draft":
            states.apply(locked, "take_back", actor=actor)
            close_cases(actor=actor, subject_kind="campaign", object_id=locked.pk, reason="taken back by the raiser")
            reopen_parts(actor, locked)
    campaign.refresh_from_db()
    return campaign


def reopen_parts(actor: User | None, campaign: Campaign) -> None:
    for module in campaign.modules.filter(status="handed_in"):
        states.apply(module, "take_back", actor=actor)
    for payee in campaign.payees.filter(status="handed_in"):
        states.apply(payee, "take_back", actor=actor)
