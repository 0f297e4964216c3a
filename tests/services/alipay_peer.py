"""Alipay's gateway on loopback: checks our signatures, signs its answers and notifications, serves bills."""

import base64
import calendar
import hashlib
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.services.peer import (
    Answer,
    Handler,
    Notice,
    Order,
    Peer,
    Refund,
    in_shanghai,
    private_pem,
    public_pem,
    rsa_key,
    yuan,
)

APP_ID, SELLER = "2021000000000001", "2088000000000001"
HEADS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def sign(key: RSAPrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def fingerprint(key: RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def joined(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))


class AlipayGateway(Peer):
    code, scene = "alipay", "native"
    live_url = "https://openapi.alipay.com/gateway.do"
    refusal, at_a_loss, fifty_first = "ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.SYSTEM_ERROR", "failed"
    required = ("ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_APP_KEYS", "ALIPAY_PUBLIC_KEYS")

    def __init__(self) -> None:
        super().__init__()
        self.key = rsa_key("alipay")
        self.signed_with: list[str] = []
        self.fund_changes: list[str] = []
        self.bill_code = ""
        self.statement: bytes | None = None
        self.unsigned = False
        self.sub_msg = 'words that change, with {braces} and "quotes"'

    def settings(self, folder: Path) -> dict[str, Any]:
        app, old = rsa_key("app"), rsa_key("app-old")
        theirs, their_old = rsa_key("alipay"), rsa_key("alipay-old")
        for name, content in {
            "app.pem": private_pem(app),
            "app-old.pem": private_pem(old),
            "alipay.pem": public_pem(theirs),
            "alipay-old.pem": public_pem(their_old),
        }.items():
            (folder / name).write_bytes(content)
        return {
            "ALIPAY_GATEWAY_URL": f"{self.url}/gateway.do",
            "ALIPAY_APP_ID": APP_ID,
            "ALIPAY_SELLER_ID": SELLER,
            "ALIPAY_APP_KEYS": {
                fingerprint(app): folder / "app.pem",
                fingerprint(old): folder / "app-old.pem",
            },
            "ALIPAY_PUBLIC_KEYS": {
                fingerprint(theirs): folder / "alipay.pem",
                fingerprint(their_old): folder / "alipay-old.pem",
            },
        }

    # --- the gateway
    def authentic(self, fields: dict[str, str]) -> bool:
        signature = fields.pop("sign", "")
        stamp = calendar.timegm(time.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S")) - 8 * 3600
        if fields["app_id"] != APP_ID or fields["sign_type"] != "RSA2" or abs(stamp - time.time()) > 600:
            return False
        for name in ("app", "app-old"):
            try:
                rsa_key(name).public_key().verify(
                    base64.b64decode(signature), joined(fields).encode(), PKCS1v15(), SHA256()
                )
            except InvalidSignature:
                continue
            self.signed_with.append(name)
            return True
        return False

    def answer(self, handler: Handler, body: bytes) -> None:
        if handler.path.startswith("/bill"):
            handler.reply(
                200, self.statement if self.statement is not None else self.archive(self.bill()), "application/zip"
            )
            return
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        method = fields.get("method", "")
        self.requests.append(method)
        if not self.authentic(fields):
            handler.reply(200, b'{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}', "text/html")
            return
        try:
            content = {"code": "10000", "msg": "Success", **self.act(method, json.loads(fields["biz_content"]))}
        except Answer as refusal:
            code = "20000" if refusal.status == 500 else "40004"
            sub_code = refusal.code if "." in refusal.code else f"ACQ.{refusal.code}"
            content = {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": self.sub_msg}
        handler.reply(200, self.signed(method, content), "text/html;charset=utf-8")

    def signed(self, method: str, content: dict[str, Any]) -> bytes:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        name = method.replace(".", "_") + "_response"
        if self.unsigned:
            return f'{{"{name}":{text}}}'.encode()
        signature = sign(rsa_key("stranger") if self.fires("bad_signature") else self.key, text)
        return f'{{"{name}":{text},"sign":"{signature}"}}'.encode()

    def act(self, method: str, content: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "alipay.trade.precreate":
                order = self.arrive(content)
                return {
                    "out_trade_no": order.number,
                    "qr_code": f"https://qr.alipay.invalid/bax{order.channel_id[-8:]}",
                }
            case "alipay.trade.query":
                return self.view(self.known(content["out_trade_no"]))
            case "alipay.trade.close":
                order = self.known(content["out_trade_no"])
                if order.state != "open":
                    raise Answer(400, "TRADE_STATUS_ERROR")
                order.state = "closed"
                return {"out_trade_no": order.number, "trade_no": order.channel_id}
            case "alipay.trade.refund":
                return self.give_back(content)
            case "alipay.trade.fastpay.refund.query":
                return self.refund_view(content)
            case "alipay.data.dataservice.bill.downloadurl.query":
                if self.bill_code:
                    raise Answer(400, self.bill_code)
                assert content["bill_type"] == "trade"
                return {"bill_download_url": f"{self.url}/bill?token=x"}
        raise Answer(400, "INVALID_PARAMETER")

    def known(self, number: str) -> Order:
        if number not in self.orders:
            raise Answer(400, "TRADE_NOT_EXIST")
        return self.orders[number]

    def arrive(self, content: dict[str, Any]) -> Order:
        """An order comes in: over the gateway, or from the payer's browser or app."""
        if content["seller_id"] != SELLER:
            raise Answer(400, "INVALID_PARAMETER")
        time.strptime(content["time_expire"], "%Y-%m-%d %H:%M:%S")
        amount = round(float(content["total_amount"]) * 100)
        order = self.orders.setdefault(
            content["out_trade_no"], Order(content["out_trade_no"], amount, f"20261128{secrets.randbelow(10**20):020d}")
        )
        if order.amount != amount:
            raise Answer(400, "CONTEXT_INCONSISTENT")
        return order

    def browse(self, query: str) -> Order:
        """The payer's browser posts our form, or the app hands our string over."""
        fields = dict(parse_qsl(query, keep_blank_values=True))
        assert self.authentic(fields)
        assert fields["notify_url"].endswith("/hooks/alipay/")
        return self.arrive(json.loads(fields["biz_content"]))

    def view(self, order: Order) -> dict[str, Any]:
        state = {
            "open": "WAIT_BUYER_PAY",
            "paid": "TRADE_SUCCESS",
            "closed": "TRADE_CLOSED",
            "finished": "TRADE_FINISHED",
        }[order.state]
        if order.state == "paid" and self.refunded(order.number) == order.received:
            state = "TRADE_CLOSED"
        if self.fires("regress"):
            state = "WAIT_BUYER_PAY"
        amount = order.received if order.paid_at else order.amount
        content = {
            "out_trade_no": f"{order.number[:-1]}x" if self.fires("another_order") else order.number,
            "trade_no": order.channel_id,
            "trade_status": state,
            "total_amount": yuan(amount),
            "buyer_logon_id": "che***@example.invalid",
        }
        if order.paid_at and state != "WAIT_BUYER_PAY":
            content["send_pay_date"] = in_shanghai(order.paid_at)
        if self.fires(
            "wrong_merchant"
        ):  # the gateway knows whose trades it shows by the signature: all that is left is ...
            content["out_trade_no"] = "D-of-another-merchant"
        return content

    def give_back(self, content: dict[str, Any]) -> dict[str, Any]:
        order = self.known(content["out_trade_no"])
        if self.refuse_refunds == self.at_a_loss:
            raise Answer(400, self.at_a_loss)
        if order.state == "finished":
            raise Answer(400, "TRADE_HAS_FINISHED")
        again = content["out_request_no"] in self.refunds
        amount = round(float(content["refund_amount"]) * 100)
        made = self.accept_refund(content["out_request_no"], order, amount)
        self.fund_changes.append("N" if again else "Y")
        return {
            "out_trade_no": order.number,
            "trade_no": order.channel_id,
            "fund_change": self.fund_changes[-1],
            "refund_fee": yuan(self.refunded(order.number)),
            "made": made.number,
        }

    def refund_view(self, content: dict[str, Any]) -> dict[str, Any]:
        refund = self.refunds.get(content["out_request_no"])
        if refund is None or refund.state == "failed":
            return {}
        order = self.orders[refund.order]
        amount = refund.amount - 100 if self.fires("wrong_amount") else refund.amount
        return {
            "out_trade_no": order.number,
            "trade_no": order.channel_id,
            "out_request_no": refund.number,
            "refund_amount": yuan(amount),
            "total_amount": yuan(order.received),
            "refund_status": {"done": "REFUND_SUCCESS", "processing": "REFUND_PROCESSING"}[refund.state],
        }

    # --- notifications
    def notice(self, fields: dict[str, str], *, key: RSAPrivateKey | None = None) -> Notice:
        signature = sign(key or self.key, joined(fields))
        body = urlencode({**fields, "sign_type": "RSA2", "sign": signature}).encode()
        return Notice({}, body, "application/x-www-form-urlencoded; charset=utf-8")

    def told(self, order: Order, *, age: float = 0, **changes: str) -> dict[str, str]:
        return {
            "notify_id": secrets.token_hex(17),
            "notify_type": "trade_status_sync",
            "notify_time": in_shanghai(time.time() - age),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": APP_ID,
            "seller_id": SELLER,
            "out_trade_no": order.number,
            "trade_no": order.channel_id,
            "trade_status": "TRADE_SUCCESS",
            "total_amount": yuan(order.received),
            "gmt_payment": in_shanghai(order.paid_at),
            "subject": "为王建国筹款 & 谢谢=100%",
            "passback_params": "",
            **changes,
        }

    def payment_notice(self, order: Order, *, age: float = 0, **changes: str) -> Notice:
        return self.notice(self.told(order, age=age, **changes))

    def refund_notice(self, refund: Refund) -> Notice | None:
        if refund.state != "done":
            return None
        order = self.orders[refund.order]
        whole = self.refunded(order.number) == order.received
        return self.payment_notice(
            order,
            trade_status="TRADE_CLOSED" if whole else "TRADE_SUCCESS",
            out_biz_no=refund.number,
            refund_fee=yuan(self.refunded(order.number)),
            gmt_refund=in_shanghai(refund.done_at),
        )

    # --- bills
    def bill(self) -> str:
        rows, paid, back = [], [], []
        for order in self.orders.values():
            if order.paid_at:
                paid.append(order.received)
                rows.append(self.row(order, "交易", order.received, self.fee(order.received), order.paid_at, ""))
        for refund in self.refunds.values():
            if refund.state == "done":
                back.append(-refund.amount)
                order = self.orders[refund.order]
                rows.append(
                    self.row(order, "退款", -refund.amount, -self.fee(refund.amount), refund.done_at, refund.number)
                )
        return "\r\n".join(
            [
                "#支付宝业务明细查询",
                f"#账号：[{SELLER}0156]",
                "#起始日期：[2026年11月27日 00:00:00]   终止日期：[2026年11月28日 00:00:00]",
                "#-----------------------------------------业务明细列表----------------------------------------",
                HEADS,
                *rows,
                "#-----------------------------------------业务明细列表结束------------------------------------",
                f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
                f"#退款合计：{len(back)}笔，商家实收退款共{yuan(sum(back))}元，商家优惠退款共0.00元",
                "#导出时间：[2026年11月28日 10:02:26]",
                "",
            ]
        )

    @staticmethod
    def row(order: Order, kind: str, amount: int, fee: int, at: float, refund_no: str) -> str:
        values = [
            f"{order.channel_id}\t", f"{order.number}\t", kind, "为王建国筹款 & 谢谢", in_shanghai(at), in_shanghai(at),
            "", "", "", "", "che***@example.invalid", yuan(amount), yuan(amount),
            "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00",
            f"{refund_no}\t" if refund_no else "", yuan(-fee), "0.00", "",
        ]  # fmt: skip
        return ",".join(values)

    @staticmethod
    def archive(text: str) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("20880000_业务明细.csv", text.encode("gb18030"))
            made.writestr("20880000_业务明细(汇总).csv", "#汇总".encode("gb18030"))
        return packed.getvalue()

    @staticmethod
    def fee(amount: int) -> int:
        return (amount * 6 + 500) // 1000

    # --- what the tests of every channel ask for
    def forgeries(self, good: Notice) -> list[Notice]:
        fields = dict(parse_qsl(good.body.decode(), keep_blank_values=True))
        told = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
        without_blank = {name: value for name, value in fields.items() if value}
        changed = [
            {**fields, "total_amount": "9999.00"},
            {**fields, "memo": ""},
            without_blank,
            {**fields, "sign_type": "RSA"},
            told,
            {**fields, "sign": "@@@"},
        ]
        twice = Notice({}, good.body + b"&total_amount=1.00")
        ahead = self.notice({**told, "notify_time": in_shanghai(time.time() + 3600)})
        return [
            *(Notice({}, urlencode(one).encode()) for one in changed),
            twice,
            ahead,
            self.notice(told, key=rsa_key("stranger")),
        ]

    def foreign(self, order: Order) -> list[Notice]:
        return [
            self.payment_notice(order, app_id="2021000000009999"),
            self.payment_notice(order, seller_id="2088000000009999"),
        ]

    def fees(self, *amounts: int) -> list[int]:
        return [self.fee(amount) if amount > 0 else -self.fee(-amount) for amount in amounts]

    def no_statement(self) -> None:
        self.bill_code = "isp.bill_not_exist"

    def spoilt_statements(self) -> list[Callable[[], None]]:
        def spoil(text: str) -> None:
            self.statement = self.archive(text)

        def without_a_row() -> None:
            rows = self.bill().split("\r\n")
            spoil("\r\n".join([*rows[:5], *rows[6:]]))

        def with_a_row_twice() -> None:
            rows = self.bill().split("\r\n")
            spoil("\r\n".join([*rows[:6], *rows[5:]]))

        def garbage(content: bytes) -> None:
            self.statement = content

        return [
            without_a_row,
            with_a_row_twice,
            lambda: spoil(self.bill().replace(",70.00,70.00,", ",71.00,71.00,")),
            lambda: spoil(self.bill().replace(f"{SELLER}0156", "20880000000099990156")),
            lambda: spoil(self.bill().replace(",交易,", ",惊喜,", 1)),
            lambda: spoil(self.bill().replace(",交易,", ",交易,extra,", 1)),
            lambda: spoil("\r\n".join(line for line in self.bill().split("\r\n") if "合计" not in line)),
            lambda: garbage(b"<html>sign in</html>"),
            lambda: garbage(self.archive(self.bill())[:-30]),
        ]

    def live_settings(self, settings: Any) -> None:
        """Nothing else differs in production."""

    def rotate(self) -> None:
        self.key = rsa_key("alipay-old")

    def retire_old(self, settings: Any) -> None:
        first = next(iter(settings.ALIPAY_PUBLIC_KEYS.items()))
        settings.ALIPAY_PUBLIC_KEYS = dict([first])

    def signed_by_first(self) -> bool:
        return set(self.signed_with) == {"app"}
