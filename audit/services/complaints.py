"""What the complaints officers do with a report: acknowledge, sort, ask the raiser, decide; and the way back (R93 to R95)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleGrant, User
from accounts.roles import Role
from audit import registry, rules
from audit.access import COMPLAINTS, is_party
from audit.models import Report, ReportEvidence
from audit.services.reports import own_papers
from audit.services.stops import hard_stop, release
from audit.states import REPORT_OPEN
from core import states
from core.errors import Conflict, DomainError, Forbidden
from core.models import StateChange
from notices.services import notify
from policy import parameters
from policy.enforce import enforces

OFFICERS = (Role.COMPLAINTS,)
TEXT_MAX = 4000
_DECIDING = ("dismiss", "propose_proved", "prove", "clear")


def acknowledge_report(*, actor: User, report: Report) -> Report:
    """A person has read it and takes it on. From now on it is sorted within the time of the policy."""
    _require(actor, report, OFFICERS)
    now = timezone.now()
    due = now + timedelta(hours=parameters.value("complaint.triage_hours"))
    return _move(report, "acknowledge", actor, handler=actor, acknowledged_at=now, due_at=due)


@enforces("R95")
def triage_report(
    *, actor: User, report: Report, credible: bool, preliminary_evidence: bool = False, summary: str = ""
) -> Report:
    """Say whether the report can be believed and whether it comes with evidence; freeze the subject where that is due.

    `summary` is the account in neutral words that the raiser and the public read: never the reporter's own. It is needed
    for a credible report.
    """
    _require(actor, report, OFFICERS)
    if credible or preliminary_evidence:
        summary = _text(summary, "summary")
    with transaction.atomic():
        _move(
            report,
            "triage",
            actor,
            credible=credible or preliminary_evidence,
            preliminary_evidence=preliminary_evidence,
            summary=summary.strip(),
            due_at=timezone.now() + timedelta(hours=parameters.value("complaint.triage_hours")),
        )
        settle_freeze(report.subject_kind, report.object_id, actor=actor)
    report.refresh_from_db()
    return report


def dismiss_report(*, actor: User, report: Report, finding: str) -> Report:
    """There is nothing to look into; the reporter reads why."""
    _require(actor, report, OFFICERS)
    with transaction.atomic():
        _move(
            report,
            "dismiss",
            actor,
            finding=_text(finding, "finding"),
            decided_by=actor,
            decided_at=timezone.now(),
            due_at=None,
        )
        _close(report, actor)
    return report


@enforces("R95")
def investigate_report(*, actor: User, report: Report) -> Report:
    """Ask the raiser to answer within the time of the policy. The raiser reads the summary, never who reported."""
    _require(actor, report, OFFICERS)
    due = timezone.now() + timedelta(hours=parameters.value("complaint.raiser_answer_hours"))
    with transaction.atomic():
        _move(report, "investigate", actor, due_at=due)
        owner = _owner(report)
        if owner:
            notify(
                user=owner,
                code="audit.report_question",
                params={"title": report.subject_title, "due_at": due.isoformat()},
                url=f"/me/reports/{report.number}/",
                key=report.number,
            )
    return report


def answer_report(*, actor: User, report: Report, text: str, documents: Sequence[int] = ()) -> Report:
    """The raiser answers, with papers if need be. The same answer twice changes nothing; a later one stands below the first."""
    if (owner := _owner(report)) is None or owner.pk != actor.pk:
        raise Forbidden("not_yours", _("Only the person concerned can answer."))
    text = _text(text, "text")
    papers = own_papers(actor, documents)
    report.refresh_from_db()
    if report.status == "answered" and report.answer.endswith(text):
        return report
    with transaction.atomic():
        text = f"{report.answer}\n\n{text}".strip()
        due = timezone.now() + timedelta(days=parameters.value("complaint.decision_days"))
        _move(report, "answer", actor, answer=text, answered_at=timezone.now(), due_at=due)
        ReportEvidence.objects.bulk_create(
            [ReportEvidence(report=report, document=paper, from_raiser=True) for paper in papers], ignore_conflicts=True
        )
    return report


def propose_proved(*, actor: User, report: Report, finding: str) -> Report:
    """One officer finds the report true. Nothing follows from it until a second person confirms (law 5)."""
    _require(actor, report, OFFICERS)
    _refuse_earlier(report, actor)
    return _move(
        report, "propose_proved", actor, finding=_text(finding, "finding"), decided_by=actor, confirmed_by=None
    )


def differ_on_report(*, actor: User, report: Report, reason: str) -> Report:
    """The second person does not agree; the report is looked into further."""
    _require(actor, report, COMPLAINTS)
    with transaction.atomic():
        locked = _lock(report)
        _refuse_same(locked, actor)
        due = timezone.now() + timedelta(days=parameters.value("complaint.decision_days"))
        return _move(report, "differ", actor, reason=_text(reason, "reason"), decided_by=None, finding="", due_at=due)


@enforces("R67", "R94", "R95")
def confirm_proved(*, actor: User, report: Report) -> Report:
    """A second person confirms that the report is true: the subject is stopped and its room refunds the donors."""
    _require(actor, report, COMPLAINTS)
    with transaction.atomic():
        locked = _lock(report)
        _refuse_same(locked, actor)
        _refuse_earlier(locked, actor)
        Report.objects.filter(pk=report.pk, status="proof_proposed").update(
            confirmed_by=actor, outcome=Report.Outcome.PROVED, decided_at=timezone.now(), due_at=None
        )
        states.apply(report, "prove", actor=actor)
        hard_stop(
            actor=actor,
            subject_kind=locked.subject_kind,
            object_id=locked.object_id,
            evidence=_("Report %(number)s was found true.") % {"number": locked.number},
        )
        registry.subject(locked.subject_kind).report_proved(locked.object_id, actor=actor, reason=locked.finding)
        _close(report, actor)
    return report


def clear_report(*, actor: User, report: Report, finding: str) -> Report:
    """The report was not proved; the reporter and the raiser read why, and what it froze is free again."""
    _require(actor, report, OFFICERS)
    with transaction.atomic():
        _refuse_earlier(_lock(report), actor)
        _move(
            report,
            "clear",
            actor,
            outcome=Report.Outcome.UNPROVED,
            finding=_text(finding, "finding"),
            decided_by=actor,
            confirmed_by=None,
            decided_at=timezone.now(),
            due_at=None,
        )
        _close(report, actor)
    return report


@enforces("R67")
def appeal_report(*, report: Report, by: str, text: str) -> Report:
    """The raiser (of a proved report) or the reporter (of any other) asks other people to look again, once.

    Who asks was established by access: the raiser's sign-in, the reporter's secret.
    """
    text = _text(text, "text")
    with transaction.atomic():
        locked = _lock(report)
        if locked.appealed_by == by and locked.appeal_text == text:
            return locked
        against_raiser = locked.outcome == Report.Outcome.PROVED
        if locked.appealed_by or against_raiser != (by == Report.Appellant.RAISER):
            raise Conflict("no_appeal", _("There is nothing to appeal here, or it was appealed before."))
        if locked.decided_at and timezone.now() > locked.decided_at + rules.APPEAL_TIME:
            raise Conflict("too_late", _("The time for an appeal is over. You can send in a new report."))
        due = timezone.now() + timedelta(days=parameters.value("complaint.decision_days"))
        return _move(report, "appeal", None, appealed_by=by, appeal_text=text, due_at=due)


def settle_freeze(subject_kind: str, object_id: int, *, actor: User | None) -> None:
    """Freeze or free a subject according to the credible reports that are open now. Inside the caller's transaction."""
    ours = Report.objects.filter(subject_kind=subject_kind, object_id=object_id)
    credible = list(ours.filter(status__in=REPORT_OPEN, credible=True))
    pairs = [(report.reporter_key, report.preliminary_evidence) for report in credible]
    frozen = ours.filter(froze=True).exists()
    if rules.is_frozen_by(pairs, threshold=parameters.value("report.freeze_score")):
        ours.filter(pk__in=[report.pk for report in credible]).update(froze=True)
        if not frozen:
            registry.subject(subject_kind).freeze(
                object_id, actor=actor, reason=_("Credible reports are being looked into")
            )
    elif frozen:
        ours.update(froze=False)
        release(subject_kind, object_id, actor=actor)


