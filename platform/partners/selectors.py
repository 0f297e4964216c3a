"""The readers of the register of partners."""

import re
from typing import TypeVar

from django.db.models import Q, QuerySet

from core.searching import matching
from partners.models import AccountChange, Hospital, Partner, ReliefChannel
from policy.enforce import enforces

P = TypeVar("P", bound=Partner)

_REGION = re.compile(r"[0-9]{6}")


def find_hospitals(query: str = "", province_code: str = "") -> QuerySet[Hospital]:
    """Active hospitals whose code, name, other names or place hold every word of `query`, by name. One query."""
    found = Hospital.objects.filter(is_active=True).order_by("name", "id")
    if province_code:
        found = found.filter(province_code=province_code) if _REGION.fullmatch(province_code) else found.none()
    return matching(found, "search_text", query)


def find_partners(model: type[P], query: str) -> QuerySet[P]:
    """Hospitals or charities for those who keep the register, inactive ones as well. One query."""
    return matching(model._default_manager.select_related("account").order_by("name", "id"), "search_text", query)


def waiting_accounts() -> list[AccountChange]:
    """Accounts that wait for a second person, oldest first. One query."""
    rows = AccountChange.objects.filter(status="proposed").select_related("hospital", "charity", "proposed_by")
    return list(rows.order_by("id")[:100])


def all_relief() -> QuerySet[ReliefChannel]:
    """The whole relief directory, hidden lines as well. One query."""
    return ReliefChannel.objects.select_related("charity").order_by("province_code", "position", "id")


def hospital_by_code(code: str) -> Hospital | None:
    """The active hospital with this code. One query."""
    return Hospital.objects.filter(code=code, is_active=True).first() if code.isascii() and "\0" not in code else None


def account_changes(partner: Partner) -> list[AccountChange]:
    """The proposals for a partner's account, newest first, with their people. One query."""
    rows = AccountChange.objects.filter(**{partner.SINGULAR: partner})
    return list(
        rows.select_related("account", "proposed_by", "approved_by", "hospital", "charity").order_by("-id")[:50]
    )


@enforces("R11")
def relief_for(province_code: str = "", disease: str = "") -> list[ReliefChannel]:
    """Where a family can ask for help before raising money: public aid first, then charities (R11). One query.

    Without a province, what holds everywhere; without a disease, everything in that place.
    """
    here = ["", province_code] if _REGION.fullmatch(province_code) else [""]
    rows = ReliefChannel.objects.filter(
        Q(charity=None) | Q(charity__is_active=True), is_active=True, province_code__in=here
    ).select_related("charity")
    fitting = [row for row in rows if not disease or not row.diseases or disease in row.diseases]
    return sorted(fitting, key=lambda row: (row.kind != ReliefChannel.Kind.GOVERNMENT, row.position, row.pk))


def provinces() -> list[tuple[str, str]]:
    """(code, name) of the provinces that have an active hospital, by code. One query."""
    rows = Hospital.objects.filter(is_active=True).exclude(province_code="")
    return sorted(dict(rows.values_list("province_code", "province").distinct()).items())
