"""Persons and organisations, and who of them signs in."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import trail
from core.crypto import blind_index
from core.errors import Conflict, DomainError, Forbidden
from core.models import TrailEvent
from identity import rules
from identity.models import Organisation, Person
from identity.services.faults import refuse_faults
from policy.enforce import enforces


@enforces("R13")
def ensure_person(*, actor: User | None, name: str, id_number: str) -> Person:
    """The one Person with this ID number, made if new (R13).

    Raises DomainError with fields `name` and `id_number` for what is not well-formed; `name_differs` when the number is
    already known under another name: the stored name is not shown, and the clash is noted in the trail; `too_many_tries`
    after five such clashes by one actor in a day.
    """
    name, number = rules.normalise_name(name), rules.normalise_id(id_number)
    refuse_faults(name=rules.name_fault(name), id_number=rules.id_fault(number, timezone.localdate()))
    index = blind_index(number, context="resident-id")
    person = Person.objects.filter(id_index=index).first() or _create_person(actor, name, number, index)
    if person.name.casefold() == name.casefold():
        return person
    _note_clash(actor, person)
    message = _("This name and this ID number do not belong together. Please compare both with the card.")
    raise DomainError("name_differs", message, fields={"name": message, "id_number": message})


def ensure_organisation(*, actor: User | None, name: str, code: str, legal_representative: str = "") -> Organisation:
    """The one Organisation with this unified social credit code. Raises DomainError for `name` or `code`, `name_differs`."""
    name, code = rules.normalise_name(name), rules.normalise_id(code)
    refuse_faults(name=rules.label_fault(name), code=rules.credit_code_fault(code))
    organisation, created = Organisation.objects.get_or_create(
        code=code, defaults={"name": name, "legal_representative": rules.normalise_name(legal_representative)}
    )
    if created:
        trail.record(actor=actor, event="identity.organisation", subject=organisation)
    if organisation.name != name:
        raise DomainError("name_differs", _("This code belongs to an organisation of another name."), field="name")
    return organisation


def bind_user(*, actor: User | None, user: User, person: Person) -> Person:
    """Say that `user` is `person`: one to one, once. Raises Conflict `bound_elsewhere` or `already_bound`."""
    if actor is not None and actor.pk != user.pk:
        raise Forbidden("not_yours", _("People say for themselves who they are."))
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        if locked.user_id == user.pk:
            return locked
        if locked.user_id is not None:
            raise Conflict(
                "bound_elsewhere",
                _(
                    "This ID number is already used by another account. If it is yours, our staff will help you: see Help."
                ),
                field="id_number",
            )
        if Person.objects.filter(user=user).exists():
            raise Conflict(
                "already_bound", _("Your account already belongs to another person’s ID number."), field="id_number"
            )
        locked.user = user
        locked.save(update_fields=["user"])
        trail.record(actor=actor, event="identity.bind", subject=locked, person_id=locked.pk)
    return locked


def _create_person(actor: User | None, name: str, number: str, index: str) -> Person:
    facts = rules.read_id(number)
    try:
        with transaction.atomic():
            person = Person.objects.create(
                name=name, id_number=number, id_index=index, birth_date=facts.birth_date, sex=facts.sex
            )
            trail.record(actor=actor, event="identity.person", subject=person, person_id=person.pk)
    except IntegrityError:
        return Person.objects.get(id_index=index)
    return person


def _note_clash(actor: User | None, person: Person) -> None:
    if actor is not None:
        since = timezone.now() - timedelta(days=1)
        tries = TrailEvent.objects.filter(actor=actor, event="identity.name_differs", at__gt=since).count()
        if tries >= rules.MAX_NAME_CLASHES_DAY:
            raise DomainError("too_many_tries", _("Too many tries today. Please go on tomorrow."), field="id_number")
    trail.record(actor=actor, event="identity.name_differs", subject=person, person_id=person.pk)
