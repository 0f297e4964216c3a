"""The readers of identity: how sure the platform is, and what still has to happen."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from identity import rules
from identity.levels import Level, Verdict
from identity.models import Attempt, BankAccount, Person, Review
from policy.enforce import enforces


@dataclass(frozen=True)
class Standing:
    """All that is known about one person or account: the level reached, the last answer, who has looked.

    `verdict` is None when nobody was ever asked. `reviewers` counts different reviewers who agreed in the present round.
    """

    level: Level
    verdict: Verdict | None
    reviewers: int
    refused: bool

    @property
    def may_be_paid(self) -> bool:
        return not self.refused and rules.may_be_paid(self.level, self.reviewers)


def person_of(user: User) -> Person | None:
    """The person that the user proved or claimed to be. One query."""
    return Person.objects.filter(user=user).first()


def user_of(person: Person) -> User | None:
    """The account that is bound to the person, to whom notices about them go. One query."""
    return User.objects.filter(person=person).first()


def standing(subject: Person | BankAccount) -> Standing:
    """Two queries."""
    return standings([subject])[subject.pk]


def standings(subjects: Collection[Person | BankAccount]) -> dict[int, Standing]:
    """The standing of many persons, or of many accounts, by primary key. Two queries."""
    column = "account_id" if any(isinstance(subject, BankAccount) for subject in subjects) else "person_id"
    keys = [subject.pk for subject in subjects]
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(**{f"{column}__in": keys}).select_related("outcome").order_by("id"):
        attempts[getattr(attempt, column)].append(attempt)
    reviews: dict[int, list[Review]] = defaultdict(list)
    for review in Review.objects.filter(**{f"{column}__in": keys}).order_by("id"):
        reviews[getattr(review, column)].append(review)
    return {key: _judge(attempts[key], reviews[key]) for key in keys}


def level(person: Person) -> Level:
    """How sure the platform is that name and number belong together. Two queries."""
    return standing(person).level


@enforces("R14")
def may_be_paid(subject: Person | BankAccount) -> bool:
    """R14: the authority agreed, or two different reviewers did; never on anybody else's standing. Two queries."""
    return standing(subject).may_be_paid


def review_queue() -> QuerySet[Person]:
    """Persons whom a machine could not place, oldest first. One query per page."""
    return Person.objects.filter(review_due=True).order_by("id")


def attempts_of(subject: Person | BankAccount) -> QuerySet[Attempt]:
    """All questions asked about the subject, newest first, with their papers. Two queries."""
    column = "account" if isinstance(subject, BankAccount) else "person"
    rows = Attempt.objects.filter(**{column: subject}).select_related("outcome")
    return rows.prefetch_related("papers__document").order_by("-id")


@enforces("R24")
def _judge(attempts: list[Attempt], reviews: list[Review]) -> Standing:
    """Later words count more than earlier ones, and people's words more than a machine's when they differ."""
    answered = [attempt for attempt in attempts if attempt.verdict != Verdict.PENDING]
    decisive = [attempt for attempt in answered if attempt.verdict in (Verdict.MATCH, Verdict.MISMATCH)]
    authority = decisive[-1] if decisive else None
    newest_round = max((review.round for review in reviews), default=0)
    latest = [review for review in reviews if review.round == newest_round]
    refused = any(review.verdict == Verdict.MISMATCH for review in latest)
    reviewers = 0 if refused else len({review.reviewer_id for review in latest})
    verdict = attempts[-1].verdict if attempts else None
    if authority and authority.verdict == Verdict.MATCH:
        reached = authority.level
    elif reviewers:
        reached = Level.HUMAN_REVIEWED
    elif authority or refused:
        reached = Level.NONE
    else:
        # Nothing is stored that is not well-formed.
        reached = max((attempt.level for attempt in answered), default=Level.FORMAT_OK)
        reached = max(reached, Level.FORMAT_OK)
    return Standing(reached, verdict, reviewers, refused)
