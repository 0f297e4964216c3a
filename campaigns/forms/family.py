"""Steps about what the family has. Every question is asked; no answer is chosen beforehand (R31)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import means, services
from campaigns.forms.asking import date_field
from campaigns.forms.base import StepForm
from campaigns.models import Campaign
from core.forms import YuanField

_YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class MeansForm(StepForm):
    question: ClassVar[means.Question]

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def hand_over(self) -> None:
        services.answer_means(**self.who, question=self.question.code, values=self.values())

    @classmethod
    def answer(cls, campaign: Campaign) -> means.Answer:
        return dict(campaign.means.get(cls.question.code, {}))


class AmountForm(MeansForm):
    amount = YuanField(label=_("Amount in yuan"))

    def prepare(self) -> None:
        self.fields["amount"].help_text = str(self.question.hint)

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return cls.answer(campaign)


class ChoiceForm(MeansForm):
    value = forms.ChoiceField(label=_("Your answer"), choices=[], widget=forms.RadioSelect)
    note = forms.CharField(label=_("If only one parent is stated: why?"), max_length=means.MAX_NOTE, required=False)

    def prepare(self) -> None:
        field: forms.ChoiceField = self.fields["value"]  # type: ignore[assignment]
        field.choices = list((self.question.choices or {}).items())
        field.help_text = str(self.question.hint)

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return cls.answer(campaign)


class YesNoForm(MeansForm):
    has = forms.ChoiceField(label=_("Your answer"), choices=_YES_NO, widget=forms.RadioSelect)

    def prepare(self) -> None:
        self.fields["has"].help_text = str(self.question.hint)
        if "amount" in self.question.details:
            self.fields["amount"] = YuanField(label=_("If yes: how much, in yuan?"), required=False)
        if "note" in self.question.details:
            self.fields["note"] = forms.CharField(
                label=_("If yes: which, and from whom?"), max_length=means.MAX_NOTE, required=False
            )
        if "day" in self.question.details:
            self.fields["day"] = date_field(label=_("If yes: when?"), required=False)

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        answer = cls.answer(campaign)
        if "has" in answer:
            answer["has"] = "yes" if answer["has"] else "no"
        return answer

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "has": self.cleaned_data["has"] == "yes"}


class ThingsForm(MeansForm):
    """How many, then each one. The number is sent first; the rows appear by it, with or without JavaScript."""

    count = forms.IntegerField(label=_("How many?"), min_value=0, max_value=means.MAX_ITEMS)

    def prepare(self) -> None:
        self.fields["count"].help_text = str(self.question.hint)
        self.rows_shown = _number(self.typed("count"))
        owners = means.owners_for(self.campaign.means.get("family", {}).get("value", ""))
        for place in range(self.rows_shown):
            self.fields[f"items-{place}-owner"] = forms.ChoiceField(
                label=_("Whose is it?"), choices=[("", "—"), *((code, means.OWNERS[code]) for code in owners)]
            )
            self.fields[f"items-{place}-value"] = YuanField(label=_("Value today, in yuan"))
            self.fields[f"items-{place}-state"] = forms.ChoiceField(
                label=_("Sold?"), choices=[("", "—"), *means.STATES.items()]
            )
            self.fields[f"items-{place}-reason"] = forms.CharField(
                label=_("Why is it kept, or what became of the money?"), max_length=means.MAX_NOTE
            )

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        parts = ("owner", "value", "state", "reason")
        return [[self[f"items-{place}-{part}"] for part in parts] for place in range(self.rows_shown)]

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        answer = cls.answer(campaign)
        values: dict[str, Any] = {"count": answer.get("count")}
        for place, item in enumerate(answer.get("items", [])):
            values |= {f"items-{place}-{part}": value for part, value in item.items()}
        return values

    @classmethod
    def is_partial(cls, data: Mapping[str, Any]) -> bool:
        return any(f"items-{place}-owner" not in data for place in range(_number(data.get("count"))))

    def values(self) -> dict[str, Any]:
        rows = [
            {part: self.cleaned_data.get(f"items-{place}-{part}") for part in ("owner", "value", "state", "reason")}
            for place in range(self.rows_shown)
        ]
        return {"count": self.cleaned_data["count"], "items": rows}


def _number(value: Any) -> int:
    text = str(value if value is not None else "")
    return min(int(text), means.MAX_ITEMS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


_KINDS: dict[str, type[MeansForm]] = {
    "amount": AmountForm,
    "choice": ChoiceForm,
    "yes_no": YesNoForm,
    "things": ThingsForm,
}


def form_for(question: means.Question) -> type[MeansForm]:
    base = _KINDS[question.kind]
    return type(f"{base.__name__}_{question.code}", (base,), {"question": question})
