"""What the raiser has to do next."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.selectors import unanswered
from campaigns.models import Campaign
from campaigns.selectors.giving import attestation_count
from core.errors import Text
from policy.parameters import value


@dataclass(frozen=True)
class Task:
    text: Text
    url: str
    urgent: bool = False


def tasks(campaign: Campaign) -> list[Task]:
    """At most five queries."""
    here = [campaign.code]
    found = [
        Task(_("Answer the report"), reverse("audit:report_own", args=[number]), urgent=True)
        for number in unanswered("campaign", campaign.pk)
    ]
    if campaign.status == "fix_needed":
        found.append(Task(_("Mend what the reviewers named"), reverse("campaigns:draft", args=here), urgent=True))
    if campaign.status == "published" and attestation_count(campaign) < value("attest.min_for_early_withdraw"):
        found.append(
            Task(_("Ask people who know the patient to attest"), reverse("campaigns:page", args=here) + "#attest")
        )
    stale = timezone.now() - timedelta(days=value("update.stale_days"))
    if (
        campaign.status in ("published", "paused", "ended")
        and not campaign.updates.filter(published_at__gt=stale).exists()
    ):
        found.append(Task(_("Tell those who helped how it goes"), reverse("campaigns:update", args=here)))
    payee = campaign.payees.exclude(status="replaced").first()
    if campaign.is_public and payee and payee.status != "verified":
        found.append(Task(_("The payee’s account is still being confirmed: there is nothing to do for you"), ""))
    return found
