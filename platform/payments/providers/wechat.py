"""WeChat Pay, API v3, over the library `wechatpayv3`.

The library builds requests, signs them and decrypts. Its transport and its verification are replaced by ours (`_Core`), because
its own have no time limit, follow redirects, take answers and notifications of any age, believe what is not 2xx without a
signature, and fetch certificates from the network whenever somebody sends a key id that it does not know.
"""

import base64
import binascii
import gzip
import hashlib
import json
import secrets
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.utils import timezone
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import aes_decrypt, build_authorization

from core.money import Fen
from partners.outcomes import NOT_FOUND, UNREACHABLE, Outcome, Result
from partners.wire import WINDOW, Unreachable, Untrusted
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

HOOK = "/hooks/wechat/"
_SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
_TYPES = {
    "page": WeChatPayType.NATIVE,
    "native": WeChatPayType.NATIVE,
    "h5": WeChatPayType.H5,
    "jsapi": WeChatPayType.JSAPI,
    "mini": WeChatPayType.MINIPROG,
    "app": WeChatPayType.APP,
}
_STATES = {
    "SUCCESS": "paid",
    "REFUND": "paid",  # it was paid, and something went back since
    "NOTPAY": "open",
    "USERPAYING": "open",
    "ACCEPT": "open",
    "PAYERROR": "open",  # this try failed; the order may still be paid
    "CLOSED": "closed",
    "REVOKED": "closed",
}
_REFUND_STATES = {"PROCESSING": "processing", "SUCCESS": "done", "CLOSED": "failed", "ABNORMAL": "failed"}
_REFUND_OUTCOMES = {"processing": Outcome.PENDING, "done": Outcome.OK, "failed": Outcome.REJECTED}
_ABSENT = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS", "REFUNDNOTEXIST"}
# Refusals that say nothing about the thing itself: their own trouble, too many questions, or an order that is paid already.
_UNDECIDED = {
    "SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "FREQUENCY_LIMIT_EXCEED",
    "SIGN_ERROR", "ORDERPAID", "ORDER_PAID", "USERPAYING",
}  # fmt: skip


# --- Configuration -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Config:
    """`app_id` pays in browsers and inside WeChat; mini programs and our app have ids of their own."""

    url: str
    mchid: str
    app_id: str
    mini_app_id: str
    mobile_app_id: str
    secrets: tuple[str, ...]
    merchant_keys: tuple[tuple[str, Path], ...]
    public_keys: tuple[tuple[str, Path], ...]

    def app_ids(self) -> set[str]:
        return {self.app_id, self.mini_app_id, self.mobile_app_id} - {""}

    def app_id_for(self, scene: str) -> str:
        return {"mini": self.mini_app_id, "app": self.mobile_app_id}.get(scene, self.app_id)


def config() -> Config:
    return Config(
        url=settings.WECHAT_PAY_API_URL,
        mchid=settings.WECHAT_PAY_MCHID,
        app_id=settings.WECHAT_PAY_APP_ID,
        mini_app_id=settings.WECHAT_PAY_MINI_APP_ID,
        mobile_app_id=settings.WECHAT_PAY_MOBILE_APP_ID,
        secrets=tuple(settings.WECHAT_PAY_SECRETS),
        merchant_keys=tuple(settings.WECHAT_PAY_MERCHANT_KEYS.items()),
        public_keys=tuple(settings.WECHAT_PAY_PUBLIC_KEYS.items()),
    )


def configured() -> bool:
    """Whether somebody has begun to set this channel up; `problems` says whether it is complete."""
    found = config()
    return bool(found.mchid or found.merchant_keys or found.public_keys or found.secrets)


def scenes() -> frozenset[str]:
    found = config()
    more = [scene for scene, app_id in (("mini", found.mini_app_id), ("app", found.mobile_app_id)) if app_id]
    return frozenset({"page", "native", "h5", "jsapi", *more})


def problems() -> list[str]:
    """What is missing or does not fit, one sentence each; no network."""
    found = config()
    missing = {
        "WECHAT_PAY_MCHID": found.mchid,
        "WECHAT_PAY_APP_ID": found.app_id,
        "WECHAT_PAY_SECRETS": found.secrets,
        "WECHAT_PAY_MERCHANT_KEYS": found.merchant_keys,
        "WECHAT_PAY_PUBLIC_KEYS": found.public_keys,
    }
    said = [f"{name} is missing." for name, value in missing.items() if not value]
    if any(len(secret.encode()) != 32 for secret in found.secrets):
        said.append("WECHAT_PAY_SECRETS: an APIv3 key has exactly 32 characters.")
    if not said:
        try:
            keys(found)
        except keyfiles.BadKey as error:
            said.append(str(error))
    return said


