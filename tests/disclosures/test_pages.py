"""The pages and the REST of what comes after the raise: who sees what, what bad input gets, and how many queries it takes."""

import re
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, Donation
from disclosures.models import Objection, Obligation, Withdrawal
from disclosures.services import payouts
from payments.models import Transfer
from tests.disclosures import scene
from tests.signin import api_client, sign_in


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    return scene.raised_campaign(cast, 600_000, 400_000)


def typed(cast: Any, **changes: Any) -> dict[str, Any]:
    bill = scene.bill(cast)
    return {
        "amount": "3,000.00", "purpose": "surgery", "explanation": "移植手术押金", "bills": [bill.pk],
        "key": "page-key-1", **changes,
    }  # fmt: skip


def test_a_raiser_asks_for_money_on_one_page(cast: Any, campaign: Campaign, client: Client) -> None:
    sign_in(client, cast.lin)
    assert client.get("/me/campaigns/TESTCASE/withdraw/").status_code == 200
    answer = client.post("/me/campaigns/TESTCASE/withdraw/", typed(cast))
    withdrawal = Withdrawal.objects.get()
    assert answer["Location"] == f"/me/campaigns/TESTCASE/withdrawals/{withdrawal.pk}/"
    assert withdrawal.amount == 300_000
    assert client.get(answer["Location"]).status_code == 200


