"""The only writers: proposing, approving, hearing, listing, appealing, ending."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from blacklist import rules
from blacklist.models import Entry
from core.errors import Conflict, DomainError
from core.money import Fen
from core.states import apply
from core.trail import record
from documents.models import Document
from identity.models import Person
from notices.services import notify
from policy.enforce import enforces
from policy.parameters import value

BATCH = 500


@enforces("R77", "R78", "R81")
def propose(
    *,
    actor: User,
    person: Person,
    ground: str,
    severity: str,
    summary: str,
    evidence: Sequence[Document],
    campaign_ref: str = "",
    amount: Fen = 0,
    listed_as: str = "raiser",
) -> Entry:
    """Propose to list `person`, with evidence. `summary` is what the person is told and, if listed, what everybody reads.

    Raises DomainError `evidence_missing`, Conflict `already_listed` when the same matter is open or in force.
    """
    if not evidence:
        raise DomainError(
            "evidence_missing", _("Nobody is listed without evidence: add at least one document."), field="evidence"
        )
    if not summary.strip():
        raise DomainError("summary_missing", _("Say what happened, as the person will read it."), field="summary")
    try:
        with transaction.atomic():
            entry = Entry.objects.create(
                person=person,
                listed_as=listed_as,
                ground=ground,
                severity=severity,
                summary=summary,
                campaign_ref=campaign_ref,
                amount=amount,
                proposed_by=actor,
            )
            entry.evidence.set(evidence)
            record(actor=actor, event="blacklist.propose", subject=entry, person_id=person.pk, data={"ground": ground})
    except IntegrityError as error:
        raise Conflict("already_listed", _("This matter is already proposed or listed.")) from error
    return entry


@enforces("R81")
def approve(*, actor: User, entry: Entry) -> Entry:
    """A second person finds the evidence enough; the person is told and may reply."""
    if actor.pk == entry.proposed_by_id:
        raise Conflict("same_person", _("Somebody else must approve what you proposed."))
    with transaction.atomic():
        Entry.objects.filter(pk=entry.pk, status="proposed").update(approved_by=actor, notified_at=timezone.now())
        apply(entry, "approve", actor=actor)
        _tell(entry, "blacklist.notified", hours=value("complaint.raiser_answer_hours"))
    entry.refresh_from_db()
    return entry


def drop(*, actor: User, entry: Entry, reason: str) -> Entry:
    """Not listed. Whoever proposed it may drop it as well."""
    if not reason.strip():
        raise DomainError("reason_missing", _("Write the reason."), field="reason")
    with transaction.atomic():
        told = entry.status != "proposed"
        apply(entry, "drop", actor=actor, reason=reason)
        Entry.objects.filter(pk=entry.pk).update(outcome=reason)
        if told:
            _tell(entry, "blacklist.dropped")
    return entry


def reply(*, actor: User, entry: Entry, text: str) -> Entry:
    """The person's own answer, weighed before anything is listed."""
    if not text.strip():
        raise DomainError("reply_missing", _("Write your answer."), field="text")
    with transaction.atomic():
        apply(entry, "reply", actor=actor)
        Entry.objects.filter(pk=entry.pk).update(reply=text)
    entry.refresh_from_db()
    return entry


@enforces("R77", "R81")
def enter(*, actor: User, entry: Entry) -> Entry:
    """List the person for the term of the severity, once the reply is there or its time has passed.

    The one who proposed it may not be the one who lists. Raises Conflict `too_early`, `same_person`.
    """
    if actor.pk == entry.proposed_by_id:
        raise Conflict("same_person", _("Somebody else must decide what you proposed."))
    now = timezone.now()
    with transaction.atomic():
        locked = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        hours = value("complaint.raiser_answer_hours")
        if locked.status == "notified" and not rules.reply_time_over(now, notified_at=locked.notified_at, hours=hours):
            raise Conflict("too_early", _("The person still has time to reply."))
        apply(locked, "enter", actor=actor)
        years = value(f"blacklist.term_{locked.severity}_years")
        Entry.objects.filter(pk=locked.pk).update(
            entered_by=actor, entered_at=now, expires_on=rules.expires_on(timezone.localdate(now), years)
        )
        _tell(locked, "blacklist.entered", days=value("blacklist.appeal_days"))
    locked.refresh_from_db()
    return locked


@enforces("R81", "R67")
def appeal(*, actor: User, entry: Entry, text: str) -> Entry:
    """The listed person asks for the decision to be looked at by people who had no part in it."""
    if not text.strip():
        raise DomainError("appeal_missing", _("Write why the listing is wrong or too hard."), field="text")
    now = timezone.now()
    with transaction.atomic():
        locked = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        days = value("blacklist.appeal_days")
        if locked.entered_at is None or not rules.may_appeal(now, entered_at=locked.entered_at, days=days):
            raise Conflict("too_late", _("The time for an appeal is over."))
        if locked.appealed_at:
            raise Conflict("appealed_before", _("An appeal on this listing was already decided."))
        apply(locked, "appeal", actor=actor)
        Entry.objects.filter(pk=locked.pk).update(appeal=text, appealed_at=now)
    locked.refresh_from_db()
    return locked


@enforces("R81")
def decide_appeal(*, actor: User, entry: Entry, outcome: str, reason: str, expires_on: date | None = None) -> Entry:
    """`keep`, `shorten` (to `expires_on`) or `lift`, with a reason that the person reads, by somebody who had no part in it."""
    if actor.pk in (entry.proposed_by_id, entry.approved_by_id, entry.entered_by_id):
        raise Conflict("same_person", _("Somebody who had no part in the listing must decide the appeal."))
    if not reason.strip():
        raise DomainError("reason_missing", _("Write the reason."), field="reason")
    with transaction.atomic():
        locked = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        changes: dict[str, object] = {"appeal_decided_by": actor, "outcome": reason}
        if outcome == "shorten":
            changes["expires_on"] = _shorter(locked, expires_on)
        apply(locked, "lift" if outcome == "lift" else "keep", actor=actor, reason=reason)
        Entry.objects.filter(pk=locked.pk).update(**changes)
        _tell(locked, "blacklist.appeal_decided")
    locked.refresh_from_db()
    return locked


def _shorter(entry: Entry, expires_on: date | None) -> date:
    if (
        expires_on is None
        or expires_on <= timezone.localdate()
        or (entry.expires_on and expires_on >= entry.expires_on)
    ):
        raise DomainError(
            "not_shorter", _("Choose a day in the future and before the present end."), field="expires_on"
        )
    return expires_on


@enforces("R81")
def expire_due(*, today: date) -> int:
    """End what has served its term. Returns how many ended; safe to run at any time and again."""
    ended = 0
    for entry in Entry.objects.filter(status="entered", expires_on__lte=today).order_by("expires_on", "id")[:BATCH]:
        try:
            apply(entry, "expire", actor=None)
        except Conflict:
            continue  # an appeal came in between; it is decided first
        ended += 1
    return ended


def _tell(entry: Entry, code: str, **more: object) -> None:
    user = Person.objects.select_related("user").get(pk=entry.person_id).user
    if user is None:
        return
    params = {"summary": entry.summary, "number": entry.pk, **more}
    notify(user=user, code=code, params=params, url=f"/me/blacklist/{entry.pk}/", key=f"{code}:{entry.pk}")
