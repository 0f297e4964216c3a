"""Statements beside our books: what is found, what closes by itself, what people do, and what waits for them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from core.jobs import NotYet
from core.models import Job
from identity import services as identity
from ledger import auditing, chart, selectors
from ledger.kinds import Kind
from ledger.models import Journal
from ledger.services import post
from partners import custodian
from partners.models import Charity
from partners.outcomes import Outcome, Result
from payments import channels, services
from payments import selectors as pages
from payments.differences import ADVICE, CUSTODIAN, Difference
from payments.models import (
    Attention,
    Break,
    InterestGift,
    Payment,
    SettlementBatch,
    StatementEntry,
    StatementFile,
    Transfer,
)
from payments.providers.base import StatementLine
from payments.providers.sandbox import SandboxChannel
from payments.services import breaks, statements
from tests.payments.conftest import PAYEE, start
from tests.signin import sign_in
from tests.threads import at_once

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # twelve o'clock in Shanghai
DAY = NOON.date()
NEXT = NOON + timedelta(days=1)
AVAILABLE, CLEARING = chart.available(1), chart.clearing("sandbox")
pytestmark = pytest.mark.django_db


def line(number="D1", gross=10_000, *, kind="payment", fee=0, net=None, state="done", refund_no="", channel_id="c"):
    net = gross - fee if net is None else net
    raw = f"{kind},{number},{refund_no},{gross},{fee},{net},{state}"
    return StatementLine(DAY, kind, channel_id, number, refund_no, gross, fee, net, state, NOON, raw)


@pytest.fixture
def say(monkeypatch):
    """The channel's statement, of whatever day, is what the test says; None: it does not answer."""
    said = {"lines": []}

    def statement(_self, _day):
        lines = said["lines"]
        return (Result(Outcome.UNKNOWN), []) if lines is None else (Result(Outcome.OK), lines)

    def tell(*lines):
        said["lines"] = lines[0] if lines == (None,) else list(lines)

    monkeypatch.setattr(SandboxChannel, "statement", statement)
    return tell


def book(key="gift:1", amount=10_000, at=NOON, status="paid"):
    """A payment as it stands after the channel confirmed it."""
    payment = start(key, amount=amount)
    booked = status in ("paid", "suspended")
    Payment.objects.filter(pk=payment.pk).update(
        status=status, received=amount if booked else None, paid_at=at if booked else None, next_check_at=None
    )
    if booked:
        legs = [(CLEARING, amount), (AVAILABLE, -amount)]
        post(
            key=f"donation:{payment.out_trade_no}",
            kind=Kind.DONATION,
            ref=f"payment:{payment.pk}",
            legs=legs,
            actor=None,
        )
    payment.refresh_from_db()
    return payment


def look(at=NEXT, day=DAY):
    with time_machine.travel(at, tick=False):
        return services.reconcile("sandbox", day)


def found():
    return {(row.difference, row.kind, row.ours, row.theirs, row.status) for row in Break.objects.all()}


def balance(code):
    return selectors.balances([code])[code]


# --- The whole way, over HTTP
@pytest.mark.rule("R42")
def test_a_day_on_which_everything_is_right(outside):
    with time_machine.travel(NOON):
        payment = outside.pay(start("a"))
        outside.pay(start("b", amount=123))
        outside.settle()
        services.request_refund(actor=None, payment=payment, amount=4_000, reason="x", key="r", from_account=AVAILABLE)
        outside.rest()
    with time_machine.travel(NEXT):
        file = services.reconcile("sandbox", DAY)
        bank = services.reconcile(CUSTODIAN, DAY)
    assert (file.version, file.lines, file.provisional) == (1, 3, False)
    assert (bank.lines, bank.opening, bank.closing) == (1, 0, 10_062)
    assert sorted(file.entries.values_list("kind", "gross", "fee")) == [
        ("payment", 123, 1), ("payment", 10_000, 60), ("refund", -4_000, -24),
    ]  # fmt: skip
    assert not Break.objects.exists()
    assert not Attention.objects.exists()


@pytest.mark.rule("R42", "R107")
def test_money_that_the_channel_has_and_we_missed_is_asked_about_and_closes_by_itself(outside):
    with time_machine.travel(NOON):
        payment = start()
        outside.channel.fault("drop_notify")
        outside.press(payment, "pay")
    with time_machine.travel(NEXT):
        services.reconcile("sandbox", DAY)
        assert found() == {("missing_ours", "payment", 0, 10_000, "open")}
        assert Attention.objects.get().code == "reconciliation"
        outside.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    with time_machine.travel(NEXT + timedelta(minutes=11)):
        outside.rest()
    assert found() == {("missing_ours", "payment", 0, 10_000, "settled")}
    assert (balance(AVAILABLE), balance(chart.SUSPENSE)) == (10_000, 0)


