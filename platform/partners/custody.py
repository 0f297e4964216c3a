"""What goes to and comes from a custodian bank."""

from dataclasses import dataclass
from datetime import datetime

from core.money import Fen
from partners.outcomes import Result


@dataclass(frozen=True)
class TransferOrder:
    """`account_number` and `holder_name` are in clear: this goes to the bank and nowhere else."""

    transfer_no: str
    amount: Fen
    payee_kind: str  # person, hospital, charity
    holder_name: str
    bank: str
    account_number: str
    remark: str


@dataclass(frozen=True)
class TransferView:
    """What the bank says about a transfer. `state`: accepted, arrived, returned, rejected, or empty if it does not know it
    (`result.code` NOT_FOUND) or did not answer (`result.outcome` UNKNOWN)."""

    result: Result
    state: str = ""
    amount: Fen = 0
    reason: str = ""


@dataclass(frozen=True)
class CustodyEvent:
    event_id: str
    transfer_no: str
    state: str
    amount: Fen
    occurred_at: datetime
