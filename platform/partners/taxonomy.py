"""The words of the register of hospitals."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Level(models.TextChoices):
    """Level (1 to 3) and grade, as health authorities give them."""

    L3S = "3S", _("Level 3, special grade")
    L3A = "3A", _("Level 3, grade A")
    L3B = "3B", _("Level 3, grade B")
    L3C = "3C", _("Level 3, grade C")
    L3 = "3", _("Level 3, no grade yet")
    L2A = "2A", _("Level 2, grade A")
    L2B = "2B", _("Level 2, grade B")
    L2C = "2C", _("Level 2, grade C")
    L2 = "2", _("Level 2, no grade yet")
    L1A = "1A", _("Level 1, grade A")
    L1B = "1B", _("Level 1, grade B")
    L1C = "1C", _("Level 1, grade C")
    L1 = "1", _("Level 1, no grade yet")
    NONE = "0", _("No level")


class Category(models.TextChoices):
    GENERAL = "general", _("General hospital")
    SPECIALIST = "specialist", _("Specialist hospital")
    TCM = "tcm", _("Chinese medicine hospital")
    OTHER = "other", _("Other medical institution")


class Ownership(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", pgettext_lazy("hospital", "Private")
