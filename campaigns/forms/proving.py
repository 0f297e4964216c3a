"""Steps about papers, the payee, consents and the promise."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import consent_texts
from accounts.consent_texts import ConsentText
from accounts.purposes import Purpose
from campaigns import letters, papers, services
from campaigns.forms.base import StepForm
from campaigns.models import Campaign
from campaigns.papers import PHOTO, SLOTS, Slot
from campaigns.selectors.drafts import load
from campaigns.services.people import scope_of
from campaigns.taxonomy import PayeeRelation
from core.errors import DomainError
from documents.forms import PapersField
from documents.models import Document
from partners.models import Charity
from policy.parameters import value

PERSONS = (
    PayeeRelation.SELF,
    PayeeRelation.SPOUSE,
    PayeeRelation.PARENT,
    PayeeRelation.CHILD,
    PayeeRelation.SIBLING,
    PayeeRelation.GUARDIAN,
)


class PapersForm(StepForm):
    """One field per place and kind of paper; what is taken away in a field is taken out of the request."""

    autosaves = False
    step = ""
    needed: frozenset[str] = frozenset()

    def prepare(self) -> None:
        self.slots = self._slots()
        for slot in self.slots:
            for kind in slot.kinds:
                field = PapersField(
                    kind=kind,
                    most=value("campaign.photos_max") if slot.code == PHOTO else 12,
                    label=kind.label,
                    required=False,
                )
                field.for_owner(self.actor)
                self.fields[f"{slot.code}__{kind.value}"] = field

    def _slots(self) -> list[Slot]:
        case = load(self.campaign).case
        self.needed = frozenset(slot.code for slot in papers.needed(case))
        wanted = self.needed | {slot.code for slot in papers.welcome(case)}
        return [slot for slot in SLOTS.values() if slot.step == self.step and slot.code in wanted]

    @property
    def groups(self) -> list[tuple[Slot, bool, list[forms.BoundField]]]:
        """Each place for papers, whether the request needs it, and its fields."""
        return [
            (slot, slot.code in self.needed, [self[f"{slot.code}__{kind.value}"] for kind in slot.kinds])
            for slot in self.slots
        ]

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        found: dict[str, list[Document]] = {}
        for paper in campaign.papers.select_related("document"):
            found.setdefault(f"{paper.slot}__{paper.document.kind}", []).append(paper.document)
        return found

    def hand_over(self) -> None:
        for slot in self.slots:
            sent: list[Document] = []
            for kind in slot.kinds:
                sent += self.cleaned_data[f"{slot.code}__{kind.value}"]
            there = list(self.campaign.papers.filter(slot=slot.code))
            for paper in there:
                if paper.document_id not in {document.pk for document in sent}:
                    services.detach_paper(**self.who, paper_id=paper.pk)
            for document in sent:
                if document.pk not in {paper.document_id for paper in there}:
                    services.attach_paper(**self.who, slot=slot.code, document=document)


class PhotosForm(PapersForm):
    step = PHOTO

    def _slots(self) -> list[Slot]:
        return [SLOTS[PHOTO]]


def papers_form(step: str) -> type[PapersForm]:
    return type(f"PapersForm_{step}", (PapersForm,), {"step": step})


class PayeeForm(StepForm):
    """First the relation; for a person, then the account. A hospital is paid by the account of the register."""

    relation = forms.ChoiceField(label=_("The payee is …"), choices=[], widget=forms.RadioSelect)

    def prepare(self) -> None:
        allowed = value("docs.payee_relations")
        charities = list(Charity.objects.filter(is_active=True, account__isnull=False).order_by("name")[:50])
        field: forms.ChoiceField = self.fields["relation"]  # type: ignore[assignment]
        field.choices = [
            (relation.value, relation.label)
            for relation in PayeeRelation
            if relation.value in allowed and (relation != PayeeRelation.CHARITY or charities)
        ]
        relation = str(self.typed("relation") or "")
        if relation in PERSONS:
            self._ask_person()
        elif relation == PayeeRelation.CHARITY:
            self.fields["charity"] = forms.ChoiceField(
                label=_("Which charity?"), choices=[("", "—"), *((charity.code, charity.name) for charity in charities)]
            )

    def _ask_person(self) -> None:
        self.fields["name"] = forms.CharField(label=_("Name of the payee, as on the ID card"), max_length=60)
        self.fields["id_number"] = forms.CharField(
            label=_("ID number of the payee"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
        )
        self.fields["account_number"] = forms.CharField(
            label=_("Bank card number"),
            max_length=40,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        )
        self.fields["bank"] = forms.CharField(label=_("Bank"), max_length=80)
        self.fields["branch"] = forms.CharField(label=_("Branch"), max_length=80, required=False)
        self.fields["phone"] = forms.CharField(
            label=_("Mobile number that the bank knows"), max_length=20, widget=forms.TextInput(attrs={"type": "tel"})
        )

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        """The account is not shown again in clear; it is typed anew when something changes."""
        payee = campaign.payees.exclude(status="replaced").first()
        return {"relation": payee.relation} if payee else {}

    @classmethod
    def is_partial(cls, data: Mapping[str, Any]) -> bool:
        relation = data.get("relation")
        return (relation in PERSONS and "name" not in data) or (
            relation == PayeeRelation.CHARITY and "charity" not in data
        )

    def hand_over(self) -> None:
        values = dict(self.cleaned_data)
        relation = values["relation"]
        if relation in PERSONS:
            services.set_person_payee(**self.who, **values, client_ip=self.client_ip)
            return
        partner = (
            self.campaign.hospital
            if relation == PayeeRelation.HOSPITAL
            else Charity.objects.filter(code=values["charity"], is_active=True).first()
        )
        if partner is None:
            raise DomainError("hospital", _("First say in which hospital the patient is."), field="relation")
        services.set_partner_payee(**self.who, partner=partner)


class ConsentsForm(StepForm):
    autosaves = False
    sensitive = forms.BooleanField(label=_("I agree"), required=False)
    story = forms.BooleanField(label=_("I agree"), required=False)
    documents = forms.BooleanField(label=_("I agree"), required=False)
    purposes = {
        "sensitive": Purpose.SENSITIVE_DATA,
        "story": Purpose.PUBLISH_STORY,
        "documents": Purpose.PUBLISH_DOCUMENTS,
    }

    @property
    def texts(self) -> list[tuple[ConsentText, forms.BoundField]]:
        """Each consent apart, in its own words; none is ticked beforehand."""
        return [(consent_texts.current(purpose), self[name]) for name, purpose in self.purposes.items()]

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        given = load(campaign).consents
        return {name: purpose.value in given for name, purpose in cls.purposes.items()}

    def hand_over(self) -> None:
        services.agree_to_publish(**self.who, **self.cleaned_data)


class PromiseForm(StepForm):
    autosaves = False
    agreed = forms.BooleanField(label=_("I have read this and promise it"), required=False)
    text_version = forms.CharField(max_length=20, widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.letter = letters.current("promise")
        self.fields["text_version"].initial = self.letter.version
        draft = load(self.campaign)
        self.raiser_signed = "raiser" in draft.signers
        self.patient_signed = draft.patient_has_signed
        if not self.patient_signed and self.campaign.patient_id:
            field = PapersField(
                kind="hospital_letter",
                most=3,
                label=SLOTS["unable"].label,
                help_text=_(
                    "Only if the patient cannot read and decide at present. You then sign in the patient’s stead."
                ),
                required=False,
            )
            field.for_owner(self.actor)
            self.fields["unable"] = field

    @property
    def scope(self) -> str:
        return scope_of(self.campaign)

    def hand_over(self) -> None:
        for document in self.cleaned_data.get("unable", []):
            services.attach_paper(**self.who, slot="unable", document=document)
        services.sign_promise(
            **self.who,
            agreed=self.cleaned_data["agreed"],
            text_version=self.cleaned_data["text_version"],
            client_ip=self.client_ip,
        )
