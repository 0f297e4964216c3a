"""What the figures should be: read only by the table, never by a benchmark."""

from collections.abc import Callable
from typing import NamedTuple


class Target(NamedTuple):
    text: str
    is_met: Callable[[float, dict[str, float]], bool]


def at_least(bound: float) -> Target:
    return Target(f"≥ {bound:g}", lambda value, _figures: value >= bound)


def at_most(bound: float) -> Target:
    return Target(f"≤ {bound:g}", lambda value, _figures: value <= bound)


def exactly(bound: float) -> Target:
    return Target(f"{bound:g}", lambda value, _figures: value == bound)


def same_as(other: str) -> Target:
    return Target(f"= {other}", lambda value, figures: value == figures.get(other))


TARGETS: dict[str, dict[str, Target]] = {
    "donations": {
        "hot_vs_spread": at_least(0.9),
        "vs_balance_row": at_least(8),
        "service_vs_sql": at_least(0.5),
        "http_vs_bare": at_least(0.5),
        "balance_growth": at_most(1.5),
    },
    "chaos": {
        "rounds": at_least(200),
        "lost_fen": exactly(0),
        "doubled_fen": exactly(0),
        "ledger_sum_fen": exactly(0),
        "stuck_jobs": exactly(0),
    },
    "audit": {
        "recall_min": at_least(0.95),
        "honest_enhanced_rate": at_most(0.05),
        "rules_vs_cel": at_most(3),
        "verdict_queries_large": same_as("verdict_queries_small"),
        "dhash_vs_pk": at_most(10),
    },
    "queue": {
        "double_claims": exactly(0),
        "starved": exactly(0),
        "claims_vs_sql": at_least(0.7),
        "page_queries_large": same_as("page_queries_small"),
    },
    "disclosures": {
        "sweep_growth": at_most(1.3),
        "missed": exactly(0),
        "doubled": exactly(0),
        "page_queries_large": same_as("page_queries_small"),
        "page_growth": at_most(1.5),
        "register_vs_pk": at_most(20),
    },
    "blacklist": {
        "exact_vs_pk": at_most(2),
        "near_p95_vs_pk": at_most(40),
        "near_recall": at_least(0.98),
        "false_per_1000": at_most(1),
    },
    "relations": {
        "components_vs_floor": at_most(3),
        "components_vs_scipy": at_least(3),
        "components_vs_igraph": at_least(3),
        "propagation_of_bandwidth": at_least(0.5),
        "peak_vs_csr": at_most(1.5),
        "hop3_p99_vs_pk": at_most(20),
        "ring_recall": at_least(0.95),
        "ring_precision": at_least(0.9),
        "innocent_rate": at_most(0.01),
        "spark_same": exactly(1),
    },
    "pages": {
        "cached_vs_bare_campaign": at_least(0.7),
        "cached_vs_bare_home": at_least(0.7),
        "cached_vs_bare_list": at_least(0.7),
        "uncached_vs_bare_campaign": at_least(0.25),
        "uncached_vs_bare_home": at_least(0.25),
        "uncached_vs_bare_list": at_least(0.25),
        "queries_growth": exactly(0),
        "campaign_kb": at_most(150),
        "script_kb": at_most(40),
        "search_p95_vs_pk": at_most(20),
    },
}


def verdict(bench: str, key: str, figures: dict[str, float]) -> tuple[str, str]:
    """The target in words, and whether it is met: `yes`, `NO`, or empty where there is no target."""
    target = TARGETS.get(bench, {}).get(key)
    if target is None:
        return "reported", ""
    return target.text, "yes" if target.is_met(figures[key], figures) else "NO"
