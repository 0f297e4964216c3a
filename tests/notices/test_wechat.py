"""WeChat: off unless configured; linked by the person alone; messages there as well, told apart when they fail."""

from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils.translation import gettext_noop

from core.errors import Conflict
from notices import kinds
from notices.models import Delivery, WechatLink
from notices.services import link_wechat, notify, set_preference, unlink_wechat
from tests.notices import wechat_peer
from tests.signin import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register("test.news", title=gettext_noop("A family thanks you with a long title"), body=gettext_noop("Body"))


@pytest.fixture
def wechat(settings):
    with wechat_peer.running() as peer:
        settings.WECHAT_PROVIDER, settings.WECHAT_API_URL = "template", peer.url
        settings.WECHAT_APP_ID, settings.WECHAT_SECRET = wechat_peer.APP, wechat_peer.SECRET
        settings.WECHAT_TEMPLATE_ID = "template-1"
        yield peer


def tell(user, key="1"):
    return notify(user=user, code="test.news", params={}, url="/c/ABCD2345/", key=key)


def state_of(client) -> str:
    return parse_qs(urlsplit(client.get("/me/inbox/wechat/")["Location"]).query)["state"][0]


def test_a_person_links_their_wechat_and_takes_it_off_again(cast, client, wechat):
    sign_in(client, cast.lin)
    door = client.get("/me/inbox/wechat/")["Location"]
    assert door.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert door.endswith("#wechat_redirect")
    state = parse_qs(urlsplit(door).query)["state"][0]
    client.get("/me/inbox/wechat/linked/", {"code": "good-code", "state": state})
    assert WechatLink.objects.get().user == cast.lin
    assert WechatLink.objects.get().openid == "openid-lin"
    assert client.get("/me/inbox/preferences/").context["linked"]
    client.post("/me/inbox/wechat/unlink/")
    assert not WechatLink.objects.exists()


@pytest.mark.parametrize(
    "query", [{"code": "good-code", "state": "forged"}, {"code": "good-code"}, {"code": "used"}, {}]
)
def test_a_forged_return_links_nothing(cast, client, wechat, query):
    sign_in(client, cast.lin)
    state = state_of(client)
    if query.get("code") == "used":
        query = {**query, "state": state}
    client.get("/me/inbox/wechat/linked/", query)
    client.get("/me/inbox/wechat/linked/", {"code": "good-code", "state": state})  # the state worked once only
    assert not WechatLink.objects.exists()


def test_one_wechat_account_belongs_to_one_person(cast, wechat):
    link_wechat(actor=cast.lin, openid="openid-lin")
    link_wechat(actor=cast.lin, openid="openid-lin")
    with pytest.raises(Conflict):
        link_wechat(actor=cast.sun, openid="openid-lin")
    assert WechatLink.objects.get().user == cast.lin


def test_without_configuration_there_is_no_wechat(cast, client, settings):
    link_wechat(actor=cast.lin, openid="openid-lin")
    assert client.get("/me/inbox/wechat/").status_code == 302
    sign_in(client, cast.lin)
    assert client.get("/me/inbox/wechat/").status_code == 404
    assert client.get("/me/inbox/wechat/linked/").status_code == 404
    tell(cast.lin)
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["sms"]


def test_what_goes_to_the_phone_goes_to_a_linked_wechat_too(cast, drain, wechat, settings):
    link_wechat(actor=cast.lin, openid="openid-lin")
    cast.lin.language = "en"
    cast.lin.save()
    tell(cast.lin)
    tell(cast.sun)
    drain()
    delivery = Delivery.objects.get(channel="wechat")
    assert (delivery.status, delivery.provider, delivery.provider_ref) == ("sent", "wechat", "4711")
    assert wechat.sent == {
        f"candor-{delivery.pk}": {
            "touser": "openid-lin",
            "template_id": "template-1",
            "url": f"{settings.SITE_URL}/c/ABCD2345/",
            "client_msg_id": f"candor-{delivery.pk}",
            "data": {"thing1": {"value": "A family thanks you "}},
        }
    }


def test_the_token_is_fetched_once_and_anew_when_it_is_stale(cast, drain, wechat):
    link_wechat(actor=cast.lin, openid="openid-lin")
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False) as clock:
        for key in ("1", "2"):
            tell(cast.lin, key)
        drain()
        assert wechat.tokens_given == 1
        wechat.token = "token-2"
        tell(cast.lin, "3")
        drain()
        assert Delivery.objects.filter(channel="wechat", status="waiting").count() == 1
        clock.shift(10)
        drain()
    assert (Delivery.objects.filter(channel="wechat", status="sent").count(), wechat.tokens_given) == (3, 2)


@pytest.mark.parametrize(
    ("errcode", "status"), [(43004, "failed"), (40003, "failed"), (-1, "waiting"), (45009, "waiting")]
)
def test_failures_are_told_apart(cast, drain, wechat, errcode, status):
    link_wechat(actor=cast.lin, openid="openid-lin")
    wechat.errcode = errcode
    tell(cast.lin)
    drain()
    delivery = Delivery.objects.get(channel="wechat")
    assert (delivery.status, delivery.error) == (status, f"errcode {errcode}")


def test_nobody_there_is_tried_again(cast, drain, wechat, settings):
    link_wechat(actor=cast.lin, openid="openid-lin")
    settings.WECHAT_API_URL = "http://127.0.0.1:9"
    tell(cast.lin)
    drain()
    assert Delivery.objects.get(channel="wechat").status == "waiting"


def test_an_unlinked_account_gets_nothing_more(cast, drain, wechat):
    link_wechat(actor=cast.lin, openid="openid-lin")
    tell(cast.lin)
    unlink_wechat(actor=cast.lin)
    drain()
    assert (Delivery.objects.get(channel="wechat").status, wechat.sent) == ("failed", {})


def test_it_can_be_switched_off_for_a_topic(cast, wechat):
    link_wechat(actor=cast.lin, openid="openid-lin")
    set_preference(actor=cast.lin, topic="activity", channel="wechat", on=False)
    tell(cast.lin)
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["sms"]
