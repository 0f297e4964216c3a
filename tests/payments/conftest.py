"""A purpose of its own for these tests, which writes down what it was told."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger import chart
from payments import purposes, services
from payments.models import Payment
from payments.payees import Payee, PayeeKind

PAYEE = Payee(PayeeKind.HOSPITAL, "第一人民医院", "工商银行", "6222020200001234567")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Any]]]:
    """Everything that the purposes `gift` and `payout` are told, in order, as (what, thing)."""
    heard: list[tuple[str, Any]] = []

    def hear(what: str) -> Any:
        return lambda thing: heard.append((what, thing.pk))

    gift = purposes.Purpose("gift", hear("paid"), hear("refunded"), hear("refund_failed"))
    payout = purposes.TransferPurpose("pay_family", hear("arrived"), hear("returned"), hear("sent"))
    monkeypatch.setitem(purposes._purposes, "gift", gift)
    monkeypatch.setitem(purposes._transfer_purposes, "pay_family", payout)
    yield heard


def start(key: str = "gift:1", amount: int = 10_000, tip: int = 0, campaign: int = 1, **more: Any) -> Payment:
    given = {
        "actor": None,
        "purpose": "gift",
        "ref": str(campaign),
        "subject": "为王建国筹款",
        "credit_account": chart.available(campaign),
        "channel": "sandbox",
        "client_ip": "127.0.0.1",
        "return_url": "/me/donations/1/",
        **more,
    }
    return services.start_payment(amount=amount, tip=tip, key=key, **given)
