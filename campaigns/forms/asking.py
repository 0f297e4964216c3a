"""Steps about people, illness, costs and words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import consent_texts
from accounts.consent_texts import ConsentText
from accounts.purposes import Purpose
from campaigns import services
from campaigns.forms.base import TEXT_AREA, StepForm
from campaigns.models import Campaign
from campaigns.rules import MAX_COST_LINES
from campaigns.taxonomy import Disease, Relation
from core.errors import Text
from core.forms import YuanField
from core.money import yuan_text
from identity.selectors import person_of
from partners.models import Hospital
from partners.selectors import find_hospitals, hospital_by_code

FIRST_ROWS, MORE_ROWS = 3, 3
HOSPITALS_SHOWN = 12


def date_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class RelationForm(StepForm):
    relation = forms.ChoiceField(label=_("The patient is …"), choices=[], widget=forms.RadioSelect)

    def prepare(self) -> None:
        # Said from the raiser's side: “I ask for my father”.
        words = {
            Relation.SELF: _("I myself"),
            Relation.SPOUSE: _("My husband or wife"),
            Relation.PARENT: _("My child"),
            Relation.CHILD: _("My father or mother"),
            Relation.SIBLING: _("My brother or sister"),
            Relation.GRANDPARENT: _("My grandchild"),
            Relation.GRANDCHILD: _("My grandparent"),
            Relation.GUARDIAN: _("Somebody whose legal guardian I am"),
            Relation.OTHER_RELATIVE: _("Another relative"),
            Relation.FRIEND: _("A friend, colleague or neighbour"),
        }
        field: forms.ChoiceField = self.fields["relation"]  # type: ignore[assignment]
        field.choices = [(code.value, label) for code, label in words.items()]

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return {"relation": campaign.relation}

    def hand_over(self) -> None:
        services.set_relation(**self.who, relation=self.cleaned_data["relation"])


class NameForm(StepForm):
    name = forms.CharField(label=_("Name on the ID card"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"),
        max_length=30,
        help_text=_("18 characters. It is stored encrypted and never shown on the page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )


class RaiserForm(NameForm):
    """Whoever has proved a real name before only sees it."""

    agreed = forms.BooleanField(label=_("I agree"), required=False)
    purpose = Purpose.IDENTITY_CHECK

    def prepare(self) -> None:
        self.known = person_of(self.campaign.raiser)
        if self.known:
            del self.fields["name"], self.fields["id_number"], self.fields["agreed"]

    @property
    def consent(self) -> ConsentText:
        return consent_texts.current(self.purpose)

    def hand_over(self) -> None:
        if self.known:
            services.use_known_raiser(**self.who)
        else:
            services.set_raiser(**self.who, **self.cleaned_data)


class PatientForm(NameForm):
    def hand_over(self) -> None:
        services.set_patient(**self.who, **self.cleaned_data)


class GuardianForm(StepForm):
    autosaves = False
    agreed = forms.BooleanField(label=_("I agree as the guardian"), required=False)

    @property
    def consent(self) -> ConsentText:
        return consent_texts.current(Purpose.GUARDIAN)

    def hand_over(self) -> None:
        services.agree_for_minor(**self.who, agreed=self.cleaned_data["agreed"])


class IllnessForm(StepForm):
    disease = forms.ChoiceField(label=_("Illness"), choices=[("", _("Please choose")), *Disease.choices])
    diagnosis = forms.CharField(
        label=_("What the certificate says"), max_length=200, help_text=_("Copy the doctor’s words.")
    )
    diagnosed_on = date_field(
        label=_("Day of the certificate"), help_text=_("Not older than six months; the doctor can write a new one.")
    )

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in ("disease", "diagnosis", "diagnosed_on")}

    def hand_over(self) -> None:
        services.set_illness(**self.who, **self.cleaned_data)


class HospitalForm(StepForm):
    """Search, choose, and say where in the house. The search works without JavaScript: its button sends the form."""

    query = forms.CharField(label=_("Look for the hospital"), max_length=60, required=False)
    hospital = forms.CharField(
        label=_("Hospital"), max_length=20, error_messages={"required": _("Look for the hospital and choose it.")}
    )
    department = forms.CharField(label=_("Department"), max_length=60)
    bed = forms.CharField(label=_("Bed"), max_length=20, required=False)
    inpatient_no = forms.CharField(
        label=_("Inpatient number"),
        max_length=40,
        help_text=_("On the bills and the wristband. Never shown on the page; the hospital finds the patient by it."),
    )

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        code = campaign.hospital.code if campaign.hospital else ""
        return {
            "hospital": code,
            "department": campaign.department,
            "bed": campaign.bed,
            "inpatient_no": campaign.inpatient_no,
        }

    @classmethod
    def is_partial(cls, data: Mapping[str, Any]) -> bool:
        return "search" in data

    @property
    def found(self) -> list[Hospital]:
        """What the search found, and the hospital that is chosen."""
        query, code = str(self.typed("query") or ""), str(self.typed("hospital") or "")
        rows = list(find_hospitals(query)[:HOSPITALS_SHOWN]) if query.strip() else []
        chosen = hospital_by_code(code) if code else None
        return [chosen, *(row for row in rows if row != chosen)] if chosen else rows

    @property
    def chosen_code(self) -> str:
        return str(self.typed("hospital") or "")

    def clean_hospital(self) -> Hospital:
        found = hospital_by_code(self.cleaned_data["hospital"])
        if found is None:
            raise ValidationError(_("We do not know this hospital yet. Please look for it again."))
        return found

    def hand_over(self) -> None:
        values = {name: self.cleaned_data[name] for name in ("hospital", "department", "bed", "inpatient_no")}
        services.set_hospital(**self.who, **values)


class CostsForm(StepForm):
    """Rows `lines-0-what`, `lines-0-amount`, …; empty rows are skipped, “more” shows further ones."""

    def prepare(self) -> None:
        self.count = self._count()
        for place in range(self.count):
            self.fields[f"lines-{place}-what"] = forms.CharField(label=_("What for"), max_length=60, required=False)
            self.fields[f"lines-{place}-amount"] = YuanField(label=_("Amount in yuan"), required=False)
        self.fields["spent"] = YuanField(
            label=_("Spent on the treatment so far, in yuan"),
            help_text=_("All together. Write 0 if it is nothing yet."),
        )

    def _count(self) -> int:
        source: Mapping[str, Any] = self.data if self.is_bound else self.initial
        filled = [int(name.split("-")[1]) for name in source if _is_row(name)]
        more = MORE_ROWS if "more" in source else 0
        return min(max(FIRST_ROWS, max(filled, default=-1) + 1 + more), MAX_COST_LINES)

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"lines-{place}-what"], self[f"lines-{place}-amount"]] for place in range(self.count)]

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        values: dict[str, Any] = {"spent": campaign.spent}
        for place, line in enumerate(campaign.cost_lines.all()):
            values |= {f"lines-{place}-what": line.what, f"lines-{place}-amount": line.amount}
        return values

    @classmethod
    def is_partial(cls, data: Mapping[str, Any]) -> bool:
        return "more" in data

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.lines = []
        for place in range(self.count):
            what, amount = values.get(f"lines-{place}-what"), values.get(f"lines-{place}-amount")
            if what and amount is not None:
                self.lines.append((what, amount))
            elif what or amount is not None:
                missing = "amount" if what else "what"
                if f"lines-{place}-{missing}" not in self.errors:
                    self.add_error(f"lines-{place}-{missing}", _("This is missing."))
        return values

    def hand_over(self) -> None:
        services.set_costs(**self.who, lines=self.lines, spent=self.cleaned_data["spent"])


def _is_row(name: str) -> bool:
    parts = name.split("-")
    return len(parts) == 3 and parts[0] == "lines" and parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 3


class CoverForm(StepForm):
    insurance = YuanField(label=_("Insurance will pay"), help_text=_("Medical and commercial insurance together."))
    aid = YuanField(label=_("Aid will pay"), help_text=_("From the government, charities, employers, schools."))
    own = YuanField(label=_("You yourselves can pay"), help_text=_("Savings, what was sold, what relatives give."))

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return {"insurance": campaign.insurance_pays, "aid": campaign.aid_pays, "own": campaign.own_means}

    def hand_over(self) -> None:
        services.set_cover(**self.who, **self.cleaned_data)

    def outcome(self) -> Text:
        return _("The target is ¥%(target)s: what the treatment costs, less what others and you yourselves pay.") % {
            "target": yuan_text(self.campaign.target or 0)
        }


class StoryForm(StepForm):
    """One of the three parts; the guidance is neutral (bottom line 2)."""

    part = ""
    hint: Any = ""
    text = forms.CharField(label=_("In your own words"), max_length=3000, widget=forms.Textarea(attrs=TEXT_AREA))

    def prepare(self) -> None:
        self.fields["text"].help_text = self.hint

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return {"text": getattr(campaign, f"story_{cls.part}")}

    def hand_over(self) -> None:
        services.set_story(**self.who, part=self.part, text=self.cleaned_data["text"])


class WhoForm(StoryForm):
    part = "who"
    hint = _("What does the patient do, who is in the family, how did you live before the illness?")


class WhatForm(StoryForm):
    part = "illness"
    hint = _("When did it begin, what did the doctors say, what was done, what did it cost and what did insurance pay?")


class CallForm(StoryForm):
    part = "call"
    hint = _("What comes next in the treatment, and what do you need the money for? No phone numbers, no links.")


class TitleForm(StepForm):
    title = forms.CharField(label=_("Title"), max_length=60, help_text=_("One plain sentence, at most 30 characters."))

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        return {"title": campaign.title}

    def hand_over(self) -> None:
        services.set_title(**self.who, title=self.cleaned_data["title"])


class NeededByForm(StepForm):
    needed_by = date_field(
        label=_("By when does the hospital need the money?"),
        required=False,
        help_text=_("If an operation has a date, write it here. Leave it empty if there is none."),
    )

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        day: date | None = campaign.needed_by
        return {"needed_by": day if day and day >= timezone.localdate() else None}

    def hand_over(self) -> None:
        services.set_needed_by(**self.who, needed_by=self.cleaned_data["needed_by"])
