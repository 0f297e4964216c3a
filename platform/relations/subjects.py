"""How a subject of the graph is shown: each room names its own kind, masked, and says where it is looked at."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.errors import Text


@dataclass(frozen=True)
class Shown:
    """`name` is masked; `url` may be empty."""

    name: str
    url: str = ""


Describe = Callable[[list[int]], dict[int, Shown]]


@dataclass(frozen=True)
class SubjectKind:
    label: Text
    describe: Describe


_kinds: dict[str, SubjectKind] = {}


def register(kind: str, *, label: Text, describe: Describe) -> None:
    """`describe` takes the ids of its kind and answers with one query."""
    _kinds[kind] = SubjectKind(label, describe)


def describe(subjects: Iterable[str]) -> dict[str, tuple[Text, Shown]]:
    """Label and name of each subject; one query for each kind among them. A kind that nobody named is shown as it is."""
    ids: dict[str, list[int]] = defaultdict(list)
    for subject in subjects:
        kind, _colon, number = subject.partition(":")
        ids[kind].append(int(number))
    found: dict[str, tuple[Text, Shown]] = {}
    for kind, pks in ids.items():
        known = _kinds.get(kind)
        named: dict[int, Shown] = known.describe(sorted(set(pks))) if known else {}
        for pk in pks:
            found[f"{kind}:{pk}"] = (known.label if known else kind, named.get(pk, Shown(f"#{pk}")))
    return found
