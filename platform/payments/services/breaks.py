"""Differences between a statement and our books: kept once, closed by themselves when both sides agree, else by people."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, DomainError
from core.jobs import enqueue
from core.states import apply
from core.trail import Actor
from ledger.kinds import Kind
from ledger.services import post
from payments.differences import Difference
from payments.models import Alarm, Break, StatementFile
from payments.rules import Found
from payments.services.attention import raise_attention
from payments.services.matching import Compared
from policy.enforce import enforces

INSERTS = 500
KEYS = 5000  # in one question
ASKED_AT_ONCE = 500
LOOK_AGAIN = timedelta(minutes=10)
_LIVE = ("open", "proposed")
_JOBS = {
    "payment": ("payments.check_payment", "payment_id"),
    "refund": ("payments.pursue_refund", "refund_id"),
    "transfer": ("payments.pursue_transfer", "transfer_id"),
}


@enforces("R42", "R107")
def record(file: StatementFile, found: Iterable[Found]) -> int:
    """Bring the differences of a statement's day in line with what was found now. Returns how many are new.

    New ones are written, those that are gone settle themselves, those that look otherwise are open again. One transaction,
    one worker at a time for each file.
    """
    keyed = {_key(file.channel, one): one for one in found}
    with transaction.atomic():
        StatementFile.objects.select_for_update().get(pk=file.pk)
        known = {row.key: row for row in Break.objects.filter(channel=file.channel, day=file.day)}
        for row in [*_known(keyed.keys() - known.keys()), *_late_rows(file)]:
            known.setdefault(row.key, row)
        new = [_new(key, file.channel, file.day, one, file) for key, one in keyed.items() if key not in known]
        Break.objects.bulk_create(new, batch_size=INSERTS, ignore_conflicts=True)
        for key, row in known.items():
            if key in keyed:
                _see_again(row, keyed[key].ours, keyed[key].theirs)
            elif row.difference != Difference.CHANGED:
                _see_no_more(row)
        if new:
            raise_attention(
                key=f"reconciliation:{file.channel}:{file.day}:{file.version}:{file.provisional}",
                code=Alarm.RECONCILIATION,
                subject=f"statement:{file.channel}:{file.day}",
                data={"differences": len(new)},
            )
    return len(new)


def _key(channel: str, found: Found) -> str:
    return f"{channel}:{found.difference}:{found.kind}:{found.number}"


def _new(key: str, channel: str, day: date, found: Found, file: StatementFile | None) -> Break:
    return Break(
        key=key,
        channel=channel,
        day=day,
        difference=found.difference,
        kind=found.kind,
        number=found.number,
        ours=found.ours,
        theirs=found.theirs,
        file=file,
    )


def _known(keys: Iterable[str]) -> list[Break]:
    """Differences with these keys that were found in another day's statement."""
    wanted = sorted(keys)
    return [row for at in range(0, len(wanted), KEYS) for row in Break.objects.filter(key__in=wanted[at : at + KEYS])]


def _late_rows(file: StatementFile) -> QuerySet[Break]:
    """What we missed at the channel on an earlier day, and now stands there."""
    missing = Break.objects.filter(channel=file.channel, difference=Difference.MISSING_THEIRS)
    return missing.filter(number__in=file.entries.values("number")).exclude(status="settled")


def _see_again(row: Break, ours: int, theirs: int) -> None:
    """The difference is (still) there. What people decided about it stands as long as the amounts are the same."""
    same = (row.ours, row.theirs) == (ours, theirs)
    if row.status == "settled" or (row.status in ("explained", "corrected") and not same):
        _reopen(row)
    elif row.status == "proposed" and not same:
        _take_back(row, actor=None, reason="the amounts changed")
    if not same:
        Break.objects.filter(pk=row.pk).update(ours=ours, theirs=theirs)


def _see_no_more(row: Break) -> None:
    """Both sides agree. If the books were corrected meanwhile, the correction itself is now what differs."""
    if row.corrected:
        _see_again(row, 0, 0)
    elif row.status in _LIVE:
        apply(row, "settle", actor=None)


def _reopen(row: Break) -> None:
    Break.objects.filter(pk=row.pk).update(opened_at=timezone.now())
    apply(row, "reopen", actor=None)
    Break.objects.filter(pk=row.pk).update(proposed_by=None, approved_by=None)


