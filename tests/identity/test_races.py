"""Two requests at once, on two real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from config.demo.people import PEOPLE
from core.errors import Conflict, DomainError
from documents import services as documents
from documents.kinds import Kind
from documents.models import Document, PublicCopy
from documents.rules import Box
from identity import services
from identity.models import Attempt, Outcome, Person, Review
from tests import papers

LIN = PEOPLE["lin"]

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that run together; a refusal counts as a result."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_person_although_two_write_the_number_at_once(cast: Any) -> None:
    results = at_once(*[lambda: services.ensure_person(actor=cast.lin, name=LIN.name, id_number=LIN.id_number)] * 4)
    assert len({person.pk for person in results}) == 1
    assert Person.objects.count() == 1


def test_one_user_although_two_claim_the_person_at_once(cast: Any) -> None:
    person = services.ensure_person(actor=None, name=LIN.name, id_number=LIN.id_number)
    results = at_once(
        lambda: services.bind_user(actor=cast.lin, user=cast.lin, person=person),
        lambda: services.bind_user(actor=cast.sun, user=cast.sun, person=person),
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1


def test_one_question_and_one_answer_although_everything_is_doubled(cast: Any) -> None:
    person = services.ensure_person(actor=None, name=LIN.name, id_number=LIN.id_number)
    ask = lambda: services.request_check(actor=cast.lin, person=person, purpose="payee")  # noqa: E731
    attempts = at_once(ask, ask, ask)
    assert len({attempt.pk for attempt in attempts}) == Attempt.objects.count() == 1
    at_once(*[lambda: services.complete_attempt(attempts[0].pk)] * 3)
    assert Outcome.objects.count() == 1


def test_one_reviewer_speaks_once_although_they_click_twice(cast: Any) -> None:
    person = services.ensure_person(actor=None, name=LIN.name, id_number=LIN.id_number)
    say = lambda: services.record_review(actor=cast.zhao, person=person, verdict="match", reason="compared")  # noqa: E731
    results = at_once(say, say, say)
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert Review.objects.count() == 1


def test_one_document_although_the_file_is_sent_twice_at_once(cast: Any) -> None:
    send = lambda: documents.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.BILL)  # noqa: E731
    results = at_once(send, send, send)
    assert len({document.pk for document in results}) == Document.objects.count() == 1


def test_one_live_copy_although_two_publish_at_once(cast: Any) -> None:
    from accounts import consent_texts
    from accounts.services import record_consent

    document = documents.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.BILL)
    version = consent_texts.current(document.publishing_consent).version
    record_consent(actor=cast.lin, purpose=document.publishing_consent, text_version=version, scope=document.own_scope)
    at_once(
        *[
            lambda left=left: documents.publish(  # type: ignore[misc]
                actor=cast.lin, document=document, boxes=[Box(1, left, 0.1, 0.2, 0.2)]
            )
            for left in (0.1, 0.2, 0.3)
        ]
    )
    assert PublicCopy.objects.count() == 3
    assert PublicCopy.objects.filter(withdrawn_at=None).count() == 1
