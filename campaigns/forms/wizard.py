"""Which form belongs to which step, and how REST speaks to it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from campaigns import means
from campaigns.forms import asking, family, proving
from campaigns.forms.base import StepForm
from core.forms import YuanField
from core.money import yuan_plain
from documents.forms import PapersField

FORMS: dict[str, type[StepForm]] = {
    "relation": asking.RelationForm,
    "you": asking.RaiserForm,
    "patient": asking.PatientForm,
    "guardian": asking.GuardianForm,
    "illness": asking.IllnessForm,
    "hospital": asking.HospitalForm,
    "costs": asking.CostsForm,
    "cover": asking.CoverForm,
    "story_who": asking.WhoForm,
    "story_illness": asking.WhatForm,
    "story_call": asking.CallForm,
    "title": asking.TitleForm,
    "needed_by": asking.NeededByForm,
    "photos": proving.PhotosForm,
    **{f"means_{question.code}": family.form_for(question) for question in means.questions()},
    "payee": proving.PayeeForm,
    **{
        step: proving.papers_form(step)
        for step in ("papers_identity", "papers_diagnosis", "papers_payee", "papers_assets")
    },
    "consents": proving.ConsentsForm,
    "promise": proving.PromiseForm,
}


def as_typed(form: StepForm, values: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """REST values as a browser would send them to this form: amounts from fen, yes and no from booleans, ids as text."""
    typed: MultiValueDict[str, Any] = MultiValueDict()
    for name, value in values.items():
        field = form.fields.get(name)
        if isinstance(field, PapersField):
            typed.setlist(name, [str(item) for item in value] if isinstance(value, list) else [str(value)])
        elif isinstance(field, YuanField):
            whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15
            typed[name] = yuan_plain(value) if whole else "" if value is None else "?"
        elif isinstance(field, forms.BooleanField):
            typed[name] = "on" if value is True else ""
        elif isinstance(value, bool):
            typed[name] = "yes" if value else "no"
        elif value is not None:
            typed[name] = str(value)
    return typed
