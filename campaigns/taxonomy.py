"""A small list of illnesses in plain words: enough to find and to compare, never a diagnosis (that is the doctor's text)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Disease(models.TextChoices):
    LEUKEMIA = "leukemia", _("Leukaemia")
    LYMPHOMA = "lymphoma", _("Lymphoma")
    APLASTIC_ANEMIA = "aplastic_anemia", _("Aplastic anaemia")
    LUNG_CANCER = "lung_cancer", _("Lung cancer")
    BREAST_CANCER = "breast_cancer", _("Breast cancer")
    GASTRIC_CANCER = "gastric_cancer", _("Stomach cancer")
    COLON_CANCER = "colon_cancer", _("Bowel cancer")
    CERVICAL_CANCER = "cervical_cancer", _("Cervical cancer")
    LIVER_CANCER = "liver_cancer", _("Liver cancer")
    OSTEOSARCOMA = "osteosarcoma", _("Bone cancer")
    NEUROBLASTOMA = "neuroblastoma", _("Neuroblastoma")
    RETINOBLASTOMA = "retinoblastoma", _("Retinoblastoma")
    GLIOMA = "glioma", _("Brain tumour")
    CONGENITAL_HEART = "congenital_heart", _("Heart disease from birth")
    HEART_VALVE = "heart_valve", _("Heart valve disease")
    AORTIC = "aortic", _("Disease of the aorta")
    STROKE = "stroke", _("Stroke")
    UREMIA = "uremia", _("Kidney failure")
    CYSTIC_KIDNEY = "cystic_kidney", _("Cystic kidney disease")
    LIVER_FAILURE = "liver_failure", _("Liver failure")
    BILIARY_ATRESIA = "biliary_atresia", _("Biliary atresia")
    LUPUS = "lupus", _("Lupus")
    MS = "ms", _("Multiple sclerosis")
    ALS = "als", _("Motor neurone disease")
    PARKINSON = "parkinson", _("Parkinson’s disease")
    EPILEPSY = "epilepsy", _("Epilepsy")
    COPD = "copd", _("Chronic lung disease")
    SPINAL_INJURY = "spinal_injury", _("Injury of the spine")
    BURNS = "burns", _("Severe burns")
    TRAUMA = "trauma", _("Severe injury")
    RARE = "rare", _("Rare disease")
    OTHER = "other", _("Another severe illness")


class Relation(models.TextChoices):
    """What the raiser is to the patient."""

    SELF = "self", _("The patient")
    SPOUSE = "spouse", _("Husband or wife")
    PARENT = "parent", _("Father or mother")
    CHILD = "child", _("Son or daughter")
    SIBLING = "sibling", _("Brother or sister")
    GRANDPARENT = "grandparent", _("Grandparent")
    GRANDCHILD = "grandchild", _("Grandchild")
    GUARDIAN = "guardian", _("Legal guardian")
    OTHER_RELATIVE = "other_relative", _("Another relative")
    FRIEND = "friend", _("Friend, colleague or neighbour")


# Who may speak for a patient under 18 (R104).
SPEAKS_FOR_A_MINOR = (Relation.PARENT, Relation.GUARDIAN)


class PayeeRelation(models.TextChoices):
    """What the payee is to the patient; who else may be paid is decided by `docs.payee_relations` (R47)."""

    SELF = "self", _("The patient")
    SPOUSE = "spouse", _("Husband or wife")
    PARENT = "parent", _("Father or mother")
    CHILD = "child", _("Son or daughter")
    SIBLING = "sibling", _("Brother or sister")
    GUARDIAN = "guardian", _("Legal guardian")
    HOSPITAL = "hospital", _("The hospital")
    CHARITY = "charity", _("A charity")


class Acquaintance(models.TextChoices):
    """How an attester knows the patient."""

    RELATIVE = "relative", _("Relative")
    FRIEND = "friend", _("Friend")
    COLLEAGUE = "colleague", _("Colleague")
    CLASSMATE = "classmate", _("Classmate")
    NEIGHBOUR = "neighbour", _("Neighbour")
    TEACHER = "teacher", _("Teacher")
    MEDICAL = "medical", _("Medical staff")
    VILLAGE = "village", _("Village or neighbourhood office")
    OTHER = "other", _("Another way")
