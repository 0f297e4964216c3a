"""Who receives a transfer."""

from dataclasses import dataclass
from enum import StrEnum


class PayeeKind(StrEnum):
    PERSON = "person"
    HOSPITAL = "hospital"
    CHARITY = "charity"


@dataclass(frozen=True)
class Payee:
    """A bank account and its holder, in clear: it is sealed before it is stored, and sent to the custodian only.

    The remark of a transfer to a hospital carries the inpatient number, without which a hospital cannot assign the money.
    """

    kind: PayeeKind
    holder_name: str
    bank: str
    account_number: str