def test_pressing_twice_asks_once(cast: Any, campaign: Campaign, client: Client) -> None:
    sign_in(client, cast.lin)
    form = typed(cast)
    for _press in range(2):
        assert client.post("/me/campaigns/TESTCASE/withdraw/", form).status_code == 302
    assert Withdrawal.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "viel"}, "amount"),
        ({"amount": "99999999"}, "amount"),
        ({"bills": []}, "bills"),
        ({"purpose": "party"}, "purpose"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_nothing_typed_is_lost(
    cast: Any, campaign: Campaign, client: Client, change: dict[str, Any], field: str
) -> None:
    sign_in(client, cast.lin)
    answer = client.post("/me/campaigns/TESTCASE/withdraw/", typed(cast, **change))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "移植手术押金" in answer.content.decode()
    assert not Withdrawal.objects.exists()


def test_somebody_else_s_bill_is_no_choice(cast: Any, campaign: Campaign, client: Client) -> None:
    sign_in(client, cast.lin)
    foreign = scene.documents.store(actor=cast.sun, upload=scene.papers.upload(9), kind="bill")
    answer = client.post("/me/campaigns/TESTCASE/withdraw/", typed(cast, bills=[foreign.pk]))
    assert answer.status_code == 200
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize("path", ["withdraw/", "withdrawals/1/"])
def test_nobody_else_finds_a_raiser_s_pages(cast: Any, campaign: Campaign, client: Client, path: str) -> None:
    scene.ask(cast, campaign, 100)
    sign_in(client, cast.sun)
    assert client.get(f"/me/campaigns/TESTCASE/{path}").status_code == 404
    assert client.post(f"/me/campaigns/TESTCASE/{path}", typed(cast)).status_code == 404
    assert Withdrawal.objects.count() == 1


@pytest.mark.rule("R44", "R56")
def test_everybody_sees_where_the_money_is(cast: Any, campaign: Campaign, client: Client) -> None:
    scene.noticed(cast, campaign, 300_000)
    page = client.get("/c/TESTCASE/money/").content.decode()
    for figure in ("10,000.00", "7,000.00", "3,000.00"):
        assert figure in page
    assert "王建国" not in page
    assert "/c/TESTCASE/notice/" in page


def test_the_bar_of_one_campaign_adds_up_with_its_fees(cast: Any, campaign: Campaign, client: Client) -> None:
    scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    payouts.payout_arrived(Transfer.objects.get())
    page = client.get("/c/TESTCASE/money/").content.decode()
    bar = page[page.index('class="bar-total"') : page.index("</figure>", page.index('class="bar-total"'))]
    amounts = [int(text.replace(",", "").replace(".", "")) for text in re.findall(r">¥([\d,]+\.\d\d)<", bar)]
    raised, proved, unproved, fees, held, available, returning, returned = amounts
    assert fees > 0
    assert unproved > proved == 0
    assert raised == proved + unproved + fees + held + available + returning + returned == 1_000_000


def test_the_money_page_takes_the_same_queries_for_few_and_many_donations(
    cast: Any, campaign: Campaign, client: Client, django_assert_max_num_queries: Any
) -> None:
    scene.noticed(cast, campaign, 300_000)
    with django_assert_max_num_queries(14) as few:
        client.get("/c/TESTCASE/money/")
    Donation.objects.bulk_create(
        Donation(campaign=campaign, amount=100, key=f"many-{n}", status="paid", paid_at=campaign.published_at)
        for n in range(300)
    )
    with django_assert_max_num_queries(14) as many:
        client.get("/c/TESTCASE/money/")
    assert len(few) == len(many)


@pytest.mark.rule("R50")
def test_anybody_may_object_during_the_notice(cast: Any, campaign: Campaign, client: Client) -> None:
    withdrawal = scene.noticed(cast, campaign, 300_000)
    url = f"/c/TESTCASE/notice/{withdrawal.pk}/object/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"text": ""}).status_code == 200
    assert not Objection.objects.exists()
    assert client.post(url, {"text": "手术没有做", "contact": "sun@candor.invalid"}).status_code == 302
    objection = Objection.objects.get()
    assert (objection.author, objection.contact) == (None, "sun@candor.invalid")
    assert "sun@candor.invalid" not in client.get("/c/TESTCASE/money/").content.decode()


def test_a_reviewer_answers_an_objection_in_public(cast: Any, campaign: Campaign, client: Client) -> None:
    withdrawal = scene.noticed(cast, campaign, 300_000)
    client.post(f"/c/TESTCASE/notice/{withdrawal.pk}/object/", {"text": "手术没有做"})
    objection = Objection.objects.get()
    sign_in(client, cast.sun)
    assert client.get("/staff/objections/").status_code == 404
    sign_in(client, cast.qian)
    assert client.get("/staff/objections/").status_code == 200
    url = f"/staff/objections/{objection.pk}/"
    assert client.post(url, {"justified": "no", "answer": " "}).status_code == 200
    assert client.post(url, {"justified": "no", "answer": "医院已确认。"}).status_code == 302
    assert "医院已确认。" in client.get("/c/TESTCASE/money/").content.decode()


@pytest.mark.rule("R43")
def test_finance_pays_by_two_people_on_the_page(cast: Any, campaign: Campaign, client: Client) -> None:
    payout = scene.approved(cast, campaign, 300_000)[0]
    sign_in(client, cast.zhao)
    assert client.get("/staff/payouts/").status_code == 404
    sign_in(client, cast.zhou)
    page = client.get("/staff/payouts/")
    assert page.status_code == 200
    assert "王建国" not in page.content.decode()
    client.post(f"/staff/payouts/{payout.pk}/prepare/")
    client.post(f"/staff/payouts/{payout.pk}/approve/")
    payout.refresh_from_db()
    assert payout.status == "prepared"
    sign_in(client, cast.he)
    client.post(f"/staff/payouts/{payout.pk}/approve/")
    client.post(f"/staff/payouts/{payout.pk}/approve/")
    payout.refresh_from_db()
    assert payout.status == "sent"
    assert Transfer.objects.count() == 1


def test_a_raiser_hands_in_bills_on_the_page(cast: Any, campaign: Campaign, client: Client) -> None:
    payout = scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    payouts.payout_arrived(Transfer.objects.get())
    duty = Obligation.objects.get(payout=payout)
    sign_in(client, cast.lin)
    url = f"/me/obligations/{duty.pk}/"
    assert client.get(url).status_code == 200
    form = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "key": "page-proof-1", "note": "",
        "lines-0-code": "13990126", "lines-0-number": "0000001", "lines-0-issued_on": "2026-13-01", "lines-0-amount": "2500",
        "lines-0-issuer": "云州市第一人民医院", "lines-0-document": scene.bill(cast, 4).pk,
    }  # fmt: skip
    assert client.post(url, form).status_code == 200
    duty.refresh_from_db()
    assert duty.status == "due"
    form["lines-0-issued_on"] = duty.created_at.date().isoformat()
    assert client.post(url, form).status_code == 302
    duty.refresh_from_db()
    assert duty.status == "submitted"
    sign_in(client, cast.sun)
    assert client.get(url).status_code == 404


