"""What the words say: names, means, copied stories, private numbers, public order."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from audit.registry import Finding, Json, Message, Severity, check
from campaigns import means, wording
from campaigns.models import Campaign
from core.errors import Text
from identity.models import Person
from policy.enforce import enforces

SIMILAR_FROM = 95
# Nearly the same story has nearly the same length; among those, so many of the newest are compared.
COMPARED, BAND = 5000, 0.15
SHORTEST = 40


@check(
    "campaign.names",
    label=_("Names in title and story"),
    messages={
        "hit": Message(
            auditor=_("Named in the text, but on neither ID card: %(names)s."),
            raiser=_("The text names somebody who is on neither ID card. Please use the name of the ID card."),
        )
    },
)
@enforces("R21")
def names(snapshot: Json, now: datetime) -> Finding:
    people = Person.objects.filter(pk__in=[snapshot["people"]["raiser"], snapshot["people"]["patient"]])
    known = [person.name for person in people]
    if not known:
        return Finding.not_evaluable("nobody is named")
    foreign = wording.foreign_names(_text(snapshot), known)
    if not foreign:
        return Finding.miss(data={"count": 0})
    shown = ", ".join(name[0] + "*" * (len(name) - 1) for name in foreign)
    return Finding.hit(Severity.MEDIUM, params={"names": shown}, data={"count": len(foreign)})


# What a story says: (what the declaration would have to hold, in words for the auditor).
_CONTRADICTIONS: dict[str, Text] = {
    "no_house": _("says no house, declares one"),
    "house_sold": _("says a house was sold, declares none sold"),
    "no_car": _("says no car, declares one"),
    "car_sold": _("says a car was sold, declares none sold"),
    "allowance": _("says subsistence allowance, declares none"),
    "no_insurance": _("says no insurance, declares one"),
    "no_savings": _("says no savings, declares some"),
}


@check(
    "campaign.means",
    label=_("Story and declared means"),
    messages={
        "hit": Message(
            auditor=_("The story contradicts the declaration: %(what)s."),
            raiser=_("The story and your answers about the family’s means differ. Please correct one of them."),
        )
    },
)
@enforces("R21", "R31")
def story_and_means(snapshot: Json, now: datetime) -> Finding:
    answers = snapshot["means"]
    if means.unanswered(answers):
        return Finding.not_evaluable("questions without an answer")
    found = [claim for claim in wording.claims(_text(snapshot)) if _contradicts(claim, answers)]
    if not found:
        return Finding.miss(data={"count": 0})
    what = "; ".join(str(_CONTRADICTIONS[claim]) for claim in found)
    return Finding.hit(Severity.MEDIUM, params={"what": what}, data={"count": len(found)})


def _contradicts(claim: str, answers: Json) -> bool:
    def has(question: str, state: str = "") -> bool:
        items = answers[question]["items"]
        return any(item["state"] == state for item in items) if state else any(i["state"] != "sold" for i in items)

    tests = {
        "no_house": lambda: has("houses"),
        "house_sold": lambda: not has("houses", "sold") and not has("houses", "selling"),
        "no_car": lambda: has("cars"),
        "car_sold": lambda: not has("cars", "sold") and not has("cars", "selling"),
        "allowance": lambda: not answers["allowance"]["has"],
        "no_insurance": lambda: answers["medical_insurance"]["has"] or answers["critical_insurance"]["has"],
        "no_savings": lambda: answers["savings"]["amount"] > 0,
    }
    return tests[claim]()


@check(
    "campaign.story",
    label=_("Copied stories"),
    messages={
        "hit": Message(
            auditor=_("%(score)s %% the same as the story of %(code)s."),
            raiser=_("Your story is nearly the same as another one. Please tell it in your own words."),
        )
    },
)
@enforces("R76")
def copied_story(snapshot: Json, now: datetime) -> Finding:
    """Compared without greetings, thanks and pleas, which many families write in the same words."""
    bare = wording.bare_story("\n".join(_parts(snapshot)))
    if len(bare) < SHORTEST:
        return Finding.not_evaluable("too little text to compare")
    stories = _others(snapshot, len(bare))
    best = process.extractOne(bare, stories, scorer=fuzz.ratio, score_cutoff=SIMILAR_FROM)
    if best is None:
        return Finding.miss(data={"score": 0, "compared": len(stories)})
    _story, score, pk = best
    code = Campaign.objects.values_list("code", flat=True).get(pk=pk)
    return Finding.hit(
        Severity.MEDIUM,
        params={"score": int(score), "code": code},
        evidence=[f"campaigns.campaign:{pk}"],
        data={"score": int(score), "compared": len(stories)},
    )


def _others(snapshot: Json, length: int) -> dict[int, str]:
    rows = Campaign.objects.exclude(status__in=("draft", "discarded")).exclude(patient_id=snapshot["people"]["patient"])
    texts = rows.order_by("-pk").values_list("pk", "story_who", "story_illness", "story_call")[:COMPARED]
    bare = {pk: wording.bare_story("\n".join(parts)) for pk, *parts in texts}
    return {pk: text for pk, text in bare.items() if abs(len(text) - length) <= length * BAND}


@check(
    "campaign.privacy",
    label=_("Private numbers and links in the text"),
    messages={
        "hit": Message(
            auditor=_("The text holds: %(what)s."),
            raiser=_("The text holds private numbers or links. Everybody can read it: please take them out."),
        )
    },
)
@enforces("R41")
def private_numbers(snapshot: Json, now: datetime) -> Finding:
    found = wording.traces(_text(snapshot))
    if not found:
        return Finding.miss(data={"count": 0})
    return Finding.hit(Severity.MEDIUM, params={"what": ", ".join(found)}, data={"count": len(found)})


@check(
    "campaign.public_order",
    label=_("Public order and good morals"),
    messages={
        "hit": Message(
            auditor=_("Look closely: the text says %(words)s. The words alone decide nothing."),
            raiser=_("A person looks at what happened before the request can be published."),
        )
    },
)
@enforces("R75")
def public_order(snapshot: Json, now: datetime) -> Finding:
    found = wording.public_order_words(_text(snapshot))
    if not found:
        return Finding.miss(data={"count": 0})
    return Finding.hit(Severity.HIGH, params={"words": "、".join(found)}, data={"count": len(found)})


def _text(snapshot: Json) -> str:
    return "\n".join((snapshot["title"], *_parts(snapshot)))


def _parts(snapshot: Json) -> list[str]:
    """The parts as they stand on the page: a stored snapshot does not keep the order of its keys (jsonb sorts them)."""
    return [snapshot["story"][part] for part in wording.STORY_PARTS]
