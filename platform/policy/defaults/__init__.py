"""Every number that the platform runs on, as it is when nobody changed it: the rows of RULES D."""

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from policy.defaults import afterwards, money, raising
from policy.parameter import Parameter

GROUPS: list[tuple[Text, list[Parameter]]] = [
    (_("Asking for help"), raising.ROWS),
    (_("Giving and paying out"), money.ROWS),
    (_("After the raise"), afterwards.ROWS),
]
PARAMETERS: dict[str, Parameter] = {row.key: row for _title, rows in GROUPS for row in rows}
