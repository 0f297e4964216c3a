"""What people type in this room."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import registry, rules
from audit.expressions import EXPRESSION_MAX
from audit.models import Case, FactVerdict, Report, Rule
from audit.purposes import REVEAL
from audit.registry import Fact, Severity
from audit.selectors import FactStatus
from audit.services import FactDecision
from audit.services.reports import CONTACT_MAX, TEXT_MAX, TEXT_MIN
from core.errors import DomainError
from core.forms import PicksField
from documents.kinds import Kind
from documents.models import Document

_WORDS = {"rows": 3}


class FilterForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Case.Kind.choices])
    band = forms.ChoiceField(label=_("Machine"), required=False, choices=[("", _("All")), *Case.Band.choices])
    urgent = forms.BooleanField(label=_("Urgent only"), required=False)

    def chosen(self) -> dict[str, Any]:
        """What is understood of the query string; the rest does not filter."""
        self.is_valid()
        data = self.cleaned_data
        return {"kind": data.get("kind", ""), "band": data.get("band", ""), "urgent": data.get("urgent") or None}


class FactRow:
    """One fact with its bound fields, for the template."""

    def __init__(self, form: "DecisionForm", fact: Fact, known: FactStatus) -> None:
        self.fact, self.known = fact, known
        self.result, self.method, self.reason, self.note = (form[f"{fact.code}__{name}"] for name in PARTS)

    def fields(self) -> Iterator[BoundField]:
        yield from (self.method, self.reason, self.note)


PARTS = ("result", "method", "reason", "note")


class DecisionForm(forms.Form):
    """The verdict on one case: four fields per fact, the outcome, the word on public order, a note."""

    seen_version = forms.CharField(widget=forms.HiddenInput, max_length=64)
    public_order = forms.TypedChoiceField(
        label=_("Is the matter in keeping with public order and good morals?"),
        choices=[("yes", _("Yes")), ("no", _("No, it is against them"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note for colleagues"), required=False, max_length=4000, widget=forms.Textarea(attrs=_WORDS)
    )
    outcome = forms.ChoiceField(label=_("Decision"), choices=Case.Outcome.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, case: Case, facts: Sequence[Fact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        reasons = [("", "—"), *((reason.code, reason.label) for reason in registry.reasons().values())]
        for fact in facts:
            results = [
                choice for choice in FactVerdict.Result.choices if choice[0] != "not_needed" or not fact.required
            ]
            self.fields[f"{fact.code}__result"] = forms.ChoiceField(
                label=_("Verdict"), choices=results, widget=forms.RadioSelect, required=False
            )
            self.fields[f"{fact.code}__method"] = forms.ChoiceField(
                label=_("Verified how"),
                choices=[("", "—"), *FactVerdict.Method.choices],
                required=False,
                initial="document" if fact.documents else "",
            )
            self.fields[f"{fact.code}__reason"] = forms.ChoiceField(
                label=_("Refused why"), choices=reasons, required=False
            )
            self.fields[f"{fact.code}__note"] = forms.CharField(
                label=_("A word to the raiser"), required=False, max_length=1000
            )
        self.fields["seen_version"].initial = case.subject_version
        if not rules.asks_public_order(case.kind):
            del self.fields["public_order"]

    def rows(self, known: Mapping[str, FactStatus]) -> list[FactRow]:
        return [FactRow(self, fact, known[fact.code]) for fact in self.facts]

    def decisions(self) -> list[FactDecision]:
        data = self.cleaned_data
        return [
            FactDecision(fact.code, result, *(data[f"{fact.code}__{name}"] for name in PARTS[1:]))
            for fact in self.facts
            if (result := data[f"{fact.code}__result"])
        ]

    def show(self, error: DomainError) -> None:
        """Put the faults of the service beside the fields of this form."""
        for name, message in (error.fields or {"": error.message}).items():
            code = name.removeprefix("facts.")
            field = {"public_order_ok": "public_order"}.get(name, f"{code}__result" if code != name else name)
            self.add_error(field if field in self.fields else None, str(message))


class TextForm(forms.Form):
    """A few sentences; `label` says what about."""

    text = forms.CharField(label=_("Your words"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, label: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["text"].label = label


class RevealForm(forms.Form):
    purpose = forms.ChoiceField(label=_("Why do you need to see it?"), choices=list(REVEAL.items()))


class ThresholdForm(forms.Form):
    standard_from = forms.IntegerField(label=_("Look closely from"), help_text=_("Points"))
    enhanced_from = forms.IntegerField(label=_("Two reviewers from"), help_text=_("Points"))
    note = forms.CharField(
        label=_("Why this version"), required=False, max_length=2000, widget=forms.Textarea(attrs=_WORDS)
    )


class RuleForm(forms.Form):
    code = forms.CharField(label=_("Short name"), max_length=60)
    expression = forms.CharField(
        label=_("Rule"),
        max_length=EXPRESSION_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code"}),
        help_text=_("f holds what the checks found, s the request: has(f.blacklist_person) && f.blacklist_person.hit"),
    )
    points = forms.IntegerField(label=_("Points"), min_value=-100, max_value=100)
    severity = forms.ChoiceField(label=_("Severity"), choices=[(level.value, level.value) for level in Severity])
    reason_zh = forms.CharField(label=_("What a hit means, in Chinese"), max_length=200)
    reason_en = forms.CharField(label=_("What a hit means, in English"), max_length=200)
    subjects = forms.MultipleChoiceField(
        label=_("For"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: for everything"),
    )

    def __init__(self, *args: Any, rule: Rule | None = None, **kwargs: Any) -> None:
        if rule:
            kwargs["initial"] = {name: getattr(rule, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        choices = [(subject.kind, subject.label) for subject in registry.subjects().values()]
        self.fields["subjects"].choices = choices  # type: ignore[attr-defined]


class PapersField(PicksField):
    """Some of a person's own uploads, as ticks."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Document.objects.none(), required=False, **kwargs)

    def label_from_instance(self, document: Document) -> str:
        return f"{document.get_kind_display()} · {date_format(localtime(document.created_at), 'SHORT_DATETIME_FORMAT')}"