def remind_and_escalate(*, now: datetime) -> int:
    """Tell raisers whose answer is due within a day, and officers what is overdue; each once. Returns the notices written."""
    told = 0
    soon = Report.objects.filter(status="investigating", due_at__gt=now, due_at__lte=now + timedelta(days=1))
    for report in soon:
        owner = _owner(report)
        if owner:
            notify(
                user=owner,
                code="audit.report_reminder",
                params={"title": report.subject_title, "due_at": _iso(report.due_at)},
                url=f"/me/reports/{report.number}/",
                key=report.number,
            )
            told += 1
    officers = _officers()
    for report in Report.objects.filter(status__in=REPORT_OPEN, due_at__lte=now):
        for officer in officers:
            notify(
                user=officer,
                code="audit.report_overdue",
                params={"number": report.number},
                url=f"/staff/reports/{report.number}/",
                key=f"{report.number}:{report.status}",
            )
            told += 1
    return told


def _officers() -> list[User]:
    grants = RoleGrant.objects.filter(role=Role.COMPLAINTS, revoked_at=None, user__is_active=True)
    return [grant.user for grant in grants.select_related("user")]


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _move(report: Report, action: str, actor: User | None, *, reason: str = "", **changes: object) -> Report:
    """One step of the state table with the columns that go with it: all or nothing."""
    with transaction.atomic():
        Report.objects.filter(pk=report.pk, status__in=report.STATES.actions[action].sources).update(**changes)
        states.apply(report, action, actor=actor, reason=reason)
    report.refresh_from_db()
    return report


