"""A stand-in for the custodian bank: `python -m sandbox.custodian --port 8102 --data DIR --keys DIR`.

THIS IS NOT A BANK. No real money moves. It keeps one custody account, takes in what the stand-in channel settles, and pays
out to invented accounts. An account number that ends in 404 does not exist, one that ends in 405 has another holder: such
transfers come back, as do all while the fault "return_transfers" is on.
"""

import argparse
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any

from sandbox.peer import COMMON_FAULTS, Refused, StandIn, fen, shanghai_day, table, text, yuan

INTEREST = 1234  # fen
RETURNED = {"404": "ACCOUNT_NOT_FOUND", "405": "HOLDER_MISMATCH"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS transfers (
    transfer_no TEXT PRIMARY KEY, bank_id TEXT, amount INTEGER, kind TEXT, holder TEXT, bank TEXT, account TEXT, remark TEXT,
    state TEXT, reason TEXT, notify_url TEXT, asked_at REAL);
CREATE TABLE IF NOT EXISTS movements (
    id INTEGER PRIMARY KEY, ref TEXT UNIQUE, amount INTEGER, note TEXT, at REAL);
"""


class Custodian(StandIn):
    name = "custodian"
    title = "Custodian bank"
    schema = SCHEMA
    commits = frozenset({"/v1/transfers"})
    faults = {
        **COMMON_FAULTS,
        "refuse_transfers": "refuse transfers at once / 拒绝转账",
        "return_transfers": "accept transfers, then send them back / 受理后退回",
    }

    def api(self) -> Any:
        platform = frozenset({"candor"})
        return {
            "/v1/transfers": (self.create_transfer, platform),
            "/v1/transfers/query": (self.query_transfer, platform),
            "/v1/balance": (self.tell_balance, platform),
            "/v1/movements": (self.tell_movements, platform),
            "/v1/statements": (self.statement, platform),
            "/v1/credits": (self.credit, frozenset({"channel"})),
        }

    # --- the account
    def balance(self) -> int:
        row = self.store.one("SELECT coalesce(sum(amount), 0) AS total FROM movements")
        return int(row["total"]) if row else 0

    def tell_balance(self, _content: dict[str, Any]) -> dict[str, Any]:
        return {"balance": self.balance()}

    def tell_movements(self, content: dict[str, Any]) -> dict[str, Any]:
        after = content.get("after", 0)
        if not isinstance(after, int):
            raise Refused(400, "BAD_AFTER")
        rows = self.store.all("SELECT * FROM movements WHERE id > ? ORDER BY id LIMIT 500", after)
        return {"movements": [dict(row) for row in rows]}

    def statement(self, content: dict[str, Any]) -> dict[str, Any]:
        """All movements of a day in Shanghai between the balance before and the balance after."""
        day = text(content, "day", 10)
        rows = self.store.all("SELECT * FROM movements ORDER BY id")
        opening = sum(row["amount"] for row in rows if shanghai_day(row["at"]) < day)
        lines = []
        for row in rows:
            if shanghai_day(row["at"]) == day:
                kind, _space, number = row["ref"].partition(" ")
                kind = {"settlement": "credit"}.get(kind, kind)
                lines.append(
                    {"id": row["id"], "kind": kind, "number": number, "amount": row["amount"], "at": row["at"]}
                )
        return {
            "day": day,
            "opening": opening,
            "closing": opening + sum(line["amount"] for line in lines),
            "lines": lines,
        }

    def pay_interest(self, amount: int) -> None:
        """What a bank does once a quarter; here whenever somebody presses the button."""
        with self.store.changes():
            self.store.run(
                "INSERT INTO movements (ref, amount, note, at) VALUES (?, ?, 'interest', ?)",
                f"interest I{secrets.token_hex(8)}", amount, time.time(),
            )  # fmt: skip

    def act(self, path: str, form: dict[str, str]) -> str | None:
        if path != "/interest":
            return None
        self.pay_interest(INTEREST)
        return "/"

    def credit(self, content: dict[str, Any]) -> dict[str, Any]:
        """A settlement of the channel; below zero it draws back what it refunded. Once per batch."""
        ref, amount = f"settlement {text(content, 'batch_no', 40)}", content.get("amount")
        if not isinstance(amount, int):
            raise Refused(400, "BAD_AMOUNT")
        with self.store.changes():
            self.store.run(
                "INSERT OR IGNORE INTO movements (ref, amount, note, at) VALUES (?, ?, 'channel', ?)",
                ref, amount, time.time(),
            )  # fmt: skip
        return {"balance": self.balance()}

    # --- transfers
    def create_transfer(self, content: dict[str, Any]) -> dict[str, Any]:
        number, amount, payee = text(content, "transfer_no", 40), fen(content), content.get("payee")
        if not isinstance(payee, dict):
            raise Refused(400, "BAD_PAYEE")
        account = text(payee, "account", 40)
        with self.store.changes():
            row = self._transfer(number)
            if row is None:
                state, reason = self._accept(amount)
                self.store.run(
                    "INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    number, f"BK{secrets.token_hex(10)}", amount, text(payee, "kind", 20), text(payee, "name", 100),
                    text(payee, "bank", 100), account, text(content, "remark", empty=True), state, reason,
                    text(content, "notify_url", empty=True), time.time(),
                )  # fmt: skip
                row = self._transfer(number)
            if row is None or (row["amount"], row["account"]) != (amount, account):
                raise Refused(409, "NUMBER_REUSED")
        return self._view(row)

    def _accept(self, amount: int) -> tuple[str, str]:
        if self.fires("refuse_transfers"):
            return "rejected", "REFUSED"
        on_the_way = self.store.one("SELECT coalesce(sum(amount), 0) AS total FROM transfers WHERE state = 'accepted'")
        if self.balance() - (on_the_way["total"] if on_the_way else 0) < amount:
            return "rejected", "INSUFFICIENT_FUNDS"
        return "accepted", ""

    def query_transfer(self, content: dict[str, Any]) -> dict[str, Any]:
        self.advance(time.time())
        row = self._transfer(text(content, "transfer_no", 40))
        if row is None:
            raise Refused(404, "NOT_FOUND")
        return self._view(row)

    def _transfer(self, number: str) -> sqlite3.Row | None:
        return self.store.one("SELECT * FROM transfers WHERE transfer_no = ?", number)

    def _view(self, row: sqlite3.Row) -> dict[str, Any]:
        return {name: row[name] for name in ("transfer_no", "bank_id", "amount", "state", "reason")}

    def advance(self, now: float) -> None:
        with self.store.changes():
            for row in self.store.all(
                "SELECT * FROM transfers WHERE state = 'accepted' AND asked_at <= ?", now - self.delay
            ):
                self._deliver(row, now)

    def _deliver(self, row: sqlite3.Row, now: float) -> None:
        reason = RETURNED.get(row["account"][-3:], "")
        if self.fires("return_transfers"):
            reason = reason or "RETURNED_BY_PAYEE_BANK"
        state = "returned" if reason else "arrived"
        if not reason:
            self.store.run(
                "INSERT INTO movements (ref, amount, note, at) VALUES (?, ?, ?, ?)",
                f"transfer {row['transfer_no']}", -row["amount"], row["remark"], now,
            )  # fmt: skip
        self.store.run(
            "UPDATE transfers SET state = ?, reason = ? WHERE transfer_no = ?", state, reason, row["transfer_no"]
        )
        notice = {"type": "transfer", "transfer_no": row["transfer_no"], "state": state, "amount": row["amount"]}
        self.notify(row["notify_url"], notice)

    # --- pages
    def page(self, path: str) -> str | None:
        if path != "/":
            return None
        transfers = self.store.all("SELECT * FROM transfers ORDER BY rowid DESC LIMIT 30")
        movements = self.store.all("SELECT * FROM movements ORDER BY id DESC LIMIT 30")
        return self.render(
            "Custodian bank / 存管银行",
            f'<p>Balance / 余额</p><p class="sum">{yuan(self.balance())}</p><p><a href="/faults">Faults / 故障开关</a></p>'
            '<form method="post" action="/interest"><button>Pay interest / 付利息</button></form>'
            "<h2>Transfers / 转账</h2>"
            + table(
                ("No.", "Payee", "Account", "Amount", "Remark", "State"),
                (
                    (
                        row["transfer_no"],
                        row["holder"][:1] + "*",
                        "*" + row["account"][-4:],
                        yuan(row["amount"]),
                        row["remark"],
                        f"{row['state']} {row['reason']}",
                    )
                    for row in transfers
                ),
            )
            + "<h2>Movements / 明细</h2>"
            + table(("Ref.", "Amount", "Note"), ((row["ref"], yuan(row["amount"]), row["note"]) for row in movements)),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8102)
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own for its key and its store")
    parser.add_argument("--keys", type=Path, required=True, help="the folder where each side lays its public key")
    parser.add_argument("--delay", type=float, default=2, help="seconds that a transfer takes")
    given = parser.parse_args()
    Custodian(given.port, given.data, given.keys, delay=given.delay).run_forever()


if __name__ == "__main__":
    main()
