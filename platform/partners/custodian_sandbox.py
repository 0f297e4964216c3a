"""The stand-in bank of the sandbox (sandbox/custodian.py), over signed HTTP. It moves no real money."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from core.money import Fen
from partners.custody import CustodyEvent, CustodyLine, CustodyStatement, TransferOrder, TransferView
from partners.outcomes import NOT_FOUND, UNREACHABLE, Outcome, Result
from partners.wire import Answer, Peer, Unreachable, Untrusted

HOOK = "/hooks/custodian/"
_OUTCOMES = {
    "accepted": Outcome.PENDING,
    "arrived": Outcome.OK,
    "returned": Outcome.REJECTED,
    "rejected": Outcome.REJECTED,
}


class SandboxCustodian:
    code = "sandbox"
    label = "Sandbox custodian"

    def __init__(self) -> None:
        self.peer = Peer("custodian", settings.SANDBOX_CUSTODIAN_URL)

    def transfer(self, order: TransferOrder) -> Result:
        try:
            answer = self.peer.call(
                "/v1/transfers",
                {
                    "transfer_no": order.transfer_no,
                    "amount": order.amount,
                    "payee": {
                        "kind": order.payee_kind,
                        "name": order.holder_name,
                        "bank": order.bank,
                        "account": order.account_number,
                    },
                    "remark": order.remark,
                    "notify_url": settings.SITE_URL + HOOK,
                },
            )
        except Unreachable:
            return UNREACHABLE
        return _view(answer).result

    def query_transfer(self, transfer_no: str) -> TransferView:
        try:
            return _view(self.peer.call("/v1/transfers/query", {"transfer_no": transfer_no}))
        except Unreachable:
            return TransferView(UNREACHABLE)

    def balance(self) -> Fen | None:
        try:
            answer = self.peer.call("/v1/balance", {})
        except Unreachable:
            return None
        return int(answer.content["balance"]) if answer.status == 200 else None

    def statement(self, day: date) -> tuple[Result, CustodyStatement | None]:
        try:
            answer = self.peer.call("/v1/statements", {"day": day.isoformat()})
        except Unreachable:
            return UNREACHABLE, None
        if answer.status != 200:
            return Result(Outcome.UNKNOWN, f"http_{answer.status}"), None
        try:
            statement = _statement(answer.content, day)
        except (KeyError, TypeError, ValueError):
            return Result(Outcome.UNKNOWN, "malformed"), None
        return Result(Outcome.OK), statement

    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CustodyEvent:
        content = self.peer.read_notification(HOOK, headers, body, now)
        try:
            return CustodyEvent(
                event_id=str(content["event_id"])[:64],
                transfer_no=str(content["transfer_no"])[:64],
                state=str(content["state"])[:20],
                amount=int(content["amount"]),
                occurred_at=datetime.fromtimestamp(int(content["at"]), UTC),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Untrusted("malformed") from error


def _view(answer: Answer) -> TransferView:
    content = answer.content if isinstance(answer.content, dict) else {}
    code = str(content.get("code", ""))[:60]
    if answer.status == 404 and code == NOT_FOUND:
        return TransferView(Result(Outcome.REJECTED, NOT_FOUND))
    outcome = _OUTCOMES.get(str(content.get("state", "")))
    if answer.status >= 500 or outcome is None:
        # A verified 4xx without a state is about the request, not about the transfer: nothing is known about that.
        definite = 400 <= answer.status < 500 and answer.status not in (401, 429)
        return TransferView(Result(Outcome.REJECTED if definite else Outcome.UNKNOWN, code or f"http_{answer.status}"))
    result = Result(outcome, code, str(content.get("bank_id", ""))[:64])
    return TransferView(
        result, str(content["state"]), int(content.get("amount", 0)), str(content.get("reason", ""))[:60]
    )


def _statement(content: Mapping[str, Any], day: date) -> CustodyStatement:
    """Raises KeyError, TypeError or ValueError when it is not understood, is of another day, or does not add up."""
    lines = [_line(row) for row in content["lines"]]
    opening, closing = int(content["opening"]), int(content["closing"])
    if content["day"] != day.isoformat() or opening + sum(line.amount for line in lines) != closing:
        raise ValueError("the statement does not add up")
    return CustodyStatement(day, opening, closing, lines)


def _line(row: Mapping[str, Any]) -> CustodyLine:
    kind, number = str(row["kind"])[:20], str(row["number"])[:60]
    return CustodyLine(
        kind=kind,
        number=f"sandbox:{number}" if kind == "credit" else number,  # it knows one channel only
        bank_id=str(row["id"])[:64],
        amount=int(row["amount"]),
        at=datetime.fromtimestamp(float(row["at"]), UTC),
        raw=json.dumps(row, sort_keys=True),
    )
