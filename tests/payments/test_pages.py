"""The payer's page, finance's pages, REST."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Job, TrailEvent
from ledger import chart, selectors
from partners.outcomes import Outcome, Result
from payments import channels, services
from payments.models import Attention, Payment, Refund, SettlementBatch
from payments.providers.base import PayAction
from payments.selectors import refunding
from tests.payments.conftest import PAYEE, start
from tests.signin import api_client, sign_in

AVAILABLE = chart.available(1)
pytestmark = pytest.mark.django_db


def page(payment, name="pay"):
    return reverse(f"payments:{name}", args=[payment.token])


def refund(payment, amount=4_000, key="r"):
    return services.request_refund(
        actor=None, payment=payment, amount=amount, reason="mistake", key=key, from_account=AVAILABLE
    )


# --- The payer
def test_the_payer_goes_to_the_channel_and_finds_the_result_on_the_way_back(outside, client):
    payment = start(tip=200)
    assert client.get(page(payment)).status_code == 200
    answer = client.post(page(payment, "go"))
    assert answer.status_code == 302
    assert answer.url.startswith(outside.channel.url + "/pay/")
    waiting = client.get(page(payment))
    assert page(payment, "status") in waiting.content.decode()
    outside.pay(payment)
    done = client.get(page(payment, "status")).content.decode()
    assert payment.return_url in done
    assert "hx-trigger" not in done


def test_a_browser_that_claims_to_have_paid_is_not_believed(outside, client):
    payment = start()
    client.post(page(payment, "go"))
    client.get(page(payment), {"state": "paid", "amount": "10000"})
    client.post(page(payment), {"status": "paid"})
    outside.rest()
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert selectors.balances([AVAILABLE])[AVAILABLE] == 0


def test_going_to_the_channel_twice_is_one_order(outside, client):
    payment = start()
    assert client.post(page(payment, "go")).url == client.post(page(payment, "go")).url
    assert len(outside.channel.store.all("SELECT * FROM payments")) == 1


def test_when_the_channel_is_silent_the_payer_is_told_and_can_try_again(outside, client):
    payment = start()
    outside.channel.fault("unavailable")
    answer = client.post(page(payment, "go"), follow=True)
    assert answer.redirect_chain == [(page(payment), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert client.post(page(payment, "go")).url.startswith(outside.channel.url)


def test_looking_at_the_page_makes_us_ask_the_channel(outside, client):
    payment = start()
    outside.channel.fault("drop_notify")
    outside.press(payment, "pay")
    client.get(page(payment))
    outside.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"


@pytest.mark.parametrize("status", ["created", "pending", "paid", "suspended", "closed", "expired"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_state_has_its_words(client, status, language):
    payment = start()
    Payment.objects.filter(pk=payment.pk).update(status=status, received=9_900)
    answer = client.get(page(payment), headers={"accept-language": language})
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1
    assert ("every 3s" in answer.content.decode()) is (status == "pending")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ({"kind": "qr", "payload": {"text": "weixin://wxpay/bizpayurl?pr=1"}}, ["<svg", 'role="img"']),
        (
            {"kind": "form", "payload": {"url": "https://pay.invalid/gateway", "fields": {"sign": 'a"b<c', "x": "1"}}},
            ['action="https://pay.invalid/gateway"', 'name="sign" value="a&quot;b&lt;c"', 'name="x" value="1"'],
        ),
        ({"kind": "app", "payload": {"prepayid": "x"}}, []),
        ({"kind": "jsapi", "payload": {"package": "x"}}, []),
        ({"kind": "client_secret", "payload": {"client_secret": "pi_secret_1"}}, []),
        ({"kind": "redirect", "payload": {"url": "https://pay.invalid/"}}, ["/go/"]),
    ],
)
def test_what_comes_next_is_shown_without_any_script(client, action, shown, language):
    payment = start()
    Payment.objects.filter(pk=payment.pk).update(status="pending", action=action)
    answer = client.get(page(payment), headers={"accept-language": language})
    said = answer.content.decode()
    assert all(part in said for part in shown)
    assert ("/go/" in said) is (action["kind"] == "redirect")
    assert "<script>" not in said
    assert "pi_secret_1" not in said
    assert said.count("<h1") == 1
    if action["kind"] == "form":
        assert "csrfmiddlewaretoken" not in said.partition("https://pay.invalid/gateway")[2].partition("</form>")[0]


def test_a_kind_that_the_channel_does_not_redirect_comes_back_to_our_page(outside, client, monkeypatch):
    payment = start()
    kind = type(channels.provider("sandbox"))
    result = Result(Outcome.OK), PayAction("qr", {"text": "weixin://wxpay/1"})
    monkeypatch.setattr(kind, "create_payment", lambda _self, _intent: result)
    answer = client.post(page(payment, "go"), follow=True)
    assert answer.redirect_chain == [(page(payment), 302)]
    assert "<svg" in answer.content.decode()


def test_a_wrong_token_leads_nowhere(client):
    assert client.get("/pay/nothing-like-this/").status_code == 404
    assert client.post("/pay/nothing-like-this/go/").status_code == 404
    assert client.get("/pay/nothing-like-this/status/").status_code == 404


def test_the_payers_page_costs_three_queries_at_most(outside, client):
    payment = outside.pay(start())
    with CaptureQueriesContext(connection) as captured:
        client.get(page(payment))
    assert len(captured) <= 3


# --- Finance
@pytest.fixture
def world(outside, cast):
    """One of everything: paid, suspended, refunded, failed, transferred, sent back."""
    paid = outside.pay(start("paid"))
    outside.channel.fault("wrong_amount")
    suspended = outside.pay(start("suspended"))
    outside.settle()
    refund(paid, 1_000, "done")
    outside.rest()
    outside.channel.fault("refuse_refunds")
    failed = refund(paid, 2_000, "failed")
    outside.rest()
    transfer = services.request_transfer(
        actor=cast.zhou,
        purpose="pay_family",
        ref="1",
        amount=500,
        from_account=AVAILABLE,
        payee=PAYEE,
        remark="x",
        key="t",
    )
    outside.rest()
    services.check_custody()
    failed.refresh_from_db()
    return {"payment": paid, "suspended": suspended, "refund": failed, "transfer": transfer}


def staff_pages(world):
    return [
        reverse("payments:overview"),
        reverse("payments:payments"),
        reverse("payments:payments") + "?status=suspended",
        reverse("payments:payments") + f"?number={world['payment'].out_trade_no}",
        reverse("payments:refunds"),
        reverse("payments:transfers"),
        reverse("payments:attention"),
        reverse("payments:payment", args=[world["payment"].pk]),
        reverse("payments:payment", args=[world["suspended"].pk]),
        reverse("payments:refund", args=[world["refund"].pk]),
        reverse("payments:transfer", args=[world["transfer"].pk]),
        *(reverse("payments:attention_one", args=[row.pk]) for row in Attention.objects.all()),
    ]


def test_finance_reads_every_page_in_both_languages(world, cast, client):
    sign_in(client, cast.zhou)
    for address in staff_pages(world):
        for language in ("zh-hans", "en"):
            answer = client.get(address, headers={"accept-language": language})
            assert answer.status_code == 200, address
            assert PAYEE.account_number not in answer.content.decode()


@pytest.mark.parametrize("who", ["sun", "zhao", "wu"])
def test_for_everybody_else_these_pages_are_not_there(world, cast, client, who):
    sign_in(client, getattr(cast, who))
    assert {client.get(address).status_code for address in staff_pages(world)} == {404}
    for name, pk in (
        ("return_suspended", world["suspended"].pk),
        ("retry_refund", world["refund"].pk),
        ("drop_refund", world["refund"].pk),
    ):
        assert client.post(reverse(f"payments:{name}", args=[pk])).status_code == 404
    assert Refund.objects.filter(status="failed").count() == 1


def test_lists_are_filtered_by_state_and_number(world, cast, client):
    sign_in(client, cast.zhou)
    listed = client.get(reverse("payments:payments"), {"status": "suspended"}).context["page_obj"]
    assert [payment.pk for payment in listed] == [world["suspended"].pk]
    listed = client.get(reverse("payments:refunds"), {"number": world["refund"].refund_no}).context["page_obj"]
    assert [found.pk for found in listed] == [world["refund"].pk]
    nonsense = {"status": "nonsense", "number": "a\x00b", "page": "-3"}
    assert len(client.get(reverse("payments:payments"), nonsense).context["page_obj"]) == 2


def test_finance_sends_a_refused_refund_again_from_the_page(outside, world, cast, client):
    sign_in(client, cast.zhou)
    address = reverse("payments:retry_refund", args=[world["refund"].pk])
    client.post(address)
    client.post(address)  # the second click finds it on its way
    outside.rest()
    world["refund"].refresh_from_db()
    assert (world["refund"].status, world["refund"].attempt) == ("done", 2)
    assert TrailEvent.objects.filter(event="refund.retry", actor=cast.zhou).count() == 1


def test_calling_a_refund_off_needs_a_reason(world, cast, client):
    sign_in(client, cast.zhou)
    address = reverse("payments:drop_refund", args=[world["refund"].pk])
    answer = client.post(address, {"reason": " "})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    client.post(address, {"reason": "捐助人账户已注销，改为银行转账"})
    world["refund"].refresh_from_db()
    assert world["refund"].status == "dropped"


def test_finance_sends_money_that_did_not_fit_back(outside, world, cast, client):
    sign_in(client, cast.zhou)
    address = reverse("payments:return_suspended", args=[world["suspended"].pk])
    client.post(address)
    client.post(address)
    outside.rest()
    assert world["suspended"].refunds.get().status == "done"
    assert selectors.balances([chart.SUSPENSE])[chart.SUSPENSE] == 0
    client.post(reverse("payments:return_suspended", args=[world["payment"].pk]))
    assert world["payment"].refunds.count() == 2  # nothing new for a payment that fits


def test_attention_is_settled_once_with_a_note(world, cast, client):
    sign_in(client, cast.zhou)
    found = Attention.objects.first()
    address = reverse("payments:attention_one", args=[found.pk])
    assert client.post(address, {"note": ""}).context["form"].errors
    client.post(address, {"note": "已核对，退回捐助人"})
    client.post(address, {"note": "another"})
    found.refresh_from_db()
    assert (found.settled_by, found.note) == (cast.zhou, "已核对，退回捐助人")
    assert TrailEvent.objects.filter(event="payments.attention_settled").count() == 1


def test_finance_asks_for_settlements_out_of_turn(outside, world, cast, client):
    sign_in(client, cast.zhou)
    outside.pay(start("one more"))
    outside.channel.settle()
    before = SettlementBatch.objects.count()
    client.post(reverse("payments:settle"))
    client.post(reverse("payments:settle"))
    outside.rest()
    assert SettlementBatch.objects.count() == before + 1
    assert TrailEvent.objects.filter(event="payments.ask_settlements", actor=cast.zhou).count() == 2


@pytest.mark.parametrize("kind", ["payment", "refund", "transfer"])
def test_finance_asks_out_of_turn_and_leaves_a_line(world, cast, client, kind):
    sign_in(client, cast.zhou)
    address = reverse("payments:ask", args=[kind, world[kind].pk])
    assert client.get(address).status_code == 405
    client.post(address)
    assert TrailEvent.objects.filter(event="payments.ask_now", actor=cast.zhou).count() == 1
    assert Job.objects.filter(key__contains=":wish:").count() == 1


def test_lists_cost_the_same_however_long_they_are(world, cast, client):
    sign_in(client, cast.zhou)
    pages = [reverse(f"payments:{name}") for name in ("overview", "payments", "refunds", "transfers", "attention")]

    def cost():
        counts = []
        for address in pages:
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
        return counts

    cost()
    before = cost()
    for number in range(12):
        start(f"more:{number}")
        refund(world["payment"], 10, f"more:{number}")
        services.request_transfer(
            actor=None, purpose="pay_family", ref="1", amount=5, from_account=AVAILABLE, payee=PAYEE, remark="x",
            key=f"more:{number}",
        )  # fmt: skip
    assert cost() == before


def test_what_is_on_its_way_back_is_known_for_each_account(outside):
    payment = outside.pay(start())
    refund(payment, 300, "a")
    refund(payment, 400, "b")
    assert refunding([AVAILABLE, chart.available(2)]) == {AVAILABLE: 700, chart.available(2): 0}
    outside.rest()
    assert refunding([AVAILABLE]) == {AVAILABLE: 0}


# --- REST
def test_the_payer_reads_the_payment_over_rest_and_opens_it(outside, cast):
    payment = start(actor=cast.chen, tip=100)
    client = api_client(cast.chen)
    action = client.post(f"/api/v1/payments/{payment.pk}/open/")
    assert action.status_code == 200
    assert action.json()["payload"]["url"].startswith(outside.channel.url)
    outside.pay(payment)
    refund(payment, 500)
    answer = client.get(f"/api/v1/payments/{payment.pk}/").json()
    assert (answer["status"], answer["amount"], answer["tip"]) == ("paid", 10_000, 100)
    assert [row["amount"] for row in answer["refunds"]] == [500]
    again = client.post(f"/api/v1/payments/{payment.pk}/open/")
    assert (again.status_code, again.json()["code"]) == (409, "payment_final")


def test_somebody_elses_payment_is_not_there(outside, cast, client):
    payment = start(actor=cast.chen)
    stranger = api_client(cast.sun)
    assert stranger.get(f"/api/v1/payments/{payment.pk}/").status_code == 404
    assert stranger.post(f"/api/v1/payments/{payment.pk}/open/").status_code == 404
    assert client.get(f"/api/v1/payments/{payment.pk}/").status_code in (401, 403)
    assert stranger.get(f"/api/v1/payments/{10**25}/").status_code == 404
    assert outside.channel.store.all("SELECT * FROM payments") == []


def test_a_copy_of_ones_data_has_the_payments_and_leaving_takes_the_address_away(outside, cast):
    from payments import holdings

    payment = outside.pay(start(actor=cast.chen))
    copy = holdings.export(cast.chen)
    assert [(row["number"], row["amount"], row["client_ip"]) for row in copy] == [
        (payment.out_trade_no, 10_000, "127.0.0.1")
    ]
    assert len(holdings.erase(cast.chen)) == 1
    payment.refresh_from_db()
    assert payment.client_ip == ""
    assert holdings.export(cast.sun) == []
    assert holdings.erase(cast.sun) == []
