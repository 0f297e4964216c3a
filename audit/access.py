"""Who may see a case or a report: fetching is the permission, 404 hides the rest."""

import hmac

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from audit import canonical, registry
from audit.models import Case, CaseExclusion, HardStop, PolicePackage, Report, RuleSet
from documents.access import get_document_for
from documents.models import Document

REVIEWERS = (Role.AUDITOR, Role.SENIOR_AUDITOR)
READERS = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.RISK)
WATCHERS = (*READERS, Role.ADMIN, Role.REGULATOR)
STOPPERS = (Role.RISK, Role.SENIOR_AUDITOR)
COMPLAINTS = (Role.COMPLAINTS, Role.RISK, Role.SENIOR_AUDITOR)
# A report is the raiser's business from the moment that the raiser is asked about it.
TOLD_TO_RAISER = ("investigating", "answered", "proof_proposed", "decided", "appealed")


def cases_for_staff(user: User) -> QuerySet[Case]:
    """Every case but those that the user has a part in."""
    if not user.has_role(*READERS):
        return Case.objects.none()
    mine = CaseExclusion.objects.filter(case=OuterRef("pk"), user=user)
    return Case.objects.exclude(Exists(mine))


def get_case_for_staff(user: User, pk: int) -> Case:
    """Raises Http404 also for a case of the user's own."""
    return get_object_or_404(cases_for_staff(user).select_related("machine_verdict__ruleset", "owner", "parent"), pk=pk)


def get_case_for_owner(user: User, pk: int) -> Case:
    return get_object_or_404(Case, owner=user, pk=pk)


def get_stop_for_staff(user: User, pk: int) -> HardStop:
    if not user.has_role(*STOPPERS):
        raise Http404
    return get_object_or_404(HardStop, pk=pk)


def get_package_for_staff(user: User, pk: int) -> PolicePackage:
    if not user.has_role(*STOPPERS):
        raise Http404
    return get_object_or_404(PolicePackage, pk=pk)


def get_ruleset_for_staff(user: User, version: int) -> RuleSet:
    if not user.has_role(*WATCHERS):
        raise Http404
    return get_object_or_404(RuleSet, version=version)


def get_report_for_staff(user: User, number: str) -> Report:
    """Raises Http404 also for a report that the user filed or that is about the user."""
    if not user.has_role(*COMPLAINTS):
        raise Http404
    report = get_object_or_404(Report, number=number)
    if is_party(user, report):
        raise Http404
    return report


def get_report_for_owner(user: User, number: str) -> Report:
    """The raiser's view; what the reporter wrote and who it was stays out of it."""
    report = get_object_or_404(Report.objects.defer("text", "contact"), number=number, status__in=TOLD_TO_RAISER)
    owner = registry.subject(report.subject_kind).owner(report.object_id)
    if owner is None or owner.pk != user.pk:
        raise Http404
    return report


def get_report_by_secret(number: str, secret: str) -> Report:
    """The reporter's own view, without an account."""
    report = get_object_or_404(Report, number=number)
    if not hmac.compare_digest(report.secret_index, canonical.sha256(secret)):
        raise Http404
    return report


def get_report_for_reporter(user: User, number: str) -> Report:
    return get_object_or_404(Report, number=number, reporter=user)


def is_party(user: User, report: Report) -> bool:
    """Whether the user filed the report or is the one it is about."""
    owner = registry.subject(report.subject_kind).owner(report.object_id)
    return user.pk == report.reporter_id or (owner is not None and owner.pk == user.pk)


def get_paper_of(case: Case, document_id: int, *, viewer: User) -> Document:
    """A document that a fact of the case refers to."""
    facts = registry.subject(case.subject_kind).facts(case.object_id)
    if not any(document_id in fact.documents for fact in facts):
        raise Http404
    return get_document_for(viewer, document_id)


def resolve_subject(subject_kind: str, reference: str) -> int:
    """The id of a thing that anybody may report, by its public reference. Raises Http404."""
    if subject_kind not in registry.subjects():
        raise Http404
    object_id = registry.subject(subject_kind).resolve(reference)
    if object_id is None:
        raise Http404
    return object_id
