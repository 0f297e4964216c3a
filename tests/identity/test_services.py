"""Persons, checks and reviews with the local provider."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from config.demo.people import PEOPLE, make_card
from core import jobs
from core.errors import Conflict, DomainError, Forbidden
from core.models import Job, TrailEvent
from documents import services as documents
from documents.kinds import Kind
from identity import providers, selectors, services
from identity.levels import Level, Verdict
from identity.models import Attempt, BankAccount, Outcome, Person, Review
from identity.providers.base import Answer
from tests import papers

LIN, WANG = PEOPLE["lin"], PEOPLE["wang"]


@pytest.fixture
def person(cast: Any) -> Person:
    return services.ensure_person(actor=cast.lin, name=LIN.name, id_number=LIN.id_number)


class Scripted:
    """A provider that says what the test wants."""

    code = "local"
    max_level = Level.AUTHORITY_MATCH

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    def ask(self, question: object, *, key: str) -> Answer:
        self.keys.append(key)
        return self.answers.pop(0)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    def play(*answers: Answer) -> Scripted:
        provider = Scripted(*answers)
        monkeypatch.setattr(providers, "get", lambda code: provider)
        return provider

    return play


@pytest.mark.rule("R13")
def test_one_person_per_number_however_typed(cast: Any) -> None:
    one = services.ensure_person(actor=cast.lin, name=" 林 晓梅", id_number=LIN.id_number.lower())
    two = services.ensure_person(actor=cast.sun, name="林晓梅", id_number=LIN.id_number)
    assert one == two
    assert Person.objects.count() == 1
    assert (one.birth_date.isoformat(), one.sex) == ("1986-05-20", "F")
    assert one.masked_name == "林**"
    assert one.masked_id == LIN.id_number[0] + "*" * 16 + LIN.id_number[-1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, id_number, id_index FROM identity_person")
        row = "".join(cursor.fetchone())
    assert "林" not in row
    assert LIN.id_number not in row


def test_another_name_for_a_known_number_is_refused_without_telling_the_name(cast: Any, person: Person) -> None:
    with pytest.raises(DomainError) as caught:
        services.ensure_person(actor=cast.sun, name="孙未然", id_number=LIN.id_number)
    assert caught.value.code == "name_differs"
    assert set(caught.value.fields) == {"name", "id_number"}
    assert "林" not in str(caught.value.message)
    event = TrailEvent.objects.get(event="identity.name_differs")
    assert (event.actor, event.person_id) == (cast.sun, person.pk)
    for _try in range(4):
        with pytest.raises(DomainError, match="name_differs"):
            services.ensure_person(actor=cast.sun, name="孙未然", id_number=LIN.id_number)
    with pytest.raises(DomainError, match="too_many_tries"):
        services.ensure_person(actor=cast.sun, name="孙未然", id_number=LIN.id_number)


def test_what_is_not_well_formed_is_refused_beside_its_field(cast: Any) -> None:
    with pytest.raises(DomainError) as caught:
        services.ensure_person(actor=cast.lin, name="1", id_number=LIN.id_number[:-1])
    assert set(caught.value.fields) == {"name", "id_number"}
    assert not Person.objects.exists()


def test_a_user_is_one_person_and_a_person_one_user(cast: Any, person: Person) -> None:
    services.bind_user(actor=cast.lin, user=cast.lin, person=person)
    services.bind_user(actor=cast.lin, user=cast.lin, person=person)
    assert selectors.person_of(cast.lin) == person
    assert TrailEvent.objects.filter(event="identity.bind").count() == 1
    with pytest.raises(Conflict, match="bound_elsewhere"):
        services.bind_user(actor=cast.sun, user=cast.sun, person=person)
    other = services.ensure_person(actor=cast.lin, name=WANG.name, id_number=WANG.id_number)
    with pytest.raises(Conflict, match="already_bound"):
        services.bind_user(actor=cast.lin, user=cast.lin, person=other)
    with pytest.raises(Forbidden):
        services.bind_user(actor=cast.sun, user=cast.wang, person=other)
    with pytest.raises(Forbidden):
        services.release_user(actor=cast.sun, person=person, reason="it is mine")
    services.release_user(actor=cast.xu, person=person, reason="the card holder came to the desk")
    assert selectors.person_of(cast.lin) is None


@pytest.mark.rule("R24")
def test_the_local_provider_never_claims_more_than_it_checked(cast: Any, person: Person, drain: Any) -> None:
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    assert attempt.verdict == Verdict.PENDING
    drain()
    outcome = Outcome.objects.get(attempt=attempt)
    assert (outcome.verdict, outcome.level) == (Verdict.NEEDS_REVIEW, Level.FORMAT_OK)
    front = documents.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.ID_FRONT)
    back = documents.store(actor=cast.lin, upload=papers.upload(2), kind=Kind.ID_BACK)
    shown = services.request_check(actor=cast.lin, person=person, purpose="raiser", papers=[front, back])
    assert shown != attempt
    drain()
    assert Outcome.objects.get(attempt=shown).level == Level.DOC_CONSISTENT
    assert selectors.level(person) == Level.DOC_CONSISTENT
    person.refresh_from_db()
    assert person.review_due
    assert not selectors.may_be_paid(person)


@pytest.mark.rule("R73")
def test_a_card_that_somebody_else_has_shown_is_noticed(cast: Any, person: Person, drain: Any) -> None:
    documents.store(actor=cast.li, upload=papers.upload(1), kind=Kind.ID_FRONT)
    shown = [
        documents.store(actor=cast.lin, upload=papers.upload(seed), kind=kind)
        for seed, kind in ((1, Kind.ID_FRONT), (2, Kind.ID_BACK))
    ]
    services.request_check(actor=cast.lin, person=person, purpose="raiser", papers=shown)
    drain()
    outcome = Outcome.objects.get()
    assert (outcome.level, outcome.detail) == (Level.FORMAT_OK, "paper_shown_by_others")


def test_a_double_click_asks_once(cast: Any, person: Person, drain: Any) -> None:
    one = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    assert services.request_check(actor=cast.lin, person=person, purpose="raiser") == one
    drain()
    assert services.request_check(actor=cast.lin, person=person, purpose="raiser") == one
    assert Attempt.objects.count() == Outcome.objects.count() == 1


def test_a_job_that_runs_twice_writes_one_outcome(cast: Any, person: Person, script: Any) -> None:
    provider = script(Answer(Verdict.MATCH, Level.AUTHORITY_MATCH, "ref-1"), Answer(Verdict.MISMATCH, Level.NONE))
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    assert services.complete_attempt(attempt.pk) == services.complete_attempt(attempt.pk)
    assert provider.keys == [attempt.key]
    assert Outcome.objects.get().reference == "ref-1"
    assert selectors.level(person) == Level.AUTHORITY_MATCH
    assert selectors.may_be_paid(person)


@pytest.mark.rule("R13")
@pytest.mark.parametrize("verdict", [Verdict.SOURCE_DOWN, Verdict.RATE_LIMITED, Verdict.PENDING])
def test_a_source_that_is_away_is_asked_again_and_never_a_refusal(
    cast: Any, person: Person, script: Any, drain: Any, verdict: Verdict
) -> None:
    provider = script(*[Answer(verdict, Level.NONE)] * 2, Answer(Verdict.MATCH, Level.AUTHORITY_MATCH))
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    now = timezone.now()
    for minutes in (0, 2):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            jobs.sweep(timezone.now())
        assert not Outcome.objects.exists()
        assert Job.objects.get(kind="identity.complete_attempt").status == Job.Status.WAITING
    with time_machine.travel(now + timedelta(minutes=4), tick=False):
        jobs.sweep(timezone.now())
    assert Outcome.objects.get().verdict == Verdict.MATCH
    assert provider.keys == [attempt.key] * 3


def test_a_source_that_stays_away_for_a_day_hands_over_to_people(cast: Any, person: Person, script: Any) -> None:
    script(Answer(Verdict.SOURCE_DOWN, Level.NONE))
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        outcome = services.complete_attempt(attempt.pk)
    assert (outcome.verdict, outcome.detail) == (Verdict.NEEDS_REVIEW, "no_answer_in_time")
    person.refresh_from_db()
    assert person.review_due


def test_not_found_goes_to_people(cast: Any, person: Person, script: Any) -> None:
    script(Answer(Verdict.NOT_FOUND, Level.NONE))
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    services.complete_attempt(attempt.pk)
    assert list(selectors.review_queue()) == [person]
    assert selectors.level(person) == Level.FORMAT_OK


def test_checks_are_capped_per_person_user_and_place(cast: Any, person: Person, script: Any) -> None:
    script(*[Answer(Verdict.MISMATCH, Level.NONE)] * 5)
    for _try in range(5):
        attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser", client_ip="10.0.0.1")
        services.complete_attempt(attempt.pk)
    with pytest.raises(DomainError, match="too_many_checks"):
        services.request_check(actor=cast.sun, person=person, purpose="raiser")
    assert Attempt.objects.count() == 5
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        services.request_check(actor=cast.sun, person=person, purpose="raiser")
    assert not Attempt.objects.filter(origin__contains="10.0").exists()


def test_answers_cannot_be_rewritten_and_only_a_match_lifts_to_the_authority(
    cast: Any, person: Person, script: Any
) -> None:
    script(Answer(Verdict.MISMATCH, Level.NONE))
    services.complete_attempt(services.request_check(actor=cast.lin, person=person, purpose="raiser").pk)
    services.record_review(actor=cast.zhao, person=person, verdict="mismatch", reason="another face")
    for model in (Attempt, Outcome, Review):
        for attempt in (lambda rows: rows.update(id=99), lambda rows: rows._raw_delete(rows.db)):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                attempt(model.objects.all())
        assert model.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.create(
            attempt=Attempt.objects.create(person=person, provider="x", purpose="y", key="z"),
            verdict=Verdict.MISMATCH,
            level=Level.AUTHORITY_MATCH,
        )


@pytest.mark.rule("R14")
def test_a_payee_is_paid_after_two_different_reviewers_agreed(cast: Any, person: Person, drain: Any) -> None:
    services.request_check(actor=cast.lin, person=person, purpose="payee")
    drain()
    services.record_review(actor=cast.zhao, person=person, verdict="match", reason="card compared")
    with pytest.raises(Conflict, match="already_reviewed"):
        services.record_review(actor=cast.zhao, person=person, verdict="match", reason="card compared again")
    assert selectors.level(person) == Level.HUMAN_REVIEWED
    assert not selectors.may_be_paid(person)
    person.refresh_from_db()
    assert person.review_due
    services.record_review(actor=cast.qian, person=person, verdict="match", reason="card compared")
    assert selectors.may_be_paid(person)
    person.refresh_from_db()
    assert not person.review_due


def test_two_words_of_one_reviewer_are_refused_by_the_database(cast: Any, person: Person) -> None:
    services.record_review(actor=cast.zhao, person=person, verdict="match", reason="card compared")
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(person=person, round=1, reviewer=cast.zhao, verdict="match", reason="twice")


def test_a_refusal_ends_the_round_and_better_papers_start_another(cast: Any, person: Person) -> None:
    services.record_review(actor=cast.zhao, person=person, verdict="match", reason="card compared")
    services.record_review(actor=cast.qian, person=person, verdict="mismatch", reason="the photo is of a screen")
    assert selectors.level(person) == Level.NONE
    assert selectors.standing(person).refused
    services.record_review(actor=cast.qian, person=person, verdict="match", reason="new photo is clear")
    services.record_review(actor=cast.xu, person=person, verdict="match", reason="new photo is clear")
    assert list(Review.objects.values_list("round", flat=True)) == [1, 1, 2, 2]
    assert selectors.may_be_paid(person)


def test_only_reviewers_review_and_never_themselves(cast: Any, person: Person) -> None:
    for user in (cast.sun, cast.zhou, cast.wu):
        with pytest.raises(Forbidden):
            services.record_review(actor=user, person=person, verdict="match", reason="I know her")
    own = services.ensure_person(actor=cast.zhao, name=PEOPLE["zhao"].name, id_number=PEOPLE["zhao"].id_number)
    services.bind_user(actor=cast.zhao, user=cast.zhao, person=own)
    with pytest.raises(Forbidden):
        services.record_review(actor=cast.zhao, person=own, verdict="match", reason="it is me")
    with pytest.raises(DomainError, match="reason_missing"):
        services.record_review(actor=cast.qian, person=own, verdict="match", reason=" ")
    with pytest.raises(DomainError, match="bad_verdict"):
        services.record_review(actor=cast.qian, person=own, verdict="pending", reason="not sure")
    assert not Review.objects.exists()


@pytest.mark.rule("R14", "R22")
def test_an_account_is_checked_apart_from_its_holder(cast: Any, person: Person, drain: Any) -> None:
    attempt = services.check_account(
        actor=cast.lin, holder=person, account_number=LIN.card, bank="样例银行", phone=LIN.phone
    )
    again = services.check_account(
        actor=cast.lin, holder=person, account_number=LIN.card, bank="样例银行", phone=LIN.phone
    )
    assert attempt == again
    drain()
    account = BankAccount.objects.get()
    assert account.masked_number == LIN.card[:6] + "*" * 9 + LIN.card[-4:]
    assert selectors.standing(account).level == Level.FORMAT_OK
    assert not selectors.may_be_paid(account)
    services.record_account_review(actor=cast.zhao, account=account, verdict="match", reason="card photo compared")
    services.record_account_review(actor=cast.qian, account=account, verdict="match", reason="card photo compared")
    assert selectors.may_be_paid(account)
    assert not selectors.may_be_paid(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, number_index, phone FROM identity_bankaccount")
        assert LIN.card not in "".join(cursor.fetchone())


def test_a_corporate_account_needs_no_luhn_and_no_phone(cast: Any, drain: Any) -> None:
    hospital = services.ensure_organisation(actor=None, name="样例市第一医院", code="91110000600037341L")
    attempt = services.check_account(actor=None, holder=hospital, account_number="1100 1010 1010 2", bank="样例银行")
    assert attempt.account is not None
    assert (attempt.account.number, attempt.account.holder_name) == ("1100101010102", "样例市第一医院")
    with pytest.raises(DomainError, match="name_differs"):
        services.ensure_organisation(actor=None, name="另一家医院", code="91110000600037341L")


@pytest.mark.parametrize(
    ("number", "bank", "phone", "field"),
    [
        (make_card(9)[:-1], "样例银行", "17000000001", "account_number"),
        (make_card(9), "样例银行", "123", "phone"),
        (make_card(9), "", "17000000001", "bank"),
    ],
)
def test_a_badly_typed_account_is_refused_beside_its_field(
    cast: Any, person: Person, number: str, bank: str, phone: str, field: str
) -> None:
    with pytest.raises(DomainError) as caught:
        services.check_account(actor=cast.lin, holder=person, account_number=number, bank=bank, phone=phone)
    assert set(caught.value.fields) == {field}
    assert not BankAccount.objects.exists()
    assert not Attempt.objects.exists()


def test_seeing_a_full_number_needs_a_role_and_a_purpose_and_leaves_a_line(cast: Any, person: Person) -> None:
    with pytest.raises(Forbidden):
        services.reveal(actor=cast.sun, person=person, purpose="curious")
    with pytest.raises(DomainError, match="reason_missing"):
        services.reveal(actor=cast.zhao, person=person, purpose="")
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()
    assert services.reveal(actor=cast.zhao, person=person, purpose="compare with the card") == LIN.id_number
    line = TrailEvent.objects.get(event="read.sensitive")
    assert (line.actor, line.person_id, line.purpose) == (cast.zhao, person.pk, "compare with the card")


def test_the_standing_of_many_takes_two_queries(cast: Any, person: Person, django_assert_num_queries: Any) -> None:
    other = services.ensure_person(actor=cast.lin, name=WANG.name, id_number=WANG.id_number)
    services.record_review(actor=cast.zhao, person=other, verdict="match", reason="card compared")
    with django_assert_num_queries(2):
        found = selectors.standings([person, other])
    assert (found[person.pk].level, found[other.pk].level) == (Level.FORMAT_OK, Level.HUMAN_REVIEWED)
