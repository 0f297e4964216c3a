"""The queue and its leases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit import rules, services
from audit.models import Case
from audit.selectors import queue
from core.errors import Conflict
from tests.audit.sample import Thing, make_thing

Judged = Callable[..., Case]


def test_the_next_case_is_the_urgent_one_but_a_routine_case_does_not_wait_for_ever(
    cast: Any, judged: Judged, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    routine = judged(make_thing(1, owner=cast.lin))
    time_machine.move_to("2026-03-02T11:00+08:00", tick=False)
    urgent = judged(make_thing(2, owner=cast.lin), urgent=True)
    order = [case.pk for case in queue.in_order(queue.offered_to(cast.zhao))]
    assert order == [urgent.pk, routine.pk]
    time_machine.move_to(timezone.now() + rules.URGENT_HEAD_START, tick=False)
    late = judged(make_thing(3, owner=cast.lin), urgent=True)
    order = [case.pk for case in queue.in_order(queue.offered_to(cast.zhao))]
    assert order == [urgent.pk, routine.pk, late.pk]


def test_claiming_next_twice_gives_the_same_case_and_another_person_the_next(cast: Any, judged: Judged) -> None:
    first, second = (judged(make_thing(pk, owner=cast.lin)) for pk in (1, 2))
    assert services.claim_next(actor=cast.zhao) == first
    assert services.claim_next(actor=cast.zhao) == first
    assert services.claim_next(actor=cast.qian) == second
    assert services.claim_next(actor=cast.qian) == second
    services.release_claim(actor=cast.zhao, case=first)
    first.refresh_from_db()
    assert (first.claimed_by, first.lease_until) == (None, None)


def test_filters_narrow_what_is_next(cast: Any, judged: Judged) -> None:
    judged(make_thing(1, owner=cast.lin))
    alarm = judged(make_thing(2, owner=cast.lin), kind="alarm", actor=None)
    assert services.claim_next(actor=cast.zhao, kind="alarm") == alarm
    assert services.claim_next(actor=cast.qian, band="enhanced") is None
    assert services.claim_next(actor=cast.qian, urgent=True) is None


@pytest.mark.rule("R70")
def test_nobody_is_offered_a_case_that_they_have_a_part_in(cast: Any, judged: Judged) -> None:
    own = judged(make_thing(1, owner=cast.zhao))
    assert services.claim_next(actor=cast.zhao) is None
    with pytest.raises(Conflict, match="not_offered"):
        services.claim_case(actor=cast.zhao, case=own)
    late = make_thing(2, owner=cast.lin)
    case = judged(late)
    late.excluded = {cast.zhao.pk}
    assert services.claim_next(actor=cast.zhao) is None
    with pytest.raises(Conflict, match="not_offered"):
        services.claim_case(actor=cast.zhao, case=case)
    case.refresh_from_db()
    assert case.claimed_by is None


def test_only_reviewers_are_offered_cases(cast: Any, thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    for stranger in (cast.sun, cast.zhou, cast.xu, cast.feng):
        assert services.claim_next(actor=stranger) is None
        with pytest.raises(Conflict):
            services.claim_case(actor=stranger, case=case)


def test_a_lease_that_ran_out_returns_the_case(cast: Any, thing: Thing, judged: Judged, time_machine: Any) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    with pytest.raises(Conflict, match="claimed"):
        services.claim_case(actor=cast.qian, case=case)
    time_machine.shift(rules.LEASE - timedelta(seconds=1))
    services.extend_claim(actor=cast.zhao, case=case)
    time_machine.shift(timedelta(minutes=1))
    assert services.claim_next(actor=cast.qian) is None
    time_machine.shift(rules.LEASE)
    assert services.claim_next(actor=cast.qian) == case
    with pytest.raises(Conflict, match="lease_lost"):
        services.extend_claim(actor=cast.zhao, case=case)
    services.release_claim(actor=cast.zhao, case=case)
    case.refresh_from_db()
    assert case.claimed_by == cast.qian


@pytest.mark.django_db(transaction=True)
def test_thirty_two_reviewers_at_once_never_get_the_same_case(cast: Any, judged: Judged) -> None:
    for pk in range(1, 25):
        judged(make_thing(pk, owner=cast.lin))
    people = [User.objects.create_user(email=f"r{number}@candor.invalid") for number in range(32)]
    for person in people:
        person.grants.create(role="auditor")
    got: list[tuple[int, int]] = []
    gate = threading.Barrier(32)

    def ask(person: User) -> None:
        try:
            gate.wait()
            case = services.claim_next(actor=person)
            if case:
                got.append((case.pk, person.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len({case for case, _person in got}) == 24
    assert {(case.pk, case.claimed_by_id) for case in Case.objects.all()} == set(got)


def test_the_queue_takes_two_thousand_cases_with_the_same_two_queries(
    cast: Any, thing: Thing, judged: Judged, django_assert_num_queries: Any
) -> None:
    judged(thing)
    with django_assert_num_queries(2):
        assert len(queue.in_order(queue.offered_to(cast.zhao))[:50]) == 1
    now = timezone.now()
    Case.objects.bulk_create(
        Case(
            subject_kind="sample",
            object_id=number,
            subject_version="1",
            kind="submission",
            status="waiting",
            title=f"Thing {number}",
            band="fast",
            rank_at=now,
            due_at=now,
        )
        for number in range(10, 2210)
    )
    cast.zhao.__dict__.pop("_roles", None)
    with django_assert_num_queries(2):
        assert len(queue.in_order(queue.offered_to(cast.zhao))[:50]) == 50
