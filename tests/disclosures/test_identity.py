"""The yearly identity as a file that anybody can add up (R45)."""

import csv
import hashlib
import io
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign
from disclosures.models import IdentityFile
from disclosures.services import identity
from ledger import chart, selectors
from ledger.kinds import Kind
from ledger.services import post
from tests.disclosures import scene

pytestmark = pytest.mark.django_db
URL = "/transparency/identity-2026.csv"


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    """100 yuan given; 50 sent out (2 of them came back), 3 kept as fees, 20 on their way back to donors."""
    campaign = scene.raised_campaign(cast, 6_000, 4_000)
    available, held = chart.available(campaign.pk), chart.held(campaign.pk)
    for number, (kind, account, other, amount) in enumerate(
        (
            (Kind.PAYOUT_HOLD, available, held, 5_300),
            (Kind.PAYOUT_FEE, held, chart.FEE_SERVICE, 300),
            (Kind.PAYOUT_SEND, held, chart.PAYOUT_TRANSIT, 5_000),
            (Kind.PAYOUT_RETURN, chart.PAYOUT_TRANSIT, held, 200),
            (Kind.REFUND_HOLD, available, chart.refund_transit("sandbox"), 2_000),
        )
    ):
        post(key=f"k{number}", kind=kind, ref="x", legs=[(account, amount), (other, -amount)], actor=None)
    return campaign


def add_up(content: str) -> dict[str, int]:
    """What a stranger does with a spreadsheet."""
    sums: dict[str, int] = defaultdict(int)
    for row in csv.DictReader(io.StringIO(content)):
        sums[row["counts_as"]] += int(row["amount_fen"])
    return sums


@pytest.mark.rule("R45")
def test_anybody_can_add_the_file_up(campaign: Campaign, client: Client) -> None:
    year = timezone.localdate().year
    identity.publish(year)
    answer = client.get(f"/transparency/identity-{year}.csv")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    sums = add_up(content.decode())
    books = selectors.identity()
    assert sums["raised"] == books.raised == 10_000
    assert -sums["withdrawn"] == books.paid_out + books.on_the_way + books.fees == 5_100
    assert -sums["refunded"] == books.refunded == 2_000
    assert sums["pending"] == books.pending == 2_900
    assert sums["opening"] + sums["raised"] + sums["withdrawn"] + sums["refunded"] == sums["pending"]
    page = client.get("/transparency/").content.decode()
    assert hashlib.sha256(content).hexdigest() in page
    assert IdentityFile.objects.get().adds_up


@pytest.mark.rule("R45")
def test_each_request_adds_up_by_itself_and_names_nobody(campaign: Campaign) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(identity.lines(timezone.localdate().year)))))
    assert {row["request"] for row in rows} == {campaign.code}
    moved = sum(int(row["amount_fen"]) for row in rows if row["movement"] != "pending")
    assert moved == int(rows[-1]["amount_fen"])
    assert [row["movement"] for row in rows] == [
        "opening", "donation", "payout_fee", "payout_return", "payout_send", "refund_hold", "pending",
    ]  # fmt: skip
    assert all(set(row) == {"request", "movement", "counts_as", "amount_fen"} for row in rows)


def test_a_movement_that_the_identity_does_not_know_makes_it_fail(campaign: Campaign) -> None:
    available = chart.available(campaign.pk)
    post(key="odd", kind=Kind.SUSPENSE, ref="x", legs=[(available, 1), (chart.SUSPENSE, -1)], actor=None)
    file = identity.publish(timezone.localdate().year)
    assert (file.other, file.adds_up) == (-1, False)


def test_the_command_writes_the_same_file(campaign: Campaign, tmp_path: Any, capsys: Any) -> None:
    year, out = timezone.localdate().year, tmp_path / "identity.csv"
    call_command("identity", year=year, out=out)
    file = identity.publish(year)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == file.sha256
    assert file.sha256 in capsys.readouterr().out
    checked = subprocess.run(["sha256sum", str(out)], capture_output=True, check=True, text=True)
    assert checked.stdout.startswith(file.sha256)


def test_the_next_year_begins_with_what_was_left(campaign: Campaign) -> None:
    year = timezone.localdate().year
    closed = identity.publish(year)
    assert (closed.opening, closed.pending) == (0, 2_900)
    following = identity.publish(year + 1)
    assert (following.opening, following.raised, following.pending, following.adds_up) == (2_900, 0, 2_900, True)
    before = identity.publish(year - 1)
    assert (before.rows, before.pending) == (0, 0)


def test_a_year_begins_at_midnight_in_shanghai() -> None:
    assert identity.year_bounds(2026)[0] == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_a_year_is_closed_once_more_after_its_end(campaign: Campaign) -> None:
    for moment, years in (
        ("2026-12-31 12:00", [2026]),
        ("2027-01-01 12:00", [2026, 2027]),
        ("2027-01-02 12:00", [2027]),
    ):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
            assert [file.year for file in identity.publish_due(timezone.now())] == years


def test_a_year_without_a_file_is_not_found(client: Client) -> None:
    assert client.get("/transparency/identity-1999.csv").status_code == 404
    assert client.get("/transparency/").status_code == 200
    assert client.post("/transparency/identity-1999.csv").status_code == 405


def test_many_requests_cost_few_questions(campaign: Campaign) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(list(identity.lines(timezone.localdate().year))) > 1
        return len(captured)

    before = queries()
    Campaign.objects.bulk_create(
        Campaign(
            code=f"MANY{number:04}", raiser=campaign.raiser, raiser_person=campaign.raiser_person,
            patient=campaign.patient, relation="child", status="draft", title="x", version=1,
        )
        for number in range(400)
    )  # fmt: skip
    assert queries() == before
