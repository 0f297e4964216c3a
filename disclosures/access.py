"""Fetching is the permission: what is not yours does not exist."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from disclosures.models import Objection, Obligation, Payout, Settlement, Withdrawal


def get_withdrawal_for_raiser(user: User, code: str, pk: int) -> Withdrawal:
    return get_object_or_404(
        Withdrawal.objects.select_related("campaign", "payee"), pk=pk, campaign__code=code, campaign__raiser=user
    )


def get_withdrawal_in_notice(code: str, pk: int) -> Withdrawal:
    """Anybody may see a withdrawal that is or was in public notice."""
    return get_object_or_404(
        Withdrawal.objects.select_related("campaign", "payee"),
        pk=pk,
        campaign__code=code,
        status__in=["notice", "objected", "approved", "paid"],
    )


def get_obligation_for_raiser(user: User, pk: int) -> Obligation:
    return get_object_or_404(Obligation.objects.select_related("campaign", "payout"), pk=pk, campaign__raiser=user)


def get_payout_for_finance(user: User, pk: int) -> Payout:
    _only(user, Role.FINANCE)
    return get_object_or_404(Payout.objects.select_related("withdrawal__campaign", "withdrawal__payee"), pk=pk)


def get_settlement_for_finance(user: User, pk: int) -> Settlement:
    _only(user, Role.FINANCE)
    return get_object_or_404(Settlement.objects.select_related("campaign"), pk=pk)


def get_objection_for_reviewer(user: User, pk: int) -> Objection:
    _only(user, Role.AUDITOR, Role.SENIOR_AUDITOR, Role.COMPLAINTS, Role.RISK)
    return get_object_or_404(Objection.objects.select_related("withdrawal__campaign"), pk=pk)


def _only(user: User, *roles: Role) -> None:
    if not user.has_role(*roles):
        raise Http404
