"""What reviewers find, and the sensitive things that only they may do."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import trail
from core.errors import Conflict, DomainError, Forbidden
from identity import rules
from identity.access import REVIEWERS
from identity.levels import Verdict
from identity.models import BankAccount, Person, Review
from identity.selectors import standing
from identity.services.telling import tell
from policy.enforce import enforces


@enforces("R13", "R14")
def record_review(*, actor: User, person: Person, verdict: str, reason: str) -> Review:
    """A reviewer compared the papers with the details and says `match` or `mismatch`, with a reason (R13, R14).

    Each reviewer speaks once per round. Raises Conflict `already_reviewed`, Forbidden without the role or about oneself.
    """
    _require_reviewer(actor, person)
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        review = _review(actor, Review(person=locked), verdict, reason)
        locked.review_due = not (review.verdict == Verdict.MISMATCH or _enough_reviews(locked))
        locked.save(update_fields=["review_due"])
        tell(locked, confirmed=review.verdict == Verdict.MATCH, key=f"review:{review.pk}")
    return review


def record_account_review(*, actor: User, account: BankAccount, verdict: str, reason: str) -> Review:
    """The same about whose account it is. Two different reviewers stand in for the bank's answer (R14)."""
    _require_reviewer(actor, account.person)
    with transaction.atomic():
        BankAccount.objects.select_for_update().get(pk=account.pk)
        return _review(actor, Review(account=account), verdict, reason)


def reveal(*, actor: User, person: Person, purpose: str) -> str:
    """The full ID number, for staff with a stated purpose; the person can see who looked and why (law 6)."""
    _require_reviewer(actor, person)
    _require_reason(purpose, field="purpose")
    trail.record_read(actor=actor, subject=person, person_id=person.pk, purpose=purpose)
    return person.id_number


def release_user(*, actor: User, person: Person, reason: str) -> Person:
    """Take a wrong account off a person, for instance one that used somebody else's number. Staff only, with a reason."""
    _require_reviewer(actor, person)
    _require_reason(reason)
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        if locked.user_id is not None:
            data = {"user": locked.user_id, "reason": reason}
            locked.user = None
            locked.save(update_fields=["user"])
            trail.record(actor=actor, event="identity.release", subject=locked, person_id=locked.pk, data=data)
    return locked


def _review(actor: User, review: Review, verdict: str, reason: str) -> Review:
    if verdict not in (Verdict.MATCH, Verdict.MISMATCH):
        raise DomainError("bad_verdict", _("Say whether the papers agree with the details."), field="verdict")
    _require_reason(reason)
    subject = review.person or review.account
    if subject is None:
        raise ValueError("a review is about a person or an account")
    earlier = list(subject.reviews.order_by("id"))
    newest = max((row.round for row in earlier), default=1)
    closed = any(row.verdict == Verdict.MISMATCH for row in earlier if row.round == newest)
    review.round, review.reviewer = newest + closed, actor
    review.verdict, review.reason = verdict, reason.strip()
    if any(row.reviewer_id == actor.pk for row in earlier if row.round == review.round):
        raise Conflict(
            "already_reviewed", _("You have already decided here; a second reviewer has to be somebody else.")
        )
    review.save(force_insert=True)
    data = {"verdict": verdict, "round": review.round}
    trail.record(actor=actor, event="identity.review", subject=subject, person_id=review.person_id, data=data)
    return review


def _enough_reviews(person: Person) -> bool:
    """A payee is looked at by two reviewers, anybody else by one."""
    for_payout = person.attempts.filter(purpose="payee").exists() or person.accounts.exists()
    return standing(person).reviewers >= (rules.REVIEWS_FOR_PAYOUT if for_payout else 1)


def _require_reviewer(actor: User, person: Person | None) -> None:
    if not actor.has_role(*REVIEWERS):
        raise Forbidden("no_role", _("Only reviewers may do this."))
    if person is not None and Person.objects.filter(pk=person.pk, user=actor).exists():
        raise Forbidden("own_case", _("Nobody reviews their own identity."))


def _require_reason(reason: str, field: str = "reason") -> None:
    if len(reason.strip()) < 4:
        raise DomainError("reason_missing", _("Write down why, in a few words."), field=field)
