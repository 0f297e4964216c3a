"""Alipay, over the library `python-alipay-sdk`.

The library builds requests and signs them. Its transport and its verification are replaced by ours (`_Client`), because its
own send all business fields in the address (where proxies log them), date requests by the clock of the process's time zone,
find the signed part of an answer by counting braces, also inside strings, and change the dictionary that they verify.
"""

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from alipay import AliPay
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.utils import timezone

from core.money import Fen, yuan_plain
from partners.outcomes import NOT_FOUND, UNREACHABLE, Outcome, Result
from partners.wire import Unreachable
from payments.providers import keyfiles, outbound, reading
from payments.providers.base import (
    NO_BILL,
    NOT_READY,
    BadNotification,
    Event,
    PayAction,
    PayIntent,
    PaymentView,
    RefundView,
    Settlement,
    StatementLine,
)

HOOK = "/hooks/alipay/"
TEST_HOSTS = frozenset({"openapi-sandbox.dl.alipaydev.com"})
SCENES = frozenset({"page", "native", "h5", "app"})
# They send a notification again for 25 hours; what is older, or from a clock that runs ahead, is not theirs.
_OLDEST, _AHEAD = timedelta(hours=26), timedelta(minutes=10)
_STATES = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",  # the same money, months later: it can no longer be refunded
    "TRADE_CLOSED": "closed",  # never paid, or refunded whole: query_payment tells them apart
}
_ABSENT = {"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"}
# Refusals that say nothing about the thing itself.
_UNDECIDED = re.compile(
    r"(?:^|\.)(?:SYSTEM_ERROR|CODE_ERROR)$|^isp\.|^isv\.(?:app-call-limited|call-limited)|unknow-error"
)


# --- Configuration -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Config:
    """`seller_id` is the account that receives the money. Key ids are the fingerprints of the public keys (keyfiles)."""

    url: str
    app_id: str
    seller_id: str
    app_keys: tuple[tuple[str, Path], ...]
    public_keys: tuple[tuple[str, Path], ...]


def config() -> Config:
    return Config(
        url=settings.ALIPAY_GATEWAY_URL,
        app_id=settings.ALIPAY_APP_ID,
        seller_id=settings.ALIPAY_SELLER_ID,
        app_keys=tuple(settings.ALIPAY_APP_KEYS.items()),
        public_keys=tuple(settings.ALIPAY_PUBLIC_KEYS.items()),
    )


def configured() -> bool:
    """Whether somebody has begun to set this channel up; `problems` says whether it is complete."""
    found = config()
    return bool(found.app_id or found.seller_id or found.app_keys or found.public_keys)


def problems() -> list[str]:
    """What is missing or does not fit, one sentence each; no network."""
    found = config()
    missing = {
        "ALIPAY_APP_ID": found.app_id,
        "ALIPAY_SELLER_ID": found.seller_id,
        "ALIPAY_APP_KEYS": found.app_keys,
        "ALIPAY_PUBLIC_KEYS": found.public_keys,
    }
    said = [f"{name} is missing." for name, value in missing.items() if not value]
    if not said:
        try:
            keys(found)
        except keyfiles.BadKey as error:
            said.append(str(error))
    return said


@dataclass(frozen=True)
class Keys:
    private: RSAPrivateKey
    public: tuple[RSAPublicKey, ...]


@lru_cache(maxsize=4)
def keys(found: Config) -> Keys:
    """Read once per process. Raises keyfiles.BadKey when a file cannot be used or is not the key that its id says."""
    ours = [_checked("ALIPAY_APP_KEYS", key_id, path) for key_id, path in found.app_keys]
    theirs = [_checked("ALIPAY_PUBLIC_KEYS", key_id, path) for key_id, path in found.public_keys]
    private = [key for key in ours if isinstance(key, RSAPrivateKey)]
    public = [key for key in theirs if isinstance(key, RSAPublicKey)]
    own = {keyfiles.fingerprint(key.public_key()) for key in private}
    if own & {keyfiles.fingerprint(key) for key in public}:
        raise keyfiles.BadKey("ALIPAY_PUBLIC_KEYS holds our own public key; it must be the one that Alipay shows us.")
    return Keys(private[0], tuple(public))


def _checked(name: str, key_id: str, path: Path) -> RSAPrivateKey | RSAPublicKey:
    content = keyfiles.read(path)
    key: RSAPrivateKey | RSAPublicKey
    if name == "ALIPAY_APP_KEYS":
        key = keyfiles.private_key(content, path)
        found = keyfiles.fingerprint(key.public_key())
    else:
        key = keyfiles.public_key(content, path)
        found = keyfiles.fingerprint(key)
    if found != key_id:
        raise keyfiles.BadKey(f"{name}: {path} has the fingerprint {found}, not {key_id}.")
    return key


