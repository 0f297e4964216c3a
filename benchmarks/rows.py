"""Rows by the hundred thousand, in the shape that the services leave them in, without going through the services.

Each function writes `number` rows of one thing with `bulk_create`, on any engine, and returns them. Everybody and everything in
them is invented. `Maker(seed)` makes the same rows for the same seed.
"""

import hashlib
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Consent, RoleGrant, User
from audit.models import Case, Report
from blacklist.models import Entry as Listing
from campaigns.finding import search_text
from campaigns.models import (
    AssetDeclaration,
    Attestation,
    Campaign,
    CampaignVersion,
    CostLine,
    Donation,
    Payee,
    Update,
    UpdatePhoto,
)
from campaigns.models import Paper as CampaignPaper
from campaigns.papers import PHOTO
from campaigns.rules import CODE_ALPHABET, CODE_LENGTH
from campaigns.services.people import scope_of
from campaigns.taxonomy import Disease
from core.models import Job
from disclosures.models import Invoice, Objection, Obligation, Payout, Proof, Withdrawal
from documents.models import Document, PublicCopy
from identity.models import BankAccount, Person
from ledger import chart
from ledger.models import Account
from notices.models import Notice
from partners.models import Hospital
from partners.taxonomy import Level
from payments.models import Payment, Refund, Transfer

BATCH = 2000
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "建国志强秀英桂兰海燕晓梅思远文静子涵雨桐浩然欣怡春花德明永福玉珍金凤"
PROVINCES = [(f"99{number:02d}00", f"第{number}省") for number in range(20)]
_WORDS = """
爸爸 妈妈 孩子 女儿 儿子 丈夫 妻子 老师 工地 田里 学校
退休 确诊 白血病 淋巴瘤 尿毒症 肺癌 骨髓移植 化疗 手术 押金 重症监护
透析 靶向药 医保 报销 借遍亲戚 恳请 帮助 票据 公开 感谢 坚持
回家 希望 春天 县医院 省城 高烧 贫血 复查 出院 康复 车祸
烧伤 早产 心脏 肾移植 肝硬化 脑瘤 抑郁 奶奶 爷爷 外婆 双胞胎
助学 低保 乡村 小店 送外卖 司机 护士 厂里 打工 房贷 债务
"""
WORDS = _WORDS.split()
# What a platform looks like after some years: most requests are over.
STATUSES = ["published"] * 30 + ["paused", "frozen", "settling", "draft", "refused"] + ["ended"] * 5 + ["closed"] * 60


def digest(*parts: object) -> str:
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


