"""Every address of the site that has something of somebody in it, walked from the URLconf, with a real thing to fill it with.

A new address that nobody filled in makes tests/hostile/test_access.py fail: it cannot be forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils import timezone

from accounts.models import DataExport, RoleGrant
from accounts.own_data import download_url
from audit import services as audit
from audit.models import RuleSet
from audit.services.police import request_package
from blacklist.services import approve as approve_entry
from blacklist.services import propose
from campaigns.models import Campaign
from campaigns.services import ask_patient
from campaigns.services.donations import receipt_token
from core.models import Job
from disclosures.models import Objection, Settlement
from documents.models import PublicCopy
from documents.selectors import signed_url
from documents.services import store
from identity.models import Person
from ledger.models import Account, Journal
from notices.models import Notice
from partners.models import AccountChange, Charity, Hospital, ReliefChannel
from payments.models import Attention, Break, InterestGift, Transfer
from payments.services import request_refund
from policy.services import propose_change
from tests.builders import make_document
from tests.hostile.world import World
from tests.papers import upload

Values = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """`pattern` as the URLconf has it; `name` says which room's: `disclosures:withdrawal`, or the view for a nameless one."""

    pattern: str
    name: str
    converters: tuple[str, ...]


def routes() -> list[Route]:
    """All that take something from the address, but Django's own admin, which has its own tests."""
    return [
        route for route in _walk(get_resolver(), "", "") if route.converters and not route.pattern.startswith("admin/")
    ]


def _walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[Route]:
    for found in resolver.url_patterns:
        pattern = prefix + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from _walk(found, pattern, found.namespace or space)
            continue
        assert isinstance(found, URLPattern)
        name = f"{space}:{found.name}" if space else found.name or found.lookup_str
        names = (
            tuple(found.pattern.converters)
            if isinstance(found.pattern, RoutePattern)
            else tuple(found.pattern.regex.groupindex)
        )
        yield Route(pattern, name if found.name else found.lookup_str, names)


