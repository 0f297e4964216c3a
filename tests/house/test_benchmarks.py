"""The frame of the benchmarks: what it measures with, what it leaves behind, what it says. No test here looks at a time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from django.db import connection

from benchmarks import __main__ as main
from benchmarks import harness
from benchmarks.targets import TARGETS, verdict
from campaigns.models import Campaign, Donation
from campaigns.rules import CODE_ALPHABET


@pytest.fixture
def server() -> Iterator[str]:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        pytest.skip("benchmarks run on PostgreSQL")
    yield url


def databases(url: str) -> set[str]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


def test_pairs_are_measured_in_turn_and_the_order_is_turned_round() -> None:
    order: list[str] = []
    acts = {name: lambda name=name: order.append(name) or float(len(order)) for name in ("ours", "floor")}
    found = harness.interleaved(acts, rounds=5)
    assert order == ["ours", "floor", "floor", "ours"] * 2 + ["ours", "floor"]
    assert found == {"ours": [1.0, 4.0, 5.0, 8.0, 9.0], "floor": [2.0, 3.0, 6.0, 7.0, 10.0]}
    assert harness.ratio(found, "ours", "floor") == round(5 / 6, 3)
    with pytest.raises(ValueError):
        harness.interleaved(acts, rounds=4)


def test_percentiles() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (harness.percentile(values, 0.95), harness.percentile(values, 1), harness.percentile([3.0], 0.5)) == (
        96,
        100,
        3,
    )


def test_a_database_of_its_own_is_gone_afterwards_even_after_an_error(server: str) -> None:
    before = databases(server)
    with pytest.raises(KeyboardInterrupt), harness.own_database("test") as url:
        [own] = databases(server) - before
        assert url.endswith(f"/{own}")
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (id int)")
        raise KeyboardInterrupt
    assert own not in databases(server)


def test_what_a_killed_run_left_is_dropped_by_the_next_one(server: str) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, others = f"candor_bench_test_{dead.pid}", f"candor_bench_other_{os.getppid()}"
    for name in (left, others):
        harness._on_server(
            server, lambda cursor, name=name: cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        )
    try:
        with harness.own_database("test"):
            assert left not in databases(server)
            assert others in databases(server)
    finally:
        harness._on_server(server, lambda cursor: cursor.execute(f'DROP DATABASE "{others}"'))


def test_ctrl_c_stops_a_benchmark_and_leaves_nothing(server: str) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "queue", "--quick"], stderr=subprocess.PIPE, cwd=harness.ROOT
    )
    own, until = f"candor_bench_queue_{run.pid}", time.monotonic() + 60
    while own not in databases(server) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    _out, said = run.communicate(timeout=60)
    assert run.returncode == 130, said.decode()
    assert own not in databases(server)


def test_a_server_that_cannot_be_reached_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(harness.CannotRun, match="PostgreSQL is needed"), harness.own_database("test"):
        raise AssertionError("there is no such server")


def test_load_is_counted_and_a_wrong_answer_is_no_answer(live_server: object) -> None:
    port = int(str(live_server).rpartition(":")[2])
    assert harness.throughput(port, "/healthz", clients=2, for_seconds=0.2) > 0
    with pytest.raises(harness.CannotRun, match="404"):
        harness.throughput(port, "/nowhere/", clients=1, for_seconds=0.2)


def test_the_table_stands_beside_the_targets_and_no_benchmark_holds_one() -> None:
    assert set(main.names()) <= set(TARGETS)
    assert {"pages", "queue"} <= set(main.names())
    figures = {"double_claims": 1, "claims_vs_sql": 0.7, "page_queries_small": 9, "page_queries_large": 9, "other": 5}
    judged = {key: verdict("queue", key, figures) for key in figures}
    assert judged["double_claims"] == ("0", "NO")
    assert judged["claims_vs_sql"] == ("≥ 0.7", "yes")
    assert judged["page_queries_large"] == ("= page_queries_small", "yes")
    assert judged["other"] == ("reported", "")
    text = main.table({"bench": "queue", "quick": True, "seed": 1, "figures": figures})
    assert "double_claims" in text and "NO" in text
    for name in main.names():
        assert "targets" not in (harness.ROOT / "benchmarks" / f"{name}.py").read_text()


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["nothing"])
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_few_rows_become_many_each_a_thing_of_its_own() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("rows are copied inside PostgreSQL")
    from benchmarks import scale
    from benchmarks.rows import Maker
    from campaigns.selectors.money import money
    from ledger.auditing import verify

    maker = Maker(7)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    users = maker.users(4)
    rows = maker.campaigns(4, raisers=users, hospitals=maker.hospitals(2))
    for model in (type(users[0]), type(rows[0].patient), Campaign):
        scale.multiply(model, 3, along=[type(users[0]), type(rows[0].patient)] if model is Campaign else [])
    codes = list(Campaign.objects.values_list("code", flat=True))
    assert len(set(codes)) == len(codes) == 12
    assert all(set(code) <= set(CODE_ALPHABET) and len(code) == 8 for code in codes)
    assert Campaign.objects.values("patient").distinct().count() == 12
    assert {row.pk % scale.STRIDE - row.raiser_id % scale.STRIDE for row in Campaign.objects.all()} == {
        rows[0].pk - users[0].pk
    }
    scale.books(Campaign.objects.all())
    assert {books.raised for books in money([row.pk for row in Campaign.objects.all()]).values()} == {10_000}
    assert verify().ok
    assert not Donation.objects.exists()
