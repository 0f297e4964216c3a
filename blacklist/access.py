"""Fetching is the permission."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from blacklist.models import Entry
from identity.selectors import person_of

STAFF = (Role.RISK, Role.SENIOR_AUDITOR, Role.ADMIN)


def get_entry_for_staff(user: User, pk: int) -> Entry:
    if not user.has_role(*STAFF):
        raise Http404
    return get_object_or_404(Entry.objects.select_related("person"), pk=pk)


def get_own_entry(user: User, pk: int) -> Entry:
    """The listed person's own view, from the notice on."""
    person = person_of(user)
    if person is None:
        raise Http404
    return get_object_or_404(Entry.objects.exclude(status="proposed"), pk=pk, person=person)
