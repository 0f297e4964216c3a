"""The account itself: phone, name, language, and sign-ups that were never finished."""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from accounts import outbound
from accounts.models import User
from accounts.phones import normalise
from core.crypto import blind_index
from core.errors import Conflict, DomainError
from core.trail import record

UNFINISHED_FOR = timedelta(days=1)
SWEEP = 500


def set_phone(*, user: User, phone: str, verified: bool) -> User:
    """Attach `phone` to the account. A number belongs to whoever proved it; a claim without proof yields to a newer one.

    Raises DomainError `bad_phone`, Conflict `phone_taken` when somebody else has proved the number.
    """
    phone = normalise(phone)
    try:
        return _attach(user, phone, verified)
    except IntegrityError as error:
        # Two proved the same number in the same moment: the unique column let one of them through.
        raise _taken() from error


def _taken() -> Conflict:
    return Conflict("phone_taken", _("This number belongs to another account."), field="phone")


def _attach(user: User, phone: str, verified: bool) -> User:
    with transaction.atomic():
        holders = User.objects.select_for_update().filter(phone_index=blind_index(phone, context="phone"))
        other = holders.exclude(pk=user.pk).first()
        if other and other.phone_verified:
            raise _taken()
        if other:
            other.set_phone("")
            other.save(update_fields=["phone", "phone_index"])
        replaced = user.phone_verified and user.phone != phone
        changed = verified and (user.phone != phone or not user.phone_verified)
        user.set_phone(phone)
        user.phone_verified = verified
        user.save(update_fields=["phone", "phone_index", "phone_verified"])
        if changed:
            record(actor=user, event="account.phone", subject=user)
        if replaced:
            outbound.tell(user=user, code="accounts.phone_changed", url="/me/security/", key=str(uuid4()))
    return user


def update_profile(*, actor: User, name: str | None = None, language: str | None = None) -> User:
    """Change what is given. Raises DomainError on `name` (longer than 60, control characters) and `language`."""
    fields: list[str] = []
    if name is not None:
        name = " ".join(name.split())
        if len(name) > 60 or not name.isprintable():
            raise DomainError("bad_name", _("Write a name of at most 60 letters."), field="name")
        actor.name = name
        fields.append("name")
    if language is not None:
        if language not in dict(settings.LANGUAGES):
            raise DomainError("bad_language", _("Choose one of the languages."), field="language")
        actor.language = language
        fields.append("language")
    actor.save(update_fields=fields)
    return actor


def discard_unfinished_signups(*, now: datetime) -> int:
    """Remove accounts that somebody began and never proved, so that a mistyped number leaves nothing behind."""
    begun = User.objects.filter(last_login=None, phone_verified=False, joined_at__lt=now - UNFINISHED_FOR)
    removed = 0
    for user in begun.exclude(emailaddress__verified=True).order_by("id")[:SWEEP]:
        # Nothing can hang on an account that nobody ever entered; if something does, it is no unfinished sign-up.
        with suppress(ProtectedError), transaction.atomic():
            user.delete()
            removed += 1
    return removed
