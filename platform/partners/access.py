"""Who keeps the register, and fetching its entries."""

from django.http import Http404

from accounts.roles import Role
from partners.models import AccountChange, Charity, Hospital, Partner

KEEPERS = (Role.ADMIN,)
# Bank accounts: finance proposes and approves as well, but never both.
TREASURERS = (Role.ADMIN, Role.FINANCE)

_MODELS: dict[str, type[Partner]] = {model.PLURAL: model for model in (Hospital, Charity)}


def partner_model(plural: str) -> type[Partner]:
    """`hospitals` or `charities`. Raises Http404."""
    try:
        return _MODELS[plural]
    except KeyError:
        raise Http404 from None


def get_partner(plural: str, code: str) -> Partner:
    """For keepers and treasurers; inactive ones as well. Raises Http404."""
    found = partner_model(plural)._default_manager.select_related("account").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def get_account_change(pk: int) -> AccountChange:
    found = AccountChange.objects.select_related("hospital", "charity", "account").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
