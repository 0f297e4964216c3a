"""One campaign's life as a hostile, unlucky, or merely impatient world would play it (Hypothesis' stateful testing).

Each rule is something that somebody may try at any time; it goes through the real services, and a refusal (DomainError) is a
fine answer as long as it leaves everything whole. After each step `broken()` must find nothing. When an example ends, the
world turns reasonable and finishes what was begun: every life must come to closed books, to a refusal or to a discarded draft.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import RoleGrant, User
from accounts.roles import Role
from audit import services as audit
from audit.models import Case, HardStop, Report
from campaigns import services
from campaigns.models import Attestation, Campaign, Donation
from campaigns.selectors import money
from config.demo.people import PEOPLE
from core import jobs
from core.errors import Conflict, DomainError, Forbidden
from core.models import Job
from core.seals import TRAIL
from disclosures.models import Invoice, Objection, Obligation, Payout, Settlement, Withdrawal
from disclosures.services import closing, obligations, payouts, withdrawals
from identity.services import ensure_person
from ledger.seals import BOOKS as BOOKS_CHAIN
from payments import services as payments
from payments.models import Payment, Refund, Transfer
from tests.builders import decide, make_campaign, make_document
from tests.invariants.sentences import (
    BOOKS,
    EVERYWHERE,
    HISTORY,
    broken,
    no_personal_number_lies_open,
    the_register_names_every_pair,
    the_seals_hold,
)
from tests.invariants.words import Words

SMALL, LARGE = 2_000_000, 30_000_000  # targets in fen: one that gifts can reach, one that is paid in parts
OVER = ("closed", "refused", "discarded")
pick = st.integers(0, 30)
# The slow ones are asked at the end of each life.
AFTER_EACH_STEP = [
    invariant
    for invariant in (*EVERYWHERE, *BOOKS, *HISTORY)
    if invariant not in (no_personal_number_lies_open, the_register_names_every_pair, the_seals_hold)
]


def when(*questions: Callable[["Life"], bool]) -> Any:
    """A rule is tried where it can matter; what it may not do there is the product's to refuse."""
    return precondition(lambda self: bool(self.campaign.pk) and all(question(self) for question in questions))


def public(life: "Life") -> bool:
    return life.now().is_public


def there(rows: Callable[[], Any]) -> Callable[["Life"], bool]:
    return lambda _life: bool(rows().exists())


