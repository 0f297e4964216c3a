"""Who asks, and for whom (R13, R104)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import consent_texts
from accounts.models import User
from accounts.purposes import Purpose
from accounts.services import record_consent
from campaigns.models import Campaign
from campaigns.services.editing import editing
from campaigns.taxonomy import SPEAKS_FOR_A_MINOR, Relation
from core.errors import DomainError
from identity.models import Person
from identity.selectors import person_of
from identity.services import bind_user, ensure_person
from policy.enforce import enforces

MODULE = "identity"


def scope_of(campaign: Campaign) -> str:
    """What consents for this campaign are recorded under."""
    return f"campaign:{campaign.code}"


def set_relation(*, actor: User, campaign: Campaign, relation: str) -> Campaign:
    """What the raiser is to the patient. A raiser who is the patient needs no second person."""
    if relation not in Relation.values:
        raise DomainError("relation", _("Please choose one."), field="relation")
    with editing(actor, campaign, "relation", MODULE) as draft:
        if relation == Relation.SELF:
            draft.patient = draft.raiser_person
        elif draft.relation == Relation.SELF:
            draft.patient = None
        draft.relation = relation
    return campaign


@enforces("R13")
def set_raiser(*, actor: User, campaign: Campaign, name: str, id_number: str, agreed: bool) -> Campaign:
    """The raiser's own real name. Their account is bound to that person, once and for good.

    `agreed`: to having it checked. Only the raiser can say this, not an adviser.
    """
    if actor.pk != campaign.raiser_id:
        raise DomainError("not_yours", _("Only the raiser can fill in this page, on a device of their own."))
    if not agreed:
        raise DomainError(
            "consent", _("We may ask you to raise money only if you let us check who you are."), field="agreed"
        )
    with editing(actor, campaign, "you", MODULE) as draft:
        person = ensure_person(actor=actor, name=name, id_number=id_number)
        if person.is_minor_on(timezone.localdate()):
            raise DomainError(
                "minor", _("A raiser has to be of age. Please ask your parents or guardian."), field="id_number"
            )
        bind_user(actor=actor, user=actor, person=person)
        _agree(actor, Purpose.IDENTITY_CHECK, "")
        draft.raiser_person = person
        if draft.relation == Relation.SELF:
            draft.patient = person
    return campaign


def use_known_raiser(*, actor: User, campaign: Campaign) -> Campaign:
    """The raiser's account is bound to a person already: take it over."""
    person = person_of(campaign.raiser)
    if person and campaign.raiser_person_id is None and campaign.may_be_edited:
        with editing(actor, campaign, "known_raiser", MODULE) as draft:
            draft.raiser_person = person
            if draft.relation == Relation.SELF:
                draft.patient = person
    return campaign


@enforces("R13", "R104")
def set_patient(*, actor: User, campaign: Campaign, name: str, id_number: str) -> Campaign:
    """The patient, who is not the raiser. For somebody under 18 a parent or guardian has to ask (R104)."""
    if campaign.relation == Relation.SELF:
        raise DomainError("relation", _("You said that you are the patient yourself."), field="name")
    with editing(actor, campaign, "patient", MODULE) as draft:
        person = ensure_person(actor=actor, name=name, id_number=id_number)
        if person.pk == draft.raiser_person_id:
            raise DomainError("same_person", _("This is your own ID number."), field="id_number")
        check_minor(person, draft.relation)
        draft.patient = person
    return campaign


def check_minor(person: Person, relation: str) -> None:
    """Raises DomainError when nobody who may speak for a minor asks."""
    if person.is_minor_on(timezone.localdate()) and relation not in SPEAKS_FOR_A_MINOR:
        raise DomainError(
            "guardian_needed",
            _("The patient is under 18: only father, mother or legal guardian can ask for help."),
            field="id_number",
        )


@enforces("R102", "R104")
def agree_for_minor(*, actor: User, campaign: Campaign, agreed: bool) -> Campaign:
    """The guardian's own consent for a patient under 18, in the words for it."""
    if actor.pk != campaign.raiser_id:
        raise DomainError("not_yours", _("Only the raiser can fill in this page, on a device of their own."))
    if not agreed:
        raise DomainError("consent", _("Without the guardian’s consent we cannot go on."), field="agreed")
    with editing(actor, campaign, "guardian", MODULE):
        _agree(actor, Purpose.GUARDIAN, scope_of(campaign))
    return campaign


@enforces("R41", "R102")
def agree_to_publish(*, actor: User, campaign: Campaign, sensitive: bool, story: bool, documents: bool) -> Campaign:
    """Each consent apart. Keeping medical data and publishing the story are needed; papers may stay private."""
    if actor.pk != campaign.raiser_id:
        raise DomainError("not_yours", _("Only the raiser can fill in this page, on a device of their own."))
    faults = {
        field: _("Without this consent the request cannot be published.")
        for field, given in (("sensitive", sensitive), ("story", story))
        if not given
    }
    if faults:
        raise DomainError("consent", next(iter(faults.values())), fields=faults)
    with editing(actor, campaign, "consents", "promises"):
        wanted = {Purpose.SENSITIVE_DATA: sensitive, Purpose.PUBLISH_STORY: story, Purpose.PUBLISH_DOCUMENTS: documents}
        for purpose, given in wanted.items():
            if given:
                _agree(actor, purpose, scope_of(campaign))
    return campaign


def _agree(user: User, purpose: Purpose, scope: str) -> None:
    record_consent(actor=user, purpose=purpose, text_version=consent_texts.current(purpose).version, scope=scope)
