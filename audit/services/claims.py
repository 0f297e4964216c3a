"""Who works on which case: a lease, taken by one conditional update, so that two people never hold the same case."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import registry, rules
from audit.models import Case
from audit.selectors import queue
from audit.states import FOR_PEOPLE
from core import trail
from core.errors import Conflict
from policy.enforce import enforces


@enforces("R70")
def claim_case(*, actor: User, case: Case) -> Case:
    """Take the lease on one case. Raises Conflict when somebody else has it or the actor may not decide it."""
    if not queue.offered_to(actor).filter(pk=case.pk).exists() or _excluded_now(case, actor):
        raise Conflict("not_offered", _("This case is not for you: it is decided, or you had a part in it before."))
    if not _take(case, actor):
        raise Conflict("claimed", _("Somebody else is working on this case."))
    case.refresh_from_db()
    return case


def claim_next(
    *, actor: User, kind: str = "", urgent: bool | None = None, band: str = "", subject_kind: str = ""
) -> Case | None:
    """Take the first case of the queue that nobody has, or give back the one that the actor holds already.

    None when there is nothing to do. Any number of people may ask at once: nobody gets a case that another one got, and
    nobody waits for it, for a case that is just being taken is passed over (on SQLite one claims after the other).
    """
    now = timezone.now()
    offered = queue.filtered(queue.offered_to(actor), kind=kind, urgent=urgent, band=band, subject_kind=subject_kind)
    held = offered.filter(claimed_by=actor, lease_until__gt=now).first()
    if held:
        return held
    tried: set[int] = set()
    while True:
        with transaction.atomic():
            free = offered.filter(_free(now)).exclude(pk__in=tried).order_by("rank_at", "pk")
            case = free.select_for_update(of=("self",), skip_locked=True)[:1].first()
            if case is None:
                return None
            if not _excluded_now(case, actor) and _take(case, actor):
                return case
            tried.add(case.pk)


def extend_claim(*, actor: User, case: Case) -> Case:
    """Start the lease anew. Raises Conflict when it ran out and somebody else has the case."""
    now = timezone.now()
    rows = Case.objects.filter(pk=case.pk, status__in=FOR_PEOPLE, claimed_by=actor)
    if not rows.update(lease_until=now + rules.LEASE):
        raise Conflict("lease_lost", _("Your time ran out and the case went back to the queue."))
    case.refresh_from_db()
    return case


def release_claim(*, actor: User, case: Case) -> None:
    """Give the case back. Releasing what one does not hold changes nothing."""
    if Case.objects.filter(pk=case.pk, claimed_by=actor).update(claimed_by=None, lease_until=None):
        trail.record(actor=actor, event="case.release", subject=case)


def require_claim(case: Case, actor: User, now: datetime) -> Case:
    """The case, locked, when the actor holds its lease and may still decide it. Call it inside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("require_claim locks: it needs a transaction")
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.status not in FOR_PEOPLE:
        raise Conflict("wrong_state", _("This case is not waiting for a reviewer any more."))
    if locked.claimed_by_id != actor.pk or locked.lease_until is None or locked.lease_until <= now:
        raise Conflict("lease_lost", _("Your time ran out and the case went back to the queue."))
    if not queue.offered_to(actor).filter(pk=case.pk).exists() or _excluded_now(locked, actor):
        raise Conflict("not_offered", _("You had a part in this case before, so another person decides it."))
    return locked


def _free(now: datetime) -> Q:
    return Q(claimed_by=None) | Q(lease_until__lte=now)


def _take(case: Case, actor: User) -> bool:
    now = timezone.now()
    with transaction.atomic():
        rows = Case.objects.filter(_free(now) | Q(claimed_by=actor), pk=case.pk, status__in=FOR_PEOPLE)
        if not rows.update(claimed_by=actor, lease_until=now + rules.LEASE):
            return False
        trail.record(actor=actor, event="case.claim", subject=case)
    case.claimed_by, case.lease_until = actor, now + rules.LEASE
    return True


def _excluded_now(case: Case, actor: User) -> bool:
    # The exclusions stored with the case serve the queue; whoever came to the subject since then is asked for here.
    return actor.pk in registry.subject(case.subject_kind).excluded(case.object_id)
