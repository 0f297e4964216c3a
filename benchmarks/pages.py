"""Public pages: shared and made anew, beside a bare view on the same server; queries and search with many campaigns.

The floor `bare` is a view that returns four letters, behind the same middleware in the same gunicorn; the raw figures also hold
how large the pages are, for they are not four letters. The floor of the search is one row by its primary key through the ORM.
"""

import gzip
import random
import re
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import scale
from benchmarks.harness import ROOT, Run, interleaved, percentile, ratio, seconds, server, throughput
from benchmarks.rows import WORDS, Maker

LISTS = (
    "/", "/campaigns/", "/campaigns/?q=白血病", "/campaigns/?disease=leukemia", "/campaigns/?show=urgent",
    "/campaigns/?show=nearly", "/campaigns/?place=990000", "/register/", "/register/?q=白血病", "/register/?page=5",
)  # fmt: skip
GIFTS_FEW, GIFTS_MANY = 10, 100
# Scripts that the page of a campaign does not load.
OTHER_PAGES = ("audit.js", "redact.js")


def measure(run: Run) -> tuple[dict[str, float], dict[str, Any]]:
    from campaigns.models import Campaign

    number = 20_000 if run.quick else 1_000_000
    maker = Maker(run.seed)
    few = _few(maker)
    campaigns = scale.campaigns(maker, number)
    # What stands first in the lists has a photo, as everything has among the few.
    maker.photos(Campaign.objects.filter(status="published", papers=None).order_by("-published_at")[:100])
    shown = _rich(maker, Campaign.objects.filter(status="published").exclude(payees=None).order_by("-id")[0])
    many = {path: _queries(path) for path in few if path != "page"}
    many["page"] = _queries(f"/c/{shown.code}/")
    growth = {path: many[path] - few[path] for path in few}
    search, raw_search = _search(run, campaigns)
    loads, ratios = _load(run, shown.code)
    sizes, packed = _sizes(f"/c/{shown.code}/")
    figures = {
        **ratios,
        "queries_growth": max(growth.values()),
        "campaign_kb": round(sum(size for name, size in packed.items() if name not in OTHER_PAGES) / 1024, 1),
        "script_kb": round(sum(size for name, size in packed.items() if name.endswith(".js")) / 1024, 1),
        "search_p95_vs_pk": search,
    }
    raw = {
        "campaigns": campaigns,
        "per_second": loads,
        "queries_few": few,
        "queries_many": many,
        "search": raw_search,
        "bytes": sizes,
        "bytes_gzip": packed,
    }
    return figures, raw


def _few(maker: Maker) -> dict[str, int]:
    """Queries of each page with thirty campaigns."""
    from ledger.models import Account, Closing, Entry, Journal

    users, hospitals = maker.users(5), maker.hospitals(3)
    rows = maker.campaigns(30, raisers=users, hospitals=hospitals, statuses=["published"])
    _same_to_all_filters(rows)
    with scale.loading(Account, Journal, Closing, Entry):
        scale.books(type(rows[0]).objects.all())
    maker.photos(rows)
    maker.payees(rows)
    _rich(maker, rows[0], GIFTS_FEW)
    found = {path: _queries(path) for path in LISTS}
    found["page"] = _queries(f"/c/{rows[0].code}/")
    _forget()
    return found


def _same_to_all_filters(rows: list[Any]) -> None:
    from django.utils import timezone

    type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(
        disease="leukemia",
        place="990000",
        progress_ppm=900_000,
        needed_by=timezone.localdate(),
        search_text="白血 血病",
    )