class Maker:
    def __init__(self, seed: int = 1, now: datetime | None = None) -> None:
        self.random = random.Random(seed)
        self.now = now or timezone.now()
        self.seed = seed
        self.count = 0

    # --- Who ------------------------------------------------------------------------------------------------------------
    def _unique(self) -> int:
        self.count += 1
        return self.count

    def _name(self) -> str:
        first = self.random.randrange(len(GIVEN) // 2) * 2
        return self.random.choice(SURNAMES) + GIVEN[first : first + 2]

    def _before(self, days: float) -> datetime:
        return self.now - timedelta(days=self.random.random() * days)

    def users(self, number: int, *, role: str = "") -> list[User]:
        rows = [User(email=f"b{self.seed}-{self._unique()}@candor.invalid", name=self._name()) for _ in range(number)]
        made = User.objects.bulk_create(rows, BATCH)
        if role:
            RoleGrant.objects.bulk_create((RoleGrant(user=user, role=role) for user in made), BATCH)
        return made

    def persons(self, number: int) -> list[Person]:
        rows = []
        for _row in range(number):
            serial = self._unique()
            rows.append(
                Person(
                    name=self._name(),
                    id_number=f"99010119{self.random.randrange(40, 99)}0101{serial % 10_000:04d}",
                    id_index=digest("person", self.seed, serial),
                    birth_date=date(self.random.randrange(1940, 2020), 1, 1),
                    sex=self.random.choice("MF"),
                )
            )
        return Person.objects.bulk_create(rows, BATCH)

    def hospitals(self, number: int) -> list[Hospital]:
        rows = []
        for _row in range(number):
            serial = self._unique()
            code, province = PROVINCES[min(int(self.random.expovariate(0.3)), len(PROVINCES) - 1)]
            rows.append(
                Hospital(
                    code=f"B{self.seed}X{serial}", name=f"{province}第{serial}人民医院", level=Level.values[0],
                    province_code=code, province=province, city=f"{province}市",
                )
            )  # fmt: skip
        return Hospital.objects.bulk_create(rows, BATCH)

    # --- What they ask for ----------------------------------------------------------------------------------------------
    def _text(self, words: int) -> str:
        return "，".join(self.random.choice(WORDS) for _ in range(words)) + "。"

    def campaigns(
        self, number: int, *, raisers: Sequence[User], hospitals: Sequence[Hospital], statuses: Sequence[str] = STATUSES
    ) -> list[Campaign]:
        """With what their cards and pages show: patient, consent, costs, declaration; no gifts."""
        rows = []
        for index, patient in enumerate(self.persons(number)):
            status = self.random.choice(statuses)
            over = status in ("ended", "settling", "closed")
            published = self._before(30 if status == "published" else 1500)
            hospital = self.random.choice(hospitals)
            row = Campaign(
                code="".join(self.random.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)),
                status=status, raiser=raisers[index % len(raisers)], raiser_person=patient, patient=patient,
                relation="self", disease=self.random.choice(Disease.values), diagnosis=self.random.choice(WORDS),
                hospital=hospital, place=hospital.province_code, title=self._text(2)[:60], story_who=self._text(12),
                story_illness=self._text(12), story_call=self._text(8), target=self.random.randrange(2, 40) * 1_000_000,
                spent=500_000, insurance_pays=0, aid_pays=0, own_means=0, version=1, published_at=published,
                needed_by=(self.now + timedelta(days=self.random.randrange(-20, 60))).date(),
                ends_at=published + timedelta(days=30), ended_at=published + timedelta(days=20) if over else None,
                end_reason="expiry" if over else "", progress_ppm=self.random.randrange(101) * 10_000,
            )  # fmt: skip
            row.search_text = search_text(row)
            rows.append(row)
        made = Campaign.objects.bulk_create(rows, BATCH)
        Consent.objects.bulk_create(
            (
                Consent(
                    user_id=row.raiser_id, purpose="publish_story", scope=scope_of(row), given=True,
                    text_version="2026-11a", text_sha256="0" * 64, language="zh-hans",
                )
                for row in made
            ),
            BATCH,
        )  # fmt: skip
        CostLine.objects.bulk_create(
            (CostLine(campaign=row, position=0, what="造血干细胞移植", amount=row.target) for row in made), BATCH
        )
        CampaignVersion.objects.bulk_create(
            (CampaignVersion(campaign=row, number=1, snapshot={"version": 1}, facts=[]) for row in made), BATCH
        )
        AssetDeclaration.objects.bulk_create(
            (AssetDeclaration(campaign=row, number=1, answers={}, declared_by_id=row.raiser_id) for row in made), BATCH
        )
        return made

    def payees(self, campaigns: Sequence[Campaign]) -> list[Payee]:
        """The patient's own account, verified."""
        accounts = BankAccount.objects.bulk_create(
            (
                BankAccount(
                    person_id=row.patient_id,
                    number="6222000000000000",
                    number_index=digest("card", row.pk),
                    bank="云州银行",
                )
                for row in campaigns
            ),
            BATCH,
        )
        rows = (
            Payee(campaign=row, relation="self", person_id=row.patient_id, account=account, status="verified")
            for row, account in zip(campaigns, accounts, strict=True)
        )
        return Payee.objects.bulk_create(rows, BATCH)

    def photos(self, campaigns: Sequence[Campaign]) -> list[Document]:
        """One public photo each."""
        documents = self.documents([row.raiser_id for row in campaigns], "photo", scope=scope_of)
        CampaignPaper.objects.bulk_create(
            (
                CampaignPaper(campaign=row, slot=PHOTO, document=document, added_by_id=row.raiser_id)
                for row, document in zip(campaigns, documents, strict=True)
            ),
            BATCH,
        )
        return documents

    def documents(self, owners: Sequence[int], kind: str, scope: Any = None) -> list[Document]:
        """With a live public copy each."""
        rows = [
            Document(
                owner_id=owner,
                kind=kind,
                sha256=digest("file", self.seed, self._unique()),
                mime="image/jpeg",
                bytes=1,
                pages=1,
            )
            for owner in owners
        ]
        made = Document.objects.bulk_create(rows, BATCH)
        PublicCopy.objects.bulk_create(
            (
                PublicCopy(
                    document=row, token=digest("copy", row.sha256)[:40], sha256=row.sha256, created_by_id=row.owner_id,
                    consent="publish_story" if kind == "photo" else "publish_documents",
                )
                for row in made
            ),
            BATCH,
        )  # fmt: skip
        return made

    # --- What is given --------------------------------------------------------------------------------------------------
    def gifts(
        self, number: int, *, campaigns: Sequence[Campaign], donors: Sequence[User], status: str = "paid"
    ) -> list[Donation]:
        """Donations with their payments; the books are a matter of `SQL.books`."""
        payments = self.payments(number, payers=donors, status="paid")
        rows = [
            Donation(
                campaign=self.random.choice(campaigns), donor_id=payment.actor_id, payment=payment, amount=payment.amount,
                message=self._text(2), anonymous=self.random.random() < 0.2, status=status, key=f"gift:{payment.key}",
                paid_at=payment.paid_at, created_at=payment.created_at,
            )
            for payment in payments
        ]  # fmt: skip
        return Donation.objects.bulk_create(rows, BATCH)

    def payments(self, number: int, *, payers: Sequence[User], status: str = "") -> list[Payment]:
        rows = []
        for _row in range(number):
            serial, at = self._unique(), self._before(900)
            state = status or self.random.choice(["paid"] * 90 + ["closed"] * 5 + ["expired"] * 4 + ["pending"])
            amount = self.random.choice([2000, 5000, 10_000, 20_000, 50_000])
            rows.append(
                Payment(
                    token=digest("token", self.seed, serial)[:22], out_trade_no="D" + digest("no", self.seed, serial)[:24],
                    key=f"bench:{self.seed}:{serial}", actor=self.random.choice(payers), purpose="donation", ref=f"{serial}",
                    subject="个人求助", amount=amount, credit_account="camp:1:available", channel="sandbox",
                    return_url="/", status=state, received=amount if state == "paid" else None,
                    created_at=at, expires_at=at + timedelta(minutes=30), paid_at=at if state == "paid" else None,
                )
            )  # fmt: skip
        return Payment.objects.bulk_create(rows, BATCH)

    def refunds(self, payments: Sequence[Payment], from_account: str = "") -> list[Refund]:
        rows = (
            Refund(
                payment=payment, key=f"bench:{payment.key}", refund_no="R" + digest("refund", payment.key)[:24], amount=100,
                from_account=from_account or chart.available(index % 1000 + 1), reason="退回",
                status=self.random.choice(["done"] * 95 + ["sent"] * 3 + ["failed", "requested"]),
                requested_at=payment.created_at,
            )
            for index, payment in enumerate(payments)
        )  # fmt: skip
        return Refund.objects.bulk_create(rows, BATCH)

    def transfers(self, number: int) -> list[Transfer]:
        rows = []
        for _row in range(number):
            serial = self._unique()
            state = self.random.choice(["arrived"] * 95 + ["sent"] * 3 + ["returned", "requested"])
            rows.append(
                Transfer(
                    key=f"bench:{self.seed}:{serial}", transfer_no="T" + digest("transfer", self.seed, serial)[:24],
                    purpose="payout", ref=f"{serial}", amount=100_000, from_account="camp:1:held", payee_kind="person",
                    payee_name="王建国", payee_bank="云州银行", payee_account="6222000000000000", remark="Candor", status=state,
                )
            )  # fmt: skip
        return Transfer.objects.bulk_create(rows, BATCH)

    # --- What is said ---------------------------------------------------------------------------------------------------
    def updates(self, campaign: Campaign, number: int) -> list[Update]:
        """News with one public picture each."""
        made = Update.objects.bulk_create(
            (
                Update(
                    campaign=campaign, author_id=campaign.raiser_id, text=self._text(8), key=f"news:{self._unique()}"
                )
                for _ in range(number)
            ),
            BATCH,
        )
        documents = self.documents([campaign.raiser_id] * number, "photo")
        UpdatePhoto.objects.bulk_create(
            UpdatePhoto(update=row, document=document) for row, document in zip(made, documents, strict=True)
        )
        return made

    def attestations(self, campaign: Campaign, number: int) -> list[Attestation]:
        rows = (
            Attestation(
                campaign=campaign,
                person=person,
                user=user,
                relation="friend",
                text="情况属实。",
                notice_sha256="0" * 64,
            )
            for person, user in zip(self.persons(number), self.users(number), strict=True)
        )
        return Attestation.objects.bulk_create(rows, BATCH)

    def withdrawals(
        self, campaign: Campaign, number: int, *, payee: Payee, officers: tuple[User, User], state: str = "arrived"
    ) -> list[Withdrawal]:
        """Paid ones: a payout each in `state`, and where it has arrived a proved duty with its bill, an answered objection."""
        made = Withdrawal.objects.bulk_create(
            (
                Withdrawal(
                    campaign=campaign, requested_by_id=campaign.raiser_id, key=f"bench:{self.seed}:{self._unique()}",
                    amount=100_000, purpose="surgery", explanation="手术押金", payee=payee, status="paid",
                )
                for _ in range(number)
            ),
            BATCH,
        )  # fmt: skip
        first, second = officers
        approved = second if state in ("sent", "arrived", "returned") else None
        payouts = Payout.objects.bulk_create(
            (
                Payout(
                    withdrawal=row, number=1, amount=row.amount, status=state, prepared_by=first, approved_by=approved
                )
                for row in made
            ),
            BATCH,
        )
        if state == "arrived":
            self._proofs(campaign, payouts)
        Objection.objects.bulk_create(
            (Objection(withdrawal=row, text="请说明。", status="dismissed", answer="已核实。") for row in made), BATCH
        )
        return made

    def _proofs(self, campaign: Campaign, payouts: Sequence[Payout]) -> None:
        today = self.now.date()
        duties = Obligation.objects.bulk_create(
            (
                Obligation(
                    payout=row,
                    campaign=campaign,
                    amount=row.amount,
                    proved_amount=row.amount,
                    due_on=today,
                    status="proved",
                )
                for row in payouts
            ),
            BATCH,
        )
        proofs = Proof.objects.bulk_create(
            (
                Proof(obligation=row, submitted_by_id=campaign.raiser_id, key=f"bench:{row.pk}", status="accepted")
                for row in duties
            ),
            BATCH,
        )
        papers = self.documents([campaign.raiser_id] * len(proofs), "invoice")
        Invoice.objects.bulk_create(
            (
                Invoice(
                    proof=row, code="13990126", number=f"{self._unique():08d}", issued_on=today, amount=1000,
                    issuer="云州市第一人民医院", document=paper,
                )
                for row, paper in zip(proofs, papers, strict=True)
            ),
            BATCH,
        )  # fmt: skip

    # --- What people at the platform work on ----------------------------------------------------------------------------
    def cases(self, number: int, *, owners: Sequence[User], status: str = "") -> list[Case]:
        """About things that need not exist: the queue shows only what stands in the case itself."""
        rows = []
        for _row in range(number):
            serial, at = self._unique(), self._before(40)
            urgent = self.random.random() < 0.1
            state = status or self.random.choice(
                ["waiting"] * 94 + ["second_wanted"] * 3 + ["opened", "on_hold", "closed"]
            )
            rows.append(
                Case(
                    subject_kind=self.random.choice(["campaign"] * 7 + ["withdrawal", "use_proof"]), object_id=10**9 + serial,
                    subject_version="1", status=state, title=f"{self._name()[0]}** · {self._text(2)}", urgent=urgent,
                    kind=self.random.choice([*["submission"] * 6, "withdrawal", "use_proof", "report", "alarm"]),
                    owner=self.random.choice(owners),
                    opened_at=at, rank_at=at - timedelta(hours=48 if urgent else 0), due_at=at + timedelta(hours=48),
                    band=self.random.choice(["fast"] * 8 + ["standard", "enhanced"]), score=0,
                )
            )  # fmt: skip
        return Case.objects.bulk_create(rows, BATCH)

    def reports(self, number: int, *, handler: User) -> list[Report]:
        rows = []
        for _row in range(number):
            serial, at = self._unique(), self._before(400)
            state = self.random.choice(
                ["decided"] * 60 + ["dismissed"] * 30 + ["received", "triaged", "investigating"] * 3
            )
            over = state in ("decided", "dismissed")
            rows.append(
                Report(
                    number=f"B{self.seed}{serial:010d}"[:16], secret_index=digest("secret", serial), subject_kind="campaign",
                    object_id=10**9 + serial, subject_title=self._text(2), category="illness", text="情况不符",
                    reporter_key=digest("reporter", serial), origin_key=digest("origin", serial), form_key=f"{serial}",
                    good_faith=True, status=state, received_at=at, handler=handler,
                    due_at=None if over else at + timedelta(days=3),
                    outcome="unproved" if state == "decided" else "", decided_by=handler if state == "decided" else None,
                )
            )  # fmt: skip
        return Report.objects.bulk_create(rows, BATCH)

    def jobs(self, number: int) -> list[Job]:
        rows = []
        for _row in range(number):
            serial, at = self._unique(), self._before(90)
            state = self.random.choice(["done"] * 97 + ["waiting", "running", "poison"])
            rows.append(
                Job(
                    kind=f"room.kind_{int(self.random.expovariate(0.2)) % 40}", key=f"bench:{self.seed}:{serial}", status=state,
                    run_after=at, created_at=at, finished_at=at if state == "done" else None,
                )
            )  # fmt: skip
        return Job.objects.bulk_create(rows, BATCH)

    def notices(self, number: int, *, users: Sequence[User], code: str) -> list[Notice]:
        rows = (
            Notice(
                user=self.random.choice(users), code=code, key=f"bench:{self.seed}:{self._unique()}", params={"title": "求助"},
                url="/", created_at=self._before(300), read_at=None if self.random.random() < 0.3 else self.now,
            )
            for _ in range(number)
        )  # fmt: skip
        return Notice.objects.bulk_create(rows, BATCH)

    def listings(self, number: int, *, proposer: User, approver: User) -> list[Listing]:
        """Of the blacklist, most of them in force."""
        rows = []
        for person in self.persons(number):
            state = self.random.choice(["entered"] * 85 + ["expired"] * 10 + ["notified", "proposed", "lifted"])
            rows.append(
                Listing(
                    person=person, ground="forged", severity="serious", campaign_ref="", summary="伪造病历。", status=state,
                    proposed_by=proposer, approved_by=None if state == "proposed" else approver,
                    entered_at=self._before(1000) if state in ("entered", "expired", "lifted") else None,
                )
            )  # fmt: skip
        return Listing.objects.bulk_create(rows, BATCH)


def accounts_of(campaigns: Sequence[Campaign]) -> list[Account]:
    """The two accounts of each campaign, opened."""
    codes = [code for row in campaigns for code in chart.campaign_codes(row.pk)]
    return Account.objects.bulk_create(
        (
            Account(code=code, family=chart.family(code), kind=chart.spec(code).kind, guarded=chart.spec(code).guarded)
            for code in codes
        ),
        BATCH,
    )
