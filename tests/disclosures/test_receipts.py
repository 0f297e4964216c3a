"""A donor's proof: what became of a gift, and that it stands in the sealed books."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from campaigns.services.donations import receipt_token
from disclosures.selectors import fate_of
from ledger.models import Journal
from ledger.seals import BOOKS
from tests.builders import give, make_campaign
from tests.disclosures import scene
from tests.horizon import settle

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify" / "verify_receipt.py"


def said(donation: Any) -> dict[str, int]:
    return {part.where: part.amount for part in fate_of(donation)}


@pytest.mark.rule("R38", "R44")
def test_each_yuan_of_a_gift_has_its_share_in_what_the_money_became(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 10_000_00, 5_000_01, status="published")
    first, second = campaign.donations.order_by("id")
    assert said(second) == {"free": 5_000_01}
    payout = scene.approved(cast, campaign, 3_000_00)[0]
    held = said(second)
    assert held == {"free": 4_000_01, "held": 1_000_00}  # a third of three thousand
    scene.sent(cast, payout)
    shares = [part for donation in (first, second) for part in fate_of(donation)]
    on_the_way = [part for part in shares if part.where == "sent"]
    assert abs(sum(part.amount for part in on_the_way) - payout.net) <= 1  # each gift is rounded by itself
    assert {part.payee for part in on_the_way} == {payout.withdrawal.payee.public_label()}
    assert sum(part.amount for part in shares) == 15_000_01


def fetch(client: Client, donation: Any) -> dict[str, Any]:
    return client.get(f"/donations/{receipt_token(donation)}/proof.json").json()


def run(tmp_path: Path, proof: dict[str, Any], seals: dict[str, Any], *more: str) -> tuple[int, str]:
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    (tmp_path / "seals.json").write_text(json.dumps(seals), encoding="utf-8")
    command = [sys.executable, "-I", str(SCRIPT), "proof.json", "--seals", "seals.json", *more]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_stranger_checks_a_receipt_with_a_script_that_knows_nothing_of_us(
    cast: Any, client: Client, tmp_path: Path
) -> None:
    campaign = make_campaign(cast)
    gifts = [give(campaign, 10_000 + number, tip=100 if number == 3 else 0) for number in range(6)]
    assert run(tmp_path, fetch(client, gifts[3]), {"seals": []})[0] == 2  # not sealed yet, and says so
    settle(Journal)
    BOOKS.seal()
    give(campaign, 20_000)
    settle(Journal)
    BOOKS.seal()
    proof, seals = fetch(client, gifts[3]), client.get("/books/seals.json").json()
    code, words = run(tmp_path, proof, seals, "--expect", seals["seals"][-1]["digest"])
    assert (code, len(proof["journals"]), proof["unsealed"]) == (0, 2, 0), words
    assert "100.03 yuan" in words

    forged = copy.deepcopy(proof)
    forged["gift_fen"] += 100
    moved = copy.deepcopy(proof)
    moved["journals"][0]["line"] = moved["journals"][0]["line"].replace("10003", "10004")
    other = copy.deepcopy(proof)
    other["payment"] = "D000"
    republished = copy.deepcopy(seals)
    republished["seals"][0]["rows"] += 1
    gap = {"seals": [*seals["seals"][:1], {**seals["seals"][1], "number": 3}]}
    for wrong_proof, wrong_seals, why in (
        (forged, seals, "the receipt 10103 fen"),
        (moved, seals, "is not in seal 1"),
        (other, seals, "is of another payment"),
        (proof, republished, "published seal 1 was changed"),
        (proof, gap, "was changed"),
    ):
        code, words = run(tmp_path, wrong_proof, wrong_seals)
        assert (code, why in words) == (1, True), words
    code, words = run(tmp_path, proof, seals, "--expect", "0" * 64)
    assert (code, "is not in the published chain" in words) == (1, True)


def test_the_receipt_shows_both_and_strangers_see_the_seals(cast: Any, client: Client) -> None:
    gift = give(make_campaign(cast), 5_000)
    settle(Journal)
    BOOKS.seal()
    page = client.get(f"/donations/{receipt_token(gift)}/").content.decode()
    assert "proof.json" in page
    assert "50.00" in page
    seals = client.get("/books/seals/").content.decode()
    assert BOOKS.latest().digest in seals  # type: ignore[union-attr]
    script = client.get("/books/verify_receipt.py")
    assert script.content == SCRIPT.read_bytes()


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "²"])
def test_a_strange_page_of_seals_is_the_first(client: Client, after: str) -> None:
    assert client.get("/books/seals.json", {"after": after}).json()["seals"] == []
