"""Consent, one purpose at a time (R102)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import consent_texts
from accounts.models import Consent, User
from accounts.purposes import Purpose
from accounts.selectors import newest_consent
from core.errors import DomainError
from core.trail import record
from policy.enforce import enforces


@enforces("R102")
def record_consent(*, actor: User, purpose: str, text_version: str, scope: str = "") -> Consent:
    """The person agrees to one purpose, for one thing if `scope` names it (`campaign:12`), in words they have seen.

    `text_version` is the version that was on the page. The same consent given twice is one fact. Raises DomainError
    `unknown_purpose` on `purpose`, `outdated_text` on `text_version` when newer words are in force.
    """
    text = _current(purpose, text_version)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        newest = newest_consent(actor, purpose, scope)
        if newest and newest.given and newest.text_version == text_version:
            return newest
        return _write(actor, text, scope, given=True)


@enforces("R102")
def withdraw_consent(*, actor: User, purpose: str, scope: str = "") -> Consent | None:
    """The person takes a consent back, from now on: a new fact, the old one stays as history.

    Returns None if there was nothing to withdraw. Raises DomainError `terms_stay` for the terms of use, which end with
    the account.
    """
    if purpose == Purpose.TERMS:
        raise DomainError("terms_stay", _("The terms of use end when you close your account."), field="purpose")
    if purpose not in Purpose:
        raise DomainError("unknown_purpose", _("There is no such consent."), field="purpose")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        newest = newest_consent(actor, purpose, scope)
        if newest is None or not newest.given:
            return None
        text = consent_texts.text(Purpose(purpose), newest.text_version, newest.language)
        return _write(actor, text, scope, given=False)


def _current(purpose: str, text_version: str) -> consent_texts.ConsentText:
    if purpose not in Purpose:
        raise DomainError("unknown_purpose", _("There is no such consent."), field="purpose")
    text = consent_texts.current(Purpose(purpose))
    if text.version != text_version:
        raise DomainError("outdated_text", _("The wording has changed. Please read it again."), field="text_version")
    return text


def _write(actor: User, text: consent_texts.ConsentText, scope: str, *, given: bool) -> Consent:
    consent = Consent.objects.create(
        user=actor,
        purpose=text.purpose,
        scope=scope,
        given=given,
        text_version=text.version,
        text_sha256=text.sha256,
        language=text.language,
    )
    record(
        actor=actor,
        event="consent.give" if given else "consent.withdraw",
        subject=consent,
        data={"purpose": text.purpose, "scope": scope, "version": text.version},
    )
    return consent
