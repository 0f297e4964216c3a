"""Fetching is the permission; 404 hides what is not yours."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from campaigns.models import Campaign, Donation

STAFF = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.RISK, Role.COMPLAINTS, Role.FINANCE, Role.ADMIN, Role.REGULATOR)


def campaigns_of(user: User) -> QuerySet[Campaign]:
    return Campaign.objects.filter(raiser=user).exclude(status="discarded")


def get_campaign_for_raiser(user: User, code: str) -> Campaign:
    """The raiser's own campaign, in any state."""
    return get_object_or_404(campaigns_of(user).select_related("patient", "raiser_person", "raiser"), code=code)


def get_draft_for_writer(user: User, code: str) -> Campaign:
    """A request that the user may fill in: the raiser, or the field adviser who helps with it (R85)."""
    mine = Q(raiser=user)
    if user.has_role(Role.ADVISER):
        mine |= Q(adviser=user)
    rows = Campaign.objects.exclude(status="discarded").select_related("patient", "raiser_person", "raiser")
    return get_object_or_404(rows.filter(mine), code=code)


def get_campaign_for_staff(user: User, code: str) -> Campaign:
    rows = Campaign.objects.all() if user.has_role(*STAFF) else Campaign.objects.none()
    return get_object_or_404(rows.select_related("patient", "raiser_person", "raiser"), code=code)


def get_donation_for_donor(user: User, pk: int) -> Donation:
    return get_object_or_404(Donation.objects.select_related("campaign__patient"), donor=user, pk=pk)
