"""People who know the family say so, by their real name (R53)."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import letters, wording
from campaigns.models import Attestation, Campaign
from campaigns.taxonomy import Acquaintance
from core.errors import Conflict, DomainError, Text
from core.trail import record
from identity.models import Person
from identity.selectors import person_of
from identity.services import bind_user, ensure_person, request_check
from policy.enforce import enforces

TEXT_MIN, TEXT_MAX = 4, 200
OPEN = ("published", "paused", "ended")


@enforces("R53")
def attest(
    *,
    actor: User,
    campaign: Campaign,
    relation: str,
    text: str,
    agreed: bool,
    name: str = "",
    id_number: str = "",
    client_ip: str = "",
) -> Attestation:
    """One person attests to one campaign, once. `name` and `id_number` are needed until the account has a real name.

    Raises Conflict `own_campaign` for raiser, patient and payee, `attested` when the person attests already.
    """
    text = text.strip()
    _check(relation, text, agreed)
    if campaign.status not in OPEN:
        raise Conflict("not_open", _("This request cannot be attested to at present."))
    letter = letters.current("attestation")
    try:
        with transaction.atomic():
            person = _person(actor, name, id_number, client_ip)
            if actor.pk == campaign.raiser_id or person.pk in _parties(campaign):
                raise Conflict("own_campaign", _("Whoever has a part in the request cannot attest to it."))
            made = Attestation.objects.filter(campaign=campaign, person=person, withdrawn_at=None).first()
            if made:
                return made
            made = Attestation.objects.create(
                campaign=campaign, person=person, user=actor, relation=relation, text=text, notice_sha256=letter.sha256
            )
            record(actor=actor, event="campaign.attest", subject=campaign, person_id=person.pk)
    except IntegrityError:
        person_now = person_of(actor)
        return Attestation.objects.get(campaign=campaign, person=person_now, withdrawn_at=None)
    return made


def _person(actor: User, name: str, id_number: str, client_ip: str) -> Person:
    known = person_of(actor)
    if known:
        return known
    person = ensure_person(actor=actor, name=name, id_number=id_number)
    bind_user(actor=actor, user=actor, person=person)
    request_check(actor=actor, person=person, purpose="attester", client_ip=client_ip)
    return person


def _parties(campaign: Campaign) -> set[int]:
    payees = campaign.payees.exclude(status="replaced").values_list("person_id", flat=True)
    return {pk for pk in (campaign.raiser_person_id, campaign.patient_id, *payees) if pk}


def _check(relation: str, text: str, agreed: bool) -> None:
    faults: dict[str, Text] = {}
    if relation not in Acquaintance.values:
        faults["relation"] = _("Please choose one.")
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        faults["text"] = _("Say in a few words what you know, at most %(most)d characters.") % {"most": TEXT_MAX}
    elif trace := wording.first_private([text]):
        faults["text"] = wording.SENTENCES[trace]
    if not agreed:
        faults["agreed"] = _("Please read the notice and agree to it.")
    if faults:
        raise DomainError("attestation", next(iter(faults.values())), fields=faults)


def withdraw_attestation(*, actor: User, attestation: Attestation) -> Attestation:
    """Take one's word back; it no longer counts. Twice changes nothing."""
    if attestation.withdrawn_at is None:
        with transaction.atomic():
            Attestation.objects.filter(pk=attestation.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
            record(actor=actor, event="campaign.withdraw_attestation", subject=attestation.campaign)
        attestation.refresh_from_db()
    return attestation
