"""The inbox: mine alone, paged, counted with one query, read when I say so."""

import threading

import pytest
from django.db import connection
from django.utils.translation import gettext_noop

from core.errors import Conflict, DomainError
from notices import kinds
from notices.models import Delivery, Notice, Preference
from notices.services import notify, set_preference
from tests.signin import api_client, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register("test.news", title=gettext_noop("News %(number)s"), body=gettext_noop("Until %(due_on)s."))


def tell(user, number=1):
    params = {"number": number, "due_on": "2026-12-24"}
    return notify(user=user, code="test.news", params=params, url="/me/privacy/", key=str(number))


def test_my_notices_and_nobody_elses(cast, client):
    tell(cast.lin)
    tell(cast.sun, 2)
    page = sign_in(client, cast.lin).get("/me/inbox/", headers={"accept-language": "en"})
    assert [notice.user for notice in page.context["page"]] == [cast.lin]
    assert "Until Dec. 24, 2026." in page.content.decode()
    assert "2026年12月24日" in client.get("/me/inbox/", headers={"accept-language": "zh-hans"}).content.decode()


def test_opening_marks_as_read_and_leads_on(cast, client):
    notice = tell(cast.lin)
    sign_in(client, cast.lin)
    assert client.post(f"/me/inbox/{notice.pk}/")["Location"] == "/me/privacy/"
    notice.refresh_from_db()
    first = notice.read_at
    assert first is not None
    client.post(f"/me/inbox/{notice.pk}/")
    notice.refresh_from_db()
    assert notice.read_at == first


def test_somebody_elses_notice_is_not_there(cast, client):
    notice = tell(cast.sun)
    assert sign_in(client, cast.lin).post(f"/me/inbox/{notice.pk}/").status_code == 404
    assert api_client(cast.lin).post(f"/api/v1/notices/{notice.pk}/read/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_notice_never_leads_to_another_site(cast, client):
    notice = tell(cast.lin)
    Notice.objects.update(url="https://evil.example/")
    assert sign_in(client, cast.lin).post(f"/me/inbox/{notice.pk}/")["Location"] == "/me/inbox/"


def test_all_are_read_at_once(cast, client):
    for number in range(3):
        tell(cast.lin, number)
    tell(cast.sun, 9)
    sign_in(client, cast.lin).post("/me/inbox/read/")
    assert not Notice.objects.filter(user=cast.lin, read_at=None).exists()
    assert Notice.objects.filter(user=cast.sun, read_at=None).count() == 1


def test_the_page_costs_the_same_with_more_notices(cast, client, django_assert_num_queries):
    sign_in(client, cast.lin)
    tell(cast.lin)
    with django_assert_num_queries(5):
        client.get("/me/inbox/")
    for number in range(2, 40):
        tell(cast.lin, number)
    with django_assert_num_queries(5):
        page = client.get("/me/inbox/", {"page": 2})
    assert (page.context["page"].paginator.num_pages, len(page.context["page"])) == (2, 19)
    assert "39" in page.content.decode()


def test_the_inbox_over_rest(cast, django_assert_num_queries):
    api = api_client(cast.lin)
    for number in range(25):
        tell(cast.lin, number)
    with django_assert_num_queries(4):
        found = api.get("/api/v1/notices/", headers={"accept-language": "en"}).json()
    assert (found["count"], len(found["results"]), found["results"][0]["title"]) == (25, 20, "News 24")
    first = found["results"][0]["id"]
    assert api.post(f"/api/v1/notices/{first}/read/").json()["read_at"]
    assert api.post("/api/v1/notices/read/").json() == {"read": 24}
    assert api.post("/api/v1/notices/99999999999999999999/read/").status_code == 404


# --- What reaches me where -------------------------------------------------------------------------------------------


def test_topics_are_switched_off_and_on_again_on_the_page(cast, client):
    sign_in(client, cast.lin)
    assert client.get("/me/inbox/preferences/").status_code == 200
    assert client.post("/me/inbox/preferences/", {"activity.email": "on"})["Location"] == "/me/inbox/preferences/"
    assert set(Preference.objects.values_list("topic", "channel")) == {
        ("activity", "sms"),
        ("reminder", "sms"),
        ("reminder", "email"),
    }
    data = {f"{topic}.{channel}": "on" for topic in ("activity", "reminder") for channel in ("sms", "email")}
    client.post("/me/inbox/preferences/", data)
    assert not Preference.objects.exists()


@pytest.mark.parametrize("topic", ["security", "money"])
def test_money_and_safety_cannot_be_switched_off(cast, topic):
    with pytest.raises(Conflict) as refused:
        set_preference(actor=cast.lin, topic=topic, channel="sms", on=False)
    assert refused.value.code == "always_on"
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    ("topic", "channel", "field"),
    [("gossip", "sms", "topic"), ("activity", "pigeon", "channel"), ("activity", "inbox", "channel")],
)
def test_what_does_not_exist_cannot_be_switched(cast, topic, channel, field):
    with pytest.raises(DomainError) as refused:
        set_preference(actor=cast.lin, topic=topic, channel=channel, on=False)
    assert list(refused.value.fields) == [field]


def test_preferences_over_rest(cast):
    api = api_client(cast.lin)
    lines = api.patch("/api/v1/notices/preferences/", {"topic": "activity", "channel": "sms", "on": False}).json()
    assert {"topic": "activity", "channel": "sms", "on": False} in lines
    refused = api.patch("/api/v1/notices/preferences/", {"topic": "money", "channel": "sms", "on": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "always_on")
    assert api.patch("/api/v1/notices/preferences/", {"topic": "x"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_tell_the_same_thing_at_once_tell_it_once(cast):
    failures: list[Exception] = []
    start = threading.Barrier(2)

    def work() -> None:
        try:
            start.wait()
            tell(cast.lin)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)