def _take_back(row: Break, *, actor: Actor, reason: str) -> None:
    apply(row, "reject", actor=actor, reason=reason)
    Break.objects.filter(pk=row.pk).update(proposed_by=None, approved_by=None)


def ask_about(file: StatementFile, compared: Compared) -> None:
    """Ask the other side about everything that it has done and we have not booked; then look at the statement once more."""
    asked = 0
    for one in compared.found:
        thing = compared.things.get((one.kind, one.number))
        if one.difference == Difference.MISSING_OURS and thing and one.kind in _JOBS and asked < ASKED_AT_ONCE:
            kind, name = _JOBS[one.kind]
            enqueue(kind, f"statement:{file.pk}:{thing}", {name: thing})
            asked += 1
    if asked:
        enqueue(
            "payments.reconcile",
            f"again:{file.pk}",
            {"source": file.channel, "day": file.day.isoformat()},
            run_after=timezone.now() + LOOK_AGAIN,
        )


def miss_statement(*, channel: str, day: date) -> None:
    """A statement does not come: that is a difference like any other, and closes when it comes."""
    found = Found(Difference.NO_STATEMENT, "file", str(day), 0, 0)
    key = _key(channel, found)
    with transaction.atomic():
        _row, created = Break.objects.get_or_create(
            key=key,
            defaults={
                "channel": channel, "day": day, "difference": found.difference, "kind": "file", "number": str(day),
                "ours": 0, "theirs": 0,
            },
        )  # fmt: skip
        if created:
            raise_attention(
                key=f"no_statement:{channel}:{day}",
                code=Alarm.RECONCILIATION,
                subject=f"statement:{channel}:{day}",
                data={"differences": 1},
            )


def open_days(channel: str) -> set[date]:
    """Days of which something is still open. One query."""
    return set(Break.objects.filter(channel=channel, status__in=_LIVE).values_list("day", flat=True).distinct())


# --- What people do
def _note(note: str) -> str:
    if not note.strip():
        raise DomainError("note_missing", _("Write what was found."), field="note")
    return note.strip()[:500]


def explain_break(*, actor: User, row: Break, note: str) -> Break:
    """Finance has found out why; nothing is booked. DomainError `note_missing`, Conflict `must_be_corrected` when an earlier
    correction has to be taken back in the books, `wrong_state`."""
    note = _note(note)
    with transaction.atomic():
        apply(row, "explain", actor=actor, reason=note)
        if Break.objects.get(pk=row.pk).corrected:
            raise Conflict("must_be_corrected", _("The books were corrected before: propose another correction."))
        Break.objects.filter(pk=row.pk).update(note=note)
    row.refresh_from_db()
    return row


def propose_correction(*, actor: User, row: Break, note: str) -> Break:
    """One person proposes to book the difference. DomainError `note_missing`, Conflict `nothing_to_book`, `wrong_state`."""
    note = _note(note)
    with transaction.atomic():
        apply(row, "propose", actor=actor, reason=note)
        locked = Break.objects.get(pk=row.pk)
        if not locked.correction:
            raise Conflict("nothing_to_book", _("There is nothing to book about this. Explain it instead."))
        Break.objects.filter(pk=row.pk).update(proposed_by=actor, approved_by=None, note=note)
    row.refresh_from_db()
    return row


@enforces("R107")
def approve_correction(*, actor: User, row: Break) -> Break:
    """Another person agrees, and the correction is booked. Conflict `same_person`, `wrong_state`."""
    with transaction.atomic():
        locked = Break.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if locked.proposed_by_id == actor.pk:
            raise Conflict("same_person", _("Somebody else must approve what you proposed."))
        if locked.status == "proposed":
            legs, moved = locked.correction, locked.outstanding
            Break.objects.filter(pk=row.pk).update(approved_by=actor, corrected=locked.corrected + moved)
        apply(locked, "approve", actor=actor)
        post(
            key=f"break:{row.pk}:{locked.ours}:{locked.theirs}:{locked.corrected}",
            kind=Kind.REVERSAL,
            ref=f"break:{row.pk}",
            legs=legs,
            actor=actor,
        )
    row.refresh_from_db()
    return row


def reject_correction(*, actor: User, row: Break, reason: str) -> Break:
    """Another person does not agree, or the proposer thinks better of it. DomainError `reason_missing`."""
    if not reason.strip():
        raise DomainError("reason_missing", _("Write why."), field="reason")
    with transaction.atomic():
        _take_back(row, actor=actor, reason=reason.strip())
    row.refresh_from_db()
    return row
