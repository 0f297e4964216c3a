"""The plan of every query that the pages make, with about 100,000 rows in every table: `python -m benchmarks.plans [--rows N]`.

Not a benchmark but a look at what PostgreSQL does: it fills a database of its own, opens every page as the person that it is
for, and asks EXPLAIN (ANALYZE, BUFFERS) about each statement. What it names: a sequential scan over a table of more than BIG
rows, and whatever takes longer than SLOW milliseconds.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.harness import own_platform

BIG, SLOW = 5000, 20.0


class Found(NamedTuple):
    path: str
    milliseconds: float
    scans: list[str]
    sql: str
    plan: str


def fill(rows: int) -> dict[str, Any]:
    """Everything that the pages read, about `rows` of each; returns whom and what the pages are about."""
    from django.db import connection

    from audit.models import Case, Report
    from benchmarks import scale
    from benchmarks.rows import Maker
    from blacklist.models import Entry
    from campaigns.models import Campaign
    from config.demo.cast import Cast
    from core.models import Job
    from notices.models import Notice
    from payments.models import Payment, Refund, Transfer

    maker, base = Maker(), 1000
    cast = Cast.create()
    scale.campaigns(maker, rows)
    popular = Campaign.objects.filter(status="published", id__lt=scale.STRIDE).exclude(payees=None).order_by("id")[0]
    others = Campaign.objects.filter(id__lt=scale.STRIDE).exclude(pk=popular.pk)[:500]
    scale.gifts_of(popular, rows, maker, others=list(others))
    popular.donations.update(donor=cast.chen)
    Campaign.objects.filter(pk=popular.pk).update(raiser=cast.lin)
    maker.updates(popular, 200)
    maker.attestations(popular, 200)
    [payee] = popular.payees.all()
    for state in ("arrived", "ready", "sent"):
        maker.withdrawals(popular, 300, payee=payee, officers=(cast.zhou, cast.he), state=state)
    maker.cases(base, owners=[cast.lin])
    maker.reports(base, handler=cast.feng)
    maker.jobs(base)
    maker.notices(base, users=[cast.lin, cast.chen], code="campaign.published")
    maker.listings(base, proposer=cast.xu, approver=cast.qian)
    maker.transfers(base)
    maker.refunds(Payment.objects.filter(id__lt=scale.STRIDE))
    for model in (Case, Report, Job, Notice, Transfer, Refund):
        with scale.loading(model):
            scale.multiply(model, rows // base)
    with scale.loading(Entry):
        scale.multiply(Entry, rows // base)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return {"cast": cast, "campaign": popular}


def pages(code: str) -> dict[str, list[str]]:
    """Which pages, as whom."""
    from benchmarks.rows import PROVINCES
    from partners.models import Hospital

    hospital = Hospital.objects.order_by("id")[0].code
    filters = [
        "", "q=白血病",
        "q=骨髓移植", "q=双胞胎 烧伤", "q=没有这样的词", f"q={code}", "disease=leukemia", "disease=rare",
        f"hospital={hospital}",
        f"place={PROVINCES[0][0]}", f"place={PROVINCES[15][0]}", "place=110000", "page=20",
        "q=白血病&disease=lupus&place=990100",
    ]  # fmt: skip
    shows = [
        f"show={show}{more}"
        for show in ("nearly", "urgent")
        for more in ("", "&disease=lupus", "&q=白血病", "&place=990000")
    ]
    money = ["payments", "refunds", "transfers", "attention"]
    return {
        "": [
            "/", *(f"/campaigns/?{query}" for query in (*filters, *shows)), *(f"/register/?{query}" for query in filters),
            f"/c/{code}/", f"/c/{code}/gifts/", f"/c/{code}/gifts/?page=20", f"/c/{code}/money/", f"/c/{code}/donate/",
            "/blacklist/", "/transparency/", "/transparency/review/",
        ],
        "chen": ["/me/", "/me/donations/", "/me/inbox/"],
        "lin": ["/me/campaigns/", f"/me/campaigns/{code}/", "/me/decisions/"],
        "zhao": [
            "/staff/audit/", *(f"/staff/audit/?{query}" for query in (
                "kind=alarm", "band=enhanced", "urgent=true", "kind=report&band=standard&urgent=true", "page=20",
            )),
            f"/staff/campaigns/{code}/", "/staff/objections/",
        ],
        "qian": ["/staff/audit/", "/staff/audit/disagreements/", "/staff/audit/stops/"],
        "zhou": [
            *(f"/staff/money/{name}/" for name in money), "/staff/money/",
            *(f"/staff/money/{name}/?status={status}" for name, status in (
                ("payments", "paid"), ("payments", "pending"), ("refunds", "done"), ("refunds", "failed"),
                ("transfers", "sent"),
            )),
            "/staff/money/payments/?number=DNONE", "/staff/payouts/", "/staff/payouts/?status=ready", "/staff/settlements/",
        ],
        "feng": ["/staff/reports/", *(f"/staff/reports/?{query}" for query in ("late=1", "status=received", "status=decided"))],
        "wu": [
            "/staff/jobs/", *(f"/staff/jobs/?{query}" for query in (
                "status=done", "status=poison", "kind=room.kind_1", "kind=none", "status=done&kind=room.kind_30",
            )),
        ],
        "xu": ["/staff/blacklist/", "/staff/blacklist/?status=notified"],
    }  # fmt: skip


def looked_at(whom: Any, paths: list[str], big: set[str]) -> Iterator[Found]:
    """Each statement of each page, with its plan."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.signin import sign_in

    client = Client()
    if whom:
        sign_in(client, whom)
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path}: {answer.status_code}")
        for query in captured.captured_queries:
            if query["sql"].startswith("SELECT"):
                yield _explained(path, query["sql"], big)


def _explained(path: str, sql: str, big: set[str]) -> Found:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql)
        [whole] = cursor.fetchone()[0]
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql)
        text = "\n".join(line for (line,) in cursor.fetchall())
    return Found(path, whole["Execution Time"], sorted(_scans(whole["Plan"], big)), sql, text)


def _scans(node: dict[str, Any], big: set[str]) -> set[str]:
    own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" and node["Relation Name"] in big else set()
    return own.union(*(_scans(child, big) for child in node.get("Plans", [])))


def big_tables() -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [BIG])
        return {name for (name,) in cursor.fetchall()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plans")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plans", action="store_true", help="print the plan of what is named")
    options = parser.parse_args()
    with own_platform("plans"):
        filled = fill(options.rows)
        everything = [
            found
            for whom, paths in pages(filled["campaign"].code).items()
            for found in looked_at(getattr(filled["cast"], whom) if whom else None, paths, big_tables())
        ]
    named = [found for found in everything if found.scans or found.milliseconds > SLOW]
    slowest = max(found.milliseconds for found in everything)
    summary = {"rows": options.rows, "statements": len(everything), "named": len(named), "slowest_ms": slowest}
    if options.json:
        print(json.dumps({**summary, "found": [found._asdict() for found in named]}, ensure_ascii=False))
        return 0
    for found in named:
        print(f"{found.milliseconds:9.1f} ms  {' '.join(found.scans):<30} {found.path}\n    {found.sql[:400]}")
        if options.plans:
            print(found.plan)
    print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
