"""The stand-in channel of the sandbox (sandbox/channel.py), over signed HTTP. No real money moves."""

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from core.money import Fen
from partners.outcomes import UNREACHABLE, Outcome, Result
from partners.wire import Answer, Peer, Unreachable, Untrusted
from payments.providers import reading
from payments.providers.base import (
    NO_BILL,
    BadNotification,
    Event,
    PayAction,
    PayIntent,
    PaymentView,
    RefundView,
    Settlement,
    StatementLine,
)

HOOK = "/hooks/sandbox/"
_REFUND_OUTCOMES = {"processing": Outcome.PENDING, "done": Outcome.OK, "failed": Outcome.REJECTED}


class SandboxChannel:
    code = "sandbox"

    def __init__(self) -> None:
        self.peer = Peer("channel", settings.SANDBOX_CHANNEL_URL)

    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        answer = self._call(
            "/v1/payments",
            {
                "out_trade_no": intent.out_trade_no,
                "amount": intent.amount,
                "subject": intent.subject,
                "expires_at": int(intent.expires_at.timestamp()),
                "notify_url": settings.SITE_URL + HOOK,
                "return_url": settings.SITE_URL + intent.return_path,
            },
        )
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return result, None
        return result, PayAction("redirect", {"url": str(answer.content["pay_url"])})

    def query_payment(self, out_trade_no: str, channel_id: str = "") -> PaymentView:
        answer = self._call("/v1/payments/query", {"out_trade_no": out_trade_no})
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return PaymentView(result)
        content = answer.content
        return PaymentView(result, str(content["state"]), int(content["amount"]), _time(content.get("paid_at")))

    def close_payment(self, out_trade_no: str, channel_id: str = "") -> Result:
        return _result(self._call("/v1/payments/close", {"out_trade_no": out_trade_no}))

    def refund(
        self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str, channel_id: str = ""
    ) -> Result:
        answer = self._call(
            "/v1/refunds",
            {
                "refund_no": refund_no,
                "out_trade_no": out_trade_no,
                "amount": amount,
                "total": total,
                "reason": reason,
                "notify_url": settings.SITE_URL + HOOK,
            },
        )
        return _refund_view(answer).result

    def query_refund(self, refund_no: str, *, out_trade_no: str, channel_id: str = "") -> RefundView:
        return _refund_view(self._call("/v1/refunds/query", {"refund_no": refund_no}))

    def settlements(self, after: str) -> tuple[Result, list[Settlement]]:
        answer = self._call("/v1/settlements", {"after": after})
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return result, []
        return result, [
            Settlement(
                batch_no=str(row["batch_no"]),
                day=str(row["day"]),
                gross=int(row["gross"]),
                refunded=int(row["refunded"]),
                fee=int(row["fee"]),
                net=int(row["net"]),
                settled_at=datetime.fromtimestamp(int(row["at"]), UTC),
                raw=answer.raw,
            )
            for row in answer.content["batches"]
        ]

    def statement(self, day: date) -> tuple[Result, list[StatementLine]]:
        answer = self._call("/v1/statements", {"day": day.isoformat()})
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return Result(Outcome.UNKNOWN, result.code), []
        try:
            text = str(answer.content["csv"])
            if hashlib.sha256(text.encode()).hexdigest() != answer.content["sha256"]:
                return Result(Outcome.UNKNOWN, "wrong_digest"), []
            lines = _statement(text, day)
        except (KeyError, ValueError):
            return Result(Outcome.UNKNOWN, "malformed"), []
        return Result(Outcome.OK, "" if lines else NO_BILL), lines

    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        try:
            content = self.peer.read_notification(HOOK, headers, body, now)
            kind, number = str(content["type"]), str(content["merchant_no"])
            if kind not in ("payment", "refund"):
                raise BadNotification("malformed")
            return Event(str(content["event_id"])[:64], kind, number[:64], str(content["state"])[:20])
        except Untrusted as error:
            raise BadNotification(error.code) from error
        except KeyError as error:
            raise BadNotification("malformed") from error

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        return (200, "application/json", b'{"code":"SUCCESS"}') if ok else (400, "application/json", b'{"code":"FAIL"}')

    def _call(self, path: str, content: Mapping[str, Any]) -> Answer | None:
        """None stands for: nobody knows."""
        try:
            answer = self.peer.call(path, content)
        except Unreachable:
            return None
        return answer if isinstance(answer.content, dict) else None


def _result(answer: Answer | None) -> Result:
    if answer is None:
        return UNREACHABLE
    code = str(answer.content.get("code", ""))[:60]
    if answer.status == 200:
        return Result(Outcome.OK, code, str(answer.content.get("channel_id", ""))[:64])
    definite = 400 <= answer.status < 500 and answer.status not in (401, 429)
    return Result(Outcome.REJECTED if definite else Outcome.UNKNOWN, code or f"http_{answer.status}")


def _refund_view(answer: Answer | None) -> RefundView:
    result = _result(answer)
    if answer is None or result.outcome is not Outcome.OK:
        return RefundView(result)
    state = str(answer.content.get("state", ""))
    outcome = _REFUND_OUTCOMES.get(state, Outcome.UNKNOWN)
    view = Result(outcome, result.code, result.channel_id)
    return RefundView(view, state, int(answer.content["amount"]), str(answer.content.get("reason", ""))[:60])


def _statement(text: str, day: date) -> list[StatementLine]:
    """Raises ValueError or KeyError when it is not understood, or when the lines do not add up to the last one."""
    *rows, total = csv.DictReader(io.StringIO(text))
    lines = [_line(row, day) for row in rows]
    sums = len(lines), sum(line.gross for line in lines), sum(line.fee for line in lines)
    if total["time"] != "total" or sums != (
        int(total["kind"]),
        reading.fen(total["amount"]),
        reading.fen(total["fee"]),
    ):
        raise ValueError("the lines do not add up")
    return lines


def _line(row: Mapping[str, str], day: date) -> StatementLine:
    if row["kind"] not in ("payment", "refund"):
        raise ValueError("a line of an unknown kind")
    gross, fee = reading.fen(row["amount"]), reading.fen(row["fee"])
    at = reading.shanghai(row["time"]).astimezone(UTC)
    return StatementLine(
        day, row["kind"], row["channel_id"], row["merchant_no"], row["refund_no"], gross, fee, gross - fee, "done", at,
        ",".join(row.values()),
    )  # fmt: skip


def _time(stamp: Any) -> datetime | None:
    return datetime.fromtimestamp(int(stamp), UTC) if stamp else None