@dataclass(frozen=True)
class Keys:
    """Our private keys by certificate serial, the first one signs; WeChat's public keys by the id that it names."""

    serial: str
    private: RSAPrivateKey
    public: Mapping[str, RSAPublicKey]


@lru_cache(maxsize=4)
def keys(found: Config) -> Keys:
    """Read once per process. Raises keyfiles.BadKey when a file cannot be used or is not the key that its id says."""
    private = {key_id: _merchant_key(key_id, path) for key_id, path in found.merchant_keys}
    public = {key_id: _their_key(key_id, path) for key_id, path in found.public_keys}
    first = found.merchant_keys[0][0]
    return Keys(first, private[first], public)


def _merchant_key(key_id: str, path: Path) -> RSAPrivateKey:
    content = keyfiles.read(path)
    key, proof = keyfiles.private_key(content, path), keyfiles.certificate(content, path)
    if keyfiles.serial(proof) != key_id:
        raise keyfiles.BadKey(
            f"WECHAT_PAY_MERCHANT_KEYS: {path} has the serial {keyfiles.serial(proof)}, not {key_id}."
        )
    if proof.public_key() != key.public_key():
        raise keyfiles.BadKey(
            f"WECHAT_PAY_MERCHANT_KEYS: the key and the certificate in {path} do not belong together."
        )
    return key


def _their_key(key_id: str, path: Path) -> RSAPublicKey:
    content = keyfiles.read(path)
    if not key_id.startswith("PUB_KEY_ID_"):
        found = keyfiles.serial(keyfiles.certificate(content, path))
        if found != key_id:
            raise keyfiles.BadKey(f"WECHAT_PAY_PUBLIC_KEYS: {path} has the serial {found}, not {key_id}.")
    return keyfiles.public_key(content, path)


# --- The wire ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    """`proved`: rightly signed by WeChat a moment ago. Only such an answer decides anything."""

    status: int
    content: dict[str, Any]
    body: bytes
    proved: bool

    @property
    def code(self) -> str:
        return str(self.content.get("code", ""))[:60]


def verify(public: Mapping[str, RSAPublicKey], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises Untrusted `unknown_key`, `bad_signature` or `stale`. Never asks anybody for a key."""
    key = public.get(headers.get("Wechatpay-Serial", ""))
    if key is None:
        raise Untrusted("unknown_key")
    if headers.get("Wechatpay-Signature-Type", _SIGNATURE_TYPE) != _SIGNATURE_TYPE:
        raise Untrusted("bad_signature")
    stamp, nonce = headers.get("Wechatpay-Timestamp", ""), headers.get("Wechatpay-Nonce", "")
    try:
        signature = base64.b64decode(headers.get("Wechatpay-Signature", ""), validate=True)
        key.verify(signature, f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise Untrusted("bad_signature") from error
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(now - int(stamp)) > WINDOW:
        raise Untrusted("stale")


class _Core(Core):
    """The library's core, with our transport and our verification."""

    def __init__(self, found: Config, known: Keys) -> None:
        key_id, public = next(iter(known.public.items()))
        super().__init__(
            mchid=found.mchid,
            cert_serial_no=known.serial,
            private_key=keyfiles.private_pem(known.private),
            apiv3_key=found.secrets[0],
            public_key=keyfiles.public_pem(public),
            public_key_id=key_id,
        )
        self._gate_way, self._known = found.url, known

    def request(self, path: str, method: Any = RequestType.GET, data: Any = None, **_more: Any) -> Answer:
        """Raises Unreachable, also for a 2xx that is not rightly signed."""
        body = json.dumps(data, ensure_ascii=False).encode() if data else b""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "candor",
            "Wechatpay-Serial": self._public_key_id,
            "Authorization": build_authorization(
                path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body.decode()
            ),
        }
        reply = outbound.send(method.value, self._gate_way + path, headers=headers, body=body or None)
        try:
            verify(self._known.public, reply.headers, reply.body, time.time())
            proved = True
        except Untrusted as error:
            if 200 <= reply.status < 300:
                raise Unreachable(f"wechat: {error.code}") from error
            proved = False
        return Answer(reply.status, _json(reply.body), reply.body, proved)

    def download(self, url: str) -> bytes:
        """A file at the address that a proved answer gave. The file itself is not signed."""
        if not url.startswith(self._gate_way + "/"):
            raise Unreachable("wechat: a file that is somewhere else")
        path = url.removeprefix(self._gate_way)
        authorization = build_authorization(path, "GET", self._mchid, self._cert_serial_no, self._private_key, data="")
        headers = {"Authorization": authorization, "User-Agent": "candor"}
        reply = outbound.send("GET", url, headers=headers, limit=outbound.MAX_FILE)
        if reply.status != 200:
            raise Unreachable(f"wechat: http_{reply.status}")
        return reply.body

    def _verify_signature(self, headers: Any, body: Any) -> bool:
        raise RuntimeError("answers are verified by verify()")

    def _update_certificates(self) -> None:
        raise RuntimeError("keys come from the settings, never from the network")


