"""Whose notice it is: only the reader's own can be fetched."""

from django.http import Http404

from accounts.models import User
from notices.models import Notice


def get_notice_for(user: User, pk: int) -> Notice:
    """Raises Http404 for somebody else's notice, as for one that does not exist."""
    notice = Notice.objects.filter(pk=pk, user=user).first()
    if notice is None:
        raise Http404
    return notice
