"""Every list of every room: pages of rows, the same number of queries with one row and with several pages of them."""

from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from audit.models import Case, Report
from benchmarks.rows import Maker
from blacklist.models import Entry
from campaigns.models import Campaign
from core import figures
from core.models import Job
from documents.models import Document
from payments.models import Refund, Transfer
from tests.builders import give, make_campaign
from tests.counting import same_queries
from tests.signin import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    made = make_campaign(cast)
    give(made, 10_000, donor=cast.chen)
    return made


def test_the_open_books_cost_the_same_with_much(cast: Any, campaign: Campaign, client: Client) -> None:
    [payee] = campaign.payees.all()
    with same_queries(client, "/transparency/", "/transparency/review/"):
        maker = Maker()
        maker.withdrawals(campaign, 30, payee=payee, officers=(cast.zhou, cast.he))
        maker.gifts(50, campaigns=[campaign], donors=[cast.chen])
        maker.reports(40, handler=cast.feng)
        figures.refresh()


def test_the_blacklist_costs_the_same_with_many(cast: Any, client: Client) -> None:
    maker = Maker()
    maker.listings(3, proposer=cast.xu, approver=cast.qian)
    Entry.objects.update(status="entered", approved_by=cast.qian, entered_at=maker.now)
    Entry.objects.filter(pk=Entry.objects.first().pk).update(status="notified")
    xu = sign_in(Client(), cast.xu)
    with same_queries(client, "/blacklist/"), same_queries(xu, "/staff/blacklist/", "/staff/blacklist/?status=entered"):
        maker.listings(80, proposer=cast.xu, approver=cast.qian)
        Entry.objects.filter(status="expired").update(status="notified")
    assert client.get("/blacklist/").context["page_obj"].paginator.num_pages >= 2


def test_the_queue_of_reviewers_costs_the_same_with_many(cast: Any) -> None:
    zhao, qian = sign_in(Client(), cast.zhao), sign_in(Client(), cast.qian)
    maker = Maker()
    maker.cases(1, owners=[cast.lin], status="waiting")
    Case.objects.update(urgent=True, kind="submission", band="fast")
    paths = [
        "/staff/audit/",
        "/staff/audit/?kind=submission",
        "/staff/audit/?band=fast",
        "/staff/audit/?urgent=true",
        "/staff/audit/?kind=submission&band=fast&urgent=true",
    ]
    with same_queries(zhao, *paths), same_queries(qian, *paths, "/staff/audit/disagreements/"):
        maker.cases(1300, owners=[cast.lin], status="waiting")
        Case.objects.filter(pk__gt=10).update(claimed_by=cast.qian, lease_until=F("due_at"))
    page = zhao.get("/staff/audit/")
    assert len(page.context["page_obj"]) == 50
    assert "1000+" in page.content.decode()


def test_the_page_of_a_case_costs_the_same_with_a_long_history(cast: Any, campaign: Campaign) -> None:
    zhao = sign_in(Client(), cast.zhao)
    case = Case.objects.get(subject_kind="campaign", object_id=campaign.pk)
    maker = Maker()

    def history(number: int) -> None:
        for row in maker.cases(number, owners=[cast.lin], status="closed"):
            Case.objects.filter(pk=row.pk).update(object_id=campaign.pk, subject_kind="campaign", occasion=str(row.pk))
        maker.reports(number, handler=cast.feng)

    history(1)
    with same_queries(zhao, f"/staff/audit/cases/{case.pk}/", f"/staff/campaigns/{campaign.code}/"):
        history(30)
        maker.attestations(campaign, 5)
        maker.gifts(50, campaigns=[campaign], donors=[cast.chen])


def test_the_page_of_an_open_case_costs_the_same_with_many_papers(cast: Any) -> None:
    campaign = make_campaign(cast, state="in_review")
    zhao = sign_in(Client(), cast.zhao)
    case = Case.objects.get(subject_kind="campaign", object_id=campaign.pk)
    version = campaign.versions.get()
    with same_queries(zhao, f"/staff/audit/cases/{case.pk}/"):
        papers = Maker().documents([cast.lin.pk] * 20, "bill")
        facts = version.facts
        facts[0]["documents"] = [paper.pk for paper in papers]
        # What was handed in is frozen in the database; a second version is not.
        campaign.versions.create(number=version.number + 1, snapshot=version.snapshot, facts=facts)
    assert Document.objects.count() >= 20
    assert zhao.get(f"/staff/audit/cases/{case.pk}/").content.decode().count(f"/cases/{case.pk}/papers/") >= 20


