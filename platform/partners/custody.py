"""What goes to and comes from a custodian bank."""

from dataclasses import dataclass
from datetime import date, datetime

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


@dataclass(frozen=True)
class CustodyLine:
    """One movement in the custody account. `kind`: credit (a channel paid in), transfer, interest, or another. `number` is the
    one that both sides know: `channel:batch number` of a credit, our number of a transfer, the bank's of anything else."""

    kind: str
    number: str
    bank_id: str
    amount: Fen  # negative when it went out
    at: datetime
    raw: str


@dataclass(frozen=True)
class CustodyStatement:
    """The account's statement of a day in Shanghai: `opening` and all lines make `closing`."""

    day: date
    opening: Fen
    closing: Fen
    lines: list[CustodyLine]
