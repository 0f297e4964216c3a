"""The yearly identity as a file that anybody can add up (R45): one line for each request and each sort of movement."""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.utils import timezone

from campaigns.models import Campaign
from core.money import Fen
from disclosures.models import IdentityFile
from ledger import chart
from ledger.kinds import Kind
from ledger.models import Entry
from policy.enforce import enforces

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHUNK = 500  # campaigns in one question
HEADER = "request,movement,counts_as,amount_fen\n"
SORTS = ("opening", "raised", "withdrawn", "refunded", "other", "pending")
PIECE = 65_536  # bytes
COUNTS_AS: dict[str, str] = {
    Kind.DONATION: "raised",
    Kind.REVERSAL: "raised",
    Kind.PAYOUT_SEND: "withdrawn",
    Kind.PAYOUT_RETURN: "withdrawn",
    Kind.PAYOUT_FEE: "withdrawn",
    Kind.REFUND_HOLD: "refunded",
    Kind.REFUND_FAIL: "refunded",
}


def year_bounds(year: int) -> tuple[datetime, datetime]:
    """From the first moment of a year in Shanghai to the first moment of the next."""
    return datetime(year, 1, 1, tzinfo=SHANGHAI).astimezone(UTC), datetime(year + 1, 1, 1, tzinfo=SHANGHAI).astimezone(
        UTC
    )


def lines(year: int) -> Iterator[str]:
    """The file, line by line, by the time at which a journal was written: nobody can choose it, so a closed year stays.

    `opening` is what a request held when the year began and `pending` what it holds at its end, or now; for each request
    opening and all movements make pending. One query for every 500 requests; memory does not grow with their number.
    """
    begin, end = year_bounds(year)
    yield HEADER
    campaigns = Campaign.objects.order_by("id").values_list("id", "code").iterator(chunk_size=CHUNK)
    while some := dict(islice(campaigns, CHUNK)):
        for code, movements in _moved(some, begin, end):
            for name, counts_as, amount in movements:
                yield f"{code},{name},{counts_as},{amount}\n"


Movement = tuple[str, str, Fen]


def _moved(codes: dict[int, str], begin: datetime, end: datetime) -> Iterator[tuple[str, list[Movement]]]:
    accounts = {account: pk for pk in codes for account in chart.campaign_codes(pk)}
    before, within = Q(journal__posted_at__lt=begin), Q(journal__posted_at__gte=begin)
    rows = (
        Entry.objects.filter(account__code__in=accounts, journal__posted_at__lt=end)
        .values_list("account__code", "kind")
        .annotate(before=Sum("amount", filter=before, default=0), within=Sum("amount", filter=within, default=0))
        .order_by()
    )
    opening: dict[int, Fen] = defaultdict(int)
    kinds: dict[int, dict[str, Fen]] = defaultdict(lambda: defaultdict(int))
    for account, kind, old, new in rows:
        opening[accounts[account]] -= old  # what is owed to a request stands on the credit side
        kinds[accounts[account]][kind] -= new
    for pk, code in codes.items():
        if pk in kinds:
            yield code, _movements(opening[pk], kinds[pk])


def _movements(opening: Fen, kinds: dict[str, Fen]) -> list[Movement]:
    moved = [(kind, COUNTS_AS.get(kind, "other"), amount) for kind, amount in sorted(kinds.items()) if amount]
    pending = opening + sum(amount for _kind, _counts_as, amount in moved)
    return [("opening", "opening", opening), *moved, ("pending", "pending", pending)]


def count(sums: dict[str, Fen], line: str) -> None:
    """Add one line of a file to the sums by what it counts as; withdrawn and refunded without their sign."""
    _code, _movement, counts_as, amount = line.rstrip("\n").split(",")
    sums[counts_as] += -int(amount) if counts_as in ("withdrawn", "refunded") else int(amount)


@enforces("R45")
def publish(year: int) -> IdentityFile:
    """Make the file of a year and lay it out for everybody, in place of the one before. Only its packed form is in memory."""
    packed, digest, rows = BytesIO(), hashlib.sha256(), -1
    sums: dict[str, Fen] = dict.fromkeys(SORTS, 0)
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
        for line in lines(year):
            rows += 1
            if rows:
                count(sums, line)
            digest.update(line.encode())
            out.write(line.encode())
    content = {"rows": rows, "sha256": digest.hexdigest(), "content": packed.getvalue(), "made_at": timezone.now()}
    file, _created = IdentityFile.objects.update_or_create(year=year, defaults={**sums, **content})
    return file


def unpacked(file: IdentityFile) -> Iterator[bytes]:
    """The file as it is downloaded, piece by piece."""
    with gzip.GzipFile(fileobj=BytesIO(file.content)) as content:
        while piece := content.read(PIECE):
            yield piece


def publish_due(now: datetime) -> list[IdentityFile]:
    """This year's file anew, and last year's once more after it has ended."""
    year = timezone.localdate(now).year
    begin, _end = year_bounds(year)
    last = IdentityFile.objects.filter(year=year - 1, made_at__lt=begin).exists()
    return [publish(wanted) for wanted in ([year - 1] if last else []) + [year]]
