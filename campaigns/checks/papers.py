"""The papers: all there, not shown before in another request, not worked over."""

from collections import defaultdict
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from audit.registry import Finding, Json, Message, Severity, check
from campaigns import papers
from campaigns.models import Campaign, Paper, Payee
from documents.models import Document
from documents.selectors import same_or_similar
from policy.enforce import enforces

# Programs with which pictures are worked over; a scanner or a camera writes its own name.
EDITORS = ("photoshop", "gimp", "lightroom", "illustrator", "coreldraw", "picsart", "snapseed", "meitu", "pixelmator",
           "affinity", "acrobat pro", "foxit", "wps pdf")  # fmt: skip


@check(
    "campaign.papers",
    label=_("Papers that are missing"),
    messages={
        "hit": Message(auditor=_("Missing: %(what)s."), raiser=_("Papers are missing: %(what)s. Please add them."))
    },
)
@enforces("R15", "R19", "R20")
def papers_missing(snapshot: Json, now: datetime) -> Finding:
    kinds: dict[str, list[str]] = defaultdict(list)
    known = dict(Document.objects.filter(pk__in=_ids(snapshot)).values_list("pk", "kind"))
    for paper in snapshot["papers"]:
        kinds[paper["slot"]].append(known.get(paper["id"], ""))
    missing = papers.missing(_case(snapshot), kinds)
    if not missing:
        return Finding.miss(data={"count": 0})
    what = ", ".join(str(slot.label) for slot in missing)
    return Finding.hit(Severity.MEDIUM, params={"what": what}, data={"count": len(missing)})


def _case(snapshot: Json) -> papers.Case:
    payee = Payee.objects.filter(pk=snapshot["payee"]["id"]).first() if snapshot["payee"] else None
    people = {snapshot["people"]["patient"]: "patient", snapshot["people"]["raiser"]: "raiser"}
    return papers.Case(
        relation=snapshot["relation"],
        minor=snapshot["patient_minor"],
        payee_relation=payee.relation if payee else "",
        payee_is="" if payee is None else people.get(payee.person_id, "other") if payee.person_id else "organisation",
        allowance=bool(snapshot["means"].get("allowance", {}).get("has")),
    )


@check(
    "documents.reused",
    label=_("Papers shown before"),
    messages={
        "hit": Message(
            auditor=_("%(count)s paper(s) were shown before in another request or by another person: %(where)s."),
            raiser=_("A paper of this request was shown before in another one. A person looks at it; you may explain."),
        )
    },
)
@enforces("R73")
def papers_reused(snapshot: Json, now: datetime) -> Finding:
    """The same file or the same picture with another owner, or in the request of another patient."""
    own = set(Campaign.objects.filter(patient_id=snapshot["people"]["patient"]).values_list("pk", flat=True))
    owner = Campaign.objects.values_list("raiser_id", flat=True).get(pk=snapshot["campaign_id"])
    evidence: set[str] = set()
    where: set[str] = set()
    hits = 0
    for document in Document.objects.filter(pk__in=_ids(snapshot)).prefetch_related("page_set").order_by("pk"):
        twins = [similar.document for similar in same_or_similar(document)]
        codes = _other_requests([document.pk, *(twin.pk for twin in twins)], own)
        strangers = [twin for twin in twins if twin.owner_id != owner]
        if codes or strangers:
            hits += 1
            where.update(codes)
            evidence.update(f"documents.document:{pk}" for pk in [document.pk, *(twin.pk for twin in strangers)])
    if not hits:
        return Finding.miss(data={"count": 0})
    return Finding.hit(
        Severity.HIGH,
        params={"count": hits, "where": ", ".join(sorted(where)) or "-"},
        evidence=sorted(evidence)[:20],
        data={"count": hits},
    )


def _other_requests(document_ids: list[int], own: set[int]) -> set[str]:
    rows = Paper.objects.filter(document_id__in=document_ids).exclude(campaign_id__in=own)
    return set(rows.exclude(campaign__status__in=("draft", "discarded")).values_list("campaign__code", flat=True))


@check(
    "documents.edited",
    label=_("Traces of editing"),
    messages={
        "hit": Message(
            auditor=_("%(count)s paper(s) say that they were made or changed with: %(programs)s."),
            raiser=_("A paper seems to have been worked over. Please send the original as it is."),
        )
    },
)
@enforces("R73")
def papers_edited(snapshot: Json, now: datetime) -> Finding:
    """By what the file says about itself before it was encoded anew. Photos for the page may be worked over."""
    found: dict[int, str] = {}
    rows = Document.objects.filter(pk__in=_ids(snapshot)).exclude(kind="photo")
    for pk, facts in rows.values_list("pk", "facts"):
        said = " ".join(str(facts.get(name, "")) for name in ("software", "producer", "creator")).casefold()
        program = next((editor for editor in EDITORS if editor in said), "")
        if program:
            found[pk] = program
    if not found:
        return Finding.miss(data={"count": 0})
    return Finding.hit(
        Severity.HIGH,
        params={"count": len(found), "programs": ", ".join(sorted(set(found.values())))},
        evidence=[f"documents.document:{pk}" for pk in sorted(found)],
        data={"count": len(found)},
    )


def _ids(snapshot: Json) -> list[int]:
    return [paper["id"] for paper in snapshot["papers"]]
