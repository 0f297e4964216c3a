"""The steps of the wizard, in order: one question each, what is still missing, which module they belong to.

A step knows nothing of pages: HTML and REST show the same list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext_lazy as _

from campaigns import means, papers
from campaigns.models import Campaign, Payee
from core.errors import Text


@dataclass(frozen=True)
class Draft:
    """A request with everything that its steps look at, loaded once (selectors.drafts.load)."""

    campaign: Campaign
    minor: bool
    cost_lines: int
    kinds: dict[str, list[str]]
    payee: Payee | None
    signers: frozenset[str]
    consents: frozenset[str]
    modules: dict[str, str]
    story_min: int

    @property
    def case(self) -> papers.Case:
        campaign, payee = self.campaign, self.payee
        payee_is = ""
        if payee:
            known = {campaign.patient_id: "patient", campaign.raiser_person_id: "raiser"}
            payee_is = known.get(payee.person_id, "other") if payee.person_id else "organisation"
        return papers.Case(
            relation=campaign.relation,
            minor=self.minor,
            payee_relation=payee.relation if payee else "",
            payee_is=payee_is,
            allowance=bool(campaign.means.get("allowance", {}).get("has")),
        )

    @property
    def patient_has_signed(self) -> bool:
        return self.campaign.relation == "self" or bool({"patient", "guardian"} & self.signers)


def _always(_draft: Draft) -> bool:
    return True


_EMPTY = _("Not filled in yet.")


@dataclass(frozen=True)
class Step:
    """`missing` gives a sentence about what is still to do, or None. Steps of an approved module are locked."""

    code: str
    module: str
    question: Text
    missing: Callable[[Draft], Text | None]
    applies: Callable[[Draft], bool] = _always

    @property
    def chapter(self) -> Text:
        """The heading that the step stands under."""
        return CHAPTERS["papers" if self.code.startswith("papers_") else self.module or "story"]


CHAPTERS: dict[str, Text] = {
    "identity": _("You and the patient"),
    "diagnosis": _("Illness and costs"),
    "story": _("The page"),
    "assets": _("What the family has"),
    "payee": _("Who receives the money"),
    "papers": _("Papers"),
    "promises": _("Agreeing and signing"),
}


def _unless(filled: Callable[[Draft], object], sentence: Text = _EMPTY) -> Callable[[Draft], Text | None]:
    return lambda draft: None if filled(draft) else sentence


def _papers_missing(step: str) -> Callable[[Draft], Text | None]:
    def look(draft: Draft) -> Text | None:
        slots = [slot for slot in papers.missing(draft.case, draft.kinds) if slot.step == step]
        if not slots:
            return None
        return _("Still missing: %(papers)s") % {"papers": ", ".join(str(slot.label) for slot in slots)}

    return look


def _story_missing(draft: Draft) -> Text | None:
    campaign = draft.campaign
    if not campaign.story_call:
        return _EMPTY
    if sum(len(part) for part in (campaign.story_who, campaign.story_illness, campaign.story_call)) < draft.story_min:
        return _("The three parts together should have at least %(least)d characters.") % {"least": draft.story_min}
    return None


def _family_missing(draft: Draft) -> Text | None:
    return means.family_fault(draft.campaign.means, minor=draft.minor) if "family" in draft.campaign.means else _EMPTY


def _means_step(question: means.Question) -> Step:
    code = question.code
    missing = _family_missing if code == "family" else _unless(lambda draft: code in draft.campaign.means)
    return Step(f"means_{code}", "assets", question.label, missing)


def _promise_missing(draft: Draft) -> Text | None:
    if "raiser" not in draft.signers:
        return _("Not signed yet.")
    return None if draft.patient_has_signed else _("The patient has not agreed yet.")


STEPS: tuple[Step, ...] = (
    Step("relation", "identity", _("For whom do you ask?"), _unless(lambda draft: draft.campaign.relation)),
    Step("you", "identity", _("Who are you?"), _unless(lambda draft: draft.campaign.raiser_person_id)),
    Step(
        "patient",
        "identity",
        _("Who is the patient?"),
        _unless(lambda draft: draft.campaign.patient_id),
        lambda draft: draft.campaign.relation != "self",
    ),
    Step(
        "guardian",
        "identity",
        _("Do you agree on behalf of the child?"),
        _unless(lambda draft: "guardian" in draft.consents),
        lambda draft: draft.minor,
    ),
    Step("illness", "diagnosis", _("What is the illness?"), _unless(lambda draft: draft.campaign.diagnosed_on)),
    Step("hospital", "diagnosis", _("In which hospital?"), _unless(lambda draft: draft.campaign.hospital_id)),
    Step("costs", "diagnosis", _("What will the treatment cost?"), _unless(lambda draft: draft.cost_lines)),
    Step(
        "cover",
        "diagnosis",
        _("What do insurance, aid and you yourselves pay?"),
        _unless(lambda draft: draft.campaign.target),
    ),
    Step("story_who", "", _("Tell us about the patient"), _unless(lambda draft: draft.campaign.story_who)),
    Step(
        "story_illness",
        "",
        _("Tell us about the illness, and what was spent so far"),
        _unless(lambda draft: draft.campaign.story_illness),
    ),
    Step("story_call", "", _("What do you ask for?"), _story_missing),
    Step("title", "", _("A title for the page"), _unless(lambda draft: draft.campaign.title)),
    Step("needed_by", "", _("By when is the money needed?"), lambda draft: None),
    Step("photos", "", _("Photos for the page"), lambda draft: None),
    *(_means_step(question) for question in means.questions()),
    Step("payee", "payee", _("Who should receive the money?"), _unless(lambda draft: draft.payee)),
    Step("papers_identity", "identity", _("Papers: who you are"), _papers_missing("papers_identity")),
    Step("papers_diagnosis", "diagnosis", _("Papers: illness and costs"), _papers_missing("papers_diagnosis")),
    Step("papers_payee", "payee", _("Papers: who receives the money"), _papers_missing("papers_payee")),
    Step("papers_assets", "assets", _("Papers: what the family has"), _papers_missing("papers_assets")),
    Step(
        "consents",
        "promises",
        _("What do you agree to?"),
        _unless(lambda draft: {"sensitive_data", "publish_story"} <= draft.consents),
    ),
    Step("promise", "promises", _("The promise letter"), _promise_missing),
)
BY_CODE = {step.code: step for step in STEPS}


@dataclass(frozen=True)
class StepState:
    """`state`: done, missing, typed (something typed and not saved), locked."""

    step: Step
    state: str
    note: Text = ""


@dataclass(frozen=True)
class Chapter:
    title: Text
    states: list[StepState]

    @property
    def done(self) -> int:
        return sum(state.state in ("done", "locked") for state in self.states)

    @property
    def started(self) -> bool:
        """Whether something in it was typed and not saved."""
        return any(state.state == "typed" for state in self.states)


def chapters_of(states: list[StepState]) -> list[Chapter]:
    """The same steps under their headings, in the same order."""
    return [Chapter(title, list(group)) for title, group in groupby(states, key=lambda state: state.step.chapter)]


def states_of(draft: Draft) -> list[StepState]:
    """The steps that this request needs, each with where it stands."""
    typed = draft.campaign.typed_steps
    found = []
    for step in STEPS:
        if not step.applies(draft):
            continue
        note = step.missing(draft)
        if step.module and draft.modules.get(step.module) == "approved":
            found.append(StepState(step, "locked"))
        elif step.code in typed:
            found.append(StepState(step, "typed", note or _("Something was typed here and not saved.")))
        else:
            found.append(StepState(step, "missing" if note else "done", note or ""))
    return found


# Where a fact of the review is mended, and which module it belongs to.
FACTS: dict[str, tuple[str, str]] = {
    "patient_id": ("identity", "papers_identity"),
    "raiser_id": ("identity", "papers_identity"),
    "relationship": ("identity", "papers_identity"),
    "diagnosis": ("diagnosis", "papers_diagnosis"),
    "hospital": ("diagnosis", "hospital"),
    "costs_incurred": ("diagnosis", "papers_diagnosis"),
    "estimate": ("diagnosis", "costs"),
    "story": ("", "story_who"),
    "assets": ("assets", "means_houses"),
    "insurance": ("assets", "means_medical_insurance"),
    "allowance": ("assets", "means_allowance"),
    "other_aid": ("assets", "means_elsewhere"),
    "payee": ("payee", "payee"),
}