def test_the_statement_of_a_day_that_is_not_over_may_grow(outside):
    with time_machine.travel(NOON):
        outside.pay(start("a"))
        assert services.reconcile("sandbox", DAY).provisional
        outside.pay(start("b"))
        assert services.reconcile("sandbox", DAY).version == 2
        assert services.reconcile("sandbox", DAY).version == 2
    with time_machine.travel(NEXT):
        assert services.reconcile("sandbox", DAY).version == 3
    assert not Break.objects.exists()


# --- Every class of differences, hit and miss
def test_a_line_of_which_we_know_nothing(say):
    say(line("D-unknown"))
    look()
    assert found() == {("missing_ours", "payment", 0, 10_000, "open")}


@pytest.mark.parametrize("status", ["created", "pending", "closed", "expired"])
def test_a_payment_that_we_did_not_take_for_paid_is_asked_about(say, status):
    payment = book(status=status)
    say(line(payment.out_trade_no))
    look()
    assert found() == {("missing_ours", "payment", 0, 10_000, "open")}
    assert Job.objects.get(kind="payments.check_payment").payload == {"payment_id": payment.pk}


def test_what_the_channel_has_not(say):
    payment = book()
    look()
    assert found() == {("missing_theirs", "payment", 10_000, 0, "open")}
    say(line(payment.out_trade_no))
    look(NEXT + timedelta(days=1), DAY + timedelta(days=1))  # the late row stands in the next day's statement
    assert found() == {("missing_theirs", "payment", 10_000, 0, "settled")}


def test_close_to_midnight_it_may_stand_in_the_next_statement(say):
    late = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # half past eleven at night
    payment = book(at=late)
    look()
    assert found() == set()
    say(line(payment.out_trade_no))
    look(NEXT + timedelta(days=1), DAY + timedelta(days=1))
    assert found() == set()


def test_what_the_next_statement_has_not_either_is_missing(say):
    book(at=datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    look()
    look(NEXT + timedelta(days=1), DAY + timedelta(days=1))
    assert found() == {("missing_theirs", "payment", 10_000, 0, "open")}


def test_what_stands_in_another_days_statement_is_not_missing(say):
    payment = book()
    say(line(payment.out_trade_no))
    look(NEXT, DAY - timedelta(days=1))
    say()
    look()
    assert found() == set()


def test_another_amount(say):
    payment = book()
    say(line(payment.out_trade_no, 9_000))
    look()
    assert found() == {("amount", "payment", 10_000, 9_000, "open")}


def test_a_payment_set_aside_agrees_by_what_came(say):
    payment = book(status="suspended", amount=9_000)
    say(line(payment.out_trade_no, 9_000))
    look()
    assert found() == set()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("done", "done", set()),
        ("done", "processing", set()),  # refund rows are written when asked for and never brought up to date
        ("sent", "processing", set()),
        ("sent", "failed", set()),
        ("failed", "failed", set()),
        ("done", "failed", {("state", "refund", -4_000, 0, "open")}),
        ("failed", "processing", {("state", "refund", 0, -4_000, "open")}),
        ("sent", "done", {("missing_ours", "refund", 0, -4_000, "open")}),
        ("dropped", "done", {("missing_ours", "refund", 0, -4_000, "open")}),
    ],
)
def test_the_states_of_a_refund(say, ours, theirs, expected):
    payment = book()
    refund = payment.refunds.create(
        key="r", amount=4_000, from_account=AVAILABLE, reason="x", status=ours, done_at=NOON if ours == "done" else None
    )
    back = line(payment.out_trade_no, -4_000, kind="refund", refund_no=refund.refund_no, state=theirs)
    say(line(payment.out_trade_no), back)
    look()
    assert found() == expected


def test_the_same_number_twice_and_thrice(say):
    payment = book()
    say(*[line(payment.out_trade_no, channel_id=name) for name in "abc"])
    look()
    assert sorted(Break.objects.values_list("difference", "number", "theirs")) == [
        ("duplicate", f"{payment.out_trade_no}#2", 10_000), ("duplicate", f"{payment.out_trade_no}#3", 10_000),
    ]  # fmt: skip


