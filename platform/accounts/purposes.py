"""What a person may agree to, each one apart (R102). The words are in consent_texts/, one file per version and language."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    TERMS = "terms", _("Terms of use and privacy notice")
    IDENTITY_CHECK = "identity_check", _("Checking who you are")
    SENSITIVE_DATA = "sensitive_data", _("Keeping and reviewing medical and bank data")
    HOSPITAL_PULL = "hospital_pull", _("Asking the hospital for the record")
    PUBLISH_STORY = "publish_story", _("Publishing the story and photos")
    PUBLISH_DOCUMENTS = "publish_documents", _("Publishing redacted documents")
    GUARDIAN = "guardian", _("Agreeing for a child under 14")