def things(cast: Any, world: World) -> dict[str, Values]:
    """For each route by its name: what to put into its address, so that it is about something that exists and is somebody's."""
    code = {"code": world.campaign.code}
    draft = {"code": world.draft.code}
    withdrawal = {**code, "pk": world.notice.pk}
    person = {"pk": Person.objects.get(user=cast.lin).pk}
    paper = {"pk": make_document(cast.lin, "photo").pk}
    copy = {"pk": _copy(cast, paper["pk"]).pk}
    refund = request_refund(
        actor=None, payment=world.payment, amount=100, reason="test", key="hostile", from_account="platform:tips"
    )
    stop = audit.hard_stop(
        actor=cast.xu, subject_kind="campaign", object_id=world.draft.pk, evidence="病历像是改过的。"
    )
    package = request_package(actor=cast.xu, subject_kind="campaign", object_id=world.draft.pk, reason="涉嫌伪造")
    entry = propose(
        actor=cast.xu, person=Person.objects.get(user=cast.lin), ground="forged", severity="minor", summary="伪造病历",
        evidence=[make_document(cast.xu, "evidence")],
    )  # fmt: skip
    approve_entry(actor=cast.qian, entry=entry)
    put_to_the_raiser(cast, world)
    change = propose_change(
        actor=cast.wu, key="donate.max_single", text="40000", reason="试行更低的单笔上限，观察一个月。"
    )
    settlement = Settlement.objects.create(campaign=world.campaign, surplus=0, proposed_by=cast.zhou)
    rules = RuleSet.objects.create(version=99, created_by=cast.wu)
    rule = rules.rules.create(
        code="r-1", expression="true", points=1, severity="low", reason_en="x", reason_zh="x", subjects=[]
    )
    export = DataExport.objects.create(user=cast.lin, status="ready", content="{}")
    hospital = {"plural": "hospitals", "code": Hospital.objects.all()[0].code}
    payee = world.campaign.payees.get()
    account_change = AccountChange.objects.create(
        hospital=Hospital.objects.all()[0], account=payee.account, how_checked="电话核对", proposed_by=cast.wu
    )
    case = {"pk": world.case.pk}
    report = {"number": world.report.number}
    grant = RoleGrant.objects.get(user=cast.zhao)
    notice = {"pk": Notice.objects.filter(user=cast.lin)[0].pk}
    photo = store(actor=cast.lin, upload=upload(seed=77), kind="photo")
    token = signed_url(photo, viewer=cast.lin, purpose="test").rstrip("/").split("/")[-1]
    pk = "pk"
    found: dict[str, Values] = {
        "core:retry_job": {pk: Job.objects.order_by("pk")[0].pk},
        "policy:help_page": {"name": "fees"},
        "policy:staff_parameter": {"key": "donate.max_single"},
        "accounts:consent": {"purpose": "identity_check"},
        "accounts:export_download": {"token": download_url(export).rstrip("/").split("/")[-1]},
        "accounts:legal": {"purpose": "terms"},
        "accounts:staff_revoke": {pk: cast.zhao.pk, "grant_pk": grant.pk},
        "documents:public": {"token": PublicCopy.objects.get(pk=copy[pk]).token, "page": 1, "size": "full"},
        "documents_content": {"token": token},
        "partners:add": {"plural": "hospitals"},
        "partners:edit": hospital,
        "partners:account": hospital,
        "partners:decide_account": {pk: account_change.pk, "action": "approve"},
        "partners:relief_edit": {pk: _relief().pk},
        "ledger:statement": {pk: Account.objects.order_by("pk")[0].pk},
        "ledger:journal": {pk: Journal.objects.order_by("pk")[0].pk},
        "payments:hook": {"provider": "sandbox"},
        "payments:transfer": {pk: Transfer.objects.get().pk},
        "payments:attention_one": {pk: Attention.objects.create(key="x", code="unknown_number", subject="x").pk},
        "payments:gift_act": {pk: _interest_gift(cast).pk, "action": "approve"},
        "disclosures:identity_file": {"year": "2026"},
        "payments:ask": {"kind": "payment", pk: world.payment.pk},
        "audit:reveal": {**case, "fact": "patient_id"},
        "audit:paper": {**case, "document": _shown(world), "page": 1, "size": "full"},
        "audit:act": {**case, "action": "claim"},
        "audit:police_ask": {pk: stop.pk},
        "audit:stop_act": {pk: stop.pk, "action": "propose"},
        "audit:raise_stop": {"subject_kind": "campaign", "object_id": world.campaign.pk},
        "audit:police_download": {pk: package.pk},
        "audit:police_act": {pk: package.pk, "action": "release"},
        "audit:rule": {"version": 99, pk: rule.pk},
        "audit:rule_remove": {"version": 99, pk: rule.pk},
        "audit:ruleset_act": {"version": 99, "action": "propose"},
        "audit:report_act": {**report, "action": "acknowledge"},
        "audit:report_status": {**report, "secret": world.secret},
        "report_status": {**report, "secret": world.secret},
        "audit:report": {"subject_kind": "campaign", "reference": world.campaign.code},
        "blacklist:act": {pk: entry.pk, "action": "approve"},
        "campaigns:confirm": {"token": ask_patient(actor=cast.lin, campaign=_complete(cast))},
        "campaigns:step": {**draft, "step": "relation"},
        "campaigns:keep": {**draft, "step": "relation"},
        "campaigns.api.StepView": {**draft, "step": "relation"},
        "disclosures:payout_act": {pk: world.payout.pk, "action": "prepare"},
        "disclosures:settlement_act": {pk: settlement.pk, "action": "approve"},
        "api_export": {pk: export.pk},
        "account_confirm_email": {"key": "x"},
    }
    groups: list[tuple[Values, str]] = [
        ({pk: change.pk}, "policy:approve_change policy:withdraw_change policy.api.ApproveView"),
        ({pk: cast.zhao.pk}, "accounts:staff_person accounts:staff_grant accounts:staff_reset_second_factor"),
        (notice, "notices:open api_notice_read"),
        (paper, "documents:document documents:publish documents:remove documents:staff_document"),
        (paper, "documents_one documents_publish"),
        (copy, "documents:withdraw documents_withdraw"),
        (person, "identity:person identity:reveal identity:review identity:release identity_review identity_reveal"),
        ({pk: payee.account_id}, "identity:review_account"),
        ({"token": world.payment.token}, "payments:pay payments:status payments:go"),
        ({pk: world.payment.pk}, "payments:payment payments:return_suspended"),
        ({pk: world.payment.pk}, "payments.api.PaymentView payments.api.OpenView"),
        ({pk: _difference().pk}, "payments:break payments:break_approve payments:break_reject"),
        ({pk: refund.pk}, "payments:refund payments:retry_refund payments:drop_refund"),
        (case, "audit:case audit:decide audit:ask audit:decision audit_case audit_claim audit_release audit_decide"),
        ({"version": 99}, "audit:ruleset audit:ruleset_thresholds audit:rule_new"),
        (report, "audit:report_staff audit:report_own audit:report_status_own"),
        ({pk: entry.pk}, "blacklist:own blacklist:staff_entry"),
        (code, "campaigns:page campaigns:gifts campaigns:donate campaigns:attest campaigns:unattest campaigns:staff"),
        (code, "campaigns:mine campaigns:update campaigns:end campaigns:pause campaigns:resume"),
        (code, "campaigns.api.CampaignView campaigns.api.EndView campaigns.api.DonationsView"),
        (code, "campaigns.api.UpdatesView campaigns.api.AttestationsView disclosures.api.WithdrawalsView"),
        (code, "disclosures:money disclosures:withdraw disclosures:settlement_propose disclosures.api.SettlementsView"),
        (draft, "campaigns:draft campaigns:submit campaigns:take_back campaigns:discard campaigns:ask_patient"),
        (draft, "campaigns.api.DraftView campaigns.api.AskPatientView campaigns.api.SubmitView"),
        ({"token": receipt_token(world.gift)}, "campaigns:receipt campaigns:receipt_proof campaigns:take_gift_back"),
        (withdrawal, "disclosures:object disclosures:withdrawal disclosures:cancel"),
        (withdrawal, "disclosures.api.ResubmitView disclosures.api.CancelView disclosures.api.ObjectionsView"),
        ({pk: world.duty.pk}, "disclosures:obligation disclosures.api.ProofsView"),
        ({pk: Objection.objects.all()[0].pk}, "disclosures:staff_objection disclosures.api.AnswerView"),
        ({pk: world.payout.pk}, "disclosures.api.PreparePayoutView disclosures.api.ApprovePayoutView"),
        ({pk: world.payout.pk}, "disclosures.api.RejectPayoutView"),
        ({pk: settlement.pk}, "disclosures.api.SettlementView disclosures.api.ApproveSettlementView"),
        ({pk: settlement.pk}, "disclosures.api.RejectSettlementView"),
    ]
    for values, names in groups:
        found |= dict.fromkeys(names.split(), values)
    return found


