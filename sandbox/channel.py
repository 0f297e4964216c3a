"""A stand-in for a payment channel: `python -m sandbox.channel --port 8101 --data DIR --keys DIR`.

THIS IS NOT A PAYMENT SERVICE. No real money moves. The donor "pays" on its page; it notifies, answers queries, closes,
refunds, and settles to the stand-in custodian (sandbox/custodian.py) less a fee of 0.6 %, as real channels do a day later.
"""

import argparse
import csv
import hashlib
import html
import io
import json
import secrets
import sqlite3
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sandbox.peer import COMMON_FAULTS, Refused, StandIn, fen, shanghai_day, table, text, yuan

FEE_PPM = 6_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    out_trade_no TEXT PRIMARY KEY, channel_id TEXT UNIQUE, amount INTEGER, paid_amount INTEGER, subject TEXT, state TEXT,
    expires_at REAL, notify_url TEXT, return_url TEXT, paid_at REAL, batch_no TEXT);
CREATE TABLE IF NOT EXISTS refunds (
    refund_no TEXT PRIMARY KEY, channel_id TEXT, out_trade_no TEXT, amount INTEGER, reason TEXT, state TEXT, fail_code TEXT,
    notify_url TEXT, asked_at REAL, done_at REAL, fee_back INTEGER DEFAULT 0, batch_no TEXT);
CREATE TABLE IF NOT EXISTS batches (
    batch_no TEXT PRIMARY KEY, day TEXT, gross INTEGER, refunded INTEGER, fee INTEGER, net INTEGER, at REAL,
    credited INTEGER DEFAULT 0);