class ReportForm(forms.Form):
    """What anybody tells us about a request. Papers only from people who have signed in."""

    category = forms.ChoiceField(
        label=_("What is it about?"), choices=Report.Category.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What do you know, and from where?"),
        min_length=TEXT_MIN,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    contact = forms.CharField(
        label=_("How can we reach you?"),
        help_text=_("Phone or e-mail, for questions. Only the complaints team sees it."),
        required=False,
        max_length=CONTACT_MAX,
    )
    documents = PapersField(label=_("Papers that you add"))
    paper = forms.FileField(label=_("Add a paper or a photo"), required=False)
    good_faith = forms.BooleanField(
        label=_("I report what I believe to be true, in good faith"),
        help_text=_("A wrong report hurts a sick family. A true one protects everybody. Your name is never shown."),
    )
    form_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, reporter: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reporter is None:
            del self.fields["documents"], self.fields["paper"]
            return
        own = Document.objects.filter(owner=reporter, kind=Kind.EVIDENCE).order_by("-id")
        self.fields["documents"].queryset = own  # type: ignore[attr-defined]
        if not own.exists():
            self.fields["documents"].widget = forms.MultipleHiddenInput()


class TriageForm(forms.Form):
    credible = forms.TypedChoiceField(
        label=_("Can it be believed?"),
        choices=[
            ("no", _("No, nothing speaks for it")),
            ("yes", _("Yes, it has to be looked into")),
            ("evidence", _("Yes, and there is preliminary evidence: freeze at once")),
        ],
        widget=forms.RadioSelect,
    )
    summary = forms.CharField(
        label=_("What it is about, in neutral words"),
        help_text=_("The raiser and the public read this. Nothing that could tell who reported."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs=_WORDS),
    )


class AnswerForm(forms.Form):
    """The raiser's answer to a report, with papers."""

    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("Everybody can read it on your page. Leave out private details of others."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    documents = PapersField(label=_("Papers for the complaints team, from your uploads"))

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].queryset = Document.objects.filter(owner=owner).order_by("-id")  # type: ignore[attr-defined]
