"""The platform beside one real channel's peer: what the tests of all three channels do with it."""

from dataclasses import dataclass, field
from typing import Any

import requests
from django.test import Client
from django.utils import timezone

from core import jobs
from core.models import Job
from ledger import chart, selectors
from payments import services
from payments.models import Payment, Refund
from tests.payments.conftest import start
from tests.services.peer import Notice, Peer


@dataclass
class World:
    peer: Peer
    told: list[tuple[str, Any]]
    folder: Any
    at: str = ""  # the address of a running platform; without it notifications come through the test client
    statuses: list[int] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.peer.code

    def start(self, key: str = "gift:1", amount: int = 10_000, **more: Any) -> Payment:
        return start(key, amount, channel=self.code, **{"scene": self.peer.scene, **more})

    def opened(self, key: str = "gift:1", amount: int = 10_000, **more: Any) -> Payment:
        payment = self.start(key, amount, **more)
        services.open_at_channel(payment.pk)
        return payment

    def paid(self, key: str = "gift:1", amount: int = 10_000, **more: Any) -> Payment:
        """From the first click to the money in the books."""
        payment = self.opened(key, amount, **more)
        self.peer.pay(payment.out_trade_no)
        self.rest()
        payment.refresh_from_db()
        assert payment.status == "paid"
        return payment

    def refund(self, payment: Payment, amount: int, key: str = "refund:1") -> Refund:
        return services.request_refund(
            actor=None, payment=payment, amount=amount, reason="mistake", key=key, from_account=chart.available(1)
        )

    def deliver(self, notice: Notice) -> int:
        """A notification reaches the platform. The status of its answer."""
        answer = self.post(notice)
        self.statuses.append(answer.status_code)
        return int(answer.status_code)

    def post(self, notice: Notice) -> Any:
        path = f"/hooks/{self.code}/"
        headers = {**notice.headers, "Content-Type": notice.content_type}
        if self.at:
            return requests.post(self.at + path, data=notice.body, headers=headers, timeout=10)
        return Client().post(path, data=notice.body, content_type=notice.content_type, headers=notice.headers)

    def rest(self) -> None:
        """Deliver what is in the outbox and run jobs until nothing is due."""
        for _round in range(30):
            self.peer.finish_refunds()
            notices, self.peer.outbox = self.peer.outbox, []
            for notice in notices:
                assert self.deliver(notice) < 300
            if not jobs.sweep(timezone.now()) and not notices:
                break
        else:
            raise AssertionError("the world never came to rest")
        failed = Job.objects.filter(last_error__contains="Error").exclude(status=Job.Status.DONE)
        assert not failed.exists(), list(failed.values_list("key", "last_error"))

    def books(self) -> dict[str, int]:
        names = {
            "available": chart.available(1),
            "clearing": chart.clearing(self.code),
            "in_transit": chart.refund_transit(self.code),
            "suspense": chart.SUSPENSE,
        }
        found = selectors.balances(names.values())
        return {name: found[code] for name, code in names.items() if found[code]}
