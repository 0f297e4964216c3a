"""The words by which a campaign is found."""

from django.utils import translation

from campaigns.models import Campaign
from core.search import tokens


def search_text(campaign: Campaign) -> str:
    """Stored tokens: code, title, illness in both languages, hospital, and the story. Never a name from an ID card."""
    labels = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            labels.append(str(campaign.get_disease_display()))
    words = [campaign.code, campaign.title, campaign.diagnosis, *labels, campaign.story]
    return " ".join(tokens(" ".join(words)))
