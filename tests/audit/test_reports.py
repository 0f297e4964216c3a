"""Reports from the public: filing, sorting, freezing, deciding by two, appeals, deadlines."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit import services
from audit.models import HardStop, Report
from audit.selectors import is_stopped, responses
from audit.services.reports import PER_ORIGIN_A_DAY, PER_REPORTER_A_DAY, TooMany
from core.errors import Conflict, DomainError, Forbidden
from core.models import TrailEvent
from documents.models import Document
from notices.models import Notice
from tests.audit.sample import Thing

TEXT = "The family rents out a shop in the old town."


@pytest.fixture
def report(thing: Thing) -> Callable[..., Report]:
    """File one report from somebody; each call is another person."""
    serial = iter(range(1000))

    def file(**values: Any) -> Report:
        number = next(serial)
        given = {
            "actor": None,
            "subject_kind": "sample",
            "object_id": thing.pk,
            "category": "assets",
            "text": TEXT,
            "contact": f"person{number}@example.cn",
            "good_faith": True,
            "client_ip": f"10.0.0.{number}",
            "form_key": f"key-{number}",
        }
        return services.file_report(**{**given, **values})[0]

    return file


@pytest.fixture
def credible(cast: Any, report: Callable[..., Report]) -> Callable[..., Report]:
    """A report that an officer found credible and put to the raiser."""

    def make(*, evidence: bool = False, **values: Any) -> Report:
        filed = services.acknowledge_report(actor=cast.feng, report=report(**values))
        services.triage_report(
            actor=cast.feng,
            report=filed,
            credible=True,
            preliminary_evidence=evidence,
            summary="A shop was not stated.",
        )
        return services.investigate_report(actor=cast.feng, report=filed)

    return make


@pytest.mark.rule("R93", "R94")
def test_a_report_keeps_its_reporter_to_itself(cast: Any, report: Callable[..., Report]) -> None:
    filed = report(actor=cast.chen, contact="+8613800000000")
    assert (filed.status, filed.reporter, filed.text, filed.contact) == ("received", cast.chen, TEXT, "+8613800000000")
    assert filed.due_at == filed.received_at + timedelta(hours=24)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, contact, reporter_key FROM audit_report")
        stored = "".join(cursor.fetchone())
    assert "shop" not in stored and "138" not in stored
    line = TrailEvent.objects.get(event="report.file")
    assert (line.actor, line.data) == (None, {"category": "assets"})
    assert Notice.objects.get().user == cast.chen


def test_the_same_form_twice_is_one_report_with_one_secret(thing: Thing) -> None:
    form = {
        "actor": None,
        "subject_kind": "sample",
        "object_id": thing.pk,
        "category": "assets",
        "text": TEXT,
        "good_faith": True,
        "client_ip": "10.0.0.1",
        "form_key": "k",
    }
    first, secret = services.file_report(**form)
    again, same = services.file_report(**form)
    other, different = services.file_report(**{**form, "client_ip": "10.0.0.2"})
    assert (first, secret) == (again, same)
    assert other != first and different != secret
    assert Report.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_report(thing: Thing) -> None:
    gate = threading.Barrier(2)
    got: list[tuple[int, str]] = []

    def click() -> None:
        try:
            gate.wait()
            filed, secret = services.file_report(
                actor=None,
                subject_kind="sample",
                object_id=thing.pk,
                category="assets",
                text=TEXT,
                good_faith=True,
                client_ip="10.0.0.1",
                form_key="k",
            )
            got.append((filed.pk, secret))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _click in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 2 and len(set(got)) == 1
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"category": "gossip"}, "category"),
        ({"text": "  too short "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"contact": "x" * 201}, "contact"),
        ({"good_faith": False}, "good_faith"),
        ({"documents": [1]}, "documents"),
        ({"documents": list(range(11))}, "documents"),
    ],
)
@pytest.mark.rule("R94")
def test_a_faulty_report_names_its_field_and_writes_nothing(
    report: Callable[..., Report], values: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        report(**values)
    assert field in refused.value.fields
    assert not Report.objects.exists()


def test_only_one_s_own_papers_can_be_added(cast: Any, report: Callable[..., Report]) -> None:
    mine, theirs = (
        Document.objects.create(owner=owner, kind="evidence", sha256="0" * 64, mime="image/jpeg", bytes=1, pages=1)
        for owner in (cast.zhao, cast.lin)
    )
    with pytest.raises(DomainError):
        report(actor=cast.zhao, documents=[theirs.pk])  # an auditor may read it, but it is not the auditor's
    assert not Report.objects.exists()
    filed = report(actor=cast.zhao, documents=[mine.pk])
    assert [item.document for item in filed.evidence.all()] == [mine]


@pytest.mark.rule("R93")
def test_a_flood_is_slowed_down_per_person_and_per_address(report: Callable[..., Report]) -> None:
    for _number in range(PER_REPORTER_A_DAY):
        report(contact="one@example.cn")
    with pytest.raises(TooMany):
        report(contact="ONE@example.cn")
    for _number in range(PER_ORIGIN_A_DAY):
        report(client_ip="192.168.0.1")
    with pytest.raises(TooMany):
        report(client_ip="192.168.0.1")
    assert Report.objects.count() == PER_REPORTER_A_DAY + PER_ORIGIN_A_DAY


def test_every_step_has_its_deadline_and_its_officer(
    cast: Any, report: Callable[..., Report], time_machine: Any
) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    now = timezone.now()
    filed = services.acknowledge_report(actor=cast.feng, report=report())
    assert (filed.status, filed.handler, filed.due_at) == ("acknowledged", cast.feng, now + timedelta(hours=24))
    filed = services.triage_report(actor=cast.feng, report=filed, credible=True, summary="A shop was not stated.")
    filed = services.investigate_report(actor=cast.feng, report=filed)
    assert filed.due_at == now + timedelta(hours=72)
    filed = services.answer_report(actor=cast.lin, report=filed, text="It is my uncle's.")
    assert filed.due_at == now + timedelta(days=7)
    assert services.answer_report(actor=cast.lin, report=filed, text="It is my uncle's.").status == "answered"
    with pytest.raises(Conflict):
        services.acknowledge_report(actor=cast.feng, report=filed)


@pytest.mark.parametrize("who", ["sun", "zhao", "lin", "xu"])
def test_only_complaints_officers_handle_reports(cast: Any, report: Callable[..., Report], who: str) -> None:
    filed = report()
    with pytest.raises(Forbidden):
        services.acknowledge_report(actor=getattr(cast, who), report=filed)
    filed.refresh_from_db()
    assert filed.status == "received"


def test_who_filed_or_owns_it_does_not_handle_it(cast: Any, thing: Thing, report: Callable[..., Report]) -> None:
    own = report(actor=cast.feng)
    with pytest.raises(Forbidden):
        services.acknowledge_report(actor=cast.feng, report=own)
    thing.owner = cast.feng
    with pytest.raises(Forbidden):
        services.acknowledge_report(actor=cast.feng, report=report())
    assert set(Report.objects.values_list("status", flat=True)) == {"received"}


@pytest.mark.rule("R95")
def test_preliminary_evidence_freezes_at_once_and_clearing_frees(
    cast: Any, thing: Thing, credible: Callable[..., Report]
) -> None:
    filed = credible(evidence=True)
    assert thing.frozen and Report.objects.get().froze
    services.clear_report(actor=cast.feng, report=filed, finding="The shop belongs to an uncle.")
    assert not thing.frozen and not Report.objects.get().froze


@pytest.mark.rule("R95")
def test_three_independent_credible_reports_freeze_and_one_person_three_times_does_not(
    cast: Any, thing: Thing, credible: Callable[..., Report]
) -> None:
    for _number in range(3):
        credible(contact="same@example.cn")
    assert not thing.frozen
    credible()
    assert not thing.frozen
    last = credible()
    assert thing.frozen
    services.clear_report(actor=cast.feng, report=last, finding="A mix-up of names.")
    assert not thing.frozen


def test_a_stop_outlives_the_report_that_froze(cast: Any, thing: Thing, credible: Callable[..., Report]) -> None:
    filed = credible(evidence=True)
    services.hard_stop(actor=cast.xu, subject_kind="sample", object_id=thing.pk, evidence="A copied seal.")
    services.clear_report(actor=cast.feng, report=filed, finding="Another matter.")
    assert thing.frozen and is_stopped("sample", thing.pk)


@pytest.mark.rule("R94", "R95")
def test_a_proved_report_takes_two_stops_and_refunds(cast: Any, thing: Thing, credible: Callable[..., Report]) -> None:
    filed = credible(actor=cast.chen)
    services.propose_proved(actor=cast.feng, report=filed, finding="The lease names the father.")
    with pytest.raises(Conflict, match="four_eyes"):
        services.confirm_proved(actor=cast.feng, report=filed)
    assert thing.proved == 0 and not is_stopped("sample", thing.pk)
    services.confirm_proved(actor=cast.xu, report=filed)
    filed.refresh_from_db()
    assert (filed.status, filed.outcome, filed.decided_by, filed.confirmed_by) == (
        "decided",
        "proved",
        cast.feng,
        cast.xu,
    )
    assert thing.proved == 1 and is_stopped("sample", thing.pk)
    assert HardStop.objects.get().raised_by == cast.xu
    assert Notice.objects.filter(user=cast.chen, code="audit.report_result").count() == 1
    assert Notice.objects.filter(user=cast.lin, code="audit.report_decided").count() == 1
    with pytest.raises(Conflict):
        services.confirm_proved(actor=cast.xu, report=filed)
    assert thing.proved == 1


def test_the_database_refuses_a_proof_by_one_person(cast: Any, credible: Callable[..., Report]) -> None:
    rows = Report.objects.filter(pk=credible().pk)
    with pytest.raises(IntegrityError, match="report_proved_by_two"), transaction.atomic():
        rows.update(status="decided", outcome="proved", decided_by=cast.feng)
    with pytest.raises(IntegrityError, match="report_confirmed_by_another"), transaction.atomic():
        rows.update(decided_by=cast.feng, confirmed_by=cast.feng)


def test_the_second_officer_may_differ(cast: Any, thing: Thing, credible: Callable[..., Report]) -> None:
    filed = credible()
    services.propose_proved(actor=cast.feng, report=filed, finding="The lease names the father.")
    services.differ_on_report(actor=cast.qian, report=filed, reason="The lease is of another city.")
    filed.refresh_from_db()
    assert (filed.status, filed.finding, filed.decided_by, thing.proved) == ("investigating", "", None, 0)


@pytest.mark.rule("R67")
def test_an_appeal_is_decided_by_others_and_only_once(cast: Any, thing: Thing, credible: Callable[..., Report]) -> None:
    filed = credible()
    services.propose_proved(actor=cast.feng, report=filed, finding="The lease names the father.")
    services.confirm_proved(actor=cast.xu, report=filed)
    with pytest.raises(Conflict, match="no_appeal"):
        services.appeal_report(report=filed, by="reporter", text="More.")
    for _click in range(2):
        services.appeal_report(report=filed, by="raiser", text="The lease is my uncle's.")
    filed.refresh_from_db()
    assert filed.status == "appealed"
    with pytest.raises(Conflict, match="decided_before"):
        services.clear_report(actor=cast.feng, report=filed, finding="True after all.")
    cast.wu.grants.create(role="complaints")
    services.clear_report(actor=cast.wu, report=filed, finding="The lease names the uncle.")
    filed.refresh_from_db()
    assert (filed.status, filed.outcome, filed.decided_by) == ("decided", "unproved", cast.wu)
    assert is_stopped("sample", thing.pk)  # the stop itself is lifted by two people
    with pytest.raises(Conflict, match="no_appeal"):
        services.appeal_report(report=filed, by="reporter", text="Again.")


def test_a_report_that_was_set_aside_can_be_appealed_by_its_reporter(cast: Any, report: Callable[..., Report]) -> None:
    filed = services.acknowledge_report(actor=cast.feng, report=report())
    services.triage_report(actor=cast.feng, report=filed, credible=False)
    services.dismiss_report(actor=cast.feng, report=filed, finding="Nothing speaks for it.")
    services.appeal_report(report=filed, by="reporter", text="I have a photo of the lease.")
    filed.refresh_from_db()
    assert filed.status == "appealed"


@pytest.mark.rule("R36", "R93", "R94")
def test_the_public_reads_the_neutral_account_the_answer_and_the_result(
    cast: Any, credible: Callable[..., Report], report: Callable[..., Report], django_assert_num_queries: Any
) -> None:
    report()
    filed = credible(actor=cast.chen)
    services.answer_report(actor=cast.lin, report=filed, text="It is my uncle's.")
    with django_assert_num_queries(1):
        shown = responses("sample", 1)
    assert [(row.summary, row.answer, row.is_open, row.finding) for row in shown] == [
        ("A shop was not stated.", "It is my uncle's.", True, "")
    ]
    assert TEXT not in str(shown) and "陈" not in str(shown)
    services.clear_report(actor=cast.feng, report=filed, finding="The lease names the uncle.")
    assert [(row.is_open, row.finding) for row in responses("sample", 1)] == [(False, "The lease names the uncle.")]


def test_only_the_owner_answers(cast: Any, credible: Callable[..., Report]) -> None:
    filed = credible()
    for stranger in (cast.sun, cast.feng):
        with pytest.raises(Forbidden):
            services.answer_report(actor=stranger, report=filed, text="It is fine.")
    filed.refresh_from_db()
    assert (filed.status, filed.answer) == ("investigating", "")


@pytest.mark.rule("R93")
def test_raisers_are_reminded_and_what_is_late_is_told_to_the_officers_once(
    cast: Any, credible: Callable[..., Report], report: Callable[..., Report], time_machine: Any
) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    credible()
    late = report()
    assert services.remind_and_escalate(now=timezone.now()) == 0
    time_machine.shift(timedelta(hours=49))
    for _tick in range(2):
        services.remind_and_escalate(now=timezone.now())
    assert Notice.objects.filter(user=cast.lin, code="audit.report_reminder").count() == 1
    assert [n.params["number"] for n in Notice.objects.filter(user=cast.feng, code="audit.report_overdue")] == [
        late.number
    ]
