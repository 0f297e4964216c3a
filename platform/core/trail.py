"""The trail: who did or read what, append-only, sealed in a hash chain (law 6)."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from core.errors import Text
from core.models import TrailEvent

# The signed-in person who acts, or None for the platform itself (a job, a command).
Actor = AbstractBaseUser | None


def subject_of(subject: models.Model | str) -> str:
    """`campaigns.campaign:12`, or the text itself."""
    return subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}"


def record(
    *,
    actor: Actor,
    event: str,
    subject: models.Model | str,
    data: Mapping[str, Any] | None = None,
    person_id: int | None = None,
    purpose: str = "",
) -> TrailEvent:
    """Leave one line in the caller's transaction.

    `event` is namespaced (`campaign.publish`). `data` is JSON and holds references and amounts, never personal data in
    clear. `person_id` names the Person whose data was touched, so that the person can be shown who read it.
    """
    return TrailEvent.objects.create(
        event=event,
        actor_id=actor.pk if actor else None,
        subject=subject_of(subject),
        person_id=person_id,
        purpose=purpose,
        data=dict(data or {}),
    )


def record_read(*, actor: Actor, subject: models.Model | str, person_id: int | None, purpose: str) -> TrailEvent:
    """Somebody saw sensitive data in clear: who, whose, why. `purpose` is required."""
    if not purpose:
        raise ValueError("reading sensitive data needs a purpose")
    return record(actor=actor, event="read.sensitive", subject=subject, person_id=person_id, purpose=purpose)


_WORDS: dict[str, Text] = {}


def name_purposes(words: Mapping[str, Text]) -> None:
    """Say in words what a purpose means that begins so; called by rooms from `apps.ready()`."""
    _WORDS.update(words)


def purpose_in_words(purpose: str) -> str:
    """For the person whose data was read. What a reader wrote freely stands as it was written."""
    known = max((start for start in _WORDS if purpose.startswith(start)), key=len, default="")
    return str(_WORDS[known]) if known else purpose
