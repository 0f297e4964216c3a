"""Roles. Everyone who signs in may raise and give; the rest is granted, and needs a second factor."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AUDITOR = "auditor", _("Auditor")
    SENIOR_AUDITOR = "senior_auditor", _("Senior auditor")
    RISK = "risk", _("Risk officer")
    FINANCE = "finance", _("Finance")
    COMPLAINTS = "complaints", _("Complaints officer")
    ADVISER = "adviser", _("Field adviser")
    HOSPITAL = "hospital", _("Hospital")
    CHARITY = "charity", _("Charity")
    REGULATOR = "regulator", _("Regulator")
    ADMIN = "admin", _("Administrator")


# Roles of people who work for somebody else: the grant names the organisation.
PARTNER_ROLES = frozenset({Role.HOSPITAL, Role.CHARITY})