def _lock(report: Report) -> Report:
    return Report.objects.select_for_update(of=("self",)).get(pk=report.pk)


def _close(report: Report, actor: User) -> None:
    """Results to both sides, and the freeze settled anew. A public answer is read from the row itself (R36)."""
    settle_freeze(report.subject_kind, report.object_id, actor=actor)
    report.refresh_from_db()
    key = f"{report.number}:{report.decided_at}"
    if report.reporter:
        notify(
            user=report.reporter,
            code="audit.report_result",
            params={"number": report.number},
            url=f"/report/status/{report.number}/",
            key=key,
        )
    owner = _owner(report)
    if owner and report.summary:
        notify(
            user=owner,
            code="audit.report_decided",
            params={"title": report.subject_title},
            url=f"/me/reports/{report.number}/",
            key=key,
        )


def _owner(report: Report) -> User | None:
    return registry.subject(report.subject_kind).owner(report.object_id)


def _require(actor: User, report: Report, roles: tuple[Role, ...]) -> None:
    if not actor.has_role(*roles):
        raise Forbidden("role", _("This is the work of the complaints officers."))
    if is_party(actor, report):
        raise Forbidden("party", _("You have a part in this report, so another person handles it."))


def _refuse_same(report: Report, actor: User) -> None:
    if report.decided_by_id == actor.pk:
        raise Conflict("four_eyes", _("You proposed this yourself, so another person has to agree."))


def _refuse_earlier(report: Report, actor: User) -> None:
    """After an appeal, whoever decided before does not decide again."""
    if not report.appealed_by:
        return
    appealed = (
        StateChange.objects.filter(kind="report", object_id=report.pk, action="appeal")
        .order_by("-id")
        .values_list("id")
        .first()
    )
    before = StateChange.objects.filter(
        kind="report", object_id=report.pk, action__in=_DECIDING, actor=actor, id__lt=appealed[0] if appealed else 0
    )
    if before.exists():
        raise Conflict("decided_before", _("You decided this report before the appeal, so another person decides now."))


def _text(value: str, field: str) -> str:
    value = value.strip()
    if not value or len(value) > TEXT_MAX:
        raise DomainError("text", _("Write a few sentences, in at most 4000 characters."), field=field)
    return value