@pytest.mark.parametrize(("fee", "net", "wrong"), [(60, 9_940, False), (60, 9_900, True), (10_001, -1, True)])
def test_a_fee_that_does_not_fit(say, fee, net, wrong):
    payment = book()
    say(line(payment.out_trade_no, fee=fee, net=net))
    look()
    assert {row.difference for row in Break.objects.all()} == ({"fee"} if wrong else set())


def test_a_movement_of_an_unknown_kind(say):
    say(line("", -500, kind="other", channel_id="adjustment 7"))
    look()
    assert found() == {("unknown_kind", "other", 0, -500, "open")}
    assert Break.objects.get().number == "adjustment 7"


def test_a_line_without_our_number_is_found_by_the_channels(say):
    payment = book()
    Payment.objects.filter(pk=payment.pk).update(channel_id="pi_1")
    say(line("", channel_id="pi_1"))
    look()
    assert found() == set()


def test_a_statement_that_does_not_come_is_a_difference_until_it_comes(say):
    say(None)
    with pytest.raises(NotYet):
        look()
    assert found() == set()
    for _time in range(2):
        with pytest.raises(NotYet):
            look(NOON + timedelta(days=4))
    assert found() == {("no_statement", "file", 0, 0, "open")}
    say()
    look(NOON + timedelta(days=4))
    assert found() == {("no_statement", "file", 0, 0, "settled")}


def test_a_statement_that_was_changed_afterwards_is_kept_beside_the_first_one(say, cast):
    payment = book()
    say(line(payment.out_trade_no))
    look()
    say(line(payment.out_trade_no, 9_000))
    look()
    look()
    assert found() == {("changed", "file", 10_000, 9_000, "open"), ("amount", "payment", 10_000, 9_000, "open")}
    assert list(StatementFile.objects.order_by("version").values_list("version", "gross")) == [(1, 10_000), (2, 9_000)]
    services.explain_break(actor=cast.zhou, row=Break.objects.get(difference="changed"), note="They corrected it.")
    say(line(payment.out_trade_no))
    look()  # back again: a third version, a second change
    states = sorted(Break.objects.values_list("difference", "number", "status"))
    assert [(what, status) for what, _number, status in states] == [
        ("amount", "settled"), ("changed", "explained"), ("changed", "open"),
    ]  # fmt: skip


def test_every_difference_has_words_and_advice():
    assert set(ADVICE) == set(Difference.values)


# --- Once
def test_a_statement_is_stored_and_judged_once(say):
    book()
    say(line("D-unknown"))
    first, second = look(), look()
    assert first.pk == second.pk
    assert (StatementFile.objects.count(), StatementEntry.objects.count(), Break.objects.count()) == (1, 1, 2)
    assert Attention.objects.count() == 1


