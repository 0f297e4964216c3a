"""The kinds of paper and picture that people show, and which of them may ever be published."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    ID_FRONT = "id_front", _("ID card, side with the photo")
    ID_BACK = "id_back", _("ID card, side with the emblem")
    HOUSEHOLD = "household", _("Household register")
    MARRIAGE = "marriage", _("Marriage certificate")
    DIAGNOSIS = "diagnosis", _("Diagnosis certificate")
    ADMISSION = "admission", _("Admission or discharge record")
    INPATIENT_PAGE = "inpatient_page", _("Front page of the inpatient record")
    LAB_REPORT = "lab_report", _("Lab or imaging report")
    ESTIMATE = "estimate", _("Cost estimate by the hospital")
    BILL = "bill", _("Hospital bill")
    INVOICE = "invoice", _("Invoice")
    RELATION_PROOF = "relation_proof", _("Proof of relationship")
    GUARDIANSHIP = "guardianship", _("Proof of guardianship")
    BANK_CARD = "bank_card", _("Bank card")
    PAYEE_PHOTO = "payee_photo", _("Payee holding the ID card")
    ASSET_PROOF = "asset_proof", _("Proof about assets")
    PHOTO = "photo", _("Photograph")
    HOSPITAL_LETTER = "hospital_letter", _("Letter from the hospital")
    EVIDENCE = "evidence", _("Evidence")
    OTHER = "other", _("Something else")


# These identify a person or open an account: no black box makes a copy of them useful to a donor (R41).
NEVER_PUBLIC = frozenset({Kind.ID_FRONT, Kind.ID_BACK, Kind.BANK_CARD, Kind.PAYEE_PHOTO})

# Everything but a photograph of daily life carries names, numbers or bar codes, so a copy without a single black box is
# a copy that nobody has looked at (R41).
PUBLIC_WITHOUT_BOXES = frozenset({Kind.PHOTO})