def test_one_more_bill_is_one_more_line_and_keeps_what_was_typed(cast: Any, campaign: Campaign, client: Client) -> None:
    scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    payouts.payout_arrived(Transfer.objects.get())
    sign_in(client, cast.lin)
    url = f"/me/obligations/{Obligation.objects.get().pk}/"
    sent = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "key": "page-proof-2", "note": "", "more": "1",
        "lines-0-code": "13990126", "lines-0-number": "0000001", "lines-0-issued_on": "", "lines-0-amount": "25oo",
        "lines-0-issuer": "", "lines-0-document_file": scene.papers.upload(7),
    }  # fmt: skip
    answer = client.post(url, sent)
    lines = answer.context["lines"]
    assert [line["number"].value() for line in lines] == ["0000001", None]
    assert lines[0]["amount"].value() == "25oo"
    assert [paper.kind for paper in lines[0]["document"].value()] == ["bill"]
    assert not answer.context["form"].errors and Obligation.objects.get().status == "due"

    second = {f"lines-1-{name}": "" for name in ("code", "number", "issued_on", "amount", "issuer")}
    day = Obligation.objects.get().created_at.date().isoformat()
    typed = {"lines-0-issued_on": day, "lines-0-amount": "2500", "lines-0-issuer": "云州市第一人民医院"}
    paper = lines[0]["document"].value()[0].pk
    del sent["more"], sent["lines-0-document_file"]
    whole = {**sent, **typed, **second, "lines-TOTAL_FORMS": "2", "lines-0-document": paper}
    assert client.post(url, whole).status_code == 302, "a line that was left empty does not count"
    assert Obligation.objects.get().status == "submitted"


@pytest.mark.rule("R44", "R45")
def test_the_open_books_add_up(cast: Any, campaign: Campaign, client: Client) -> None:
    scene.ask(cast, campaign, 300_000)
    figures = client.get("/transparency/").context["figures"]
    assert (figures.raised, figures.withdrawn, figures.refunded, figures.pending) == (1_000_000, 0, 0, 1_000_000)
    assert figures.adds_up


def test_the_whole_way_out_over_rest(cast: Any, campaign: Campaign) -> None:
    lin, sun, zhou, he = (api_client(user) for user in (cast.lin, cast.sun, cast.zhou, cast.he))
    body = {
        "amount": 300_000,
        "purpose": "surgery",
        "explanation": "押金",
        "bills": [scene.bill(cast).pk],
        "key": "rest-key-1",
    }
    url = "/api/v1/campaigns/TESTCASE/withdrawals/"
    assert sun.post(url, body).status_code == 404
    assert lin.post(url, {**body, "amount": -1}).status_code == 400
    refused = lin.post(url, {**body, "amount": 9_999_999_999})
    assert (refused.status_code, refused.json()["code"], set(refused.json()["fields"])) == (
        400,
        "not_available",
        {"amount"},
    )
    made = lin.post(url, body)
    assert made.status_code == 201
    assert lin.post(url, body).json()["id"] == made.json()["id"]
    assert sun.get(url).json()[0]["status"] == "requested"
    assert zhou.get("/api/v1/payouts/").json()["count"] == 0
    assert lin.get("/api/v1/payouts/").status_code == 404
    assert he.post("/api/v1/payouts/1/approve/").status_code == 404
