"""Every query that the pages make has an index to go by, on both engines: nothing reads a whole table that grows.

SQLite tells how it would do it. PostgreSQL is forbidden to read tables through, and does so only where no index serves.
`python -m benchmarks.plans` looks at the same pages with a hundred thousand rows.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from benchmarks.plans import pages
from benchmarks.rows import Maker
from campaigns.models import Campaign
from tests.builders import give, make_campaign
from tests.signin import sign_in

pytestmark = pytest.mark.django_db

GROWING = {
    "accounts_consent", "accounts_user", "audit_case", "audit_caseexclusion", "audit_factverdict", "audit_humanverdict",
    "audit_report",
    "blacklist_entry", "campaigns_attestation", "campaigns_campaign", "campaigns_donation", "campaigns_paper",
    "campaigns_payee",
    "campaigns_update", "core_job", "core_statechange", "disclosures_obligation", "disclosures_payout", "disclosures_proof",
    "disclosures_withdrawal", "documents_document", "documents_publiccopy", "identity_person", "ledger_account", "ledger_entry",
    "ledger_journal", "notices_notice", "payments_payment", "payments_refund", "payments_transfer",
}  # fmt: skip
Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """What is asked of the database, with the values apart: a plan may depend on their being so."""
    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def read_through(sql: str, params: Any) -> set[str]:
    """The growing tables that the statement reads from end to end; the newest of everything are no such reading."""
    if "WHERE" not in sql and "LIMIT" in sql and re.search(r'ORDER BY "\w+"\."id" DESC\s+LIMIT', sql):
        return set()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql, params)
            found = re.findall(r"Seq Scan on (\w+)", "\n".join(line for (line,) in cursor.fetchall()))
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
            found = [
                m.group(1) for row in cursor.fetchall() if (m := re.match(r"SCAN (\w+)(?! USING)\b(?! USING)", row[3]))
            ]
            aliases = dict(re.findall(r'"(\w+)" ([A-Z]\d*)\b', sql))
            found = [next((table for table, alias in aliases.items() if alias == name), name) for name in found]
    return GROWING & set(found)


def test_no_page_reads_a_growing_table_from_end_to_end(cast: Any) -> None:
    campaign = make_campaign(cast)
    give(campaign, 10_000, donor=cast.chen)
    maker, [payee] = Maker(), campaign.payees.all()
    maker.photos([campaign])
    maker.updates(campaign, 1)
    for state in ("arrived", "ready"):
        maker.withdrawals(campaign, 2, payee=payee, officers=(cast.zhou, cast.he), state=state)
    maker.cases(3, owners=[cast.lin], status="waiting")
    faults = []
    for name, paths in pages(campaign.code).items():
        client = sign_in(Client(), getattr(cast, name)) if name else Client()
        for path in paths:
            assert client.get(path).status_code == 200, path
            with statements() as asked:
                client.get(path)
            faults += [
                f"{path} reads all of {table}: {sql}"
                for sql, params in asked
                if sql.startswith("SELECT")
                for table in read_through(sql, params)
            ]
    assert not faults, "\n".join(sorted(faults))


def test_a_query_without_an_index_is_noticed(cast: Any) -> None:
    with statements() as asked:
        list(Campaign.objects.filter(story_call="x"))
    [(sql, params)] = asked
    assert read_through(sql, params) == {"campaigns_campaign"}
