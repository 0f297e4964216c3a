"""Notices: once per key, in the reader's language, with copies outside."""

import pytest
from django.utils import translation
from django.utils.translation import gettext_noop

from notices import kinds
from notices.models import Delivery, Notice, SandboxMessage
from notices.services import notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    made = kinds.register(
        "test.arrived",
        title=gettext_noop("Money is on its way"),
        body=gettext_noop("%(amount)s yuan were sent."),
        topic="money",
    )
    yield made
    del kinds._kinds["test.arrived"]


def test_a_notice_is_written_once_per_key_and_sent_once(cast, kind, drain):
    for _again in range(2):
        notify(user=cast.lin, code="test.arrived", params={"amount": 123456}, key="payout:1")
    drain()
    assert Notice.objects.count() == 1
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.provider, delivery.attempts) == ("sent", "sandbox", 1)
    assert SandboxMessage.objects.get().address == cast.lin.phone


def test_amounts_are_written_in_yuan_when_read(cast, kind):
    notice = notify(user=cast.lin, code="test.arrived", params={"amount": 123456}, key="payout:1")
    with translation.override("en"):
        assert kinds.get(notice.code).render_body(notice.params) == "1,234.56 yuan were sent."


def test_a_missing_parameter_is_refused_and_nothing_is_written(cast, kind):
    with pytest.raises(KeyError):
        notify(user=cast.lin, code="test.arrived", params={}, key="payout:1")
    assert not Notice.objects.exists()
    assert not Delivery.objects.exists()
