"""The pages of rules, numbers, relief and partners in a real browser, in both languages, on a phone and on a desktop."""

from collections.abc import Callable

import pytest

from config.demo import hospitals
from config.demo.cast import Cast
from partners.models import Hospital
from partners.services import propose_account
from policy.services import approve_change, propose_change
from tests.journeys.browser import LANGUAGES, SIZES, Tab

PUBLIC = ["/rules/", "/rules/parameters/", "/help/relief/?province=990000"]
ADMIN = [
    "/staff/parameters/",
    "/staff/parameters/withdraw.notice_hours/",
    "/staff/parameters/fee.service_rate/",
    "/staff/parameters/docs.payee_relations/",
    "/staff/rules/",
    "/staff/partners/hospitals/",
    "/staff/partners/hospitals/YZ001/",
    "/staff/partners/hospitals/YZ001/account/",
    "/staff/partners/charities/",
    "/staff/relief/",
    "/staff/relief/new/",
]
RISK = ["/staff/relations/?subject=user:1"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_rules_and_partners_is_sound(open_tab: Callable[..., Tab], size: str, language: str) -> None:
    cast = Cast.create()
    hospitals.load()
    why = "给邻里更多时间提出异议。"
    approve_change(
        actor=cast.he, change=propose_change(actor=cast.wu, key="withdraw.notice_hours", text="36", reason=why)
    )
    propose_change(actor=cast.he, key="fee.service_rate", text="2.5", reason="今年成本下降，降低费率。")
    propose_account(
        actor=cast.he,
        partner=Hospital.objects.get(code="YZ001"),
        account_number="8110701012345678",
        bank="云岭银行",
        how_checked="已拨打总机与财务处核实。",
    )
    for who, paths in ((None, PUBLIC), (cast.wu, ADMIN), (cast.xu, RISK)):
        tab = open_tab(who, size=size, language=language)
        for path in paths:
            tab.open(path)
            tab.check()
