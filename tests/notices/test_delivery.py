"""Deliveries: tried until they are sent, refused or worthless; never twice; nothing personal beyond need."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from django.utils.translation import gettext_noop

from core.models import Job
from notices import kinds
from notices.delivery import deliver
from notices.models import Delivery, Notice, SandboxMessage
from notices.providers import provider_for
from notices.services import TRY_FOR, notify, send_message, set_preference
from tests.notices import gateway_peer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    words = {"title": gettext_noop("News for %(name)s"), "body": gettext_noop("%(name)s got %(amount)s yuan.")}
    kinds.register("test.money", topic="money", **words)
    kinds.register("test.news", channels=("inbox", "sms", "email"), **words)
    kinds.register("test.quiet", channels=("inbox",), **words)
    kinds.register("test.short", sms=gettext_noop("Look into your messages."), **words)


@pytest.fixture
def gateway(settings):
    with gateway_peer.running() as peer:
        settings.SMS_PROVIDER, settings.SMS_GATEWAY_URL = "gateway", peer.url
        settings.SMS_GATEWAY_APP, settings.SMS_GATEWAY_SECRET = gateway_peer.APP, gateway_peer.SECRET.decode()
        yield peer


def tell(user, code="test.money", key="1"):
    return notify(user=user, code=code, params={"name": "Lin", "amount": 1_280_050}, url="/c/ABCD2345/", key=key)


def test_a_text_message_holds_the_title_and_a_link_and_no_more(cast, drain, settings):
    tell(cast.lin)
    drain()
    text = SandboxMessage.objects.get().text
    assert text == f"News for Lin {settings.SITE_URL}/c/ABCD2345/"
    assert "12,800.50" not in text


def test_a_kind_may_say_even_less(cast, drain):
    tell(cast.lin, "test.short")
    drain()
    assert SandboxMessage.objects.get().text.startswith("Look into your messages. http")


def test_somebody_without_phone_gets_an_email(cast, drain, settings):
    settings.EMAIL_PROVIDER = "smtp"
    cast.lin.set_phone("")
    cast.lin.phone_verified = False
    cast.lin.save()
    tell(cast.lin)
    drain()
    assert not SandboxMessage.objects.exists()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["lin@candor.invalid"], "News for Lin")]
    assert "Lin got 12,800.50 yuan." in mail.outbox[0].body
    assert mail.outbox[0].extra_headers["Message-ID"].startswith("<candor-")


def test_each_channel_of_a_kind_is_tried_once(cast, drain):
    tell(cast.lin, "test.news")
    tell(cast.lin, "test.news")
    drain()
    assert sorted(Delivery.objects.values_list("channel", "status")) == [("email", "sent"), ("sms", "sent")]
    tell(cast.lin, "test.quiet")
    assert Delivery.objects.count() == 2


def test_the_words_are_in_the_language_of_the_reader(cast, drain, monkeypatch):
    from django.utils import translation

    seen = []
    monkeypatch.setattr(kinds.Kind, "render_sms", lambda self, params: seen.append(translation.get_language()) or "x")
    for user, language in ((cast.lin, "en"), (cast.sun, "zh-hans")):
        user.language = language
        user.save()
        tell(user)
    seen.clear()
    drain()
    assert seen == ["en", "zh-hans"]


def test_nothing_is_sent_when_the_callers_transaction_fails(cast, drain):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        tell(cast.lin)
        raise RuntimeError
    drain()
    assert (Notice.objects.count(), Delivery.objects.count(), SandboxMessage.objects.count()) == (0, 0, 0)


def test_a_gateway_that_is_down_delays_and_loses_nothing(cast, drain, gateway):
    gateway.mode = "500"
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        tell(cast.lin)
        drain()
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.attempts, delivery.error) == ("waiting", 1, "HTTP 500 mode 500")
        clock.shift(6)
        drain()
        assert Delivery.objects.get().attempts == 2
        gateway.mode = "good"
        clock.shift(3600)
        drain()
        delivery = Delivery.objects.get()
        assert (delivery.status, delivery.provider, delivery.provider_ref) == (
            "sent",
            "gateway",
            f"gw-candor-{delivery.pk}",
        )
        assert len(gateway.taken) == 1


def test_a_worker_that_dies_after_sending_sends_nothing_twice(cast, drain, gateway):
    gateway.mode = "took it but failed"
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        tell(cast.lin)
        drain()
        gateway.mode = "good"
        clock.shift(60)
        drain()
    assert (Delivery.objects.get().status, gateway.requests, len(gateway.taken)) == ("sent", 2, 1)


def test_a_refused_number_is_not_tried_again(cast, drain, gateway):
    gateway.mode = "400"
    tell(cast.lin)
    drain()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error, gateway.requests) == ("failed", "HTTP 400 mode 400", 1)
    deliver(delivery_id=delivery.pk)
    assert gateway.requests == 1
    assert Notice.objects.count() == 1


def test_a_day_later_we_give_up_and_the_inbox_still_has_it(cast, drain, gateway):
    gateway.mode = "500"
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        tell(cast.lin)
        drain()
        clock.shift(TRY_FOR + timedelta(seconds=1))
        drain()
    assert (Delivery.objects.get().status, Delivery.objects.get().error) == ("dropped", "HTTP 500 mode 500")
    assert Notice.objects.get().read_at is None
    assert not Job.objects.filter(status__in=["waiting", "poison"]).exists()


def test_a_code_that_is_too_old_is_dropped_unsent(drain):
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        send_message(
            channel="sms", address="+8617000000001", subject="", text="Code 123456", code="123456", valid_seconds=600
        )
        clock.shift(601)
        drain()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.text, delivery.code) == ("dropped", "", "")
    assert not SandboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (smtplib.SMTPRecipientsRefused({"lin@candor.invalid": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"lin@candor.invalid": (451, b"later")}), "waiting"),
        (smtplib.SMTPServerDisconnected("gone"), "waiting"),
        (ConnectionRefusedError("down"), "waiting"),
    ],
)
def test_failures_of_the_mail_server_are_told_apart(cast, drain, settings, monkeypatch, error, status):
    def fail(self, *args, **kwargs):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    settings.EMAIL_PROVIDER = "smtp"
    tell(cast.lin, "test.news")
    drain()
    assert Delivery.objects.get(channel="email").status == status


def test_production_never_falls_back_to_the_sandbox(settings):
    settings.SANDBOX = False
    for channel in ("sms", "email"):
        with pytest.raises(LookupError):
            provider_for(channel)


def test_what_was_switched_off_is_not_sent_but_money_always_is(cast):
    set_preference(actor=cast.lin, topic="activity", channel="sms", on=False)
    tell(cast.lin, "test.news")
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["email"]
    Delivery.objects.all().delete()
    tell(cast.lin, "test.money")
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["sms"]


def test_telling_somebody_costs_a_fixed_number_of_queries(cast, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        tell(cast.lin, "test.money")
    assert Notice.objects.get().created_at <= timezone.now()