# --- The wire ----------------------------------------------------------------------------------------------------------
def rightly_signed(public: tuple[RSAPublicKey, ...], text: bytes, signature: str) -> bool:
    """With whichever of Alipay's keys."""
    try:
        sign = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    for key in public:
        try:
            key.verify(sign, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return True
    return False


class _Client(AliPay):
    """The library's client, with our clock, our transport and our verification."""

    def __init__(self, found: Config, known: Keys, notify_url: str) -> None:
        super().__init__(
            appid=found.app_id,
            app_notify_url=notify_url,
            app_private_key_string=keyfiles.private_pem(known.private),
            alipay_public_key_string=keyfiles.public_pem(known.public[0]),
        )
        self._gateway, self._known = found.url, known

    def build_body(self, method: str, biz_content: Any = None, **more: Any) -> dict[str, Any]:
        now = datetime.now(reading.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        built: dict[str, Any] = super().build_body(method, biz_content, **{"timestamp": now, **more})
        return built

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> dict[str, Any]:
        """POST, so that nobody's proxy writes an order into its log. Raises Unreachable for whatever is not rightly signed."""
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "candor"}
        reply = outbound.send("POST", self._gateway, headers=headers, body=self.sign_data(data).encode())
        if reply.status != 200:
            raise Unreachable(f"alipay: http_{reply.status}")
        try:
            text = reply.body.decode()
            signature = json.loads(text)["sign"]
            start = re.match(r'\s*\{\s*"' + re.escape(response_type) + r'"\s*:\s*', text)
            if start is None:
                raise Unreachable("alipay: another answer")
            content, end = json.JSONDecoder().raw_decode(text, start.end())
        except (ValueError, KeyError, TypeError) as error:
            raise Unreachable("alipay: malformed") from error
        if not isinstance(content, dict) or not isinstance(signature, str):
            raise Unreachable("alipay: malformed")
        if not rightly_signed(self._known.public, text[start.end() : end].encode(), signature):
            raise Unreachable("alipay: bad_signature")
        return content


@lru_cache(maxsize=4)
def _client(found: Config, notify_url: str) -> _Client:
    """Once per process: reading a private key is slow."""
    return _Client(found, keys(found), notify_url)


# --- The provider ------------------------------------------------------------------------------------------------------
class Alipay:
    code = "alipay"

    def __init__(self) -> None:
        self.config = config()
        self.keys = keys(self.config)
        self.client = _client(self.config, settings.SITE_URL + HOOK)

    # --- payments
    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        """A code to scan is asked for; a form and the app's order are signed here, and Alipay hears of them from the payer."""
        back = settings.SITE_URL + intent.return_path
        order = {
            "subject": intent.subject[:128],
            "out_trade_no": intent.out_trade_no,
            "total_amount": yuan_plain(intent.amount),
            "seller_id": self.config.seller_id,
            "time_expire": intent.expires_at.astimezone(reading.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        }
        match intent.scene:
            case "page":
                return Result(Outcome.OK), self._form(self.client.api_alipay_trade_page_pay(return_url=back, **order))
            case "h5":
                return Result(Outcome.OK), self._form(self.client.api_alipay_trade_wap_pay(return_url=back, **order))
            case "app":
                text = self.client.api_alipay_trade_app_pay(**order)
                return Result(Outcome.OK), PayAction("app", {"order_string": text})
        content = self._ask(self.client.api_alipay_trade_precreate, **order)
        result = _result(content)
        if content is None or result.outcome is not Outcome.OK:
            return result, None
        if content.get("out_trade_no") != intent.out_trade_no or not content.get("qr_code"):
            return Result(Outcome.UNKNOWN, "malformed"), None
        return result, PayAction("qr", {"text": str(content["qr_code"])})

    def _form(self, query: str) -> PayAction:
        return PayAction("form", {"url": f"{self.config.url}?charset=utf-8", "fields": dict(parse_qsl(query))})

    def query_payment(self, out_trade_no: str, channel_id: str = "") -> PaymentView:
        content = self._ask(self.client.api_alipay_trade_query, out_trade_no=out_trade_no)
        result = _result(content)
        if content is None or result.outcome is not Outcome.OK:
            return PaymentView(result)
        try:
            if content["out_trade_no"] != out_trade_no:
                return PaymentView(Result(Outcome.UNKNOWN, "another_order"))
            state, amount = _STATES[content["trade_status"]], reading.fen(content["total_amount"])
            paid_at = reading.shanghai(content["send_pay_date"]) if content.get("send_pay_date") else None
        except (KeyError, TypeError, ValueError):
            return PaymentView(Result(Outcome.UNKNOWN, "malformed"))
        if state == "closed" and paid_at:
            state = "paid"  # closed because all of it went back: that is what refunds are for
        found = Result(Outcome.OK, "", str(content.get("trade_no", ""))[:64])
        return PaymentView(found, state, amount if state == "paid" else 0, paid_at if state == "paid" else None)

    def close_payment(self, out_trade_no: str, channel_id: str = "") -> Result:
        return _result(self._ask(self.client.api_alipay_trade_close, out_trade_no=out_trade_no))

    # --- refunds
    def refund(
        self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str, channel_id: str = ""
    ) -> Result:
        """Repeated, it answers `fund_change` N: nothing moved this time. Whether it is done, query_refund says."""
        content = self._ask(
            self.client.api_alipay_trade_refund,
            out_trade_no=out_trade_no,
            refund_amount=yuan_plain(amount),
            out_request_no=refund_no,
            refund_reason=reason[:80],
        )
        result = _result(content)
        if result.outcome is Outcome.OK:
            return Result(Outcome.PENDING, "", str((content or {}).get("trade_no", ""))[:64])
        return result

    def query_refund(self, refund_no: str, *, out_trade_no: str, channel_id: str = "") -> RefundView:
        content = self._ask(
            self.client.api_alipay_trade_fastpay_refund_query, out_request_no=refund_no, out_trade_no=out_trade_no
        )
        result = _result(content)
        if content is None or result.outcome is not Outcome.OK:
            return RefundView(result)
        status = content.get("refund_status", "")
        if not status:  # they do not have it, or it failed: sending it again under the same number is safe
            return RefundView(Result(Outcome.REJECTED, NOT_FOUND))
        try:
            if (content["out_request_no"], content["out_trade_no"]) != (refund_no, out_trade_no):
                return RefundView(Result(Outcome.UNKNOWN, "another_order"))
            amount = reading.fen(content["refund_amount"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return RefundView(Result(Outcome.UNKNOWN, "malformed"))
        number = str(content.get("trade_no", ""))[:64]
        if status == "REFUND_SUCCESS":
            return RefundView(Result(Outcome.OK, "", number), "done", amount)
        return RefundView(Result(Outcome.PENDING, str(status)[:60], number), "processing", amount)

    # --- statements
    def settlements(self, after: str) -> tuple[Result, list[Settlement]]:
        return Result(Outcome.REJECTED, "not_offered"), []

    def statement(self, day: date) -> tuple[Result, list[StatementLine]]:
        content = self._ask(
            self.client.server_api,
            api_name="alipay.data.dataservice.bill.downloadurl.query",
            biz_content={"bill_type": "trade", "bill_date": day.isoformat()},
        )
        result = _result(content)
        if result.code in ("isp.bill_not_exist", "BILL_NOT_EXIST"):
            if reading.nothing_came(day, timezone.now()):
                return Result(Outcome.OK, NO_BILL), []
            return Result(Outcome.PENDING, NOT_READY), []
        if content is None or result.outcome is not Outcome.OK:
            return Result(Outcome.UNKNOWN, result.code), []
        try:
            # At once: the address is good for 30 seconds. The file is not signed; its totals are all that checks it.
            url = str(content["bill_download_url"])
            if not self._is_theirs(url):
                return Result(Outcome.UNKNOWN, "foreign_address"), []
            reply = outbound.send("GET", url, limit=outbound.MAX_FILE)
            if reply.status != 200:
                return Result(Outcome.UNKNOWN, f"http_{reply.status}"), []
            text = _unpack(reply.body).decode("gb18030")
            lines = read_statement(text, day, self.config.seller_id)
            return Result(Outcome.OK, "" if lines else NO_BILL), lines
        except Unreachable:
            return UNREACHABLE, []
        except (LookupError, ValueError, zipfile.BadZipFile, csv.Error):
            return Result(Outcome.UNKNOWN, "malformed"), []

    def _is_theirs(self, url: str) -> bool:
        """Bills lie on a host of Alipay's own (or of the gateway, which in tests is this machine)."""
        asked, given = urlsplit(self.config.url), urlsplit(url)
        if given.hostname == asked.hostname:
            return given.scheme == asked.scheme
        host = given.hostname or ""
        return given.scheme == "https" and host.endswith((".alipay.com", ".alipaydev.com"))

    # --- notifications
    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Exactly the fields that came, blank ones too, without `sign` and `sign_type`, in order, unescaped."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict")
        except ValueError as error:
            raise BadNotification("malformed") from error
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise BadNotification("malformed")
        signature, kind = fields.pop("sign", ""), fields.pop("sign_type", "")
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()
        if kind != "RSA2" or not rightly_signed(self.keys.public, text, signature):
            raise BadNotification("bad_signature")
        try:
            age = now - reading.shanghai(fields["notify_time"])
            foreign = (fields["app_id"], fields["seller_id"]) != (self.config.app_id, self.config.seller_id)
            event_id, number, state = fields["notify_id"], fields["out_trade_no"], fields["trade_status"]
            refund_no = fields.get("out_biz_no", "") if fields.get("refund_fee") else ""
        except (KeyError, ValueError) as error:
            raise BadNotification("malformed") from error
        if not -_AHEAD <= age <= _OLDEST:
            raise BadNotification("stale")
        if foreign:
            raise BadNotification("foreign")
        if not event_id or not number:
            raise BadNotification("malformed")
        if refund_no:
            return Event(event_id[:64], "refund", refund_no[:64], state[:20])
        return Event(event_id[:64], "payment", number[:64], state[:20])

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        """Seven letters exactly, or they send it again."""
        return (200, "text/plain", b"success") if ok else (400, "text/plain", b"fail")

    def _ask(self, call: Any, **given: Any) -> dict[str, Any] | None:
        """None stands for: nobody knows."""
        try:
            content: dict[str, Any] = call(**given)
        except Unreachable:
            return None
        return content


def _result(content: Mapping[str, Any] | None) -> Result:
    """By `code` and `sub_code` only: the words beside them change."""
    if content is None:
        return UNREACHABLE
    code, sub_code = str(content.get("code", "")), str(content.get("sub_code", ""))[:60]
    if code == "10000":
        return Result(Outcome.OK)
    if code != "40004" or not sub_code or _UNDECIDED.search(sub_code):
        return Result(Outcome.UNKNOWN, sub_code or f"code_{code}"[:60])
    return Result(Outcome.REJECTED, NOT_FOUND if sub_code in _ABSENT else sub_code)


# --- The statement of a day --------------------------------------------------------------------------------------------
def _unpack(packed: bytes) -> bytes:
    """The file of single rows in the archive; the other one is a summary by shop. Raises ValueError or BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="gb18030") as archive:
        found = [info for info in archive.infolist() if info.filename.endswith(".csv") and "汇总" not in info.filename]
        if len(found) != 1 or found[0].file_size > outbound.MAX_FILE:
            raise ValueError("no single file of rows, or one too large")
        return archive.read(found[0])


_ACCOUNT = re.compile(r"账号：\[(\d+?)(?:0156)?\]")
_TOTALS = re.compile(r"(交易|退款)合计：(\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元")


def read_statement(text: str, day: date, seller_id: str) -> list[StatementLine]:
    """The rows of a bill of kind `trade`: comments begin with #, numbers end with a tab, amounts in yuan; refunds and what they
    charge are negative.

    Raises ValueError or LookupError when a row is not understood, the account is another, or the rows do not add up.
    """
    comments = [line for line in text.splitlines() if line.startswith("#")]
    account = next((found[1] for line in comments if (found := _ACCOUNT.search(line))), "")
    totals = {found[1]: (int(found[2]), reading.fen(found[3])) for line in comments if (found := _TOTALS.search(line))}
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    lines = [_line(row, day) for row in csv.DictReader(rows, restkey="", strict=True)]
    if account != seller_id:
        raise ValueError("the bill of another account")
    for kind, name in (("payment", "交易"), ("refund", "退款")):
        gross = [line.gross for line in lines if line.kind == kind]
        if totals[name] != (len(gross), sum(gross)):
            raise ValueError("the rows do not add up to the totals")
    return lines


def _line(row: Mapping[str, Any], day: date) -> StatementLine:
    if "" in row or None in row.values():
        raise ValueError("a row of another length")
    kind = {"交易": "payment", "退款": "refund"}[row["业务类型"].strip()]
    gross, fee = reading.fen(row["商家实收（元）"]), -reading.fen(row["服务费（元）"])
    if (gross < 0) != (kind == "refund"):
        raise ValueError("an amount of the wrong sign")
    refund_no = row["退款批次号/请求号"].strip() if kind == "refund" else ""
    at = reading.shanghai(row["完成时间"]).astimezone(UTC)
    return StatementLine(
        day, kind, row["支付宝交易号"].strip(), row["商户订单号"].strip(), refund_no, gross, fee, gross - fee, "done", at,
        ",".join(row.values()),
    )  # fmt: skip
