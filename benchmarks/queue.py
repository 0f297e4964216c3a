"""The reviewers' queue: 32 at once, a million open cases.

What is measured is `audit.services.claim_next`, from the question to the lease with its line in the trail. The floor does the
same in bare SQL: one statement that takes the first free case in which the auditor has no part, skipping what others are just
taking, and one that writes the trail's line, in one transaction on a bare connection. Both are run by as many threads, in turn.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import scale
from benchmarks.harness import Run, interleaved, ratio
from benchmarks.rows import Maker

AUDITORS = 32


def measure(run: Run) -> tuple[dict[str, float], dict[str, Any]]:
    from accounts.models import User
    from accounts.roles import Role
    from audit.models import Case

    maker = Maker(run.seed)
    number = 20_000 if run.quick else 1_000_000
    owners = maker.users(50)
    auditors = maker.users(AUDITORS, role=Role.AUDITOR)
    campaigns = maker.campaigns(500, raisers=owners, hospitals=maker.hospitals(5))
    maker.payees(campaigns)
    _about(campaigns, maker.cases(30, owners=owners, status="waiting"))
    small = _page_queries(auditors[0])
    Case.objects.all().delete()
    _about(campaigns, maker.cases(1000, owners=owners, status="waiting"))
    with scale.loading(Case):
        scale.multiply(Case, number // 1000)
    large = _page_queries(auditors[0])
    users = list(User.objects.filter(pk__in=[user.pk for user in auditors]))
    double, starved, raw = _claims(users, 5 if run.quick else 20)
    found = interleaved(
        {
            "ours": partial(_per_second, users, _claimer, 1.0 if run.quick else 3.0),
            "sql": partial(_per_second, users, _bare_claimer, 1.0 if run.quick else 3.0),
        }
    )
    figures = {
        "double_claims": double,
        "starved": starved,
        "claims_vs_sql": ratio(found, "ours", "sql"),
        "page_queries_small": small,
        "page_queries_large": large,
    }
    per_second = {name: [round(value, 1) for value in values] for name, values in found.items()}
    return figures, {"cases": Case.objects.count(), "auditors": AUDITORS, "claims_per_second": per_second, **raw}


def _about(campaigns: list[Any], cases: list[Any]) -> None:
    """Make the cases be about campaigns that exist: who has a part in one is looked up while it is claimed."""
    for number, case in enumerate(cases):
        case.subject_kind, case.object_id, case.occasion = (
            "campaign",
            campaigns[number % len(campaigns)].pk,
            f"{number}",
        )
    type(cases[0]).objects.bulk_update(cases, ["subject_kind", "object_id", "occasion"], 1000)


def _page_queries(auditor: Any) -> int:
    """Of the queue's page, for a signed-in auditor; the worst of its filters."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.signin import sign_in

    client, worst = sign_in(Client(), auditor), 0
    for query in ("", "kind=submission", "band=fast", "urgent=true", "kind=submission&band=fast"):
        client.get(f"/staff/audit/?{query}")
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/staff/audit/?{query}")
        if answer.status_code != 200:
            raise AssertionError(answer.status_code)
        worst = max(worst, len(captured))
    return worst


def _claims(users: list[Any], rounds: int) -> tuple[int, int, dict[str, Any]]:
    """Every auditor claims `rounds` cases at the same time as all the others and gives none back.

    Two who hold the same case: a double claim. Somebody who asked while cases were waiting and got none: starved. So is a case
    at the head of the queue that nobody got although later ones were taken.
    """
    from django.utils import timezone

    from audit.models import Case

    got: list[tuple[int, int]] = []
    empty: list[int] = []

    def work(user: Any) -> None:
        claim = _claimer(user)
        for _round in range(rounds):
            pk = claim()
            (got.append((pk, user.pk)) if pk else empty.append(user.pk))
            _lay_aside(pk)

    Case.objects.filter(claimed_by__isnull=False).update(claimed_by=None, lease_until=None)
    _in_threads([partial(work, user) for user in users])
    times = Counter(pk for pk, _user in got)
    double = sum(count - 1 for count in times.values())
    held = set(Case.objects.filter(pk__in=times, status="on_hold").values_list("pk", flat=True))
    last = Case.objects.filter(pk__in=times).order_by("-rank_at", "-pk").values_list("rank_at", flat=True)[0]
    passed_over = Case.objects.filter(status="waiting", rank_at__lt=last, opened_at__lt=timezone.now()).exclude(
        pk__in=times
    )
    left = passed_over.count()
    if len(held) != len(times):
        raise AssertionError("a case that was taken did not keep its state")
    Case.objects.filter(pk__in=times).update(status="waiting")
    return double, len(empty) + left, {"claimed": len(got), "asked_in_vain": len(empty), "passed_over": left}


