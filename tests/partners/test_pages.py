"""Relief for everybody, the register for those who keep it, hospitals over REST."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from config.demo import hospitals as demo
from config.demo.cast import Cast
from partners import services
from partners.models import AccountChange, Charity, Hospital, ReliefChannel
from partners.selectors import relief_for
from tests.builders import make_hospital
from tests.signin import sign_in

LIST = "/staff/partners/hospitals/"
NEW = f"{LIST}new/"
EDIT = f"{LIST}YZ001/"
ACCOUNT = f"{LIST}YZ001/account/"
HOSPITAL = {
    "code": "YZ001",
    "name": "云州市第一人民医院",
    "level": "3A",
    "category": "general",
    "ownership": "public",
    "is_active": "on",
}
PAYS = {
    "account_number": "8110 7010 1234 5678",
    "bank": "云岭银行云州分行",
    "how_checked": "Called the switchboard and spoke with the cashier's office.",
}


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(uscc=next(row["uscc"] for row in demo.rows()))


def channel(title: str, **values: Any) -> ReliefChannel:
    words = {"title_zh": title, "title_en": title, "text_zh": "…", "text_en": "…", "kind": "charity"}
    return ReliefChannel.objects.create(**words | values)


# --- relief -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.rule("R11")
def test_relief_fits_the_place_and_the_illness_and_names_public_aid_first(django_assert_num_queries: Any) -> None:
    ReliefChannel.objects.all().delete()
    closed = services.save_partner(actor=None, partner=Charity(), values={"code": "CH9", "name": "已停办基金会"})
    services.save_partner(actor=None, partner=closed, values={"is_active": False})
    channel("children", diseases=["leukemia", "congenital_heart"])
    channel("everywhere", kind="government", position=200)
    channel("here", province_code="990000")
    channel("elsewhere", province_code="980000")
    channel("hidden", is_active=False)
    channel("closed", charity=closed)
    with django_assert_num_queries(1):
        found = [line.title for line in relief_for("990000", "leukemia")]
    assert found == ["everywhere", "children", "here"]
    assert [line.title for line in relief_for("990000", "stroke")] == ["everywhere", "here"]
    assert [line.title for line in relief_for()] == ["everywhere", "children"]
    assert [line.title for line in relief_for("9\0")] == ["everywhere", "children"]


@pytest.mark.django_db
@pytest.mark.rule("R11")
def test_everybody_is_shown_other_relief_without_signing_in(client: Client) -> None:
    make_hospital()
    channel("云岭省大病关爱基金会救助", province_code="990000", phone="000-8000000")
    assert "云岭省大病关爱基金会救助" not in client.get("/help/relief/").content.decode()
    page = client.get("/help/relief/?province=990000")
    assert "云岭省大病关爱基金会救助" in page.content.decode()
    assert client.get("/help/relief/?province=%00").status_code == 200


@pytest.mark.django_db
def test_public_aid_that_exists_everywhere_is_there_from_the_start() -> None:
    found = [line for line in relief_for() if line.kind == "government"]
    assert len(found) >= 4
    assert all(line.title_zh and line.title_en and line.text_zh and line.text_en for line in found)


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 20])
def test_the_relief_page_costs_two_queries(client: Client, many: int, django_assert_num_queries: Any) -> None:
    for number in range(many):
        channel(f"line {number}")
    with django_assert_num_queries(2):
        client.get("/help/relief/")


def test_an_administrator_keeps_the_relief_directory(cast: Cast, client: Client) -> None:
    sign_in(client, cast.wu)
    sent = {
        "kind": "charity",
        "title_zh": "救助",
        "title_en": "Relief",
        "text_zh": "说明",
        "text_en": "Text",
        "diseases": "Leukemia, stroke",
        "position": "5",
        "is_active": "on",
    }
    assert client.post("/staff/relief/new/", sent).status_code == 302
    line = ReliefChannel.objects.get(title_en="Relief")
    assert line.diseases == ["leukemia", "stroke"]
    address = reverse("partners:relief_edit", args=[line.pk])
    assert 'value="leukemia, stroke"' in client.get(address).content.decode()
    for bad in ({"diseases": "白血病"}, {"province_code": "99"}, {"title_zh": ""}, {"charity": "999999"}):
        page = client.post(address, sent | bad)
        assert list(page.context["form"].errors) == list(bad)
    assert ReliefChannel.objects.get(pk=line.pk).title_zh == "救助"
    assert client.get("/staff/relief/").status_code == 200
    assert client.get("/staff/relief/999999/").status_code == 404
    assert sign_in(Client(), cast.zhou).get("/staff/relief/").status_code == 404


# --- the register -----------------------------------------------------------------------------------------------------
def test_an_administrator_adds_and_edits_a_hospital(cast: Cast, client: Client) -> None:
    sign_in(client, cast.wu)
    assert client.post(NEW, HOSPITAL | {"aliases": "市一院\n总医院"}).status_code == 302
    assert Hospital.objects.get().aliases == ["市一院", "总医院"]
    again = client.post(NEW, HOSPITAL)
    assert list(again.context["form"].errors) == ["code"]
    assert client.post(EDIT, HOSPITAL | {"code": "ZZ999", "name": "云州市第一医院"}).status_code == 302
    saved = Hospital.objects.get()
    assert (saved.code, saved.name, saved.aliases) == ("YZ001", "云州市第一医院", [])
    bad = client.post(EDIT, HOSPITAL | {"verified_on": "2026-11-01", "phone": "ring"})
    assert sorted(bad.context["form"].errors) == ["phone", "verified_source"]
    assert Hospital.objects.get().phone == ""


def test_charities_have_the_same_pages(cast: Cast, client: Client) -> None:
    sign_in(client, cast.wu)
    sent = {"code": "CH01", "name": "云岭省大病关爱基金会", "website": "love.invalid", "is_active": "on"}
    assert client.post("/staff/partners/charities/new/", sent).status_code == 302
    assert Charity.objects.get().website == "https://love.invalid"
    assert "云岭省大病关爱基金会" in client.get("/staff/partners/charities/?q=大病关爱").content.decode()


def test_an_account_is_proposed_by_one_and_approved_by_another(cast: Cast, client: Client, hospital: Hospital) -> None:
    sign_in(client, cast.wu)
    assert client.post(ACCOUNT, PAYS).status_code == 302
    change = AccountChange.objects.get()
    approve = reverse("partners:decide_account", args=[change.pk, "approve"])
    body = client.get(ACCOUNT).content.decode()
    assert approve not in body
    assert "8110701012345678" not in body
    client.post(approve)
    assert Hospital.objects.get().account is None
    zhou = sign_in(Client(), cast.zhou)
    assert approve in zhou.get(ACCOUNT).content.decode()
    for _click in range(2):
        assert zhou.post(approve).status_code == 302
    paid = Hospital.objects.get().account
    assert paid is not None
    assert paid.number == "8110701012345678"
    assert hospital.name in zhou.get(ACCOUNT).content.decode()


def test_a_bad_account_is_told_beside_its_field(cast: Cast, client: Client, hospital: Hospital) -> None:
    sign_in(client, cast.wu)
    for bad in ({"account_number": "12"}, {"bank": "x"}, {"how_checked": "ok"}):
        page = client.post(ACCOUNT, PAYS | bad)
        assert list(page.context["form"].errors) == list(bad)
        assert page.context["form"].data["bank"] == (PAYS | bad)["bank"]
    assert not AccountChange.objects.exists()


def test_the_register_is_closed_to_everybody_else(cast: Cast, client: Client, hospital: Hospital) -> None:
    change = services.propose_account(actor=cast.wu, partner=hospital, **PAYS)
    decide = [reverse("partners:decide_account", args=[change.pk, action]) for action in ("approve", "withdraw")]
    assert client.get(LIST).status_code == 302
    for who in (cast.sun, cast.zhao, cast.zheng, cast.jiang):
        stranger = sign_in(Client(), who)
        assert [stranger.get(address).status_code for address in (LIST, NEW, EDIT, ACCOUNT)] == [404] * 4
        assert [stranger.post(address).status_code for address in decide] == [404, 404]
    finance = sign_in(Client(), cast.zhou)
    assert [finance.get(address).status_code for address in (LIST, NEW, EDIT, ACCOUNT)] == [200, 404, 404, 200]
    assert finance.get(f"{LIST}NO999/account/").status_code == 404
    page = finance.get(LIST).content.decode()
    assert [f'href="{address}"' in page for address in (NEW, EDIT, ACCOUNT)] == [False, False, True]
    assert AccountChange.objects.get().status == "proposed"


@pytest.mark.parametrize("many", [1, 25])
def test_the_staff_list_costs_the_same_with_few_and_many(
    cast: Cast, client: Client, many: int, django_assert_num_queries: Any
) -> None:
    for row in list(demo.rows())[:many]:
        services.save_partner(actor=None, partner=Hospital(), values=row)
    sign_in(client, cast.wu)
    client.get(LIST)
    with django_assert_num_queries(7):
        client.get(f"{LIST}?q=医院")


# --- REST -------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_hospitals_are_found_over_rest_and_no_account_is_shown(django_assert_num_queries: Any) -> None:
    demo.load()
    client = APIClient()
    with django_assert_num_queries(2):
        answer = client.get("/api/v1/hospitals/", {"q": "云州 儿童"})
    assert answer.status_code == 200
    (found,) = answer.json()["results"]
    assert (found["code"], found["level"], found["verified"]) == ("YZ007", "3B", True)
    assert "account" not in found
    assert "uscc" not in found
    assert client.get("/api/v1/hospitals/", {"province": "980000"}).json()["count"] == 15


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["q=%00", "province=%00", "q=%ff%fe", "page=0", "page=99999999999999999999", "q=" + "a" * 5000]
)
def test_no_question_breaks_the_register(query: str) -> None:
    assert APIClient().get(f"/api/v1/hospitals/?{query}").status_code in (200, 404)
