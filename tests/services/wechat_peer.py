"""WeChat Pay, API v3, on loopback: checks our signatures, signs its answers, encrypts its notifications, serves trade bills."""

import base64
import gzip
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from tests.services.peer import (
    SHANGHAI,
    Answer,
    Handler,
    Notice,
    Order,
    Peer,
    Refund,
    certificate,
    in_shanghai,
    private_pem,
    public_pem,
    rsa_key,
    yuan,
)

MCHID, APP, MINI, MOBILE = "1900000109", "wx0000000000000001", "wx0000000000000002", "wx0000000000000003"
SECRET, OLD_SECRET = "k" * 32, "o" * 32
KEY_ID, OLD_KEY_ID = "PUB_KEY_ID_0114232134912410000000000000", "PUB_KEY_ID_0114232134912410000000000009"
SERIAL, OLD_SERIAL = 0x5157F09EFDC096DE15EBE81A47057A72, 0x1111111111111111111111111111AAAA
HEADS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


class Wechat(Peer):
    code = "wechat"
    live_url = "https://api.mch.weixin.qq.com"
    refusal, at_a_loss, fifty_first = "NOT_ENOUGH", "SYSTEM_ERROR", "failed"
    required = (
        "WECHAT_PAY_MCHID",
        "WECHAT_PAY_APP_ID",
        "WECHAT_PAY_SECRETS",
        "WECHAT_PAY_MERCHANT_KEYS",
        "WECHAT_PAY_PUBLIC_KEYS",
    )

    def __init__(self) -> None:
        super().__init__()
        self.mchid = MCHID
        self.key_id, self.secret = KEY_ID, SECRET
        self.keys = {KEY_ID: rsa_key("wechat"), OLD_KEY_ID: rsa_key("wechat-old")}
        self.signed_with: list[str] = []  # the serials of our certificates, as they came
        self.unsigned_errors = False
        self.statement: bytes | None = None  # instead of the true one
        self.statement_code = ""
        self.statement_digest = ""
        self.asked: list[dict[str, Any]] = []

    def settings(self, folder: Path) -> dict[str, Any]:
        for name, content in {
            "merchant.pem": certificate(rsa_key("merchant"), SERIAL) + private_pem(rsa_key("merchant")),
            "merchant-old.pem": certificate(rsa_key("merchant-old"), OLD_SERIAL) + private_pem(rsa_key("merchant-old")),
            "wechat.pem": public_pem(self.keys[KEY_ID]),
            "wechat-old.pem": public_pem(self.keys[OLD_KEY_ID]),
        }.items():
            (folder / name).write_bytes(content)
        return {
            "WECHAT_PAY_API_URL": self.url,
            "WECHAT_PAY_MCHID": MCHID,
            "WECHAT_PAY_APP_ID": APP,
            "WECHAT_PAY_MINI_APP_ID": MINI,
            "WECHAT_PAY_MOBILE_APP_ID": MOBILE,
            "WECHAT_PAY_SECRETS": [SECRET, OLD_SECRET],
            "WECHAT_PAY_MERCHANT_KEYS": {
                f"{SERIAL:X}": folder / "merchant.pem",
                f"{OLD_SERIAL:X}": folder / "merchant-old.pem",
            },
            "WECHAT_PAY_PUBLIC_KEYS": {KEY_ID: folder / "wechat.pem", OLD_KEY_ID: folder / "wechat-old.pem"},
        }

    # --- signing
    def sign(self, body: bytes, *, age: float = 0, key: RSAPrivateKey | None = None) -> dict[str, str]:
        stamp, nonce = str(int(time.time() - age)), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = (key or self.keys[self.key_id]).sign(text, PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.key_id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def signed_answer(self, body: bytes) -> dict[str, str]:
        headers = self.sign(body, age=3600 if self.fires("stale_answer") else 0)
        if self.fires("bad_signature"):
            headers["Wechatpay-Signature"] = base64.b64encode(b"x" * 256).decode()
        if self.fires("unknown_key"):
            headers["Wechatpay-Serial"] = "AB12"
        return headers

    def authentic(self, handler: Handler, body: bytes) -> bool:
        found = dict(re.findall(r'(\w+)="([^"]*)"', handler.headers.get("Authorization", "")))
        ours = {f"{SERIAL:X}": rsa_key("merchant"), f"{OLD_SERIAL:X}": rsa_key("merchant-old")}
        text = f"{handler.command}\n{handler.path}\n{found.get('timestamp')}\n{found.get('nonce_str')}\n".encode()
        if found.get("mchid") != MCHID or abs(time.time() - int(found.get("timestamp", 0))) > 300:
            return False
        try:
            ours[found["serial_no"]].public_key().verify(
                base64.b64decode(found["signature"]), text + body + b"\n", PKCS1v15(), SHA256()
            )
        except (InvalidSignature, KeyError):
            return False
        self.signed_with.append(found["serial_no"])
        return True

    # --- the API
    def answer(self, handler: Handler, body: bytes) -> None:
        path = handler.path.partition("?")[0]
        self.requests.append(f"{handler.command} {path}")
        if not self.authentic(handler, body):
            handler.reply(401, b'{"code":"SIGN_ERROR","message":"bad"}')
            return
        if path == "/v3/billdownload/file":
            handler.reply(
                200, self.statement if self.statement is not None else gzip.compress(self.bill()), "application/gzip"
            )
            return
        try:
            status, content = self.act(handler.command, path, json.loads(body or b"{}"))
        except Answer as refusal:
            status, content = refusal.status, {"code": refusal.code, "message": "x"}
        text = json.dumps(content, ensure_ascii=False).encode() if content is not None else b""
        signed = {} if status >= 400 and self.unsigned_errors else self.signed_answer(text)
        handler.reply(status, text, headers=signed)

    def act(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        parts = path.removeprefix("/v3/").split("/")
        match [method, *parts]:
            case ["POST", "pay", "transactions", "native" | "h5" | "jsapi" | "app" as scene]:
                return 200, self.create(scene, content)
            case ["GET", "pay", "transactions", "out-trade-no", number]:
                return 200, self.view(number)
            case ["POST", "pay", "transactions", "out-trade-no", number, "close"]:
                order = self.known(number)
                if order.state == "paid":
                    raise Answer(400, "ORDERPAID")
                order.state = "closed"
                return 204, None
            case ["POST", "refund", "domestic", "refunds"]:
                if (
                    content["amount"]["currency"] != "CNY"
                    or content["amount"]["total"] != self.known(content["out_trade_no"]).received
                ):
                    raise Answer(400, "PARAM_ERROR")
                made = self.accept_refund(
                    content["out_refund_no"], self.known(content["out_trade_no"]), content["amount"]["refund"]
                )
                return 200, self.refund_view(made)
            case ["GET", "refund", "domestic", "refunds", number]:
                if number not in self.refunds:
                    raise Answer(404, "RESOURCE_NOT_EXISTS")
                return 200, self.refund_view(self.refunds[number])
            case ["GET", "bill", "tradebill"]:
                return 200, self.bill_address()
        raise Answer(404, "NO_SUCH_PATH")

    def known(self, number: str) -> Order:
        if number not in self.orders:
            raise Answer(404, "ORDER_NOT_EXIST")
        return self.orders[number]

    def create(self, scene: str, content: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(content)
        number, amount = content["out_trade_no"], content["amount"]["total"]
        if content["mchid"] != MCHID or content["appid"] not in (APP, MINI, MOBILE) or not 6 <= len(number) <= 32:
            raise Answer(400, "PARAM_ERROR")
        if scene == "jsapi" and not content.get("payer", {}).get("openid"):
            raise Answer(400, "PARAM_ERROR")
        if scene == "h5" and content["scene_info"]["h5_info"]["type"] != "Wap":
            raise Answer(400, "PARAM_ERROR")
        datetime.fromisoformat(content["time_expire"])
        order = self.orders.setdefault(number, Order(number, amount, f"42000{secrets.randbelow(10**23):023d}"))
        if order.amount != amount:
            raise Answer(403, "OUT_TRADE_NO_USED")
        if order.state == "paid":
            raise Answer(400, "ORDERPAID")
        if order.state == "closed":
            raise Answer(400, "ORDER_CLOSED")
        order.more["appid"] = content["appid"]
        if scene == "native":
            return {"code_url": f"weixin://wxpay/bizpayurl?pr={order.channel_id[-8:]}"}
        if scene == "h5":
            return {"h5_url": f"https://wx.tenpay.invalid/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={order.channel_id}"}
        return {"prepay_id": f"wx{order.channel_id}"}

    def view(self, number: str) -> dict[str, Any]:
        order = self.known(number)
        state = {"open": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED"}[order.state]
        if order.state == "paid" and self.refunded(number):
            state = "REFUND"
        if self.fires("regress"):
            state = "NOTPAY"
        return self.told(order, state=state)

    def told(self, order: Order, *, state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
        paid = state in ("SUCCESS", "REFUND")
        content = {
            "appid": order.more.get("appid", APP),
            "mchid": "1900009999" if self.fires("wrong_merchant") else self.mchid,
            "out_trade_no": f"{order.number[:-1]}x" if self.fires("another_order") else order.number,
            "trade_state": state,
            "trade_state_desc": "x",
            **(
                {"transaction_id": order.channel_id, "trade_type": "NATIVE", "payer": {"openid": "o-1"}} if paid else {}
            ),
        }
        if paid:
            at = datetime.fromtimestamp(order.paid_at, SHANGHAI).isoformat(timespec="seconds")
            amount = order.received - 100 if self.fires("wrong_amount") else order.received
            content |= {"success_time": at, "amount": {"total": amount, "payer_total": amount, "currency": "CNY"}}
        return {**content, **changes}

    def refund_view(self, refund: Refund) -> dict[str, Any]:
        state = {"processing": "PROCESSING", "done": "SUCCESS", "failed": "ABNORMAL"}[refund.state]
        order = self.orders[refund.order]
        return {
            "refund_id": refund.channel_id,
            "out_refund_no": refund.number,
            "transaction_id": order.channel_id,
            "out_trade_no": refund.order,
            "status": state,
            "amount": {
                "total": order.received,
                "refund": refund.amount - 100 if self.fires("wrong_amount") else refund.amount,
                "currency": "CNY",
            },
        }

    # --- notifications
    def envelope(self, event_type: str, content: dict[str, Any], *, age: float = 0, event_id: str = "") -> Notice:
        nonce = secrets.token_hex(6)
        kind = event_type.partition(".")[0].lower()
        cipher = AESGCM(self.secret.encode()).encrypt(
            nonce.encode(), json.dumps(content, ensure_ascii=False).encode(), kind.encode()
        )
        body = json.dumps(
            {
                "id": event_id or secrets.token_hex(16),
                "create_time": datetime.now(SHANGHAI).isoformat(timespec="seconds"),
                "event_type": event_type,
                "resource_type": "encrypt-resource",
                "resource": {
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(cipher).decode(),
                    "nonce": nonce,
                    "associated_data": kind,
                    "original_type": kind,
                },
                "summary": "支付成功",
            },
            ensure_ascii=False,
        ).encode()
        return Notice(self.sign(body, age=age), body)

    def payment_notice(self, order: Order, *, age: float = 0, **changes: Any) -> Notice:
        return self.envelope("TRANSACTION.SUCCESS", self.told(order, **changes), age=age)

    def refund_notice(self, refund: Refund) -> Notice:
        state = {"done": "SUCCESS", "failed": "ABNORMAL"}[refund.state]
        content = {
            "mchid": self.mchid,
            "out_trade_no": refund.order,
            "out_refund_no": refund.number,
            "refund_id": refund.channel_id,
            "refund_status": state,
            "amount": {"total": self.orders[refund.order].received, "refund": refund.amount},
        }
        return self.envelope(f"REFUND.{state}", content)

    # --- bills
    def bill_address(self) -> dict[str, Any]:
        if self.statement_code:
            raise Answer(400, self.statement_code)
        digest = self.statement_digest or hashlib.sha1(self.bill()).hexdigest()
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": f"{self.url}/v3/billdownload/file?token=x"}

    def bill(self) -> bytes:
        rows, fees, paid, back = [], 0, 0, 0
        for order in self.orders.values():
            if order.state != "paid":
                continue
            fee = self.fee(order.received)
            fees, paid = fees + fee, paid + order.received
            rows.append(self.bill_row(order, in_shanghai(order.paid_at), "SUCCESS", fee, order.received, None))
        for refund in self.refunds.values():
            fee = -self.fee(refund.amount)
            fees, back = fees + fee, back + refund.amount
            at = in_shanghai(refund.done_at or time.time())
            rows.append(self.bill_row(self.orders[refund.order], at, "REFUND", fee, 0, refund))
        totals = [str(len(rows)), yuan(paid), yuan(back), "0.00", yuan(fees), yuan(paid), yuan(back)]
        lines = [HEADS, *rows, TOTALS, ",".join(f"`{value}" for value in totals)]
        return ("﻿" + "\r\n".join(lines) + "\r\n").encode()

    @staticmethod
    def fee(amount: int) -> int:
        return (amount * 6 + 500) // 1000

    def bill_row(self, order: Order, at: str, state: str, fee: int, gross: int, refund: Refund | None) -> str:
        back = yuan(refund.amount) if refund else "0.00"
        status = {"processing": "PROCESSING", "done": "SUCCESS", "failed": "FAIL"}[refund.state] if refund else ""
        values = [
            at, APP, self.mchid, "0", "", order.channel_id, order.number, "o-1", "NATIVE", state, "OTHERS", "CNY", yuan(gross),
            "0.00", refund.channel_id if refund else "0", refund.number if refund else "0", back, "0.00",
            "ORIGINAL" if refund else "", status, "为王建国筹款, 谢谢", "", yuan(fee), "0.60%", yuan(gross), back, "",
        ]  # fmt: skip
        return ",".join(f"`{value}" for value in values)

    # --- what the tests of every channel ask for
    def forgeries(self, good: Notice) -> list[Notice]:
        """Notifications with one header changed, and the probes that WeChat itself sends."""
        changes = [{"Wechatpay-Serial": serial} for serial in ("", "zz", "AB12", "PUB_KEY_ID_0")] + [
            {"Wechatpay-Timestamp": str(int(time.time()) + 1)},
            {"Wechatpay-Timestamp": "now"},
            {"Wechatpay-Nonce": "other"},
            {"Wechatpay-Signature": "not base64"},
            {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + good.headers["Wechatpay-Signature"]},
            {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"},
        ]
        stranger = self.sign(good.body, key=rsa_key("stranger"))
        return [*(Notice({**good.headers, **change}, good.body) for change in changes), Notice(stranger, good.body)]

    def foreign(self, order: Order) -> list[Notice]:
        return [self.payment_notice(order, mchid="1900009999"), self.payment_notice(order, appid="wx9999999999999999")]

    def fees(self, *amounts: int) -> list[int]:
        return [self.fee(amount) if amount > 0 else -self.fee(-amount) for amount in amounts]

    def no_statement(self) -> None:
        self.statement_code = "NO_STATEMENT_EXIST"

    def spoilt_statements(self) -> list[Callable[[], None]]:
        def spoil(content: bytes, digest: str = "") -> None:
            self.statement = gzip.compress(content)
            self.statement_digest = digest or hashlib.sha1(content).hexdigest()

        def without_a_row() -> None:
            rows = self.bill().split(b"\r\n")
            spoil(b"\r\n".join([rows[0], *rows[2:]]))

        def with_a_row_twice() -> None:
            rows = self.bill().split(b"\r\n")
            spoil(b"\r\n".join([*rows[:2], *rows[1:]]))

        def cut_off() -> None:
            self.statement, self.statement_digest = gzip.compress(self.bill())[:-9], ""

        return [
            lambda: spoil(self.bill(), "0" * 40),
            without_a_row,
            with_a_row_twice,
            lambda: spoil(self.bill().replace(b"`70.00", b"`71.00", 1)),
            lambda: spoil(self.bill().replace(MCHID.encode(), b"1900009999")),
            lambda: spoil(self.bill().replace(b"`SUCCESS", b"`SURPRISE", 1)),
            lambda: spoil(b"<html>sign in</html>"),
            cut_off,
        ]

    def live_settings(self, settings: Any) -> None:
        """Nothing else differs in production."""

    def rotate(self) -> None:
        """WeChat begins to use the other key; an old APIv3 key is still in use."""
        self.key_id, self.secret = OLD_KEY_ID, OLD_SECRET

    def retire_old(self, settings: Any) -> None:
        settings.WECHAT_PAY_PUBLIC_KEYS = {KEY_ID: settings.WECHAT_PAY_PUBLIC_KEYS[KEY_ID]}

    def signed_by_first(self) -> bool:
        return set(self.signed_with) == {f"{SERIAL:X}"}
