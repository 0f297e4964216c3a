"""From a proposal to a served term, by people who are never the same."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from blacklist import selectors, services
from blacklist.models import Entry
from config.demo.people import PEOPLE
from core.errors import Conflict, DomainError
from core.models import StateChange, TrailEvent
from documents import services as documents
from documents.kinds import Kind
from identity.models import Person
from identity.services import bind_user, ensure_person
from notices.models import Notice
from tests import papers


@pytest.fixture
def li(cast: Any) -> Person:
    person = ensure_person(actor=cast.li, name=PEOPLE["li"].name, id_number=PEOPLE["li"].id_number)
    bind_user(actor=cast.li, user=cast.li, person=person)
    return person


def propose(cast: Any, person: Person, **more: Any) -> Entry:
    evidence = [documents.store(actor=cast.xu, upload=papers.upload(1), kind=Kind.EVIDENCE)]
    given = {
        "ground": "concealed",
        "severity": "serious",
        "summary": "隐瞒两套房产。",
        "evidence": evidence,
        "campaign_ref": "ABCD2345",
    }
    return services.propose(actor=cast.xu, person=person, **{**given, **more})


def listed(cast: Any, person: Person) -> Entry:
    entry = services.approve(actor=cast.qian, entry=propose(cast, person))
    services.reply(actor=cast.li, entry=entry, text="房子是我父亲的。")
    return services.enter(actor=cast.qian, entry=entry)


@pytest.mark.rule("R77", "R78", "R81")
def test_a_listing_needs_two_people_a_notice_and_a_reply(cast: Any, li: Person) -> None:
    entry = propose(cast, li)
    assert selectors.matches(li) == []
    with pytest.raises(Conflict, match="same_person"):
        services.approve(actor=cast.xu, entry=entry)
    entry = services.approve(actor=cast.qian, entry=entry)
    assert Notice.objects.filter(user=cast.li, code="blacklist.notified").count() == 1
    with pytest.raises(Conflict, match="too_early"):
        services.enter(actor=cast.qian, entry=entry)
    services.reply(actor=cast.li, entry=entry, text="房子是我父亲的。")
    with pytest.raises(Conflict, match="same_person"):
        services.enter(actor=cast.xu, entry=entry)
    entry = services.enter(actor=cast.qian, entry=entry)
    assert entry.status == "entered"
    assert entry.expires_on == timezone.localdate().replace(year=timezone.localdate().year + 5)
    assert selectors.matches(li) == [entry]
    moves = StateChange.objects.filter(kind="blacklist_entry", object_id=entry.pk).order_by("id")
    assert [move.action for move in moves] == ["approve", "reply", "enter"]
    assert TrailEvent.objects.filter(event="blacklist.propose", person_id=li.pk).count() == 1


def test_silence_is_waited_for_and_then_decided(cast: Any, li: Person) -> None:
    entry = services.approve(actor=cast.qian, entry=propose(cast, li))
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert services.enter(actor=cast.qian, entry=entry).status == "entered"


def test_no_evidence_no_proposal(cast: Any, li: Person) -> None:
    with pytest.raises(DomainError) as refused:
        services.propose(actor=cast.xu, person=li, ground="forged", severity="minor", summary="x", evidence=[])
    assert refused.value.fields.keys() == {"evidence"}
    assert not Entry.objects.exists()


def test_the_same_matter_is_not_proposed_twice(cast: Any, li: Person) -> None:
    propose(cast, li)
    with pytest.raises(Conflict, match="already_listed"):
        propose(cast, li)
    assert Entry.objects.count() == 1


@pytest.mark.rule("R81", "R67")
def test_an_appeal_is_decided_by_fresh_eyes_and_may_lift(cast: Any, li: Person) -> None:
    entry = services.appeal(actor=cast.li, entry=listed(cast, li), text="有产权证明。")
    assert selectors.matches(li) == [entry], "the listing stands until the appeal is decided"
    for part_of_it in (cast.xu, cast.qian):
        with pytest.raises(Conflict, match="same_person"):
            services.decide_appeal(actor=part_of_it, entry=entry, outcome="lift", reason="产权属实")
    entry = services.decide_appeal(actor=cast.wu, entry=entry, outcome="lift", reason="产权属实")
    assert entry.status == "lifted"
    assert selectors.matches(li) == []


def test_an_appeal_may_shorten_but_never_lengthen(cast: Any, li: Person) -> None:
    entry = services.appeal(actor=cast.li, entry=listed(cast, li), text="太重了。")
    with pytest.raises(DomainError, match="not_shorter"):
        services.decide_appeal(actor=cast.wu, entry=entry, outcome="shorten", reason="x", expires_on=date(2099, 1, 1))
    day = timezone.localdate() + timedelta(days=100)
    entry = services.decide_appeal(actor=cast.wu, entry=entry, outcome="shorten", reason="初犯", expires_on=day)
    assert (entry.status, entry.expires_on) == ("entered", day)
    with pytest.raises(Conflict, match="appealed_before"):
        services.appeal(actor=cast.li, entry=entry, text="再来一次")


def test_an_appeal_comes_in_time_or_not_at_all(cast: Any, li: Person) -> None:
    entry = listed(cast, li)
    with time_machine.travel(timezone.now() + timedelta(days=16)), pytest.raises(Conflict, match="too_late"):
        services.appeal(actor=cast.li, entry=entry, text="晚了")
    entry.refresh_from_db()
    assert (entry.status, entry.appeal) == ("entered", "")


@pytest.mark.rule("R81")
def test_a_served_term_ends_by_itself_and_only_once(cast: Any, li: Person) -> None:
    entry = listed(cast, li)
    assert entry.expires_on is not None
    assert services.expire_due(today=entry.expires_on - timedelta(days=1)) == 0
    assert services.expire_due(today=entry.expires_on) == 1
    assert services.expire_due(today=entry.expires_on) == 0
    assert selectors.matches(li) == []


def test_severe_is_for_good(cast: Any, li: Person) -> None:
    entry = services.approve(actor=cast.qian, entry=propose(cast, li, severity="severe"))
    services.reply(actor=cast.li, entry=entry, text="。")
    assert services.enter(actor=cast.qian, entry=entry).expires_on is None


@pytest.mark.rule("R81")
def test_the_database_itself_refuses_one_pair_of_eyes(cast: Any, li: Person) -> None:
    entry = propose(cast, li)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(approved_by=cast.xu)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(status="entered")


@pytest.mark.rule("R80")
def test_the_feed_shows_a_keyed_hash_and_no_person(cast: Any, li: Person) -> None:
    listed(cast, li)
    one, other = selectors.feed(b"salt-of-platform-one"), selectors.feed(b"salt-of-platform-two")
    assert len(one) == 1
    assert one[0]["id_hash"] != other[0]["id_hash"]
    assert one == selectors.feed(b"salt-of-platform-one")
    assert li.id_number not in str(one)
    assert li.name not in str(one)


@pytest.mark.django_db(transaction=True)
def test_two_people_deciding_at_once_list_once(cast: Any, li: Person) -> None:
    entry = services.approve(actor=cast.qian, entry=propose(cast, li))
    services.reply(actor=cast.li, entry=entry, text="。")
    start, outcomes = Barrier(2), []

    def decide(actor: Any) -> None:
        start.wait()
        try:
            services.enter(actor=actor, entry=entry)
            outcomes.append("listed")
        except Conflict as conflict:
            outcomes.append(conflict.code)
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(actor,)) for actor in (cast.qian, cast.wu)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["listed", "wrong_state"]
    assert StateChange.objects.filter(kind="blacklist_entry", action="enter").count() == 1