@pytest.mark.parametrize("where", ["store", "book_by_statement", "record"])
def test_a_crash_in_the_middle_leaves_nothing_half_done(say, monkeypatch, where):
    class Killed(BaseException):
        pass

    def die(*_args, **_named):
        raise Killed

    say(line("D-unknown"))
    jobs.enqueue("payments.reconcile", "x", {"source": "sandbox", "day": DAY.isoformat()})
    job = Job.objects.get(kind="payments.reconcile")
    with monkeypatch.context() as patch:
        if where == "record":
            patch.setattr(breaks, "raise_attention", die)
        elif where == "store":
            patch.setattr(StatementEntry.objects, "bulk_create", die)
        else:
            patch.setattr(statements, where, die)
        with pytest.raises(Killed):
            jobs.run(job.pk)
    assert not Break.objects.exists()
    assert StatementFile.objects.count() == (0 if where == "store" else 1)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.DONE
    assert (StatementEntry.objects.count(), Break.objects.count(), Attention.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once(say):
    payment = book()
    say(line(payment.out_trade_no, 9_000), line("D-unknown"))
    outcomes = at_once(4, lambda _number: services.reconcile("sandbox", DAY))
    assert outcomes == ["done"] * 4
    assert (StatementFile.objects.count(), StatementEntry.objects.count()) == (1, 2)
    assert (Break.objects.count(), Attention.objects.count()) == (2, 1)


def test_the_stored_lines_cannot_be_changed(say):
    say(line())
    file = look()
    for rows in (StatementFile.objects.filter(pk=file.pk), file.entries.all()):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            rows.update(version=9) if rows.model is StatementFile else rows.update(gross=1)
    assert (file.entries.get().gross, StatementFile.objects.get().version) == (10_000, 1)


def test_ten_thousand_lines_cost_as_many_questions_as_ten(say):
    def queries(count, day):
        made = Payment.objects.bulk_create(
            Payment(
                key=f"{day}:{number}", purpose="gift", ref="1", subject="x", amount=100, credit_account=AVAILABLE,
                channel="sandbox", return_url="/", status="paid", received=100, paid_at=NOON, expires_at=NOON,
            )
            for number in range(count)
        )  # fmt: skip
        say(*[line(payment.out_trade_no, 100) for payment in made])
        with CaptureQueriesContext(connection) as captured:
            file = look(NEXT + timedelta(days=day), DAY + timedelta(days=day))
        assert file.lines == count
        return [query["sql"] for query in captured if "INSERT" not in query["sql"]]

    few = queries(10, 0)
    many = queries(10_000, 1)
    assert len(many) == len(few) <= 25
    assert not Break.objects.exists()


# --- Channels that do not speak of batches
@pytest.fixture
def no_batches(monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(channels.CHANNELS, "sandbox", replace(channels.CHANNELS["sandbox"], batches=False))


@pytest.mark.rule("R42")
def test_where_nobody_speaks_of_batches_custody_is_booked_from_the_statement_once(say, no_batches):
    payment = book()
    refund = payment.refunds.create(
        key="r", amount=4_000, from_account=AVAILABLE, reason="x", status="done", done_at=NOON
    )
    back = line(payment.out_trade_no, -4_000, kind="refund", refund_no=refund.refund_no, fee=-24)
    failed = line(payment.out_trade_no, -1, kind="refund", refund_no="R-failed", state="failed")
    say(line(payment.out_trade_no, fee=60), back, failed, line("", 7, kind="other"))
    look(NOON)  # the day is not over
    assert not SettlementBatch.objects.exists()
    look()
    look()
    assert (balance(chart.CUSTODY), balance(chart.FEE_CHANNEL), balance(CLEARING)) == (5_964, 36, 4_000)
    batch = SettlementBatch.objects.get()
    assert (batch.batch_no, batch.gross, batch.refunded, batch.fee, batch.net) == (
        "statement:2026-11-24", 10_000, 4_000, 36, 5_964,
    )  # fmt: skip


def test_a_channel_whose_batches_were_booked_is_never_booked_from_its_statement(outside, monkeypatch):
    from dataclasses import replace

    with time_machine.travel(NOON):
        outside.pay(start())
        outside.settle()
    with time_machine.travel(NEXT):
        services.reconcile("sandbox", DAY)
        monkeypatch.setitem(channels.CHANNELS, "sandbox", replace(channels.CHANNELS["sandbox"], batches=False))
        services.reconcile("sandbox", DAY)
        services.collect_settlements()
    assert SettlementBatch.objects.count() == 1
    assert balance(chart.CUSTODY) == 9_940


def test_a_statement_that_changes_after_it_was_booked_is_corrected_by_two(say, no_batches, cast):
    payment = book()
    say(line(payment.out_trade_no, fee=60))
    look()
    say(line(payment.out_trade_no, fee=50))
    look()
    assert found() == {
        ("changed", "file", 9_940, 9_950, "open"),
        ("settlement", "net", 9_940, 9_950, "open"),
        ("settlement", "fee", 60, 50, "open"),
    }
    for row in Break.objects.filter(difference="settlement"):
        services.propose_correction(actor=cast.zhou, row=row, note="As the channel says.")
        services.approve_correction(actor=cast.he, row=row)
    assert (balance(chart.CUSTODY), balance(chart.FEE_CHANNEL), balance(CLEARING)) == (9_950, 50, 0)
    look()
    assert set(Break.objects.filter(difference="settlement").values_list("status", flat=True)) == {"corrected"}


# --- People
@pytest.fixture
def broken(say, cast):
    """We have 100 yuan of which the channel knows nothing."""
    payment = book()
    say()
    look()
    return Break.objects.get(number=payment.out_trade_no)


@pytest.mark.rule("R107")
def test_a_correction_takes_two_people_and_is_booked_once(broken, cast):
    services.propose_correction(actor=cast.zhou, row=broken, note="It never came.")
    for _time in range(2):
        with pytest.raises(Conflict) as refused:
            services.approve_correction(actor=cast.zhou, row=broken)
        assert refused.value.code == "same_person"
    assert not Journal.objects.filter(kind=Kind.REVERSAL).exists()
    services.approve_correction(actor=cast.he, row=broken)
    with pytest.raises(Conflict) as refused:
        services.approve_correction(actor=cast.he, row=broken)
    assert refused.value.code == "wrong_state"
    assert (balance(CLEARING), balance(chart.SUSPENSE), balance(AVAILABLE)) == (0, -10_000, 10_000)
    assert Journal.objects.filter(kind=Kind.REVERSAL).count() == 1
    broken.refresh_from_db()
    assert (broken.status, broken.proposed_by, broken.approved_by) == ("corrected", cast.zhou, cast.he)
    look()
    broken.refresh_from_db()
    assert (broken.status, broken.outstanding) == ("corrected", 0)


@pytest.mark.rule("R107")
def test_the_database_itself_asks_for_two_people(broken, cast):
    row = Break.objects.filter(pk=broken.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(proposed_by=cast.zhou, approved_by=cast.zhou)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(status="corrected", proposed_by=cast.zhou)
    assert row.get().status == "open"


def test_a_row_that_comes_after_the_correction_opens_it_again_and_the_correction_is_taken_back(broken, say, cast):
    services.propose_correction(actor=cast.zhou, row=broken, note="It never came.")
    services.approve_correction(actor=cast.he, row=broken)
    say(line(broken.number))
    look(NEXT + timedelta(days=1), DAY + timedelta(days=1))
    broken.refresh_from_db()
    assert (broken.status, broken.outstanding) == ("open", 10_000)
    with pytest.raises(Conflict) as refused:
        services.explain_break(actor=cast.zhou, row=broken, note="Nothing.")
    assert refused.value.code == "must_be_corrected"
    services.propose_correction(actor=cast.he, row=broken, note="It came.")
    services.approve_correction(actor=cast.zhou, row=broken)
    assert (balance(CLEARING), balance(chart.SUSPENSE)) == (10_000, 0)
    look()
    broken.refresh_from_db()
    assert (broken.status, broken.outstanding) == ("corrected", 0)
    assert auditing.verify().faults == []


def test_a_proposal_does_not_outlive_its_amounts(say, cast):
    payment = book()
    say(line(payment.out_trade_no, 9_000))
    look()
    row = Break.objects.get()
    services.propose_correction(actor=cast.zhou, row=row, note="They are right.")
    say(line(payment.out_trade_no, 8_000))
    look()
    row.refresh_from_db()
    assert (row.status, row.proposed_by, row.theirs) == ("open", None, 8_000)
    with pytest.raises(Conflict):
        services.approve_correction(actor=cast.he, row=row)


def test_an_explanation_stands_until_the_amounts_change(broken, say, cast):
    with pytest.raises(DomainError) as refused:
        services.explain_break(actor=cast.zhou, row=broken, note=" ")
    assert refused.value.code == "note_missing"
    services.explain_break(actor=cast.zhou, row=broken, note="The bank was closed.")
    look()
    broken.refresh_from_db()
    assert (broken.status, broken.note) == ("explained", "The bank was closed.")
    with pytest.raises(Conflict):
        services.propose_correction(actor=cast.zhou, row=broken, note="x")


def test_what_has_nothing_to_book_is_explained(say, cast):
    payment = book()
    say(line(payment.out_trade_no, fee=60, net=1))
    look()
    with pytest.raises(Conflict) as refused:
        services.propose_correction(actor=cast.zhou, row=Break.objects.get(), note="x")
    assert refused.value.code == "nothing_to_book"
    assert Break.objects.get().status == "open"


def test_a_second_person_may_say_no(broken, cast):
    services.propose_correction(actor=cast.zhou, row=broken, note="x")
    with pytest.raises(DomainError):
        services.reject_correction(actor=cast.he, row=broken, reason=" ")
    services.reject_correction(actor=cast.he, row=broken, reason="Ask the channel first.")
    broken.refresh_from_db()
    assert (broken.status, broken.proposed_by) == ("open", None)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_approve_at_once_book_once(say):
    from config.demo.cast import Cast

    cast = Cast.create()
    book()
    say()
    look()
    row = Break.objects.get()
    services.propose_correction(actor=cast.zhou, row=row, note="x")
    people = [cast.he, cast.zhao]
    outcomes = at_once(2, lambda number: services.approve_correction(actor=people[number], row=row))
    assert sorted(outcomes) == ["done", "wrong_state"]
    assert balance(chart.SUSPENSE) == -10_000


# --- Payouts wait
@pytest.mark.rule("R42")
def test_no_money_leaves_while_an_old_difference_is_open(outside, say, cast):
    with time_machine.travel(NOON):
        payment = outside.pay(start())
        outside.settle()
        say(line(payment.out_trade_no), line("D-unknown", 1))
    look()
    row = Break.objects.get()
    young, old = row.opened_at + timedelta(days=2, hours=23), row.opened_at + timedelta(days=3, hours=1)
    with time_machine.travel(young):
        first = order("t:1")
        outside.rest()
        first.refresh_from_db()
        assert first.status == "arrived"
    with time_machine.travel(old):
        second = order("t:2")
        with pytest.raises(NotYet):
            services.pursue_transfer(second.pk)
        second.refresh_from_db()
        assert (second.status, second.code) == ("requested", "waits_for_reconciliation")
        assert str(second.waits_for) != second.code  # there are words for it
        assert pages.blocking(timezone.now()).get() == row
        services.explain_break(actor=cast.zhou, row=row, note="A fen of the channel's own.")
        assert services.pursue_transfer(second.pk).status in ("sent", "arrived")


def order(key, amount=1_000):
    return services.request_transfer(
        actor=None,
        purpose="pay_family",
        ref="1",
        amount=amount,
        from_account=AVAILABLE,
        payee=PAYEE,
        remark="x",
        key=key,
    )


# --- The bank's side
@pytest.fixture
def banked(outside):
    """A batch credited, 10 yuan transferred, and the bank's interest, all on one day."""
    with time_machine.travel(NOON):
        outside.pay(start())
        outside.settle()
        order("t:1")
        outside.rest()
    return outside


def ask_bank(at=NEXT, day=DAY):
    with time_machine.travel(at):
        return services.reconcile(CUSTODIAN, day)


@pytest.mark.rule("R42", "R107")
def test_books_channel_and_bank_agree(banked):
    file = ask_bank()
    assert sorted(file.entries.values_list("kind", "gross")) == [("credit", 9_940), ("transfer", -1_000)]
    assert (file.opening, file.closing) == (0, 8_940)
    assert balance(chart.CUSTODY) == 8_940
    assert not Break.objects.exists()


def test_movements_that_only_the_bank_knows(banked):
    with time_machine.travel(NOON):
        banked.custodian.credit({"batch_no": "of somebody", "amount": 500})
        run = banked.custodian.store.run
        run("INSERT INTO movements (ref, amount, note, at) VALUES ('transfer T-unknown', -70, '', ?)", NOON.timestamp())
        run("INSERT INTO movements (ref, amount, note, at) VALUES ('charge 1', -3, '', ?)", NOON.timestamp())
    ask_bank()
    assert found() == {
        ("missing_ours", "credit", 0, 500, "open"),
        ("missing_ours", "transfer", 0, -70, "open"),
        ("unknown_kind", "charge", 0, -3, "open"),
    }


def test_movements_that_the_bank_does_not_know_or_knows_otherwise(banked):
    run = banked.custodian.store.run
    run("DELETE FROM movements WHERE ref LIKE 'transfer%'")
    run("UPDATE movements SET amount = 9000 WHERE ref LIKE 'settlement%'")
    ask_bank()
    assert found() == {
        ("missing_theirs", "transfer", -1_000, 0, "open"),
        ("amount", "credit", 9_940, 9_000, "open"),
    }


def test_a_transfer_that_arrived_there_and_came_back_here(banked):
    Transfer.objects.update(status="returned")
    ask_bank()
    assert found() == {("missing_ours", "transfer", 0, -1_000, "open")}


def test_a_balance_that_does_not_follow(banked):
    ask_bank()
    with time_machine.travel(NOON):  # a movement on a day whose statement we have
        banked.custodian.credit({"batch_no": "slipped in", "amount": 1})
    ask_bank(NEXT + timedelta(days=1), DAY + timedelta(days=1))
    assert found() == {("balance", "balance", 8_940, 8_941, "open")}


def test_a_statement_of_the_bank_that_does_not_add_up_is_none(banked, monkeypatch):
    whole = banked.custodian.statement
    monkeypatch.setattr(banked.custodian, "statement", lambda content: {**whole(content), "closing": 1})
    with pytest.raises(NotYet):
        ask_bank()
    banked.custodian.fault("unavailable")
    with pytest.raises(NotYet):
        ask_bank()
    assert not StatementFile.objects.exists()


@pytest.mark.rule("R46")
def test_interest_is_owed_and_never_income(banked):
    with time_machine.travel(NOON):
        banked.custodian.pay_interest(1_234)
    ask_bank()
    ask_bank()
    assert balance(chart.INTEREST) == 1_234
    assert balance(chart.CUSTODY) == custodian.provider().balance() == 10_174
    assert chart.spec(chart.INTEREST).kind == "L"
    assert balance(chart.TIPS) == balance(chart.FEE_SERVICE) == 0
    assert not Break.objects.exists()
    assert auditing.verify().faults == []


# --- When
@pytest.mark.parametrize(("hour", "due"), [(9, False), (10, True)])
def test_statements_are_asked_for_after_ten_in_the_morning(say, monkeypatch, hour, due):
    from dataclasses import replace

    monkeypatch.setitem(channels.CHANNELS, "sandbox", replace(channels.CHANNELS["sandbox"], at_once=False))
    payment = book()
    Payment.objects.filter(pk=payment.pk).update(created_at=NOON)
    morning = datetime(2026, 11, 25, hour - 8, 1, tzinfo=UTC)
    assert services.due(morning) == ([("sandbox", DAY)] if due else [])


def test_each_day_is_fetched_until_it_is_there_and_again_while_something_is_open(say):
    payment = book()
    Payment.objects.filter(pk=payment.pk).update(created_at=NOON)
    with time_machine.travel(NEXT, tick=False):
        assert services.due(timezone.now()) == [("sandbox", DAY)]
        services.reconcile("sandbox", DAY)
        assert services.due(timezone.now()) == [("sandbox", DAY)]  # something is missing there
        say(line(payment.out_trade_no))
        services.reconcile("sandbox", DAY)
        Break.objects.filter(difference="changed").update(status="explained")
        assert services.due(timezone.now()) == []


# --- Pages
def url(name, *args):
    return reverse(f"payments:{name}", args=args)


def test_finance_sees_both_sides_and_clears_it_up_by_two(broken, cast, client, say):
    page = url("break", broken.pk)
    sign_in(client, cast.zhou)
    shown = client.get(page, headers={"accept-language": "en"}).content.decode()
    assert broken.number in shown
    assert "A correction would book" in shown
    assert shown.count("<h1") == 1
    empty = client.post(page, {"note": "", "propose": "1"})
    assert empty.context["form"].errors["note"]
    assert client.post(page, {"note": "It never came.", "propose": "1"}).status_code == 302
    client.post(url("break_approve", broken.pk))
    broken.refresh_from_db()
    assert (broken.status, broken.proposed_by) == ("proposed", cast.zhou)
    other = cast.he
    sign_in(client, other)
    assert "Book it" in client.get(page, headers={"accept-language": "en"}).content.decode()
    client.post(url("break_reject", broken.pk), {"reason": "Ask first."})
    sign_in(client, cast.zhou)
    client.post(page, {"note": "Asked: it never came.", "propose": "1"})
    sign_in(client, other)
    for _twice in range(2):
        client.post(url("break_approve", broken.pk))
    broken.refresh_from_db()
    assert (broken.status, balance(chart.SUSPENSE)) == ("corrected", -10_000)
    assert client.get(page, headers={"accept-language": "zh-hans"}).status_code == 200


def test_only_finance_sees_differences(broken, cast, client):
    for person in (cast.lin, cast.zhao):
        sign_in(client, person)
        for name, args in (("breaks", ()), ("break", (broken.pk,))):
            assert client.get(url(name, *args)).status_code in (403, 404)
        client.post(url("break", broken.pk), {"note": "x", "explain": "1"})
    broken.refresh_from_db()
    assert broken.status == "open"


def test_the_worklist_costs_the_same_for_one_and_for_a_hundred(broken, cast, client):
    sign_in(client, cast.zhou)

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    pages = [url("breaks"), url("breaks") + "?difference=missing_theirs&age=1&channel=sandbox", url("break", broken.pk)]
    few = [queries(page) for page in pages]
    Break.objects.bulk_create(
        Break(
            key=f"k{number}", channel="sandbox", day=DAY, difference="missing_theirs", kind="payment",
            number=f"D{number}", ours=1, theirs=0, opened_at=NOON - timedelta(days=9),
        )
        for number in range(100)
    )  # fmt: skip
    assert [queries(page) for page in pages] == few
    assert max(few) <= 12


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1), ("difference=missing_theirs", 1), ("difference=fee", 0), ("channel=sandbox", 1), ("channel=custodian", 0),
        ("age=0", 1), ("age=30", 0), ("state=open", 1), ("state=explained", 0), ("age=x&difference=nonsense", 1),
    ],
)  # fmt: skip
def test_the_worklist_is_narrowed(broken, cast, client, query, count):
    Break.objects.filter(pk=broken.pk).update(opened_at=timezone.now() - timedelta(days=1))
    sign_in(client, cast.zhou)
    assert len(client.get(url("breaks") + "?" + query).context["rows"]) == count