def _forget() -> None:
    """Out of the way of the many, which begin with ids of their own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
        )
        names = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
        cursor.execute("SET session_replication_role = origin")


def _rich(maker: Maker, campaign: Any, gifts: int = GIFTS_MANY) -> Any:
    """A campaign page with everything on it."""
    campaign.refresh_from_db()
    officers = tuple(maker.users(2))
    [payee] = campaign.payees.all()
    maker.updates(campaign, 3)
    maker.attestations(campaign, 5)
    maker.withdrawals(campaign, 1, payee=payee, officers=officers)
    maker.gifts(gifts, campaigns=[campaign], donors=maker.users(10))
    return campaign


def _queries(path: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings

    with override_settings(PAGE_CACHE_SECONDS=0):
        client = Client()
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
    if answer.status_code != 200 or b"campaigns/" not in answer.content:
        raise AssertionError(f"{path}: {answer.status_code}")
    return len(captured)


def _sizes(path: str) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of the page, its styles and all scripts there are: plain, and gzipped as the house’s nginx sends them."""
    from django.contrib.staticfiles import finders
    from django.test import Client

    static = ROOT / "static"
    styles = [static / "css" / name for name in ("tokens.css", "base.css", "components.css", "pages/campaigns.css")]
    files = {file.name: file.read_bytes() for file in (*styles, *(static / "js").glob("*.js"))}
    for address in re.findall(r'<script src="/static/([^"]+)"', Client().get(path).content.decode()):
        files[address.rpartition("/")[2]] = Path(str(finders.find(address))).read_bytes()
    files["page"] = bytes(Client().get(path).content)
    return {name: len(content) for name, content in files.items()}, {
        name: len(gzip.compress(content, 6)) for name, content in files.items()
    }


def _search(run: Run, campaigns: int) -> tuple[float, dict[str, Any]]:
    """The list's two queries for what people type, beside one row by its key, in turn."""
    from campaigns.models import Campaign
    from campaigns.selectors.finding import find
    from campaigns.views.public import PER_PAGE, WINDOW
    from core.paging import Window

    chance = random.Random(run.seed)
    codes = list(Campaign.objects.order_by("-id").values_list("code", "pk")[:500])

    def typed() -> str:
        kind = chance.random()
        if kind < 0.5:
            return chance.choice(WORDS)
        if kind < 0.8:
            return f"{chance.choice(WORDS)} {chance.choice(WORDS)}"
        return chance.choice(codes)[0] if kind < 0.9 else "没有这样的词"

    def search(query: str, register: bool) -> None:
        page = Window(find(q=query, register=register), PER_PAGE, pages=WINDOW).get_page(1)
        list(page.object_list)

    times: dict[str, float] = {}
    searches, keys = [], []
    for _round in range(60 if run.quick else 300):
        query, register = typed(), chance.random() < 0.5
        search(query, register)  # the pages of the disk are in memory, as they are for what people look for
        took = seconds(partial(search, query, register))
        times[f"{query}{' (register)' if register else ''}"] = round(took * 1000, 2)
        searches.append(took)
        pk = chance.choice(codes)[1]
        keys.append(seconds(partial(Campaign.objects.get, pk=pk)))
    p95, key = percentile(searches, 0.95), median(keys)
    slowest = dict(sorted(times.items(), key=lambda item: -item[1])[:8])
    raw = {
        "median_ms": round(median(searches) * 1000, 3),
        "p95_ms": round(p95 * 1000, 3),
        "pk_median_ms": round(key * 1000, 3),
        "slowest_ms": slowest,
        "campaigns": campaigns,
    }
    return round(p95 / key, 2), raw


def _load(run: Run, code: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Answers per second of both servers, every page and the floor in turn."""
    paths = {"campaign": f"/c/{code}/", "home": "/", "list": "/campaigns/"}
    long = 0.6 if run.quick else 2.0
    loads: dict[str, Any] = {}
    figures: dict[str, float] = {}
    for name, cached in (("cached", "600"), ("uncached", "0")):
        with server("benchmarks.wsgi", environment={"PAGE_CACHE_SECONDS": cached}) as port:
            acts = {page: partial(throughput, port, path, for_seconds=long) for page, path in paths.items()}
            acts["bare"] = partial(throughput, port, "/bare/", for_seconds=long)
            for act in acts.values():
                act()
            found = interleaved(acts)
        loads[name] = {page: [round(value, 1) for value in values] for page, values in found.items()}
        figures |= {f"{name}_vs_bare_{page}": ratio(found, page, "bare") for page in paths}
    return loads, figures
