"""The books under gifts: one hot campaign, a balance row for comparison, the service beside the function, the hook, old books.

Clients of the database are pgbench's, so that no interpreter is measured where the database is meant. Every floor is one plain
thing: the same function with a balance row updated behind it, the bare function, a view that inserts one row.
"""

import base64
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection

from benchmarks.harness import CannotRun, Run, interleaved, posted, ratio, seconds, server
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import balances
from ledger.services import fold, post
from partners.wire import text_to_sign

CLIENTS, SPREAD = 32, 64
SLOW_COMMIT = "-c commit_delay=2000 -c commit_siblings=0"
CLEARING, FREE = chart.clearing("sandbox"), chart.available(1)
CALL = """SELECT outcome FROM ledger_post('bench:' || gen_random_uuid(), 'donation', 'bench', 'd', NULL, now(), NULL,
  ARRAY['channel:sandbox:clearing', 'camp:' || {campaign} || ':available'], ARRAY['channel:*:clearing', 'camp:*:available'],
  ARRAY['A', 'L'], ARRAY[false, true], ARRAY[5000, -5000])"""
# pgbench takes a colon for a variable, so its scripts call these two: the same posting, without and with a balance row.
GIVE = f"""
  CREATE FUNCTION bench_give(campaign integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM outcome FROM ({CALL.format(campaign="campaign")}) posting;
  END $$;
  CREATE TABLE bench_balance (code text PRIMARY KEY, amount bigint NOT NULL);
  INSERT INTO bench_balance VALUES ('clearing', 0), ('available', 0);
  CREATE FUNCTION bench_give_with_row(campaign integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM outcome FROM ({CALL.format(campaign="campaign")}) posting;
    UPDATE bench_balance SET amount = amount + 5000 WHERE code = 'clearing';
    UPDATE bench_balance SET amount = amount + 5000 WHERE code = 'available';
  END $$;"""
# Old books, written as a database administrator would load them: the triggers stand aside, the rows obey them all the same.
OLD_BOOKS = """
  SET session_replication_role = replica;
  INSERT INTO ledger_journal (id, key, kind, ref, digest, effective_at, posted_at, closing_id, xid)
    SELECT n, 'old:' || n, 'donation', 'old', 'd', now(), now(), n, 3 FROM generate_series({first}, {last}) n;
  INSERT INTO ledger_entry (journal_id, account_id, kind, amount, xid)
    SELECT n, CASE WHEN leg = 1 THEN {clearing} ELSE {free} END, 'donation', CASE WHEN leg = 1 THEN 5000 ELSE -5000 END, 3
      FROM generate_series({first}, {last}) n, generate_series(1, 2) leg;
  INSERT INTO ledger_closing (id) SELECT n FROM generate_series({first}, {last}) n;
  SET session_replication_role = origin;"""


def measure(run: Run) -> tuple[dict[str, float], dict[str, Any]]:
    span = 2 if run.quick else 8
    for campaign in range(1, SPREAD + 1):
        give(campaign)
    with connection.cursor() as cursor:
        cursor.execute(GIVE)
    hot, spread = "SELECT bench_give(1);", f"\\set campaign random(1, {SPREAD})\nSELECT bench_give(:campaign);"
    crowd = interleaved({"hot": lambda: pgbench(hot, span), "spread": lambda: pgbench(spread, span)})
    slow = interleaved(
        {
            "append": lambda: pgbench(hot, span, SLOW_COMMIT),
            "balance_row": lambda: pgbench("SELECT bench_give_with_row(1);", span, SLOW_COMMIT),
        }
    )
    count = 400 if run.quick else 2000
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        alone = interleaved(
            {"service": lambda: rate(count, lambda: give(1)), "function": lambda: rate(count, lambda: bare(cursor))}
        )
        cursor.execute("SET synchronous_commit = on")
    hook = notifications(200 if run.quick else 1000)
    growth = old_books(100_000 if run.quick else 5_000_000)
    figures = {
        "hot_vs_spread": ratio(crowd, "hot", "spread"),
        "vs_balance_row": ratio(slow, "append", "balance_row"),
        "service_vs_sql": ratio(alone, "service", "function"),
        "http_vs_bare": ratio(hook, "endpoint", "bare"),
        "balance_growth": ratio(growth, "large", "small"),
    }
    return figures, {"per_second": {**crowd, **slow, **alone, **hook}, "balance_seconds": growth}