@pytest.mark.parametrize("difference", Difference.values)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_difference_has_a_page(broken, cast, client, difference, language):
    Break.objects.filter(pk=broken.pk).update(difference=difference)
    sign_in(client, cast.zhou)
    answer = client.get(url("break", broken.pk), headers={"accept-language": language})
    assert answer.status_code == 200


def test_finance_sees_that_payouts_wait(broken, cast, client):
    sign_in(client, cast.zhou)
    for address in (url("transfers"), url("breaks"), "/staff/payouts/"):
        Break.objects.filter(pk=broken.pk).update(opened_at=timezone.now())
        assert "Payouts wait" not in client.get(address, headers={"accept-language": "en"}).content.decode()
        Break.objects.filter(pk=broken.pk).update(opened_at=timezone.now() - timedelta(days=4))
        assert "Payouts wait" in client.get(address, headers={"accept-language": "en"}).content.decode()


def test_finance_may_compare_now_and_twice_is_once(outside, cast, client):
    outside.pay(start())
    outside.channel.store.run("DELETE FROM payments")
    sign_in(client, cast.zhou)
    for _twice in range(2):
        assert client.post(url("ask_statements")).status_code == 302
    outside.rest()
    file = StatementFile.objects.get(channel="sandbox")
    assert (file.provisional, file.day) == (True, timezone.localdate())
    assert not Break.objects.exists()  # it was paid a moment ago: the statement may not have it yet


