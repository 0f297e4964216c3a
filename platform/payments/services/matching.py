"""A statement beside our books: reads both, in a fixed number of queries however many lines, and lets the rules judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat
from django.utils import timezone

from core.money import Fen
from ledger import chart
from ledger.models import Entry
from payments import rules
from payments.differences import CUSTODIAN, Difference
from payments.models import Payment, Refund, SettlementBatch, StatementEntry, StatementFile, Transfer
from payments.providers.reading import SHANGHAI
from payments.rules import Found, Key, Line, Own

CHUNK = 5000
BY_STATEMENT = "statement:"  # batch numbers of our own making, one for each day
_STATES = {
    **dict.fromkeys(("paid", "suspended", "done", "arrived"), "done"),
    **dict.fromkeys(("created", "pending", "requested", "sent"), "moving"),
    **dict.fromkeys(("closed", "expired", "failed", "dropped", "returned"), "dead"),
}


@dataclass(frozen=True)
class Compared:
    """`things`: the row behind a (kind, number) that we know, by its id."""

    found: list[Found]
    things: dict[Key, int]


class Sums(NamedTuple):
    """What a day's payments and refunds come to, in fen."""

    gross: Fen
    refunded: Fen
    fee: Fen

    @property
    def net(self) -> Fen:
        return self.gross - self.refunded - self.fee


def compare(file: StatementFile) -> Compared:
    """Every line of the file against what we know, and what we know of that day against the lines. Eight queries at most."""
    own: dict[Key, Own] = {}
    things: dict[Key, int] = {}
    missing: dict[Key, Own] = {}
    for key, pk, mine in _known(file):
        own[key] = mine
        things[key] = pk
    for key, pk, mine in _should_be_there(file):
        missing[key] = mine
        things[key] = pk
    return Compared([*rules.match(_lines(file), own, missing), *_of_the_file(file)], things)


def _lines(file: StatementFile) -> Iterator[Line]:
    rows = file.entries.order_by("position").values_list("kind", "number", "gross", "fee", "net", "state")
    return (Line(*row) for row in rows.iterator(chunk_size=CHUNK))


Row = tuple[Key, int, Own]


def _known(file: StatementFile) -> Iterator[Row]:
    """What we know under the numbers of the lines, whatever its day."""
    entries = StatementEntry.objects.filter(file=file)
    if file.channel == CUSTODIAN:
        yield from _transfers(Transfer.objects.filter(transfer_no__in=_numbers(entries, "transfer")))
        yield from _credits(
            SettlementBatch.objects.annotate(credit=_credit()).filter(credit__in=_numbers(entries, "credit"))
        )
        yield from _interest(entries)
        return
    numbers, unnamed = _numbers(entries, "payment"), entries.filter(kind="payment", merchant_no="").values("channel_id")
    payments = Payment.objects.filter(channel=file.channel)
    yield from _payments(payments.filter(out_trade_no__in=numbers))
    yield from _payments(payments.filter(channel_id__in=unnamed), "channel_id")
    yield from _refunds(Refund.objects.filter(payment__channel=file.channel, refund_no__in=_numbers(entries, "refund")))


def _should_be_there(file: StatementFile) -> Iterator[Row]:
    """What our books have of that day, and no statement that is in force has."""
    low, high = rules.judged(begin_of(file.day), file.fetched_at)
    there = latest_entries(file.channel)
    if file.channel == CUSTODIAN:
        arrived = Transfer.objects.filter(status="arrived", finished_at__gte=low, finished_at__lt=high)
        yield from _transfers(arrived.exclude(_has(there, "transfer", "transfer_no")))
        booked = SettlementBatch.objects.annotate(credit=_credit()).filter(settled_at__gte=low, settled_at__lt=high)
        yield from _credits(booked.exclude(_has(there, "credit", "credit")))
        return
    paid = Payment.objects.filter(
        channel=file.channel, status__in=["paid", "suspended"], paid_at__gte=low, paid_at__lt=high
    )
    unnamed = there.filter(kind="payment", merchant_no="", channel_id=OuterRef("channel_id"))
    yield from _payments(paid.exclude(_has(there, "payment", "out_trade_no")).exclude(Exists(unnamed)))
    back = Refund.objects.filter(payment__channel=file.channel, status="done", done_at__gte=low, done_at__lt=high)
    yield from _refunds(back.exclude(_has(there, "refund", "refund_no")))


def _numbers(entries: QuerySet[StatementEntry], kind: str) -> QuerySet:
    return entries.filter(kind=kind).values("number")


