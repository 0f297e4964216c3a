"""The only writers of the register of partners."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import states
from core.errors import Conflict, DomainError, Text
from core.search import tokens
from core.trail import record
from identity.services import check_account, ensure_organisation
from partners import rules
from partners.models import AccountChange, Hospital, Partner, ReliefChannel

P = TypeVar("P", bound=Partner)

BATCH = 500
MIN_HOW = 10
_UNIQUE = ("code", "uscc", "insurance_code")


@dataclass
class Imported:
    """What an import did so far. `errors` are (line number, field, message)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[tuple[int, str, str]] = field(default_factory=list)


def save_partner(*, actor: User | None, partner: P, values: Mapping[str, Any]) -> P:
    """Write a new or known hospital or charity. Raises DomainError `bad_partner` by field, also for a code that is taken.

    The code of a known partner never changes: grants and requests refer to it.
    """
    cleaned, faults = rules.clean_partner(values)
    if faults:
        raise _bad(faults)
    with transaction.atomic():
        changed = _store(partner, cleaned)
        if changed:
            record(actor=actor, event="partners.save", subject=partner, data={"changed": changed})
    return partner


def import_hospitals(*, actor: User | None, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Imported:
    """Create or update hospitals by code from `(line number, row)` pairs; columns are the fields of rules.HOSPITAL.

    Rows are written in batches, each in its own transaction: an import that broke off is run again and skips what is there.
    A bad row is reported with its line and does not hold up the others.
    """
    done = Imported()
    batch: list[tuple[int, Mapping[str, str]]] = []
    for numbered in rows:
        batch.append(numbered)
        if len(batch) == BATCH:
            _import_batch(actor, batch, done)
            batch = []
    if batch:
        _import_batch(actor, batch, done)
    return done


def propose_account(
    *, actor: User, partner: Partner, account_number: str, bank: str, how_checked: str
) -> AccountChange:
    """Propose the account that is paid to; the holder is the organisation of the partner's credit code.

    Raises DomainError for `account_number`, `bank`, `how_checked`; Conflict `no_credit_code`, `already_proposed`.
    """
    if not partner.uscc:
        raise Conflict("no_credit_code", _("Enter the unified social credit code first: it names the holder."))
    if len(how_checked.strip()) < MIN_HOW:
        raise DomainError(
            "no_check", _("Say how the account was checked, and with whom you spoke."), field="how_checked"
        )
    with transaction.atomic():
        holder = ensure_organisation(actor=actor, name=partner.name, code=partner.uscc)
        attempt = check_account(actor=actor, holder=holder, account_number=account_number, bank=bank, purpose="partner")
        account = attempt.account
        assert account is not None  # noqa: S101 - check_account always stores one
        change, created = AccountChange.objects.get_or_create(
            **{partner.SINGULAR: partner},
            status="proposed",
            defaults={"account": account, "how_checked": how_checked.strip(), "proposed_by": actor},
        )
        if created:
            record(actor=actor, event="partners.propose_account", subject=change, data={"partner": partner.code})
        elif change.account != account or change.proposed_by_id != actor.pk:
            raise Conflict("already_proposed", _("Another account waits for a decision. Decide it first."))
    return change


def approve_account(*, actor: User, change: AccountChange) -> AccountChange:
    """A second person approves; from now on the partner is paid there. Raises Conflict `own_proposal`, `wrong_state`."""
    if change.proposed_by_id == actor.pk:
        raise Conflict("own_proposal", _("You proposed this yourself: somebody else has to approve it."))
    with transaction.atomic():
        _decide(change, actor, "approve", approved_by=actor)
        partner = change.partner
        type(partner)._default_manager.filter(pk=partner.pk).update(
            account=change.account_id, updated_at=timezone.now()
        )
    change.refresh_from_db()
    return change


def withdraw_account(*, actor: User, change: AccountChange) -> AccountChange:
    """Take a proposal back, or turn it down. Raises Conflict `wrong_state`."""
    with transaction.atomic():
        _decide(change, actor, "withdraw")
    change.refresh_from_db()
    return change


def save_relief(*, actor: User | None, channel: ReliefChannel) -> ReliefChannel:
    """Write one line of the relief directory, as a validated form built it."""
    with transaction.atomic():
        channel.save()
        record(actor=actor, event="partners.save_relief", subject=channel)
    return channel


def _decide(change: AccountChange, actor: User, action: str, **more: Any) -> None:
    AccountChange.objects.filter(pk=change.pk, status="proposed").update(decided_at=timezone.now(), **more)
    states.apply(change, action, actor=actor, data={"partner": change.partner.code})


def _bad(faults: Mapping[str, Text]) -> DomainError:
    return DomainError("bad_partner", _("Some details need another look."), fields=faults)


def _store(partner: Partner, values: Mapping[str, Any]) -> list[str]:
    """Save clean values; returns the names of the fields that differed. Raises DomainError `bad_partner` by field."""
    changed = [name for name, value in values.items() if getattr(partner, name) != value]
    if partner.pk and "code" in changed:
        raise _bad({"code": _("The code cannot change: grants refer to it.")})
    if partner.account_id and "uscc" in changed:
        raise _bad({"uscc": _("A bank account is held under this code. Change the account first.")})
    if not changed:
        return []
    for name in changed:
        setattr(partner, name, values[name])
    words = [partner.code, partner.name, *partner.aliases, partner.province, partner.city]
    partner.search_text = " ".join(tokens(" ".join(words)))
    partner.updated_at = timezone.now()
    try:
        with transaction.atomic():
            partner.save()
    except IntegrityError as error:
        raise _bad(_taken(partner, values)) from error
    return changed


def _taken(partner: Partner, values: Mapping[str, Any]) -> dict[str, Text]:
    others = type(partner)._default_manager.exclude(pk=partner.pk)
    return {
        name: _("Another entry has this code already.")
        for name in _UNIQUE
        if values.get(name) and others.filter(**{name: values[name]}).exists()
    }


def _import_batch(actor: User | None, batch: list[tuple[int, Mapping[str, str]]], done: Imported) -> None:
    before = (done.created, done.updated)
    with transaction.atomic():
        codes = [rules.plain(row.get("code", "")).upper() for _line, row in batch]
        known = {hospital.code: hospital for hospital in Hospital.objects.filter(code__in=codes)}
        for line, row in batch:
            try:
                _import_row(row, known, done)
            except DomainError as error:
                done.errors += [(line, name, str(message)) for name, message in error.fields.items()]
        if (done.created, done.updated) != before:
            data = {"lines": [batch[0][0], batch[-1][0]], "created": done.created - before[0]}
            record(actor=actor, event="partners.import", subject="partners.hospital", data=data)


def _import_row(row: Mapping[str, str], known: dict[str, Hospital], done: Imported) -> None:
    if "code" not in row or "name" not in row:
        raise _bad({"code": _("The columns code and name are needed.")})
    values, faults = rules.clean_partner({name: row[name] for name in rules.HOSPITAL if name in row})
    if faults:
        raise _bad(faults)
    hospital = known.get(values["code"], Hospital())
    is_new = hospital.pk is None
    if not _store(hospital, values):
        done.unchanged += 1
        return
    known[hospital.code] = hospital
    done.created, done.updated = done.created + is_new, done.updated + (not is_new)