def _per_second(users: list[Any], claimer: Callable[[Any], Callable[[], int]], for_seconds: float) -> float:
    from audit.models import Case

    spent = [0.0] * len(users)
    taken: list[int] = []

    def work(number: int, user: Any) -> None:
        claim = claimer(user)
        until = time.perf_counter() + for_seconds
        while time.perf_counter() < until:
            start = time.perf_counter()
            pk = claim()
            spent[number] += time.perf_counter() - start
            taken.append(pk)
            _lay_aside(pk)

    _in_threads([partial(work, number, user) for number, user in enumerate(users)])
    if len(set(taken)) != len(taken) or 0 in taken:
        raise AssertionError("a case was taken twice, or none was left")
    Case.objects.filter(pk__in=taken).update(status="waiting", claimed_by=None, lease_until=None)
    return len(taken) * len(users) / sum(spent)


def _in_threads(acts: list[Callable[[], None]]) -> None:
    faults: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        from django.db import connections

        try:
            act()
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _claimer(user: Any) -> Callable[[], int]:
    from django.db import connection

    from audit.services import claim_next

    connection.ensure_connection()

    def claim() -> int:
        case = claim_next(actor=user)
        return case.pk if case else 0

    return claim


def _lay_aside(pk: int) -> None:
    """Out of the queue, as after a decision, so that the next question is a new one. No part of what is timed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_ASIDE, [pk])


_ASIDE = "UPDATE audit_case SET status = 'on_hold', claimed_by_id = NULL, lease_until = NULL WHERE id = %s"
_TAKE = """
UPDATE audit_case SET claimed_by_id = %s, lease_until = now() + interval '30 minutes' WHERE id = (
  SELECT id FROM audit_case c WHERE status IN ('waiting', 'second_wanted', 'senior_wanted')
  AND (claimed_by_id IS NULL OR lease_until <= now())
  AND NOT EXISTS (SELECT 1 FROM audit_caseexclusion x WHERE x.case_id = c.id AND x.user_id = %s)
  AND (first_by_id IS NULL OR first_by_id <> %s) AND (second_by_id IS NULL OR second_by_id <> %s)
  AND NOT EXISTS (SELECT 1 FROM campaigns_campaign k JOIN identity_person p ON p.id IN (k.patient_id, k.raiser_person_id)
    WHERE k.id = c.object_id AND (k.adviser_id = %s OR p.user_id = %s))
  AND NOT EXISTS (SELECT 1 FROM campaigns_payee y JOIN identity_person p ON p.id = y.person_id
    WHERE y.campaign_id = c.object_id AND p.user_id = %s)
  ORDER BY rank_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_LINE = """
INSERT INTO core_trailevent (event, actor_id, subject, purpose, data, at) VALUES ('case.claim', %s, %s, '', '{}', now())
"""


def _bare_claimer(user: Any) -> Callable[[], int]:
    """The same, as plain as it can be said to PostgreSQL."""
    from django.db import connection

    connection.ensure_connection()
    bare = connection.connection

    def claim() -> int:
        with bare.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(_TAKE, [user.pk] * 7)
            row = cursor.fetchone()
            if row is None:
                cursor.execute("COMMIT")
                return 0
            cursor.execute(_LINE, [user.pk, f"audit.case:{row[0]}"])
            cursor.execute("COMMIT")
        return int(row[0])

    return claim
