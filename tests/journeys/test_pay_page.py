"""What the payer sees when the channel's next step is not another page."""

import pytest

from payments.models import Payment
from tests.payments.conftest import start, told  # noqa: F401

ACTIONS = {
    "qr": {"text": "weixin://wxpay/bizpayurl?pr=Fq3xTWxzz"},
    "form": {
        "url": "https://pay.invalid/gateway.do",
        "fields": {"sign": 'a"b', "biz_content": '{"subject":"为王建国筹款"}'},
    },
    "jsapi": {"package": "prepay_id=wx1"},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "dark"), [("phone", False), ("phone", True), ("desktop", False)])
def test_the_pay_page_is_readable_for_every_next_step(open_tab, told, size, dark):  # noqa: F811
    for kind, payload in ACTIONS.items():
        payment = start(kind)
        Payment.objects.filter(pk=payment.pk).update(status="pending", action={"kind": kind, "payload": payload})
        for language in ("zh-hans", "en"):
            tab = open_tab(size=size, language=language, dark=dark)
            tab.open(f"/pay/{payment.token}/")
            tab.check()