# --- Interest goes to charity
@pytest.fixture
def charity(banked, cast):
    """12.34 yuan of interest, and a charity whose account two people have approved."""
    with time_machine.travel(NOON):
        banked.custodian.pay_interest(1_234)
    ask_bank()
    organisation = identity.ensure_organisation(actor=cast.he, name="云州慈善会", code="53100000500021676K")
    account = identity.check_account(
        actor=cast.he, holder=organisation, account_number="6222020200009876543", bank="云州银行"
    ).account
    return Charity.objects.create(code="YZC", name="云州慈善会", search_text="", account=account)


@pytest.mark.rule("R46")
def test_interest_reaches_a_charity_by_two_people(charity, cast, client, banked):
    sign_in(client, cast.zhou)
    too_much = client.post(url("interest"), {"charity": charity.pk, "amount": "12.35"})
    assert too_much.context["form"].errors["amount"]
    assert client.post(url("interest"), {"charity": charity.pk, "amount": "12.34"}).status_code == 302
    gift = InterestGift.objects.get()
    client.post(url("gift_act", gift.pk, "approve"))
    gift.refresh_from_db()
    assert (gift.status, balance(chart.INTEREST)) == ("proposed", 1_234)
    with pytest.raises(IntegrityError), transaction.atomic():
        InterestGift.objects.update(status="sent")
    sign_in(client, cast.he)
    for _twice in range(2):
        client.post(url("gift_act", gift.pk, "approve"))
    assert balance(chart.INTEREST) == 0
    banked.rest()
    gift.refresh_from_db()
    assert (gift.status, gift.proposed_by, gift.approved_by) == ("arrived", cast.zhou, cast.he)
    assert Transfer.objects.filter(purpose="interest", status="arrived").count() == 1
    assert client.get(url("interest")).status_code == 200
    assert auditing.verify().faults == []


