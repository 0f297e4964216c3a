"""Who may look at somebody else's identity: reviewers, and nobody else."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from identity.models import BankAccount, Person

REVIEWERS = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.RISK)


def get_person_for_reviewer(user: User, pk: int) -> Person:
    """Raises Http404 for people without the role."""
    if not user.has_role(*REVIEWERS):
        raise Http404
    return get_object_or_404(Person, pk=pk)


def get_account_for_reviewer(user: User, pk: int) -> BankAccount:
    if not user.has_role(*REVIEWERS):
        raise Http404
    return get_object_or_404(BankAccount.objects.select_related("person", "organisation"), pk=pk)
