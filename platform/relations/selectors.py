"""The readers of the relation graph: bounded, with fixed numbers of queries."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from policy.enforce import enforces
from relations.models import SUBJECT, Identifier, Link

_SUBJECT = re.compile(SUBJECT)
MAX_DEPTH = 2
MAX_NODES = 2000
# Of one identifier at most this many subjects are followed: an address of a whole hospital says little about each of them.
MAX_PER_IDENTIFIER = 50


@dataclass(frozen=True)
class Shared:
    """One identifier that the subject has in common with `others`; `more` when there are others beyond the bound."""

    kind: str
    identifier_id: int
    others: tuple[str, ...]
    more: bool


@dataclass(frozen=True)
class Neighbourhood:
    """`distance` maps each subject to its hops from the first; `edges` are (subject, identifier id).

    `kinds` names the kind of each identifier that two subjects in sight share. `truncated` when a bound was reached.
    """

    subject: str
    distance: dict[str, int] = field(default_factory=dict)
    edges: tuple[tuple[str, int], ...] = ()
    kinds: dict[int, str] = field(default_factory=dict)
    truncated: bool = False


@enforces("R72")
def shared(subject: str) -> list[Shared]:
    """The identifiers that others use as well, the rarest first (R72). Three queries at most."""
    mine = list(Link.objects.filter(subject=subject).order_by("id").values_list("identifier_id", flat=True)[:MAX_NODES])
    users = _users(mine)
    others = {pk: [other for other in found if other != subject] for pk, found in users.items()}
    kinds = _kinds([pk for pk, found in others.items() if found])
    lines = [
        Shared(kinds[pk], pk, tuple(others[pk][:MAX_PER_IDENTIFIER]), len(users[pk]) > MAX_PER_IDENTIFIER)
        for pk in kinds
    ]
    return sorted(lines, key=lambda line: (len(line.others), line.kind, line.identifier_id))


def neighbours(subject: str, depth: int = MAX_DEPTH, limit: int = MAX_NODES) -> Neighbourhood:
    """Everybody within `depth` hops (at most 2) who shares an identifier, at most `limit` subjects, nearest first.

    Two queries a hop and one for the kinds, however large the graph is.
    """
    depth, limit = min(depth, MAX_DEPTH), min(limit, MAX_NODES)
    distance = {subject: 0}
    edges: set[tuple[str, int]] = set()
    truncated = False
    frontier = [subject]
    for hop in range(1, depth + 1):
        rows = Link.objects.filter(subject__in=frontier).order_by("id").values_list("identifier_id", flat=True)
        identifiers = list(rows[: MAX_NODES + 1])
        truncated |= len(identifiers) > MAX_NODES
        users = _users(sorted(set(identifiers)))
        frontier = []
        for pk, subjects in sorted(users.items()):
            truncated |= len(subjects) > MAX_PER_IDENTIFIER
            for other in subjects[:MAX_PER_IDENTIFIER]:
                if other not in distance:
                    if len(distance) >= limit:
                        truncated = True
                        continue
                    distance[other] = hop
                    frontier.append(other)
                edges.add((other, pk))
    ends: dict[int, int] = defaultdict(int)
    for _subject, pk in edges:
        ends[pk] += 1
    between = tuple(sorted(edge for edge in edges if ends[edge[1]] > 1))
    return Neighbourhood(subject, distance, between, _kinds(sorted({pk for _subject, pk in between})), truncated)


def is_subject(text: str) -> bool:
    """Whether `text` is written as a subject: user:12, person:3, campaign:9."""
    return _SUBJECT.fullmatch(text) is not None


def _users(identifiers: list[int]) -> dict[int, list[str]]:
    """The subjects of each identifier, oldest first, one beyond the bound so that it can be seen."""
    nth = Window(RowNumber(), partition_by=F("identifier_id"), order_by=F("id").asc())
    rows = Link.objects.filter(identifier_id__in=identifiers).annotate(nth=nth).filter(nth__lte=MAX_PER_IDENTIFIER + 1)
    found: dict[int, list[str]] = defaultdict(list)
    for pk, subject in rows.order_by("identifier_id", "id").values_list("identifier_id", "subject"):
        found[pk].append(subject)
    return dict(found)


def _kinds(identifiers: list[int]) -> dict[int, str]:
    return dict(Identifier.objects.filter(pk__in=identifiers).values_list("id", "kind"))