def give(campaign: int) -> None:
    legs = [(CLEARING, 5000), (chart.available(campaign), -5000)]
    post(key=f"bench:{secrets.token_hex(12)}", kind=Kind.DONATION, ref="bench", legs=legs, actor=None)


def bare(cursor: Any) -> None:
    cursor.execute(CALL.format(campaign="1"))
    cursor.fetchone()


def rate(count: int, act: Callable[[], object]) -> float:
    """How often a second, one after the other in this process."""
    return count / seconds(lambda: [act() for _ in range(count)])


def pgbench(script: str, span: int, options: str = "") -> float:
    """Transactions a second of CLIENTS clients for `span` seconds."""
    at = connection.settings_dict
    environment = {
        **os.environ, "PGHOST": str(at["HOST"] or "127.0.0.1"), "PGPORT": str(at["PORT"] or 5432), "PGUSER": str(at["USER"]),
        "PGPASSWORD": str(at["PASSWORD"]), "PGDATABASE": str(at["NAME"]), "PGOPTIONS": options,
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = ["pgbench", "-n", "-M", "prepared", "-c", f"{CLIENTS}", "-j", "2", "-T", f"{span}", "-f", file.name]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise CannotRun("pgbench is needed: it comes with the PostgreSQL server") from None
    found = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    if done.returncode or not found:
        raise CannotRun(f"pgbench: {done.stderr.strip()}")
    return float(found[0].split()[2])


# --- The hook --------------------------------------------------------------------------------------------------------
def notifications(count: int) -> dict[str, list[float]]:
    """Signed notifications of the sandbox channel to the real endpoint; as many posts to a view that inserts one row."""
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    settings.SANDBOX_KEYS.mkdir(parents=True, exist_ok=True)
    (settings.SANDBOX_KEYS / "channel.pub").write_bytes(pem)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_inbox (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    where = {"SANDBOX_KEYS": str(settings.SANDBOX_KEYS)}
    with server("config.wsgi", environment=where) as real, server("benchmarks.bare_hook", environment=where) as plain:
        return interleaved(
            {
                "endpoint": lambda: posted(real, "/hooks/sandbox/", [signed(key) for _ in range(count)]),
                "bare": lambda: posted(plain, "/", [signed(key) for _ in range(count)]),
            }
        )


def signed(key: Ed25519PrivateKey) -> tuple[bytes, dict[str, str]]:
    """A notification that the channel has not sent before, about a payment that nobody knows."""
    content = {
        "event_id": secrets.token_hex(16),
        "type": "payment",
        "merchant_no": "D0",
        "state": "paid",
        "amount": 5000,
    }
    body = json.dumps(content).encode()
    stamp, nonce = str(int(time.time())), secrets.token_hex(16)
    signature = key.sign(text_to_sign("NOTIFY", "/hooks/sandbox/", stamp, nonce, body))
    headers = {"X-Timestamp": stamp, "X-Nonce": nonce, "X-Signature": base64.b64encode(signature).decode()}
    return body, {"Content-Type": "application/json", **headers}


# --- Old books -------------------------------------------------------------------------------------------------------
def old_books(journals: int) -> dict[str, list[float]]:
    """Reading the balance of a busy account with little behind it and with much, a thousand entries above the mark."""
    small = _with_history(5_000)
    large = _with_history(journals)
    return {"small": small, "large": large}


def _with_history(journals: int) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_journal")
        first = cursor.fetchone()[0] + 1
        cursor.execute("SELECT id FROM ledger_account WHERE code = %s", [CLEARING])
        clearing = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM ledger_account WHERE code = %s", [FREE])
        free = cursor.fetchone()[0]
        cursor.execute(OLD_BOOKS.format(first=first, last=first + journals - 1, clearing=clearing, free=free))
        cursor.execute("SELECT setval(pg_get_serial_sequence('ledger_journal', 'id'), %s)", [first + journals])
        cursor.execute("SELECT ledger_fold_anew()")
        cursor.execute("ANALYZE ledger_entry")
    for _number in range(500):
        give(1)
    expected = balances([FREE])[FREE]
    times = [seconds(lambda: balances([FREE, CLEARING])) for _ in range(51)]
    fold()
    if balances([FREE])[FREE] != expected:
        raise AssertionError("folding changed a balance")
    return [median(times[start::5]) for start in range(5)]
