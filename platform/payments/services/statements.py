"""The statements of the channels and of the bank: asked for, stored once, and booked where a channel speaks of no batches."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from core.jobs import NotYet
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from partners import custodian
from partners.outcomes import Outcome
from payments import channels, rules
from payments.differences import CUSTODIAN
from payments.models import SettlementBatch, StatementEntry, StatementFile
from payments.providers.base import Settlement, StatementLine
from payments.services import breaks, matching
from payments.services.matching import BY_STATEMENT, begin_of
from payments.services.settling import book_settlement
from policy.enforce import enforces

ASK_AGAIN = 1800  # seconds
INSERTS = 1000
LOOK_BACK = timedelta(days=7)


def reconcile(source: str, day: date) -> StatementFile:
    """Fetch the statement of `day` of a channel, or of the custodian, and compare it with our books. Network.

    Safe to call at any time and again: every step is done once, however often, and goes on where a crash left off. Raises
    NotYet while there is no statement.
    """
    file = _custodian_file(day) if source == CUSTODIAN else _channel_file(source, day)
    if file is None:
        if timezone.now() > begin_of(day) + rules.LATE_AFTER:
            breaks.miss_statement(channel=source, day=day)
        raise NotYet(ASK_AGAIN, "there is no statement yet")
    if source == CUSTODIAN:
        _book_interest(file)
    else:
        book_by_statement(file)
    compared = matching.compare(file)
    breaks.record(file, compared.found)
    breaks.ask_about(file, compared)
    return file


def _channel_file(channel: str, day: date) -> StatementFile | None:
    result, lines = channels.provider(channel).statement(day)
    return store(channel=channel, day=day, lines=lines) if result.outcome is Outcome.OK else None


def _custodian_file(day: date) -> StatementFile | None:
    result, said = custodian.provider().statement(day)
    if result.outcome is not Outcome.OK or said is None:
        return None
    lines = [
        StatementLine(
            day, line.kind, line.bank_id, line.number, "", line.amount, 0, line.amount, "done", line.at, line.raw
        )
        for line in said.lines
    ]
    return store(channel=CUSTODIAN, day=day, lines=lines, opening=said.opening, closing=said.closing)


def store(
    *, channel: str, day: date, lines: Sequence[StatementLine], opening: int | None = None, closing: int | None = None
) -> StatementFile:
    """Keep a statement with all its lines, once: what was stored last and did not change is what is returned."""
    digest = hashlib.sha256("\n".join([line.raw for line in lines] + [f"{opening} {closing}"]).encode()).hexdigest()
    now = timezone.now()
    provisional = now < begin_of(day) + timedelta(days=1)
    with transaction.atomic():
        last = StatementFile.objects.filter(channel=channel, day=day).order_by("-version").first()
        if last and (last.sha256, last.provisional) == (digest, provisional):
            return last
        file, created = StatementFile.objects.get_or_create(
            channel=channel,
            day=day,
            version=last.version + 1 if last else 1,
            defaults={
                "sha256": digest,
                "lines": len(lines),
                "gross": sum(line.gross for line in lines),
                "fee": sum(line.fee for line in lines),
                "net": sum(line.net for line in lines),
                "opening": opening,
                "closing": closing,
                "provisional": provisional,
                "fetched_at": now,
            },
        )
        if created:
            entries = (_entry(file, position, line) for position, line in enumerate(lines, start=1))
            StatementEntry.objects.bulk_create(entries, batch_size=INSERTS)
            return file
    # Somebody else was quicker: that one is there now, and this one is compared with it.
    return store(channel=channel, day=day, lines=lines, opening=opening, closing=closing)


def _entry(file: StatementFile, position: int, line: StatementLine) -> StatementEntry:
    number = line.refund_no if line.kind == "refund" else line.merchant_no
    return StatementEntry(
        file=file,
        position=position,
        kind=line.kind[:20],
        number=(number or line.channel_id)[:80],
        channel_id=line.channel_id[:80],
        merchant_no=line.merchant_no[:64],
        refund_no=line.refund_no[:64],
        gross=line.gross,
        fee=line.fee,
        net=line.net,
        state=line.state[:12],
        at=line.at,
    )


@enforces("R42")
def book_by_statement(file: StatementFile) -> bool:
    """What a channel that speaks of no batches pays into custody for a day, as its statement says. Once per channel and day.

    Never for a channel of which a batch was booked, nor before the day is over. A statement that changes afterwards is not
    booked again: the difference is a break, which two people correct. False when there was nothing to book.
    """
    of_channel = SettlementBatch.objects.filter(channel=file.channel)
    batches = channels.CHANNELS[file.channel].batches
    if batches or file.provisional or of_channel.exclude(batch_no__startswith=BY_STATEMENT).exists():
        return False
    sums = matching.settled(file)
    if not (sums.gross or sums.refunded or sums.fee):
        return False
    batch = Settlement(
        batch_no=f"{BY_STATEMENT}{file.day}",
        day=file.day.isoformat(),
        gross=sums.gross,
        refunded=sums.refunded,
        fee=sums.fee,
        net=sums.net,
        settled_at=(begin_of(file.day) + timedelta(days=1)).astimezone(UTC),
        raw=json.dumps({"statement": file.sha256}).encode(),
    )
    if of_channel.filter(batch_no=batch.batch_no).exists():
        return False
    return book_settlement(channel=file.channel, batch=batch)


@enforces("R46")
def _book_interest(file: StatementFile) -> None:
    """Interest belongs to charity: Dr custody / Cr custody interest, once for each line of the bank's statement."""
    for entry in file.entries.filter(kind="interest", gross__gt=0):
        post(
            key=f"interest:{entry.number}",
            kind=Kind.INTEREST,
            ref=f"interest:{entry.number}",
            legs=[(chart.CUSTODY, entry.gross), (chart.INTEREST, -entry.gross)],
            actor=None,
            effective_at=entry.at,
        )


def due(now: datetime) -> list[tuple[str, date]]:
    """Which statements are to be fetched (again): the last days that we have no final one of, and every day with an open
    difference, because what clears it up may stand there now. Three queries a source."""
    today = timezone.localdate(now)
    sources = [(channel.code, channel.at_once) for channel in channels.live()]
    if custodian.installed():
        sources.append((CUSTODIAN, True))
    wanted = []
    for source, at_once in sources:
        since = matching.first_day(source)
        if since is None:
            continue
        have = set(
            StatementFile.objects.filter(channel=source, provisional=False, day__gte=today - LOOK_BACK).values_list(
                "day", flat=True
            )
        )
        last = [today - timedelta(days=back) for back in range(1, LOOK_BACK.days + 1)]
        days = {day for day in last if day >= since and day not in have} | breaks.open_days(source)
        wanted += [(source, day) for day in sorted(days) if rules.statement_due(begin_of(day), now, at_once=at_once)]
    return wanted
