"""The promise letter: signed by the raiser and, apart from that, by the patient on a device of their own (R3)."""

import hmac
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import letters
from campaigns.models import Campaign, Promise
from campaigns.services.editing import editing
from campaigns.states import DRAFTING
from core.errors import Conflict, DomainError
from core.models import TrailEvent
from core.trail import record, subject_of
from identity.models import Person
from identity.rules import normalise_id, normalise_name
from identity.selectors import user_of
from notices.services import notify
from policy.enforce import enforces

LINK_DAYS = 7
MAX_WRONG_A_DAY = 5
TAIL = 4
_SALT = "campaigns.patient"


@enforces("R3")
def sign_promise(*, actor: User, campaign: Campaign, agreed: bool, text_version: str, client_ip: str) -> Promise:
    """The raiser signs, with the version of the words, the time and the place. The same words twice are one signature.

    For a patient under 18, or one whom the hospital calls unable to decide, the raiser also signs in their stead.
    """
    if actor.pk != campaign.raiser_id:
        raise DomainError("not_yours", _("Only the raiser can sign, on a device of their own."))
    letter = _letter(agreed, text_version)
    with editing(actor, campaign, "promise", "promises") as draft:
        if draft.raiser_person is None:
            raise Conflict("who", _("First say who you are."))
        promise = _sign(draft, Promise.Signer.RAISER, draft.raiser_person, actor, letter, client_ip)
        if draft.patient and speaks_for_patient(draft):
            _sign(draft, Promise.Signer.GUARDIAN, draft.raiser_person, actor, letter, client_ip)
    return promise


def speaks_for_patient(campaign: Campaign) -> bool:
    """Whether the raiser signs in the patient's stead: for a minor, or with the hospital's word that the patient cannot."""
    patient = campaign.patient
    if patient is None or campaign.relation == "self":
        return False
    return patient.is_minor_on(timezone.localdate()) or campaign.papers.filter(slot="unable").exists()


def patient_link(campaign: Campaign) -> str:
    """The token of the page on which the patient confirms; good for LINK_DAYS."""
    return signing.dumps([campaign.pk, campaign.patient_id], salt=_SALT)


def ask_patient(*, actor: User, campaign: Campaign) -> str:
    """Give the link for the patient's own device; a patient with an account also finds it in the inbox."""
    if campaign.patient is None or campaign.relation == "self":
        raise Conflict("no_patient", _("There is nobody else to ask."))
    token = patient_link(campaign)
    user = user_of(campaign.patient)
    if user:
        notify(
            user=user,
            code="campaign.patient_confirm",
            params={"title": campaign.title},
            url=f"/raise/confirm/{token}/",
            key=f"{campaign.code}:{timezone.localdate():%Y%m%d}",
        )
    record(actor=actor, event="campaign.ask_patient", subject=campaign)
    return token


def open_patient_link(token: str) -> Campaign | None:
    """The campaign that waits for this patient's word; None for a forged, old or outdated link. One query."""
    try:
        campaign_id, patient_id = signing.loads(token, salt=_SALT, max_age=timedelta(days=LINK_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Campaign.objects.select_related("patient", "raiser_person", "hospital", "raiser")
    return rows.filter(pk=campaign_id, patient_id=patient_id, status__in=(*DRAFTING, "submitted", "in_review")).first()


@enforces("R3")
def confirm_by_patient(
    *,
    actor: User | None,
    campaign: Campaign,
    name: str,
    id_tail: str,
    agreed: bool,
    text_version: str,
    client_ip: str,
) -> Promise:
    """The patient, who opened the link, agrees to this request and signs: by name and the last four of the ID number.

    Raises DomainError `not_you` when these are not the patient's, `too_many_tries` after five of them in a day.
    """
    letter = _letter(agreed, text_version)
    patient = campaign.patient
    if patient is None:
        raise Conflict("no_patient", _("There is nobody else to ask."))
    _check_tries(campaign)
    if not _is(patient, name, id_tail):
        record(actor=actor, event="campaign.confirm_fail", subject=campaign, person_id=patient.pk)
        raise DomainError(
            "not_you", _("Name or number are not those of the patient. Please look at the ID card."), field="id_tail"
        )
    with transaction.atomic():
        return _sign(campaign, Promise.Signer.PATIENT, patient, actor, letter, client_ip)


def _check_tries(campaign: Campaign) -> None:
    since = timezone.now() - timedelta(days=1)
    wrong = TrailEvent.objects.filter(subject=subject_of(campaign), event="campaign.confirm_fail", at__gt=since)
    if wrong.count() >= MAX_WRONG_A_DAY:
        raise DomainError("too_many_tries", _("Too many tries today. Please go on tomorrow."), field="id_tail")


def _is(patient: Person, name: str, id_tail: str) -> bool:
    tail = normalise_id(id_tail)
    same = hmac.compare_digest(tail.encode(), patient.id_number[-TAIL:].encode())
    return same and len(tail) == TAIL and normalise_name(name).casefold() == patient.name.casefold()


def _letter(agreed: bool, text_version: str) -> letters.Letter:
    letter = letters.current("promise")
    if not agreed:
        raise DomainError("agreed", _("Please read the promise letter and agree to it."), field="agreed")
    if text_version != letter.version:
        raise DomainError("outdated_text", _("The wording has changed. Please read it again."), field="agreed")
    return letter


def _sign(
    campaign: Campaign, signer: str, person: Person, user: User | None, letter: letters.Letter, client_ip: str
) -> Promise:
    promise, created = Promise.objects.get_or_create(
        campaign=campaign,
        signer=signer,
        person=person,
        text_sha256=letter.sha256,
        defaults={
            "user": user,
            "text_version": letter.version,
            "language": letter.language,
            "client_ip": client_ip,
        },
    )
    if created:
        record(
            actor=user,
            event="campaign.sign",
            subject=campaign,
            person_id=person.pk,
            data={"signer": signer, "text": letter.version},
        )
    return promise
