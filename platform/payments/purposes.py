"""What money is paid, refunded or transferred for. The rooms above register what happens then, in their `apps.ready()`.

All functions run inside the posting transaction, after the posting: what they write and what was booked stand or fall
together. They must be quick, and go to no network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payments.models import Payment, Refund, Transfer


def _nothing(_thing: Any) -> None:
    return None


@dataclass(frozen=True)
class Purpose:
    """`on_paid` may be called for a payment that came late, after it had been closed: the room decides what to do with it."""

    code: str
    on_paid: Callable[["Payment"], None]
    on_refunded: Callable[["Refund"], None] = _nothing
    on_refund_failed: Callable[["Refund"], None] = _nothing


@dataclass(frozen=True)
class TransferPurpose:
    code: str
    on_arrived: Callable[["Transfer"], None]
    on_returned: Callable[["Transfer"], None]
    on_sent: Callable[["Transfer"], None] = _nothing


_purposes: dict[str, Purpose] = {}
_transfer_purposes: dict[str, TransferPurpose] = {}


def register(purpose: Purpose) -> None:
    if purpose.code in _purposes:
        raise ValueError(f"payment purpose {purpose.code} is registered twice")
    _purposes[purpose.code] = purpose


def register_transfer(purpose: TransferPurpose) -> None:
    if purpose.code in _transfer_purposes:
        raise ValueError(f"transfer purpose {purpose.code} is registered twice")
    _transfer_purposes[purpose.code] = purpose


def get(code: str) -> Purpose:
    return _purposes[code]


def get_transfer(code: str) -> TransferPurpose:
    return _transfer_purposes[code]


def codes() -> list[str]:
    return sorted({*_purposes, *_transfer_purposes})