def test_what_the_bank_sends_back_is_interest_again(charity, cast, banked):
    gift = services.propose_gift(actor=cast.zhou, charity=charity, amount=1_000)
    banked.custodian.fault("return_transfers", "on")
    services.approve_gift(actor=cast.he, gift=gift)
    banked.rest()
    gift.refresh_from_db()
    assert (gift.status, balance(chart.INTEREST)) == ("returned", 1_234)


def test_two_proposals_cannot_spend_the_same_interest(charity, cast):
    first, second = (services.propose_gift(actor=cast.zhou, charity=charity, amount=1_000) for _ in range(2))
    services.approve_gift(actor=cast.he, gift=first)
    with pytest.raises(Conflict) as refused:
        services.approve_gift(actor=cast.he, gift=second)
    assert refused.value.code == "insufficient_funds"
    second.refresh_from_db()
    assert (second.status, second.approved_by) == ("proposed", None)
    services.refuse_gift(actor=cast.he, gift=second, reason="Not enough.")
    assert balance(chart.INTEREST) == 234


def test_a_charity_without_an_approved_account_gets_nothing(charity, cast):
    Charity.objects.update(account=None)
    charity.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        services.propose_gift(actor=cast.zhou, charity=charity, amount=1)
    assert refused.value.code == "charity_unpayable"