class Life(RuleBasedStateMachine):
    """`cast` and `words` are given by the test; everything else is in the database."""

    cast: Any
    words: Words

    def __init__(self) -> None:
        super().__init__()
        self.ground = transaction.atomic()
        self.ground.__enter__()
        self.clock = time_machine.travel(timezone.now(), tick=True)
        self.traveller = self.clock.start()
        self.words.__init__()  # type: ignore[misc]
        self.serial = 0
        self.campaign = Campaign()

    # ── beginnings ────────────────────────────────────────────────────────────────────────────────────────────────────
    @initialize(large=st.booleans(), far=st.integers(0, 7))
    def begin(self, large: bool, far: int) -> None:
        """Somewhere in the middle: a draft, or a public request with gifts, a withdrawal, its notice, its payments, its use."""
        target = LARGE if large else SMALL
        self.campaign = make_campaign(self.cast, state="published" if far else "draft", costs=target + 1_000_000)
        for key in ("chen", "sun", "li"):
            person = ensure_person(actor=self.cast.lin, name=PEOPLE[key].name, id_number=PEOPLE[key].id_number)
            Attestation.objects.create(
                campaign=self.campaign, user=getattr(self.cast, key), person=person, relation="friend", text="情况属实。",
                notice_sha256=hashlib.sha256(b"notice").hexdigest(),
            )  # fmt: skip
        steps: list[Callable[[], Any]] = [
            lambda: [self.give(gift, 0, known, "now") for gift, known in ((1_000_000, True), (500_000, False))],
            lambda: self.withdraw(10, False),
            lambda: self.people_decide(0, "approve", False),
            lambda: self.time_passes(1.1, False),
            lambda: [self.finance_pays(0, what) for what in ("prepare", "approve")],
            lambda: self.the_bank_answers("arrived"),
        ]
        for step in steps[: max(far - 1, 0)]:
            step()

    @invariant()
    def nothing_is_broken(self) -> None:
        if self.campaign.pk:
            assert broken(*AFTER_EACH_STEP) == []

    # ── tools ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def try_to(self, act: Callable[..., Any], **values: Any) -> Any:
        """A refusal is an answer; anything else that is raised is a bug."""
        try:
            with transaction.atomic():
                return act(**values)
        except (DomainError, Conflict, Forbidden):
            return None

    def one(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def key(self) -> str:
        self.serial += 1
        return f"life-{self.serial}"

    def now(self) -> Campaign:
        self.campaign.refresh_from_db()
        return self.campaign

    def work(self) -> None:
        """Jobs until none is due; what waits for the outside is looked at again later."""
        for _round in range(20):
            if not jobs.sweep(timezone.now()):
                return
        raise AssertionError(f"jobs never came to rest: {list(Job.objects.filter(status='waiting').values('key'))}")

    def ask_again(self) -> None:
        for refund in Refund.objects.filter(status__in=["requested", "sent"]):
            payments.pursue_refund(refund.pk)
        for transfer in payments_under_way():
            try:
                payments.pursue_transfer(transfer)
            except jobs.NotYet:
                continue

    # ── the raiser ────────────────────────────────────────────────────────────────────────────────────────────────────
    @when(lambda self: self.now().status in ("draft", "fix_needed", "submitted", "in_review"))
    @rule(what=st.sampled_from(["submit", "submit", "submit", "take_back", "discard"]), mend=st.booleans())
    def hand_in(self, what: str, mend: bool) -> None:
        lin, campaign = self.cast.lin, self.now()
        if what == "take_back":
            self.try_to(services.take_back, actor=lin, campaign=campaign)
        elif what == "discard":
            self.try_to(services.discard_draft, actor=lin, campaign=campaign)
        else:
            if mend:
                paper = make_document(lin, "diagnosis")
                self.try_to(services.attach_paper, actor=lin, campaign=campaign, slot="diagnosis", document=paper)
            self.try_to(services.submit_campaign, actor=lin, campaign=campaign)

    @when(public)
    @rule(what=st.sampled_from(["pause", "resume", "end", "death", "discharge"]))
    def steer(self, what: str) -> None:
        lin, campaign = self.cast.lin, self.now()
        if what == "pause":
            self.try_to(services.pause_campaign, actor=lin, campaign=campaign, reason="等医院通知")
        elif what == "resume":
            self.try_to(services.resume_own, actor=lin, campaign=campaign)
        else:
            why = "raiser" if what == "end" else what
            self.try_to(services.end_campaign, actor=lin, campaign=campaign, why=why)

    @when(public, there(lambda: Donation.objects.exclude(status="intended")))
    @rule(part=st.sampled_from([1, 3, 10, 10]), twice=st.booleans())
    def withdraw(self, part: int, twice: bool) -> None:
        campaign = self.now()
        amount = money([campaign.pk])[campaign.pk].available * part // 10
        asked = {
            "actor": self.cast.lin, "campaign": campaign, "amount": amount, "purpose": "surgery",
            "explanation": "移植手术押金", "bills": [make_document(self.cast.lin, "bill")], "key": self.key(),
        }  # fmt: skip
        first = self.try_to(withdrawals.request_withdrawal, **asked)
        if twice and first:
            assert self.try_to(withdrawals.request_withdrawal, **asked) == first

    @when(there(lambda: Withdrawal.objects.exclude(status__in=["paid", "refused", "cancelled"])))
    @rule(what=st.sampled_from(["cancel", "resubmit"]), number=pick)
    def change_withdrawal(self, what: str, number: int) -> None:
        row = self.one(Withdrawal.objects.exclude(status__in=["paid", "refused", "cancelled"]), number)
        if row is None:
            return
        if what == "cancel":
            self.try_to(withdrawals.cancel_withdrawal, actor=self.cast.lin, withdrawal=row)
        else:
            bills = [make_document(self.cast.lin, "bill")]
            self.try_to(
                withdrawals.resubmit_withdrawal, actor=self.cast.lin, withdrawal=row, amount=row.amount // 2 or 1,
                explanation="补了票据", bills=bills,
            )  # fmt: skip

    @when(there(lambda: Obligation.objects.exclude(status="proved")))
    @rule(number=pick, part=st.sampled_from([1, 7, 10]))
    def prove(self, number: int, part: int) -> None:
        duty = self.one(Obligation.objects.exclude(status="proved"), number)
        if duty:
            self.hand_in_bills(duty, duty.amount * part // 10 or 1)

    def hand_in_bills(self, duty: Obligation, amount: int) -> None:
        self.serial += 1
        line = obligations.InvoiceLine(
            code="13990126", number=f"{self.serial:08d}", issued_on=timezone.localdate(), amount=amount,
            issuer="云州市第一人民医院", document=make_document(self.cast.lin, "invoice"),
        )  # fmt: skip
        self.try_to(
            obligations.submit_proof, actor=self.cast.lin, obligation=duty, lines=[line], note="", key=self.key()
        )

    # ── donors ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @when(public)
    @rule(
        amount=st.sampled_from([100, 12_345, 999_999, 1_500_000, 5_000_000]),
        tip=st.sampled_from([0, 0, 100]),
        known=st.booleans(),
        pays=st.sampled_from(["now", "now", "now", "later", "too much"]),
    )
    def give(self, amount: int, tip: int, known: bool, pays: str) -> None:
        gift = self.try_to(
            services.start_donation, actor=self.cast.chen if known else None, campaign=self.now(), amount=amount,
            tip=tip, channel="sandbox", client_ip="127.0.0.1", key=self.key(),
        )  # fmt: skip
        if gift is None:
            return
        assert self.campaign.status == "published"
        if pays != "later":
            self.words.paid(gift.payment, gift.payment.total + (pays == "too much"))

    @when(there(lambda: Payment.objects.exclude(status__in=["paid", "suspended"])))
    @rule(number=pick, word=st.sampled_from(["paid", "paid", "closed"]))
    def a_payment_ends(self, number: int, word: str) -> None:
        """Also one that was closed before: money that comes late is money."""
        payment = self.one(Payment.objects.exclude(status__in=["paid", "suspended"]), number)
        if payment:
            getattr(self.words, word)(payment)

    @when(there(lambda: Donation.objects.exclude(status="intended")))
    @rule(number=pick)
    def take_gift_back(self, number: int) -> None:
        gift = self.one(Donation.objects.exclude(status="intended"), number)
        if gift:
            self.try_to(services.refund_own, actor=gift.donor, donation=gift)

    @when(there(lambda: Withdrawal.objects.filter(status__in=["notice", "objected"])))
    @rule(text=st.sampled_from(["这张押金单我在别处见过。", "x"]), known=st.booleans())
    def object(self, text: str, known: bool) -> None:
        row = Withdrawal.objects.filter(status__in=["notice", "objected"]).first()
        if row:
            self.try_to(withdrawals.file_objection, actor=self.cast.sun if known else None, withdrawal=row, text=text)

    # ── the channel and the bank ──────────────────────────────────────────────────────────────────────────────────────
    @when(there(lambda: Refund.objects.filter(status__in=["requested", "sent"])))
    @rule(state=st.sampled_from(["done", "failed", "failed"]))
    def the_channel_answers(self, state: str) -> None:
        self.work()
        self.words.refunds_are(state)
        self.ask_again()

    @when(there(lambda: Transfer.objects.filter(status__in=["requested", "sent"])))
    @rule(state=st.sampled_from(["arrived", "arrived", "returned"]))
    def the_bank_answers(self, state: str) -> None:
        self.words.settle()
        self.work()
        self.ask_again()
        self.words.transfers_are(state)
        self.ask_again()

    @rule(days=st.sampled_from([0.02, 1.1, 8, 35]), silent=st.booleans())
    def time_passes(self, days: float, silent: bool) -> None:
        self.words.silent = silent
        self.traveller.shift(timedelta(days=days))
        jobs.start_recurring(timezone.now())
        self.work()
        self.words.silent = False

    # ── the house ─────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule()
    def jobs_run(self) -> None:
        self.work()

    @when(there(lambda: Case.objects.filter(status__in=["opened", "waiting", "second_wanted"])))
    @rule(number=pick, outcome=st.sampled_from(["approve", "approve", "fix", "refuse"]), alone=st.booleans())
    def people_decide(self, number: int, outcome: str, alone: bool) -> None:
        self.work()
        case = self.one(Case.objects.filter(status__in=["waiting", "second_wanted"]), number)
        if case:
            self.judge(case, outcome, *self.panel(case)[: 1 if alone else 2])

    @when(there(lambda: Case.objects.filter(status__in=["opened", "waiting"])))
    @rule(number=pick)
    def people_differ(self, number: int) -> None:
        """Two reviewers say the opposite, a senior auditor decides for the second."""
        self.work()
        case = self.one(Case.objects.filter(status="waiting"), number)
        if case:
            first, second = self.panel(case)[:2]
            self.judge(case, "approve", first)
            self.judge(case, "refuse", second, self.cast.xu)

    def panel(self, case: Case) -> list[User]:
        """Reviewers who have had no part in the case, as many as an appeal of an appeal needs."""
        cast = self.cast
        excluded = {*case.reviewers, *case.exclusions.values_list("user", flat=True)}
        return [
            user for user in (cast.zhao, cast.qian, cast.tang, cast.cao, cast.jiang, cast.xu) if user.pk not in excluded
        ]

    def judge(self, case: Case, outcome: str, *reviewers: User) -> None:
        refused = {"fix": "unreadable", "refuse": "forged_paper"}.get(outcome)
        facts = {"withdrawal": "bills", "campaign": "diagnosis"}
        code = facts.get(case.subject_kind) or f"bill-{self.bill_of(case)}"
        for reviewer in reviewers:
            self.try_to(
                decide_open, case=case, outcome=outcome, reviewer=reviewer, refused={code: refused} if refused else None
            )

    def bill_of(self, case: Case) -> int:
        return Invoice.objects.filter(proof_id=case.object_id).values_list("pk", flat=True)[0]

    @when(there(lambda: Case.objects.filter(status="decided").exclude(outcome="approve")))
    @rule()
    def the_raiser_appeals(self) -> None:
        case = Case.objects.filter(status="decided").exclude(outcome="approve").order_by("-pk").first()
        if case:
            self.try_to(audit.appeal_decision, actor=self.cast.lin, case=case, text="请再看一次。")

    @when(public, lambda _life: not Report.objects.exclude(status__in=["decided", "dismissed"]).exists())
    @rule(evidence=st.booleans())
    def somebody_reports(self, evidence: bool) -> None:
        if not self.now().is_public:
            return
        filed = self.try_to(
            audit.file_report, actor=None, subject_kind="campaign", object_id=self.campaign.pk, category="assets",
            text="他家在老城还有一间铺面出租。", contact=f"{self.key()}@example.cn", good_faith=True,
            client_ip=f"10.0.0.{self.serial % 250}", form_key=self.key(),
        )  # fmt: skip
        if filed:
            report = audit.acknowledge_report(actor=self.cast.feng, report=filed[0])
            audit.triage_report(
                actor=self.cast.feng,
                report=report,
                credible=True,
                preliminary_evidence=evidence,
                summary="铺面没有写。",
            )

    @when(there(lambda: Report.objects.exclude(status__in=["decided", "dismissed"])))
    @rule(number=pick, what=st.sampled_from(["investigate", "clear", "propose", "confirm", "differ", "dismiss"]))
    def officers_act(self, number: int, what: str) -> None:
        report = self.one(Report.objects.exclude(status__in=["decided", "dismissed"]), number)
        if report is None:
            return
        self.officer(report, what)

    def officer(self, report: Report, what: str) -> None:
        feng, senior = self.cast.feng, self.cast.qian
        acts: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
            "investigate": (audit.investigate_report, {"actor": feng}),
            "clear": (audit.clear_report, {"actor": feng, "finding": "铺面是租来的。"}),
            "propose": (audit.propose_proved, {"actor": feng, "finding": "铺面属实。"}),
            "confirm": (audit.confirm_proved, {"actor": senior}),
            "differ": (audit.differ_on_report, {"actor": senior, "reason": "证据不足。"}),
            "dismiss": (audit.dismiss_report, {"actor": feng, "finding": "没有可查之处。"}),
        }
        act, values = acts[what]
        self.try_to(act, report=report, **values)

    @when(public)
    @rule(what=st.sampled_from(["stop", "propose", "propose", "keep", "lift", "lift"]))
    def risk_acts(self, what: str) -> None:
        stop = HardStop.objects.exclude(status="lifted").first()
        if what == "stop" and self.now().is_public:
            values = {"subject_kind": "campaign", "object_id": self.campaign.pk, "evidence": "病历像是改过的。"}
            self.try_to(audit.hard_stop, actor=self.cast.xu, **values)
        elif stop and what == "propose":
            self.try_to(audit.propose_lift, actor=self.cast.xu, stop=stop, reason="核实无误")
        elif stop and what == "keep":
            self.try_to(audit.keep_stop, actor=self.cast.qian, stop=stop, reason="再看看")
        elif stop and what == "lift":
            self.try_to(audit.lift_stop, actor=self.cast.qian, stop=stop)

    @when(there(lambda: Objection.objects.filter(status="open")))
    @rule(number=pick, justified=st.booleans())
    def somebody_answers_the_objection(self, number: int, justified: bool) -> None:
        row = self.one(Objection.objects.filter(status="open"), number)
        if row:
            self.try_to(
                withdrawals.answer_objection,
                actor=self.cast.zhao,
                objection=row,
                justified=justified,
                answer="已核对。",
            )

    @when(there(lambda: Payout.objects.filter(status__in=["ready", "prepared", "returned"])))
    @rule(
        number=pick,
        what=st.sampled_from(["prepare", "prepare", "approve", "approve", "reject", "same person", "call off"]),
    )
    def finance_pays(self, number: int, what: str) -> None:
        row = self.one(Payout.objects.filter(status__in=["ready", "prepared", "returned"]), number)
        if row is None:
            return
        if what == "prepare":
            self.try_to(payouts.prepare_payout, actor=self.cast.zhou, payout=row)
        elif what == "reject":
            self.try_to(payouts.reject_payout, actor=self.cast.he, payout=row, reason="账号不对")
        elif what == "call off":
            self.try_to(payouts.call_off_payouts, actor=self.cast.he, withdrawal=row.withdrawal, reason="账号已注销")
        else:
            actor = self.cast.he if what == "approve" else self.cast.zhou
            done = self.try_to(payouts.approve_payout, actor=actor, payout=row)
            if done:
                assert what == "approve"
                assert self.now().status != "frozen"

    @when(there(lambda: Refund.objects.filter(status="failed")))
    @rule(number=pick, what=st.sampled_from(["retry", "drop"]))
    def finance_looks_at_failed_refunds(self, number: int, what: str) -> None:
        row = self.one(Refund.objects.filter(status="failed").exclude(reason__in=["surplus", "stopped"]), number)
        if row and what == "retry":
            self.try_to(payments.retry_refund, actor=self.cast.zhou, refund=row)
        elif row:
            self.try_to(payments.drop_refund, actor=self.cast.zhou, refund=row, reason="渠道账户已销户")

    @when(public, lambda self: self.campaign.status not in ("published", "paused"))
    @rule(what=st.sampled_from(["propose", "propose", "approve", "reject", "same person"]))
    def finance_closes(self, what: str) -> None:
        row = Settlement.objects.filter(status="proposed").first()
        if what == "propose":
            self.try_to(closing.propose_settlement, actor=self.cast.zhou, campaign=self.now())
        elif row and what == "reject":
            self.try_to(closing.reject_settlement, actor=self.cast.he, settlement=row, reason="再核对")
        elif row:
            actor = self.cast.he if what == "approve" else self.cast.zhou
            done = self.try_to(closing.approve_settlement, actor=actor, settlement=row)
            assert not done or what == "approve"

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def teardown(self) -> None:
        try:
            if self.campaign.pk:
                self.wind_up()
                connection.check_constraints()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.ground.__exit__(None, None, None)

    def wind_up(self) -> None:
        """Everybody does their part. Whatever happened before, the life comes to an end and every fen is accounted for."""
        for _round in range(60):
            if self.now().status in OVER and not self.unfinished():
                break
            self.be_reasonable()
            assert broken(*AFTER_EACH_STEP) == []
        else:
            raise AssertionError(
                f"no way on from {self.now().status}: {self.unfinished()}, {closing.obstacles(self.campaign)}"
            )
        state = money([self.campaign.pk])[self.campaign.pk]
        assert (state.available, state.held, state.refunding) == (0, 0, 0), state
        for chain in (TRAIL, BOOKS_CHAIN):
            chain.seal()
        assert broken() == []

    def unfinished(self) -> dict[str, list[Any]]:
        rows = {
            "refunds": Refund.objects.exclude(status__in=["done", "dropped"]),
            "payments": Payment.objects.filter(status__in=["created", "pending"]),
            "withdrawals": Withdrawal.objects.exclude(status__in=["paid", "refused", "cancelled"]),
            "cases": Case.objects.exclude(status__in=["decided", "closed"]),
            "stops": HardStop.objects.exclude(status="lifted"),
            "reports": Report.objects.exclude(status__in=["decided", "dismissed"]),
            "settlements": Settlement.objects.filter(status__in=["proposed", "refunding"]),
        }
        return {name: list(found.values_list("pk", "status")) for name, found in rows.items() if found.exists()}

    def be_reasonable(self) -> None:
        self.words.silent = False
        self.traveller.shift(timedelta(hours=30))
        for payment in Payment.objects.filter(status__in=["created", "pending"]):
            self.words.closed(payment)
        jobs.start_recurring(timezone.now())
        self.work()
        self.the_outside_is_kind()
        self.nothing_is_in_doubt()
        for case in Case.objects.filter(status__in=["waiting", "second_wanted", "senior_wanted"]):
            self.judge(case, "approve", *self.panel(case))
        self.money_goes_out()
        self.the_raiser_is_done()
        self.try_to(closing.propose_settlement, actor=self.cast.zhou, campaign=self.now())
        for row in Settlement.objects.filter(status="proposed"):
            if self.try_to(closing.approve_settlement, actor=self.cast.he, settlement=row) is None:
                self.try_to(closing.reject_settlement, actor=self.cast.he, settlement=row, reason="金额变了")
        self.work()
        self.the_outside_is_kind()

    def the_outside_is_kind(self) -> None:
        for row in Refund.objects.filter(status="failed"):
            if self.try_to(payments.retry_refund, actor=self.cast.zhou, refund=row) is None:
                # The money was withdrawn meanwhile: what is left goes back at the closing.
                self.try_to(payments.drop_refund, actor=self.cast.zhou, refund=row, reason="已用于治疗")
        for payment in Payment.objects.filter(status="suspended"):
            self.try_to(payments.return_suspended, actor=self.cast.zhou, payment=payment)
        self.words.settle()
        self.work()
        self.ask_again()
        self.words.refunds_are("done")
        self.words.transfers_are("arrived")
        self.ask_again()
        self.work()

    def nothing_is_in_doubt(self) -> None:
        for report in Report.objects.exclude(status__in=["decided", "dismissed"]):
            for what in ("investigate", "clear", "confirm"):
                report.refresh_from_db()
                self.officer(report, what)
        for stop in HardStop.objects.exclude(status="lifted"):
            self.try_to(audit.propose_lift, actor=self.cast.xu, stop=stop, reason="核实无误")
            self.try_to(audit.lift_stop, actor=self.cast.qian, stop=stop)
        for row in Objection.objects.filter(status="open"):
            self.try_to(
                withdrawals.answer_objection, actor=self.cast.zhao, objection=row, justified=False, answer="已核对。"
            )

    def money_goes_out(self) -> None:
        if self.now().end_reason == "stopped":
            self.nothing_more_is_paid()
        for row in Withdrawal.objects.filter(status="fix_needed"):
            self.try_to(withdrawals.cancel_withdrawal, actor=self.cast.lin, withdrawal=row)
        for row in Payout.objects.filter(status__in=["ready", "returned"]):
            self.try_to(payouts.prepare_payout, actor=self.cast.zhou, payout=row)
        for row in Payout.objects.filter(status="prepared"):
            self.try_to(payouts.approve_payout, actor=self.cast.he, payout=row)
        for duty in Obligation.objects.exclude(status="proved"):
            self.hand_in_bills(duty, duty.amount)

    def nothing_more_is_paid(self) -> None:
        """Of a stopped request: somebody objects to what is in notice, finance calls off what was approved."""
        for row in Withdrawal.objects.filter(status__in=["notice", "objected"]):
            objection = withdrawals.file_objection(actor=self.cast.sun, withdrawal=row, text="已经停止的求助。")
            withdrawals.answer_objection(actor=self.cast.zhao, objection=objection, justified=True, answer="属实。")
        for row in Withdrawal.objects.filter(status="approved"):
            payouts.call_off_payouts(actor=self.cast.zhou, withdrawal=row, reason="求助已停止")

    def the_raiser_is_done(self) -> None:
        lin, campaign = self.cast.lin, self.now()
        if campaign.status in ("draft", "fix_needed"):
            self.try_to(services.discard_draft, actor=lin, campaign=campaign)
        elif campaign.status in ("published", "paused"):
            self.try_to(services.end_campaign, actor=lin, campaign=campaign, why="raiser")


def decide_open(*, case: Case, outcome: str, reviewer: User, refused: dict[str, str] | None) -> None:
    decide(case, outcome, reviewer, refused=refused)


def payments_under_way() -> list[int]:
    return list(Transfer.objects.filter(status__in=["requested", "sent"]).values_list("pk", flat=True))


def fill_the_bench(cast: Any) -> None:
    """Whoever decides when two reviewers differ must be a third person, and whoever hears an appeal a new one."""
    RoleGrant.objects.create(user=cast.xu, role=Role.SENIOR_AUDITOR)
    for user in (cast.tang, cast.cao, cast.jiang):
        RoleGrant.objects.create(user=user, role=Role.AUDITOR)