def put_to_the_raiser(cast: Any, world: World) -> None:
    audit.acknowledge_report(actor=cast.feng, report=world.report)
    audit.triage_report(actor=cast.feng, report=world.report, credible=True, summary="铺面没有写。")
    audit.investigate_report(actor=cast.feng, report=world.report)


def _copy(cast: Any, document: int) -> PublicCopy:
    """A row only: no picture is drawn."""
    return PublicCopy.objects.create(
        document_id=document, token="t" * 32, sha256="0" * 64, consent="publish_documents",
        consent_scope=f"document:{document}", created_by=cast.lin,
    )  # fmt: skip


def _difference() -> Break:
    return Break.objects.create(
        key="x", channel="sandbox", day=timezone.localdate(), difference="amount", kind="payment", number="D0", ours=5, theirs=6
    )  # fmt: skip


def _interest_gift(cast: Any) -> InterestGift:
    charity = Charity.objects.create(code="C001", name="云州慈善会")
    return InterestGift.objects.create(charity=charity, amount=100, proposed_by=cast.zhou)


def _relief() -> ReliefChannel:
    words = {
        "title_zh": "医疗救助",
        "title_en": "Aid",
        "text_zh": "乡镇民政办",
        "text_en": "Ask there",
        "kind": "government",
    }
    return ReliefChannel.objects.create(**words)


def _shown(world: World) -> int:
    return world.campaign.papers.order_by("pk")[0].document_id


def _complete(cast: Any) -> Campaign:
    return Campaign.objects.filter(raiser=cast.lin).order_by("pk")[0]
