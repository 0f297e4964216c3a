"""Near-duplicate look-up finds everything within six bits, by index alone."""

import random
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from documents import fingerprints, selectors, services
from documents.images import dhash
from documents.kinds import Kind
from documents.models import Page
from tests import papers

HASHES = st.integers(0, 2**64 - 1)


@pytest.mark.rule("R73")
@given(one=HASHES, flips=st.sets(st.integers(0, 63), max_size=6))
def test_two_hashes_within_six_bits_always_meet_in_a_band(one: int, flips: set[int]) -> None:
    other = one
    for bit in flips:
        other ^= 1 << bit
    assert fingerprints.distance(one, other) == len(flips)
    met = [value in wanted for value, wanted in zip(fingerprints.bands(other), fingerprints.probes(one), strict=True)]
    assert any(met)


@given(one=HASHES)
def test_bands_keep_every_bit_and_the_number_of_probes_is_fixed(one: int) -> None:
    assert sum(band.bit_count() for band in fingerprints.bands(one)) == one.bit_count()
    assert [len(set(probes)) for probes in fingerprints.probes(one)] == [254, 22, 22]


def test_other_papers_are_far_away_and_copies_are_near() -> None:
    hashes = [dhash(papers.paper(seed)) for seed in range(12)]
    apart = [fingerprints.distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > 12
    assert fingerprints.distance(hashes[0], dhash(papers.paper(0).resize((500, 707)))) <= 3


def shelf(cast: Any, pages: int) -> None:
    """Many pages with hashes of their own, as they are after years."""
    dice = random.Random(7)
    store = services.store(actor=cast.chen, upload=papers.upload(99), kind=Kind.BILL)
    rows = []
    for number in range(2, pages + 2):
        value = dice.getrandbits(64)
        band0, band1, band2 = fingerprints.bands(value)
        rows.append(
            Page(
                document=store, number=number % 30_000, file=f"{number:032x}", width=1, height=1, sha256=f"{number:064x}",
                dhash=f"{value:016x}", band0=band0, band1=band1, band2=band2,
            )
        )  # fmt: skip
    Page.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.django_db
def test_the_look_up_reads_by_index_on_both_engines(cast: Any) -> None:
    document = services.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.BILL)
    shelf(cast, 20_000)
    plan = selectors.candidates(document, list(document.page_set.all())).explain()
    for name in ("page_sha256", "page_band0", "page_band1", "page_band2"):
        assert name in plan
    assert "SCAN documents_page" not in plan
    assert "Seq Scan on documents_page" not in plan
