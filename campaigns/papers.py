"""Which papers a request needs, by what it says (R15, R19, R20). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from documents.kinds import Kind

_ID = (Kind.ID_FRONT, Kind.ID_BACK)
_KINSHIP = (Kind.HOUSEHOLD, Kind.MARRIAGE, Kind.RELATION_PROOF, Kind.GUARDIANSHIP)
PHOTO = "photo"


@dataclass(frozen=True)
class Slot:
    """A place for papers. `all_of`: one of each of these kinds is needed; `any_of`: one of any of them.

    `kinds` may be put there; `step` is the page of the wizard.
    """

    code: str
    module: str
    step: str
    label: Text
    kinds: tuple[Kind, ...]
    hint: Text = ""
    all_of: tuple[Kind, ...] = ()

    def is_filled(self, kinds: Iterable[str]) -> bool:
        have = set(kinds)
        return set(self.all_of) <= have if self.all_of else bool(have & set(self.kinds))


SLOTS: dict[str, Slot] = {
    slot.code: slot
    for slot in (
        Slot("raiser_id", "identity", "papers_identity", _("ID card of the raiser, both sides"), _ID, all_of=_ID),
        Slot("patient_id", "identity", "papers_identity", _("ID card of the patient, both sides"), _ID, all_of=_ID),
        Slot(
            "child_id",
            "identity",
            "papers_identity",
            _("The child’s page in the household register, or the ID card"),
            (Kind.HOUSEHOLD, *_ID),
        ),
        Slot(
            "relation",
            "identity",
            "papers_identity",
            _("What shows how raiser and patient belong together"),
            _KINSHIP,
            hint=_("Household register, marriage certificate, or a letter of the village or neighbourhood office."),
        ),
        Slot(
            "guardianship",
            "identity",
            "papers_identity",
            _("Proof of guardianship"),
            (Kind.GUARDIANSHIP,),
        ),
        Slot(
            "diagnosis",
            "diagnosis",
            "papers_diagnosis",
            _("Diagnosis certificate"),
            (Kind.DIAGNOSIS,),
            hint=_("With the hospital’s stamp, not older than six months."),
        ),
        Slot(
            "inpatient",
            "diagnosis",
            "papers_diagnosis",
            _("Front page of the inpatient record, or admission record"),
            (Kind.INPATIENT_PAGE, Kind.ADMISSION, Kind.HOSPITAL_LETTER),
        ),
        Slot("bills", "diagnosis", "papers_diagnosis", _("Bills so far"), (Kind.BILL, Kind.INVOICE)),
        Slot(
            "estimate",
            "diagnosis",
            "papers_diagnosis",
            _("The hospital’s cost estimate"),
            (Kind.ESTIMATE, Kind.HOSPITAL_LETTER),
            hint=_("Ask the doctor for it. The target follows from it."),
        ),
        Slot("lab", "diagnosis", "papers_diagnosis", _("Lab and imaging reports"), (Kind.LAB_REPORT,)),
        Slot("payee_id", "payee", "papers_payee", _("ID card of the payee, both sides"), _ID, all_of=_ID),
        Slot("payee_card", "payee", "papers_payee", _("Bank card of the payee"), (Kind.BANK_CARD,)),
        Slot(
            "payee_relation", "payee", "papers_payee", _("What shows how payee and patient belong together"), _KINSHIP
        ),
        Slot(
            "payee_photo",
            "payee",
            "papers_payee",
            _("Photo of the payee holding the ID card"),
            (Kind.PAYEE_PHOTO,),
            hint=_("Nobody but our reviewers ever sees it."),
        ),
        Slot(
            "allowance",
            "assets",
            "papers_assets",
            _("Proof of the subsistence allowance"),
            (Kind.ASSET_PROOF,),
            hint=_("Without proof it is not shown on the page."),
        ),
        Slot("assets", "assets", "papers_assets", _("Proof about house, car or income"), (Kind.ASSET_PROOF,)),
        Slot(
            "unable",
            "promises",
            "promise",
            _("The hospital’s letter that the patient cannot decide at present"),
            (Kind.HOSPITAL_LETTER,),
        ),
        Slot(PHOTO, "", "photos", _("Photos for the page"), (Kind.PHOTO,)),
    )
}
# Close relatives show themselves with their ID card (R20).
_PAYEE_PHOTO = ("parent", "child", "sibling", "guardian")


@dataclass(frozen=True)
class Case:
    """What decides which papers are needed. `payee_is`: raiser, patient, other, or organisation."""

    relation: str
    minor: bool
    payee_relation: str = ""
    payee_is: str = ""
    allowance: bool = False


def needed(case: Case) -> list[Slot]:
    """The slots that have to be filled, in order."""
    codes = ["patient_id"] if not case.minor else ["child_id"]
    if case.relation != "self":
        codes = ["raiser_id", *codes, "guardianship" if case.relation == "guardian" else "relation"]
    codes += ["diagnosis", "inpatient", "bills", "estimate"]
    if case.payee_is in ("raiser", "patient", "other"):
        codes.append("payee_card")
        if case.payee_is == "other":
            codes += ["payee_id", "payee_relation"]
        if case.payee_relation in _PAYEE_PHOTO:
            codes.append("payee_photo")
    if case.allowance:
        codes.append("allowance")
    return [SLOTS[code] for code in codes]


def welcome(case: Case) -> list[Slot]:
    """Slots that may be filled but need not."""
    return [SLOTS["lab"], SLOTS["assets"]]


def missing(case: Case, have: Mapping[str, Iterable[str]]) -> list[Slot]:
    """Needed slots that are not filled; `have` maps a slot to the kinds of the documents there."""
    return [slot for slot in needed(case) if not slot.is_filled(have.get(slot.code, ()))]
