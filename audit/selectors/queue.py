"""The queue: what is offered to whom, in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from audit.access import REVIEWERS
from audit.models import Case, CaseExclusion
from audit.states import FOR_PEOPLE
from core.states import Among

MACHINE_PATIENCE = timedelta(minutes=10)
COUNTED = 1000


def offered_to(user: User) -> QuerySet[Case]:
    """Undecided cases that `user` may decide: the role fits, and the user has had no part in them (R70)."""
    if not user.has_role(*REVIEWERS):
        return Case.objects.none()
    mine = CaseExclusion.objects.filter(case=OuterRef("pk"), user=user)
    rows = Case.objects.filter(Among(FOR_PEOPLE)).exclude(Exists(mine))
    # `first_by=user` is unknown for NULL in SQL; written out so that NULL counts as "not the user".
    rows = rows.filter(Q(first_by=None) | ~Q(first_by=user), Q(second_by=None) | ~Q(second_by=user))
    return rows if user.has_role(Role.SENIOR_AUDITOR) else rows.exclude(status="senior_wanted")


def filtered(
    rows: QuerySet[Case], *, kind: str = "", urgent: bool | None = None, band: str = "", subject_kind: str = ""
) -> QuerySet[Case]:
    """Empty filters do not filter."""
    wanted = {"kind": kind, "urgent": urgent, "band": band, "subject_kind": subject_kind}
    return rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None)})


def in_order(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Urgent first, but nobody waits for ever (rules.rank_at)."""
    return rows.select_related("claimed_by").order_by("rank_at", "pk")


@dataclass(frozen=True)
class Load:
    """How much waits: for the machine too long already, for people, and past its time. Nobody counts beyond COUNTED."""

    stuck: int
    waiting: int
    late: int


def load(now: datetime) -> Load:
    """Three queries."""
    waiting = Case.objects.filter(Among(FOR_PEOPLE))
    stuck = Case.objects.filter(status="opened", opened_at__lt=now - MACHINE_PATIENCE)
    return Load(
        stuck=stuck.order_by("opened_at")[:COUNTED].count(),
        waiting=waiting.order_by("rank_at", "id")[:COUNTED].count(),
        late=waiting.filter(due_at__lt=now).order_by("due_at")[:COUNTED].count(),
    )