@lru_cache(maxsize=4)
def _client(found: Config, notify_url: str) -> WeChatPay:
    """The library's client on our core, once per process: reading a private key is slow."""
    known = keys(found)
    key_id, public = next(iter(known.public.items()))
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=found.mchid,
        private_key=keyfiles.private_pem(known.private),
        cert_serial_no=known.serial,
        appid=found.app_id,
        apiv3_key=found.secrets[0],
        notify_url=notify_url,
        public_key=keyfiles.public_pem(public),
        public_key_id=key_id,
    )
    client._core = _Core(found, known)
    return client


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


# --- The provider ------------------------------------------------------------------------------------------------------
class WechatPay:
    code = "wechat"

    def __init__(self) -> None:
        self.config = config()
        self.keys = keys(self.config)
        self.client = _client(self.config, settings.SITE_URL + HOOK)
        self.core: _Core = self.client._core

    # --- payments
    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        scene_info: dict[str, Any] = {"payer_client_ip": intent.client_ip or "127.0.0.1"}
        if intent.scene == "h5":
            scene_info["h5_info"] = {"type": "Wap"}
        answer = self._ask(
            self.client.pay,
            description=intent.subject[:127],
            out_trade_no=intent.out_trade_no,
            amount={"total": intent.amount, "currency": "CNY"},
            payer={"openid": intent.payer_ref} if intent.payer_ref else None,
            time_expire=intent.expires_at.astimezone(reading.SHANGHAI).isoformat(timespec="seconds"),
            scene_info=scene_info,
            appid=self.config.app_id_for(intent.scene),
            pay_type=_TYPES[intent.scene],
        )
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return result, None
        action = self._action(intent, answer.content)
        return (result, action) if action else (Result(Outcome.UNKNOWN, "malformed"), None)

    def _action(self, intent: PayIntent, content: Mapping[str, Any]) -> PayAction | None:
        """What the payer's side needs, signed with our key where WeChat wants that."""
        app_id, stamp, nonce = self.config.app_id_for(intent.scene), str(int(time.time())), secrets.token_hex(16)
        match intent.scene:
            case "jsapi" | "mini" if prepay_id := content.get("prepay_id"):
                package = f"prepay_id={prepay_id}"
                payload = {
                    "appId": app_id,
                    "timeStamp": stamp,
                    "nonceStr": nonce,
                    "package": package,
                    "signType": "RSA",
                }
                return PayAction("jsapi", {**payload, "paySign": self.core.sign([app_id, stamp, nonce, package])})
            case "app" if prepay_id := content.get("prepay_id"):
                payload = {
                    "appid": app_id, "partnerid": self.config.mchid, "prepayid": prepay_id, "package": "Sign=WXPay",
                    "noncestr": nonce, "timestamp": stamp,
                }  # fmt: skip
                return PayAction("app", {**payload, "sign": self.core.sign([app_id, stamp, nonce, str(prepay_id)])})
            case "h5" if url := content.get("h5_url"):
                back = quote(settings.SITE_URL + intent.return_path, safe="")
                return PayAction("redirect", {"url": f"{url}&redirect_url={back}"})
            case "page" | "native" if text := content.get("code_url"):
                return PayAction("qr", {"text": str(text)})
        return None

    def query_payment(self, out_trade_no: str, channel_id: str = "") -> PaymentView:
        answer = self._ask(self.client.query, out_trade_no=out_trade_no)
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return PaymentView(result)
        content = answer.content
        try:
            if content["mchid"] != self.config.mchid or content["appid"] not in self.config.app_ids():
                return PaymentView(Result(Outcome.UNKNOWN, "foreign"))
            if content["out_trade_no"] != out_trade_no:
                return PaymentView(Result(Outcome.UNKNOWN, "another_order"))
            state = _STATES[content["trade_state"]]
            amount, paid_at = 0, None
            if state == "paid":
                amount, paid_at = _amount(content["amount"], "total"), datetime.fromisoformat(content["success_time"])
        except (KeyError, TypeError, ValueError):
            return PaymentView(Result(Outcome.UNKNOWN, "malformed"))
        found = Result(Outcome.OK, "", str(content.get("transaction_id", ""))[:64])
        return PaymentView(found, state, amount, paid_at)

    def close_payment(self, out_trade_no: str, channel_id: str = "") -> Result:
        return _result(self._ask(self.client.close, out_trade_no=out_trade_no))

    # --- refunds
    def refund(
        self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str, channel_id: str = ""
    ) -> Result:
        answer = self._ask(
            self.client.refund,
            out_refund_no=refund_no,
            out_trade_no=out_trade_no,
            amount={"refund": amount, "total": total, "currency": "CNY"},
            reason=reason[:80] or None,
        )
        return self._refund_view(answer, refund_no, out_trade_no).result

    def query_refund(self, refund_no: str, *, out_trade_no: str, channel_id: str = "") -> RefundView:
        return self._refund_view(self._ask(self.client.query_refund, out_refund_no=refund_no), refund_no, out_trade_no)

    def _refund_view(self, answer: Answer | None, refund_no: str, out_trade_no: str) -> RefundView:
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return RefundView(result)
        content = answer.content
        try:
            if (content["out_refund_no"], content["out_trade_no"]) != (refund_no, out_trade_no):
                return RefundView(Result(Outcome.UNKNOWN, "another_order"))
            status = content["status"]
            state, amount = _REFUND_STATES[status], _amount(content["amount"], "refund")
        except (KeyError, TypeError, ValueError):
            return RefundView(Result(Outcome.UNKNOWN, "malformed"))
        found = Result(_REFUND_OUTCOMES[state], status, str(content.get("refund_id", ""))[:64])
        return RefundView(found, state, amount, status if state == "failed" else "")

    # --- statements
    def settlements(self, after: str) -> tuple[Result, list[Settlement]]:
        return Result(Outcome.REJECTED, "not_offered"), []

    def statement(self, day: date) -> tuple[Result, list[StatementLine]]:
        answer = self._ask(self.client.trade_bill, bill_date=day.isoformat(), bill_type="ALL", tar_type="GZIP")
        if answer is not None and answer.proved and answer.code in ("NO_STATEMENT_EXIST", "NO_BILL_EXIST"):
            if reading.nothing_came(day, timezone.now()):
                return Result(Outcome.OK, NO_BILL), []
            return Result(Outcome.PENDING, NOT_READY), []
        if answer is not None and answer.proved and answer.code == "STATEMENT_CREATING":
            return Result(Outcome.PENDING, NOT_READY), []
        result = _result(answer)
        if answer is None or result.outcome is not Outcome.OK:
            return Result(Outcome.UNKNOWN, result.code), []
        try:
            packed = self.core.download(str(answer.content["download_url"]))
            text = _unpack(packed)
            digest = hashlib.new("sha1", text, usedforsecurity=False).hexdigest()
            if answer.content["hash_type"] != "SHA1" or digest != str(answer.content["hash_value"]).lower():
                return Result(Outcome.UNKNOWN, "wrong_digest"), []
            return Result(Outcome.OK), read_statement(text.decode("utf-8-sig"), day, self.config.mchid)
        except Unreachable:
            return UNREACHABLE, []
        except (KeyError, ValueError, OSError, EOFError, zlib.error):
            return Result(Outcome.UNKNOWN, "malformed"), []

    # --- notifications
    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        try:
            verify(self.keys.public, headers, body, now.timestamp())
        except Untrusted as error:
            raise BadNotification(error.code) from error
        try:
            envelope = json.loads(body)
            event_id, event_type = str(envelope["id"]), str(envelope["event_type"])
            content = self._decrypt(envelope["resource"])
            kind = {"TRANSACTION": "payment", "REFUND": "refund"}[event_type.partition(".")[0]]
            known_app = kind == "refund" or content["appid"] in self.config.app_ids()
            if content["mchid"] != self.config.mchid or not known_app:
                raise BadNotification("foreign")
            number = str(content["out_trade_no" if kind == "payment" else "out_refund_no"])
            state = str(content["trade_state" if kind == "payment" else "refund_status"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadNotification("malformed") from error
        if not event_id or not number:
            raise BadNotification("malformed")
        return Event(event_id[:64], kind, number[:64], state[:20])

    def _decrypt(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """With whichever of our APIv3 keys fits. Raises ValueError."""
        if resource["algorithm"] != "AEAD_AES_256_GCM":
            raise ValueError("an unknown cipher")
        for secret in self.config.secrets:
            try:
                text = aes_decrypt(
                    resource["nonce"], resource["ciphertext"], resource.get("associated_data") or "", secret
                )
            except (binascii.Error, AttributeError) as error:
                raise ValueError("not a cipher text") from error
            if text:
                content = json.loads(text)
                if isinstance(content, dict):
                    return content
        raise ValueError("none of our keys fits")

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        if ok:
            return 204, "application/json", b""
        return 401, "application/json", '{"code":"FAIL","message":"签名错误"}'.encode()

    def _ask(self, call: Any, **given: Any) -> Answer | None:
        """None stands for: nobody knows."""
        try:
            answer: Answer = call(**given)
        except Unreachable:
            return None
        return answer


def _result(answer: Answer | None) -> Result:
    """What an answer decides: nothing without a proof, nothing when WeChat itself is at a loss."""
    if answer is None:
        return UNREACHABLE
    if 200 <= answer.status < 300:
        return Result(Outcome.OK)
    code = NOT_FOUND if answer.code in _ABSENT else answer.code or f"http_{answer.status}"
    decided = answer.proved and answer.status < 500 and answer.status not in (401, 429) and code not in _UNDECIDED
    return Result(Outcome.REJECTED if decided else Outcome.UNKNOWN, code)


def _amount(content: Mapping[str, Any], name: str) -> Fen:
    if content.get("currency", "CNY") != "CNY":
        raise ValueError("another currency")
    value = content[name]
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError("not an amount in fen")
    return value


# --- The statement of a day --------------------------------------------------------------------------------------------
_TOTALS = {
    "应结订单金额": "应结订单总金额",
    "退款金额": "退款总金额",
    "手续费": "手续费总金额",
    "订单金额": "订单总金额",
    "申请退款金额": "申请退款总金额",
}


def _unpack(packed: bytes) -> bytes:
    """Gunzip, but not without end."""
    machine = zlib.decompressobj(wbits=31)
    text = machine.decompress(packed, outbound.MAX_FILE)
    if machine.unconsumed_tail or not machine.eof:
        raise gzip.BadGzipFile("too large or cut off")
    return text


def read_statement(text: str, day: date, mchid: str) -> list[StatementLine]:
    """The rows of a trade bill (bill_type ALL): every value behind a backtick, amounts in yuan, a summary at the end.

    Raises ValueError when a row is not understood, is about another merchant, or the rows do not add up to the summary.
    """
    rows = [line for line in text.splitlines() if line.strip()]
    end = len(rows) - 2
    if end < 1 or not rows[end].startswith("总交易单数"):
        raise ValueError("no summary")
    heads = rows[0].split(",")
    found = [_row(heads, line) for line in rows[1:end]]
    summary = _row(rows[end].split(","), rows[-1])
    lines = [_line(row, day, mchid) for row in found]
    sums = {total: sum(reading.fen(row[name]) for row in found) for name, total in _TOTALS.items()}
    if len(found) != int(summary["总交易单数"]) or any(sums[total] != reading.fen(summary[total]) for total in sums):
        raise ValueError("the rows do not add up to the summary")
    return lines


def _row(heads: list[str], line: str) -> dict[str, str]:
    values = line.removeprefix("`").split(",`")
    if len(values) != len(heads):
        raise ValueError("a row of another length")
    return dict(zip((head.strip() for head in heads), (value.strip() for value in values), strict=True)) | {"": line}


def _line(row: Mapping[str, str], day: date, mchid: str) -> StatementLine:
    if row["商户号"] != mchid:
        raise ValueError("a row about another merchant")
    at, fee = reading.shanghai(row["交易时间"]).astimezone(UTC), reading.fen(row["手续费"])
    kind, gross, state, refund_no = "payment", reading.fen(row["订单金额"]), "done", ""
    if row["交易状态"] in ("REFUND", "REVOKED"):
        kind, gross, refund_no = "refund", -reading.fen(row["申请退款金额"]), row["商户退款单号"]
        state = {"SUCCESS": "done", "PROCESSING": "processing"}.get(row["退款状态"], "failed")
    elif row["交易状态"] != "SUCCESS":
        raise ValueError("a row of an unknown kind")
    return StatementLine(
        day, kind, row["微信订单号"], row["商户订单号"], refund_no, gross, fee, gross - fee, state, at, row[""]
    )