def test_ones_decisions_and_messages_cost_the_same_with_many(cast: Any) -> None:
    lin = sign_in(Client(), cast.lin)
    maker = Maker()
    maker.cases(1, owners=[cast.lin], status="waiting")
    maker.notices(1, users=[cast.lin], code="campaign.published")
    with same_queries(lin, "/me/inbox/", "/me/decisions/"):
        maker.cases(70, owners=[cast.lin], status="waiting")
        maker.notices(250, users=[cast.lin], code="campaign.published")
    page = lin.get("/me/inbox/").context["page"]
    assert (len(page), page.paginator.num_pages) == (20, 13)


MONEY = ["/staff/money/payments/", "/staff/money/refunds/", "/staff/money/transfers/"]


def test_finances_lists_cost_the_same_with_many(cast: Any, campaign: Campaign) -> None:
    zhou = sign_in(Client(), cast.zhou)
    maker = Maker()
    [payee] = campaign.payees.all()
    officers = (cast.he, cast.zhou)

    def write(number: int) -> None:
        payments = maker.payments(number, payers=[cast.chen, cast.sun], status="paid")
        maker.refunds(payments)
        maker.transfers(number)
        for state in ("ready", "prepared", "sent"):
            maker.withdrawals(campaign, number, payee=payee, officers=officers, state=state)

    write(2)
    for model in (Refund, Transfer):
        first, second = model.objects.order_by("id")
        model.objects.filter(pk=first.pk).update(status="sent")
        model.objects.filter(pk=second.pk).update(status="done" if model is Refund else "arrived")
    filters = ["payments/?status=paid", *(f"{path}/?status=sent" for path in ("refunds", "transfers"))]
    filters = [f"/staff/money/{path}" for path in (*filters, "refunds/?status=done", "transfers/?status=arrived")]
    payouts = ["/staff/payouts/", "/staff/payouts/?status=prepared"]
    with same_queries(
        zhou, *MONEY, *filters, *payouts, "/staff/money/", "/staff/money/attention/", "/staff/settlements/"
    ):
        write(70)
    for path in (MONEY[0], "/staff/payouts/"):
        page = zhou.get(path).context["page_obj"]
        assert (len(page), page.has_next()) == (30, True), path


def test_the_board_of_reports_costs_the_same_with_many(cast: Any) -> None:
    feng = sign_in(Client(), cast.feng)
    maker = Maker()
    maker.reports(2, handler=cast.feng)
    first, second = Report.objects.order_by("id")
    Report.objects.filter(pk=first.pk).update(status="received", due_at=maker.now, outcome="", decided_by=None)
    Report.objects.filter(pk=second.pk).update(status="decided", due_at=None, outcome="unproved", decided_by=cast.feng)
    paths = [
        "/staff/reports/",
        "/staff/reports/?late=1",
        *(f"/staff/reports/?status={s}" for s in ("received", "decided")),
    ]
    with same_queries(feng, *paths):
        maker.reports(300, handler=cast.feng)
    assert feng.get("/staff/reports/?status=decided").context["page_obj"].has_next()


def test_the_list_of_jobs_costs_the_same_with_many(cast: Any) -> None:
    wu = sign_in(Client(), cast.wu)
    maker = Maker()
    maker.jobs(1)
    Job.objects.update(status="done", kind="room.kind_1")
    paths = [
        "/staff/jobs/",
        "/staff/jobs/?status=done",
        "/staff/jobs/?kind=room.kind_1",
        "/staff/jobs/?status=done&kind=room.kind_1",
    ]
    with same_queries(wu, *paths):
        maker.jobs(200)
    assert wu.get("/staff/jobs/").context["page_obj"].has_next()


def test_objections_and_settlements_cost_the_same_with_many(cast: Any, campaign: Campaign) -> None:
    zhao = sign_in(Client(), cast.zhao)
    maker = Maker()
    [payee] = campaign.payees.all()

    def write(number: int) -> None:
        for row in maker.withdrawals(campaign, number, payee=payee, officers=(cast.zhou, cast.he)):
            row.objections.update(status="open", author=cast.sun)

    write(1)
    with same_queries(zhao, "/staff/objections/"):
        write(40)
    assert zhao.get("/staff/objections/").context["page_obj"].has_next()
