"""What a call to an outside party can end in. Shared by the custodian and by the payment channels."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    OK = "ok"  # done
    PENDING = "pending"  # accepted, not done yet: ask again
    REJECTED = "rejected"  # a definitive no
    UNKNOWN = "unknown"  # nobody knows: ask, or repeat with the same number, never with a new one


@dataclass(frozen=True)
class Result:
    """`code` is the other party's own reason, stable; `channel_id` its number for the thing."""

    outcome: Outcome
    code: str = ""
    channel_id: str = ""


UNREACHABLE = Result(Outcome.UNKNOWN, "unreachable")
NOT_FOUND = "NOT_FOUND"
ABSENT = Result(Outcome.REJECTED, NOT_FOUND)  # for certain; with UNKNOWN the same code is only what somebody says