"""


def fee_of(amount: int) -> int:
    return (amount * FEE_PPM + 500_000) // 1_000_000


class Channel(StandIn):
    name = "channel"
    title = "Payment channel"
    schema = SCHEMA
    commits = frozenset({"/v1/payments", "/v1/refunds"})
    faults = {
        **COMMON_FAULTS,
        "refuse_refunds": "refuse refunds for good / 拒绝退款",
        "fail_refunds": "accept refunds, then fail them / 退款受理后失败",
        "wrong_amount": "take one yuan less than asked / 少收一元",
    }

    def __init__(
        self, port: int, data: Path, keys: Path, *, custodian: str, settle_every: float = 0, **options: Any
    ) -> None:
        super().__init__(port, data, keys, **options)
        self.custodian, self.settle_every = custodian, settle_every
        self._settled_at = time.time()

    def api(self) -> Any:
        ours = frozenset({"candor"})
        return {
            "/v1/payments": (self.create_payment, ours),
            "/v1/payments/query": (self.query_payment, ours),
            "/v1/payments/close": (self.close_payment, ours),
            "/v1/refunds": (self.create_refund, ours),
            "/v1/refunds/query": (self.query_refund, ours),
            "/v1/settlements": (self.settlements, ours),
            "/v1/statements": (self.statement, ours),
        }

    # --- payments
    def create_payment(self, content: dict[str, Any]) -> dict[str, Any]:
        number, amount = text(content, "out_trade_no", 32), fen(content)
        with self.store.changes():
            row = self._payment(number)
            if row is None:
                self.store.run(
                    "INSERT INTO payments (out_trade_no, channel_id, amount, subject, state, expires_at, notify_url, "
                    "return_url) VALUES (?, ?, ?, ?, 'open', ?, ?, ?)",
                    number, f"CH{secrets.token_hex(10)}", amount, text(content, "subject"),
                    float(content.get("expires_at") or time.time() + 1800),
                    text(content, "notify_url", empty=True), text(content, "return_url", empty=True),
                )  # fmt: skip
                row = self._payment(number)
            if row is None or row["amount"] != amount:
                raise Refused(409, "ORDER_MISMATCH")
            if row["state"] == "closed":
                raise Refused(409, "ORDER_CLOSED")
        return {**self._view(row), "pay_url": f"{self.url}/pay/{row['channel_id']}"}

    def query_payment(self, content: dict[str, Any]) -> dict[str, Any]:
        row = self._payment(text(content, "out_trade_no", 32))
        if row is None:
            raise Refused(404, "NOT_FOUND")
        return self._view(row)

    def close_payment(self, content: dict[str, Any]) -> dict[str, Any]:
        number = text(content, "out_trade_no", 32)
        with self.store.changes():
            self.store.run("UPDATE payments SET state = 'closed' WHERE out_trade_no = ? AND state = 'open'", number)
            row = self._payment(number)
        if row is None:
            raise Refused(404, "NOT_FOUND")
        if row["state"] == "paid":
            raise Refused(409, "ORDER_PAID")
        return self._view(row)

    def _payment(self, number: str) -> sqlite3.Row | None:
        return self.store.one("SELECT * FROM payments WHERE out_trade_no = ?", number)

    def _view(self, row: sqlite3.Row) -> dict[str, Any]:
        amount = row["paid_amount"] if row["state"] == "paid" else row["amount"]
        return {
            "out_trade_no": row["out_trade_no"],
            "channel_id": row["channel_id"],
            "state": row["state"],
            "amount": amount,
            "paid_at": int(row["paid_at"]) if row["paid_at"] else None,
        }

    def pay(self, channel_id: str) -> str | None:
        """The donor presses "Pay". Returns where the browser goes, None if there is no such open order."""
        with self.store.changes():
            row = self.store.one("SELECT * FROM payments WHERE channel_id = ?", channel_id)
            if row is None:
                return None
            if row["state"] == "open" and row["expires_at"] > time.time():
                paid = row["amount"] - 100 if self.fires("wrong_amount") else row["amount"]
                self.store.run(
                    "UPDATE payments SET state = 'paid', paid_amount = ?, paid_at = ? WHERE channel_id = ?",
                    paid, time.time(), channel_id,
                )  # fmt: skip
                notice = {"type": "payment", "merchant_no": row["out_trade_no"], "state": "paid", "amount": paid}
                self.notify(row["notify_url"], notice)
        return row["return_url"] or f"/pay/{channel_id}"

    def cancel(self, channel_id: str) -> str | None:
        with self.store.changes():
            row = self.store.one("SELECT * FROM payments WHERE channel_id = ?", channel_id)
            if row is None:
                return None
            self.store.run("UPDATE payments SET state = 'closed' WHERE channel_id = ? AND state = 'open'", channel_id)
        return row["return_url"] or f"/pay/{channel_id}"

    # --- refunds
    def create_refund(self, content: dict[str, Any]) -> dict[str, Any]:
        number, amount = text(content, "refund_no", 64), fen(content)
        if self._refund(number) is None and self.fires("refuse_refunds"):
            raise Refused(409, "REFUND_REFUSED")
        with self.store.changes():
            row = self._refund(number)
            if row is None:
                self._accept_refund(number, amount, content)
                row = self._refund(number)
            if row is None or row["amount"] != amount or row["out_trade_no"] != content.get("out_trade_no"):
                raise Refused(409, "REFUND_MISMATCH")
        return self._refund_view(row)

    def _accept_refund(self, number: str, amount: int, content: dict[str, Any]) -> None:
        payment = self._payment(text(content, "out_trade_no", 32))
        if payment is None or payment["state"] != "paid":
            raise Refused(409, "NOT_PAID")
        back = self.store.one(
            "SELECT coalesce(sum(amount), 0) AS total FROM refunds WHERE out_trade_no = ? AND state <> 'failed'",
            payment["out_trade_no"],
        )
        if back is None or back["total"] + amount > payment["paid_amount"]:
            raise Refused(409, "REFUND_TOO_MUCH")
        # The fee of what goes back is given back too, so that a full refund costs nobody anything.
        kept_before = payment["paid_amount"] - back["total"]
        fee_back = fee_of(kept_before) - fee_of(kept_before - amount)
        self.store.run(
            "INSERT INTO refunds (refund_no, channel_id, out_trade_no, amount, reason, state, notify_url, asked_at, fee_back) "
            "VALUES (?, ?, ?, ?, ?, 'processing', ?, ?, ?)",
            number, f"RF{secrets.token_hex(10)}", payment["out_trade_no"], amount, text(content, "reason", empty=True),
            text(content, "notify_url", empty=True), time.time(), fee_back,
        )  # fmt: skip

    def query_refund(self, content: dict[str, Any]) -> dict[str, Any]:
        self._finish_refunds(time.time())
        row = self._refund(text(content, "refund_no", 64))
        if row is None:
            raise Refused(404, "NOT_FOUND")
        return self._refund_view(row)

    def _refund(self, number: str) -> sqlite3.Row | None:
        return self.store.one("SELECT * FROM refunds WHERE refund_no = ?", number)

    def _refund_view(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "refund_no": row["refund_no"],
            "channel_id": row["channel_id"],
            "state": row["state"],
            "amount": row["amount"],
            "reason": row["fail_code"] or "",
        }

    def _finish_refunds(self, now: float) -> None:
        with self.store.changes():
            for row in self.store.all(
                "SELECT * FROM refunds WHERE state = 'processing' AND asked_at <= ?", now - self.delay
            ):
                failed = self.fires("fail_refunds")
                state = "failed" if failed else "done"
                self.store.run(
                    "UPDATE refunds SET state = ?, fail_code = ?, done_at = ? WHERE refund_no = ?",
                    state, "ACCOUNT_ABNORMAL" if failed else "", now, row["refund_no"],
                )  # fmt: skip
                notice = {"type": "refund", "merchant_no": row["refund_no"], "state": state, "amount": row["amount"]}
                self.notify(row["notify_url"], notice)

    # --- settlement
    def settle(self) -> str | None:
        """Put everything paid and refunded since the last batch into a new one. Its number, None if there is nothing."""
        with self.store.changes():
            paid = self.store.all("SELECT * FROM payments WHERE state = 'paid' AND batch_no IS NULL")
            back = self.store.all("SELECT * FROM refunds WHERE state = 'done' AND batch_no IS NULL")
            if not paid and not back:
                return None
            count = self.store.one("SELECT count(*) AS n FROM batches")
            batch_no = f"B{(count['n'] if count else 0) + 1:08d}"
            gross, refunded = sum(row["paid_amount"] for row in paid), sum(row["amount"] for row in back)
            fee = sum(fee_of(row["paid_amount"]) for row in paid) - sum(row["fee_back"] for row in back)
            self.store.run(
                "INSERT INTO batches (batch_no, day, gross, refunded, fee, net, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                batch_no, shanghai_day(time.time()), gross, refunded, fee, gross - refunded - fee, time.time(),
            )  # fmt: skip
            self.store.run("UPDATE payments SET batch_no = ? WHERE state = 'paid' AND batch_no IS NULL", batch_no)
            self.store.run("UPDATE refunds SET batch_no = ? WHERE state = 'done' AND batch_no IS NULL", batch_no)
        self._credit()
        return batch_no

    def _credit(self) -> None:
        """Tell the custodian of batches in their order; one that it does not accept is offered again later."""
        for row in self.store.all("SELECT * FROM batches WHERE credited = 0 ORDER BY batch_no"):
            if not self._credit_one(row):
                return
            self.store.run("UPDATE batches SET credited = 1 WHERE batch_no = ?", row["batch_no"])

    def _credit_one(self, row: sqlite3.Row) -> bool:
        path, body = "/v1/credits", json.dumps({"batch_no": row["batch_no"], "amount": row["net"]}).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json",
            "X-Key": self.name,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": self.keys.sign("POST", path, stamp, nonce, body),
        }
        request = urllib.request.Request(self.custodian + path, data=body, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                return bool(response.status == 200)
        except OSError:
            return False

    def settlements(self, content: dict[str, Any]) -> dict[str, Any]:
        rows = self.store.all(
            "SELECT * FROM batches WHERE credited = 1 AND batch_no > ? ORDER BY batch_no LIMIT 100",
            text(content, "after", empty=True),
        )
        names = ("batch_no", "day", "gross", "refunded", "fee", "net")
        return {"batches": [{**{name: row[name] for name in names}, "at": int(row["at"])} for row in rows]}

    def statement(self, content: dict[str, Any]) -> dict[str, Any]:
        """All payments and refunds of a day as CSV, in yuan, with a last line of totals."""
        day = text(content, "day", 10)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["time", "kind", "channel_id", "merchant_no", "refund_no", "amount", "fee", "batch_no"])
        lines = [
            (row["paid_at"], "payment", row["channel_id"], row["out_trade_no"], "", row["paid_amount"],
             fee_of(row["paid_amount"]), row["batch_no"])
            for row in self.store.all("SELECT * FROM payments WHERE state = 'paid' ORDER BY paid_at")
        ] + [
            (row["done_at"], "refund", row["channel_id"], row["out_trade_no"], row["refund_no"], -row["amount"],
             -row["fee_back"], row["batch_no"])
            for row in self.store.all("SELECT * FROM refunds WHERE state = 'done' ORDER BY done_at")
        ]  # fmt: skip
        lines = [line for line in lines if shanghai_day(line[0]) == day]
        for at, *rest, amount, fee, batch_no in lines:
            moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + 8 * 3600))
            writer.writerow([moment, *rest, f"{amount / 100:.2f}", f"{fee / 100:.2f}", batch_no or ""])
        totals = f"{sum(line[5] for line in lines) / 100:.2f}", f"{sum(line[6] for line in lines) / 100:.2f}"
        writer.writerow(["total", len(lines), "", "", "", *totals, ""])
        return {"day": day, "csv": out.getvalue(), "sha256": hashlib.sha256(out.getvalue().encode()).hexdigest()}

    # --- time and pages
    def advance(self, now: float) -> None:
        self._finish_refunds(now)
        if self.settle_every and now - self._settled_at >= self.settle_every:
            self._settled_at = now
            self.settle()
        self._credit()

    def act(self, path: str, form: dict[str, str]) -> str | None:
        if path == "/settle":
            self.settle()
            return "/"
        if path.startswith("/pay/"):
            move = self.cancel if form.get("action") == "cancel" else self.pay
            return move(path.removeprefix("/pay/"))
        return None

    def page(self, path: str) -> str | None:
        if path == "/":
            return self._overview()
        if not path.startswith("/pay/"):
            return None
        row = self.store.one("SELECT * FROM payments WHERE channel_id = ?", path.removeprefix("/pay/"))
        return self._pay_page(row) if row else None

    def _pay_page(self, row: sqlite3.Row) -> str:
        if row["state"] != "open" or row["expires_at"] <= time.time():
            words = {"paid": "Paid / 已支付", "closed": "Closed / 已关闭"}.get(row["state"], "Too late / 已超时")
            back = html.escape(row["return_url"] or "/")
            return self.render(
                words, f'<p class="sum">{yuan(row["amount"])}</p><p><a href="{back}">Back / 返回</a></p>'
            )
        return self.render(
            "Confirm payment / 确认支付",
            f'<p>{html.escape(row["subject"])}</p><p class="sum">{yuan(row["amount"])}</p>'
            f'<form method="post" action="/pay/{row["channel_id"]}">'
            '<button class="pay" name="action" value="pay">Pay (no real money) / 支付（模拟，不扣款）</button>'
            '<button class="plain" name="action" value="cancel">Cancel / 取消支付</button></form>'
            f"<p><small>{row['out_trade_no']}</small></p>",
        )

    def _overview(self) -> str:
        payments = self.store.all("SELECT * FROM payments ORDER BY rowid DESC LIMIT 30")
        refunds = self.store.all("SELECT * FROM refunds ORDER BY rowid DESC LIMIT 30")
        batches = self.store.all("SELECT * FROM batches ORDER BY batch_no DESC LIMIT 30")
        return self.render(
            "Payment channel / 支付渠道",
            '<form method="post" action="/settle"><button>Settle now / 立即结算</button></form>'
            '<p><a href="/faults">Faults / 故障开关</a></p><h2>Payments / 支付</h2>'
            + table(
                ("No.", "Amount", "State", "Batch"),
                ((row["out_trade_no"], yuan(row["amount"]), row["state"], row["batch_no"] or "") for row in payments),
            )
            + "<h2>Refunds / 退款</h2>"
            + table(
                ("No.", "Amount", "State"), ((row["refund_no"], yuan(row["amount"]), row["state"]) for row in refunds)
            )
            + "<h2>Batches / 结算批次</h2>"
            + table(
                ("No.", "Gross", "Refunded", "Fee", "Net", "Credited"),
                (
                    (
                        row["batch_no"],
                        *(yuan(row[name]) for name in ("gross", "refunded", "fee", "net")),
                        row["credited"],
                    )
                    for row in batches
                ),
            ),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8101)
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own for its key and its store")
    parser.add_argument("--keys", type=Path, required=True, help="the folder where each side lays its public key")
    parser.add_argument("--custodian", default="http://127.0.0.1:8102", help="the custodian to which it settles")
    parser.add_argument("--settle-every", type=float, default=60, help="seconds between settlements; 0: only by hand")
    parser.add_argument("--delay", type=float, default=2, help="seconds that a refund takes")
    given = parser.parse_args()
    Channel(
        given.port,
        given.data,
        given.keys,
        custodian=given.custodian,
        settle_every=given.settle_every,
        delay=given.delay,
    ).run_forever()


if __name__ == "__main__":
    main()
