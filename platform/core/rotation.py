"""Renewal of encrypted data: everything under the first key of FIELD_KEYS, in small steps, at any time, as often as one likes.

What is renewed is what does not name the first key, so a run that was killed is simply run again. Each value is replaced only
if it is still the one that was read: whoever writes meanwhile wins. Readers need no pause, because the ring holds both keys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast

from core.crypto import Unreadable, unseal
from core.fields import EncryptedTextField

BATCH = 200


@dataclass
class Outcome:
    """What happened to one store. `refused`: rows that their table lets nobody change; their old keys stay in the ring."""

    label: str
    renewed: int = 0
    unreadable: int = 0
    refused: int = 0


# Yields True for each thing that was renewed and False for each that cannot be read.
Renewal = Callable[[], Iterator[bool]]

_stores: dict[str, Renewal] = {}


def register(label: str, renewal: Renewal) -> None:
    """A room that keeps encrypted things elsewhere than in an EncryptedTextField (files, a library's table)."""
    _stores[label] = renewal


def renew_all() -> Iterator[Outcome]:
    """Renew everything; yields after each batch, with the running figures of the store that is being renewed."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField) and model._meta.managed and not model._meta.proxy:
                yield from _renew_column(model, field)
    for label, renewal in sorted(_stores.items()):
        outcome = Outcome(label)
        for done, readable in enumerate(renewal(), 1):
            outcome.renewed += readable
            outcome.unreadable += not readable
            if done % BATCH == 0:
                yield outcome
        yield outcome


def _renew_column(model: type[models.Model], field: EncryptedTextField) -> Iterator[Outcome]:
    outcome = Outcome(f"{model._meta.label_lower}.{field.attname}")
    last: Any = None
    while batch := list(_old_values(model, field, after=last)[:BATCH]):
        last = batch[-1][0]
        try:
            with transaction.atomic():
                _renew_values(model, field, batch, outcome)
        except IntegrityError:
            for row in batch:
                _renew_one(model, field, row, outcome)
        yield outcome
    yield outcome


def _stored(model: type[models.Model], field: EncryptedTextField) -> models.QuerySet[Any]:
    # The cast takes the field's own decryption and its refusal of look-ups away.
    return model._base_manager.annotate(_stored=Cast(F(field.attname), TextField()))


def _old_values(model: type[models.Model], field: EncryptedTextField, *, after: Any) -> models.QuerySet[Any]:
    current = next(iter(settings.FIELD_KEYS))
    rows = _stored(model, field).filter(_stored__isnull=False).exclude(_stored="")
    rows = rows.exclude(_stored__startswith=f"{current}:").order_by("pk")
    return (rows if after is None else rows.filter(pk__gt=after)).values_list("pk", "_stored")


def _renew_values(
    model: type[models.Model], field: EncryptedTextField, batch: list[tuple[Any, str]], outcome: Outcome
) -> None:
    renewed = unreadable = 0
    for pk, stored in batch:
        try:
            plain = unseal(stored, context=field.context)
        except Unreadable:
            unreadable += 1
            continue
        # Whoever changed the value meanwhile wrote it under the first key.
        renewed += _stored(model, field).filter(pk=pk, _stored=stored).update(**{field.attname: plain})
    outcome.renewed += renewed
    outcome.unreadable += unreadable


def _renew_one(model: type[models.Model], field: EncryptedTextField, row: tuple[Any, str], outcome: Outcome) -> None:
    try:
        with transaction.atomic():
            _renew_values(model, field, [row], outcome)
    except IntegrityError:
        outcome.refused += 1
