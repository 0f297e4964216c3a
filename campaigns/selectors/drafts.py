"""A request while it is being filled in."""

from collections import defaultdict

from django.utils import timezone

from accounts.selectors import consents_of
from campaigns.models import Campaign
from campaigns.steps import Draft, StepState, states_of
from policy.parameters import value


def load(campaign: Campaign) -> Draft:
    """A request with everything that its steps look at. Six queries."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for slot, kind in campaign.papers.values_list("slot", "document__kind"):
        kinds[slot].append(kind)
    scopes = {"", f"campaign:{campaign.code}"}
    patient = campaign.patient
    return Draft(
        campaign=campaign,
        minor=bool(patient and patient.is_minor_on(timezone.localdate())),
        cost_lines=campaign.cost_lines.count(),
        kinds=dict(kinds),
        payee=campaign.payees.exclude(status="replaced").select_related("person", "account", "organisation").first(),
        signers=frozenset(campaign.promises.values_list("signer", flat=True)),
        consents=frozenset(
            consent.purpose for consent in consents_of(campaign.raiser) if consent.given and consent.scope in scopes
        ),
        modules=dict(campaign.modules.values_list("code", "status")),
        story_min=value("campaign.story_min"),
    )


def progress(campaign: Campaign) -> list[StepState]:
    """The steps with where each stands. Six queries."""
    return states_of(load(campaign))