def _has(entries: QuerySet[StatementEntry], kind: str, column: str) -> Exists:
    return Exists(entries.filter(kind=kind, number=OuterRef(column)))


def latest_entries(channel: str) -> QuerySet[StatementEntry]:
    """The lines of a channel's statements that are in force: of each day the last version."""
    newer = StatementFile.objects.filter(
        channel=OuterRef("file__channel"), day=OuterRef("file__day"), version__gt=OuterRef("file__version")
    )
    return StatementEntry.objects.filter(~Exists(newer), file__channel=channel)


def _payments(rows: QuerySet[Payment], name: str = "out_trade_no") -> Iterator[Row]:
    for pk, number, status, received in rows.values_list("pk", name, "status", "received").iterator(chunk_size=CHUNK):
        yield ("payment", number), pk, Own(received or 0, _STATES[status])


def _refunds(rows: QuerySet[Refund]) -> Iterator[Row]:
    for pk, number, status, amount in rows.values_list("pk", "refund_no", "status", "amount").iterator(
        chunk_size=CHUNK
    ):
        yield ("refund", number), pk, Own(-amount, _STATES[status])


def _transfers(rows: QuerySet[Transfer]) -> Iterator[Row]:
    for pk, number, status, amount in rows.values_list("pk", "transfer_no", "status", "amount").iterator(
        chunk_size=CHUNK
    ):
        yield ("transfer", number), pk, Own(-amount, _STATES[status])


def _credit() -> Concat:
    """By what number the bank knows what a channel paid in: two channels may count their batches alike."""
    return Concat(F("channel"), Value(":"), F("batch_no"), output_field=CharField())


def _credits(rows: QuerySet[SettlementBatch]) -> Iterator[Row]:
    for batch in rows.exclude(net=0).defer("raw").iterator(chunk_size=CHUNK):
        yield ("credit", f"{batch.channel}:{batch.batch_no}"), batch.pk, Own(batch.net, "done")


def _interest(entries: QuerySet[StatementEntry]) -> Iterator[Row]:
    refs = entries.filter(kind="interest").annotate(
        ref=Concat(Value("interest:"), F("number"), output_field=CharField())
    )
    booked = Entry.objects.filter(account__code=chart.INTEREST, journal__ref__in=refs.values("ref"))
    for pk, ref, amount in booked.values_list("journal_id", "journal__ref", "amount"):
        yield ("interest", ref.removeprefix("interest:")), pk, Own(-amount, "done")


def _of_the_file(file: StatementFile) -> Iterator[Found]:
    """What is wrong with the statement as a whole."""
    before = StatementFile.objects.filter(channel=file.channel, day=file.day, version__lt=file.version)
    last = before.order_by("-version").first()
    if last and not last.provisional:
        yield Found(Difference.CHANGED, "file", f"{file.day}:v{file.version}", last.net, file.net)
    if file.channel == CUSTODIAN:
        yield from _balance(file)
        return
    batch = SettlementBatch.objects.filter(channel=file.channel, batch_no=f"{BY_STATEMENT}{file.day}").first()
    if batch:
        sums = settled(file)
        for kind, booked, said in (("net", batch.net, sums.net), ("fee", batch.fee, sums.fee)):
            if booked != said:
                yield Found(Difference.SETTLEMENT, kind, str(file.day), booked, said)


def _balance(file: StatementFile) -> Iterator[Found]:
    earlier = StatementFile.objects.filter(channel=CUSTODIAN, provisional=False, day__lt=file.day)
    last = earlier.order_by("-day", "-version").first()
    if last and last.closing is not None and file.opening is not None and last.closing != file.opening:
        yield Found(Difference.BALANCE, "balance", str(file.day), last.closing, file.opening)


def settled(file: StatementFile) -> Sums:
    """What the payments and refunds of a statement come to, without those that failed. One query."""
    paid, back = Q(kind="payment"), Q(kind="refund")
    sums = (
        file.entries.filter(paid | back)
        .exclude(state="failed")
        .aggregate(paid=Sum("gross", filter=paid), back=Sum("gross", filter=back), fees=Sum("fee"))
    )
    return Sums(sums["paid"] or 0, -(sums["back"] or 0), sums["fees"] or 0)


def begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def first_day(source: str) -> date | None:
    """Since when there can be something in the statements of `source`. One query."""
    if source == CUSTODIAN:
        moment = SettlementBatch.objects.order_by("id").values_list("settled_at", flat=True).first()
    else:
        moment = Payment.objects.filter(channel=source).order_by("id").values_list("created_at", flat=True).first()
    return timezone.localdate(moment) if moment else None
