"""Opening, renewing and closing cases; questions to the raiser."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import registry, rules
from audit.models import Case, CaseExclusion, Question
from audit.services.claims import require_claim
from audit.states import UNDECIDED
from core import jobs, states, trail
from core.errors import Conflict, DomainError, Forbidden
from notices.services import notify
from policy import parameters
from policy.enforce import enforces

NOTE_MAX = 4000
# One live case of these kinds is enough for a subject: a newer version replaces the older question.
SUPERSEDED = (Case.Kind.SUBMISSION, Case.Kind.MATERIAL_CHANGE, Case.Kind.WITHDRAWAL, Case.Kind.USE_PROOF)


@enforces("R69")
def open_case(
    *,
    actor: User | None,
    kind: str,
    subject_kind: str,
    object_id: int,
    urgent: bool = False,
    note: str = "",
    occasion: str = "",
    parent: Case | None = None,
) -> Case:
    """Open a case for the present version of the subject; the machine verdict follows as a job, then people (R66).

    Idempotent per subject, version, kind and `occasion` (which tells apart two alarms about one version). An older open
    case of the same kind and occasion is closed. Nobody who opened it, owns the subject, is excluded by its room or
    decided `parent` may decide it (R70).
    """
    subject = registry.subject(subject_kind)
    version = str(subject.snapshot(object_id)["version"])
    key = {
        "subject_kind": subject_kind,
        "object_id": object_id,
        "subject_version": version,
        "kind": Case.Kind(kind),
        "occasion": occasion,
    }
    now = timezone.now()
    owner = subject.owner(object_id)
    excluded = set(subject.excluded(object_id)) | (set(parent.reviewers) if parent else set())
    excluded |= {user.pk for user in (actor, owner) if user}
    with transaction.atomic():
        case, created = Case.objects.get_or_create(
            **key,
            defaults={
                "title": subject.title(object_id)[:200],
                "note": note[:NOTE_MAX],
                "urgent": urgent,
                "opened_by": actor,
                "owner": owner,
                "parent": parent,
                "opened_at": now,
                "rank_at": rules.rank_at(now, urgent=urgent),
                "due_at": rules.working_deadline(now, timedelta(hours=parameters.value("review.full_sla_hours"))),
            },
        )
        if not created:
            return case
        CaseExclusion.objects.bulk_create(CaseExclusion(case=case, user_id=pk) for pk in sorted(excluded))
        trail.record(actor=actor, event="case.open", subject=case, data={"kind": kind, "version": version})
        if kind in SUPERSEDED:
            _close_older(case, actor)
        jobs.enqueue("audit.machine", str(case.pk), {"case_id": case.pk})
    return case


def _close_older(case: Case, actor: User | None) -> None:
    older = Case.objects.filter(
        subject_kind=case.subject_kind,
        object_id=case.object_id,
        kind=case.kind,
        occasion=case.occasion,
        status__in=UNDECIDED,
    ).exclude(pk=case.pk)
    for stale in older:
        states.apply(stale, "close", actor=actor, reason=f"replaced by case {case.pk}")


def renew_case(*, actor: User | None, case: Case) -> Case:
    """The subject has moved on: open the same question for its present version and close this one.

    Gives the case itself back when the version has not moved.
    """
    with transaction.atomic():
        renewed = open_case(
            actor=None,
            kind=case.kind,
            subject_kind=case.subject_kind,
            object_id=case.object_id,
            urgent=case.urgent,
            note=case.note,
            occasion=case.occasion,
            parent=case.parent,
        )
        if renewed.pk == case.pk:
            return case
        case.refresh_from_db()
        if case.is_open:
            states.apply(case, "close", actor=actor, reason=f"replaced by case {renewed.pk}")
        missing = case.exclusions.exclude(user__in=renewed.exclusions.values("user")).values_list("user", flat=True)
        CaseExclusion.objects.bulk_create(
            [CaseExclusion(case=renewed, user_id=pk) for pk in missing], ignore_conflicts=True
        )
    return renewed


def close_cases(*, actor: User | None, subject_kind: str, object_id: int, reason: str) -> int:
    """Close what is still undecided about a subject that was taken back. Returns how many cases were closed."""
    open_ones = Case.objects.filter(subject_kind=subject_kind, object_id=object_id, status__in=UNDECIDED)
    with transaction.atomic():
        return len([states.apply(case, "close", actor=actor, reason=reason) for case in open_ones])


def ask_owner(*, actor: User, case: Case, text: str) -> Question:
    """Put a question to the raiser; the case waits for the answer, but not longer than `rules.ANSWER_TIME`."""
    text = text.strip()
    if not text or len(text) > NOTE_MAX:
        raise DomainError("question_text", _("Write the question, in at most 4000 characters."), field="question")
    now = timezone.now()
    with transaction.atomic():
        locked = require_claim(case, actor, now)
        if locked.owner is None:
            raise Conflict("no_owner", _("There is nobody who could answer."))
        states.apply(locked, "hold", actor=actor)
        Case.objects.filter(pk=case.pk).update(claimed_by=None, lease_until=None)
        question = Question.objects.create(
            case=locked, asked_by=actor, text=text, asked_at=now, due_at=now + rules.ANSWER_TIME
        )
        notify(
            user=locked.owner,
            code="audit.question",
            params={"title": locked.title},
            url=f"/me/decisions/{locked.pk}/",
            key=f"audit.question:{question.pk}",
        )
    return question


def answer_question(*, actor: User, case: Case, text: str) -> Question:
    """The raiser answers; the case goes back to its place in the queue. The same answer twice changes nothing."""
    text = text.strip()
    if not text or len(text) > NOTE_MAX:
        raise DomainError("answer_text", _("Write your answer, in at most 4000 characters."), field="answer")
    if case.owner_id != actor.pk:
        raise Forbidden("not_yours", _("Only the person who was asked can answer."))
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        question = case.questions.order_by("-pk").first()
        if question is None:
            raise Conflict("no_question", _("Nothing was asked."))
        if question.answered_at is None:
            states.apply(case, "resume", actor=actor)
            question.answer, question.answered_at = text, timezone.now()
            question.save(update_fields=["answer", "answered_at"])
        elif question.answer != text:
            raise Conflict("answered", _("You have answered already. A reviewer is reading it."))
    return question


def resume_unanswered(*, case_id: int) -> None:
    """The time for an answer is over: people decide on what there is."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        question = case.questions.filter(answered_at=None, due_at__lte=timezone.now()).first()
        if question and case.status == "on_hold":
            question.answered_at = timezone.now()
            question.save(update_fields=["answered_at"])
            states.apply(case, "resume", actor=None, reason="no answer in time")
