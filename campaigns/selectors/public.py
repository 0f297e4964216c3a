"""What everybody may see."""

from django.http import Http404

from campaigns.models import Campaign
from campaigns.states import PUBLIC


def get_public(code: str) -> Campaign:
    """A campaign that is or was public, with patient and raiser. One query. Raises Http404 for any other (R17)."""
    found = (
        Campaign.objects.filter(code=code, status__in=PUBLIC)
        .select_related("patient", "raiser_person", "raiser")
        .first()
    )
    if found is None:
        raise Http404
    return found
