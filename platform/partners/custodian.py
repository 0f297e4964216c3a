"""The bank that keeps the money under a custody agreement (R42), whoever it is. Transfers to payees go through it only."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.money import Fen
from partners.custodian_sandbox import SandboxCustodian
from partners.custody import CustodyEvent, CustodyLine, CustodyStatement, TransferOrder, TransferView
from partners.outcomes import Result
from policy.enforce import enforces

__all__ = [
    "CustodyEvent",
    "CustodyLine",
    "CustodyProvider",
    "CustodyStatement",
    "TransferOrder",
    "TransferView",
    "installed",
    "provider",
]


class CustodyProvider(Protocol):
    """No method but parse_notification is called inside a transaction; none raises for what goes wrong outside."""

    code: str
    label: str

    def transfer(self, order: TransferOrder) -> Result:
        """Order a transfer. The same number with the same content is one transfer, however often it is sent."""
        ...

    def query_transfer(self, transfer_no: str) -> TransferView: ...

    def balance(self) -> Fen | None:
        """What the bank says is in the custody account, in fen; None when it does not answer."""
        ...

    def statement(self, day: date) -> tuple[Result, CustodyStatement | None]:
        """Every movement of a day in Shanghai. UNKNOWN when it cannot be had or does not add up: then there is none."""
        ...

    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CustodyEvent:
        """Verify and read. Raises wire.Untrusted. No network."""
        ...


def installed() -> bool:
    """Whether there is a custodian at all: the simulated one exists in sandbox mode only."""
    return settings.SANDBOX


@enforces("R42")
def provider() -> CustodyProvider:
    """The custodian of this installation. Raises ImproperlyConfigured when it has none: then nothing is paid out."""
    if not installed():
        raise ImproperlyConfigured("no custodian bank is connected: money can only be paid out by a custodian (R42)")
    return SandboxCustodian()
