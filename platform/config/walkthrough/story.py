"""The story: Lin asks for help for her father, Chen gives, Zhao and Qian review, Zhou and He pay, the books close at zero.

Each step says what it checked. It plays against any running Candor in sandbox mode, as often as one likes: the patient is a
newly invented person each time, everybody else is of the named cast.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import requests

from config.demo.cast import PEOPLE as CAST
from config.demo.drawings import landscape
from config.demo.family import BANK, Party, draw
from config.demo.hospitals import rows
from config.demo.people import PEOPLE, make_card, make_id_number
from config.demo.stories import STORIES
from config.walkthrough.client import TIMEOUT, Broken, Person, wait_for
from documents.kinds import Kind

TARGET = 6_000_000
GIFT = 4_500_000
WITHDRAWN = 3_000_000
STORY = STORIES[0]


@dataclass
class Story:
    """`steps` grows as the story is told: name, what was checked, seconds."""

    base_url: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    code: str = ""

    def tell(self, say: Callable[[str], object]) -> None:
        """Play everything; raises Broken at the first step that does not hold."""
        for name, step in (
            ("sign in", self.sign_in),
            ("shorten the notice", self.shorten_notice),
            ("ask for help", self.ask_for_help),
            ("hand in and review", self.review),
            ("attest", self.attest),
            ("give", self.give),
            ("tell how it goes", self.update),
            ("withdraw", self.withdraw),
            ("public notice and payment", self.pay_out),
            ("prove", self.prove),
            ("end and close the books", self.close),
            ("restore the notice", self.restore_notice),
        ):
            started = time.monotonic()
            checked = step()
            self.steps.append({"step": name, "checked": checked, "seconds": round(time.monotonic() - started, 2)})
            say(f"{name}: {checked} ({self.steps[-1]['seconds']} s)")

    def who(self, key: str) -> Person:
        return self.people[key]

    def sign_in(self) -> str:
        for key in ("lin", "chen", "sun", "zhao", "qian", "zhou", "he", "wu"):
            name, phone, _email, _roles = CAST[key]
            person = Person(self.base_url, name, phone)
            person.sign_in()
            self.people[key] = person
        return f"{len(self.people)} people by phone code, staff with a second factor"

    # --- The public notice lasts a day; two administrators shorten it for the story and restore it afterwards ----------
    def shorten_notice(self) -> str:
        self._set_notice(0)
        return "two administrators set withdraw.notice_hours to 0"

    def restore_notice(self) -> str:
        self._set_notice(24)
        return "two administrators set it back to 24"

    def _set_notice(self, hours: int) -> None:
        change = self.who("wu").post(
            "/parameters/changes/", {"key": "withdraw.notice_hours", "text": f"{hours}", "reason": "walkthrough"}
        )
        self.who("he").post(f"/parameters/changes/{change['id']}/approve/")
        time.sleep(6)  # other processes learn of a changed parameter within a few seconds

    # --- Asking ---------------------------------------------------------------------------------------------------------
    def ask_for_help(self) -> str:
        lin, me = self.who("lin"), PEOPLE["lin"]
        self.patient = self._invent_patient()
        draft = lin.post("/drafts/")
        self.code = draft["code"]
        register = next(rows())
        hospital, self.hospital = register["code"], register["name"]
        steps: list[tuple[str, dict[str, Any]]] = [
            ("you", {"name": me.name, "id_number": me.id_number, "agreed": True}),
            ("relation", {"relation": "child"}),
            ("patient", {"name": self.patient.name, "id_number": self.patient.id_number}),
            ("illness", {"disease": "leukemia", "diagnosis": STORY.diagnosis, "diagnosed_on": self._day(-20)}),
            ("hospital", {"hospital": hospital, "department": "血液科", "inpatient_no": f"ZY{secrets.token_hex(4)}"}),
            ("costs", {"lines": [{"what": "造血干细胞移植", "amount": TARGET + 2_000_000}], "spent": 1_000_000}),
            ("cover", {"insurance": 1_500_000, "aid": 0, "own": 500_000}),
            ("story", {"part": "who", "text": f"{STORY.story_who}编号{secrets.token_hex(3)}。"}),
            ("story", {"part": "illness", "text": STORY.story_illness}),
            ("story", {"part": "call", "text": STORY.story_call}),
            ("title", {"title": f"爸爸教了三十年书 {secrets.token_hex(3)}"}),
            *(("means", {"question": question, "values": values}) for question, values in _MEANS.items()),
            ("payee", {"relation": "child", "name": me.name, "id_number": me.id_number, "account_number": me.card,
                       "bank": BANK, "phone": me.phone}),
        ]  # fmt: skip
        for step, body in steps:
            lin.ask("PUT", f"/api/v1/drafts/{self.code}/steps/{step}/", json=body)
        self._add_papers(lin)
        consents = {"sensitive": True, "story": True, "documents": True}
        lin.ask("PUT", f"/api/v1/drafts/{self.code}/steps/consents/", json=consents)
        self._sign(lin)
        ready = lin.get(f"/drafts/{self.code}/")
        missing = [step["code"] for step in ready["steps"] if step["state"] == "missing"]
        self._same("open steps", missing, [])
        self._same("target", ready["target"], TARGET)
        return f"request {self.code}, target {TARGET} fen from the estimate"

    def _invent_patient(self) -> Party:
        number = secrets.randbelow(20_000)
        born = date(1950, 1, 1) + timedelta(days=number)
        return Party(
            "王建国", make_id_number(born, 1 + 2 * secrets.randbelow(400)), make_card(50_000 + number), "17000000002"
        )

    @staticmethod
    def _day(days: int) -> str:
        return (date.today() + timedelta(days=days)).isoformat()

    def _add_papers(self, lin: Person) -> None:
        me = PEOPLE["lin"]
        lin_party = Party(me.name, me.id_number, me.card, me.phone)
        slots = [
            ("raiser_id", Kind.ID_FRONT, lin_party), ("raiser_id", Kind.ID_BACK, lin_party),
            ("patient_id", Kind.ID_FRONT, self.patient), ("patient_id", Kind.ID_BACK, self.patient),
            ("relation", Kind.HOUSEHOLD, self.patient), ("diagnosis", Kind.DIAGNOSIS, self.patient),
            ("inpatient", Kind.ADMISSION, self.patient), ("bills", Kind.BILL, self.patient),
            ("estimate", Kind.ESTIMATE, self.patient), ("payee_card", Kind.BANK_CARD, lin_party),
            ("payee_photo", Kind.PAYEE_PHOTO, lin_party),
        ]  # fmt: skip
        for slot, kind, holder in slots:
            self._attach(lin, slot, lin.upload(kind, self._draw(kind, holder)))
        self._attach(lin, "photo", lin.upload(Kind.PHOTO, landscape(secrets.randbelow(10**6))))

    def _draw(self, kind: str, holder: Party) -> bytes:
        return draw(kind, holder, self.patient, STORY, self.hospital, secrets.token_hex(4))

    def _attach(self, lin: Person, slot: str, document: int) -> None:
        lin.ask("PUT", f"/api/v1/drafts/{self.code}/steps/papers/", json={"slot": slot, "document": document})

    def _sign(self, lin: Person) -> None:
        version = lin.get(f"/drafts/{self.code}/")["promise_version"]
        lin.ask("PUT", f"/api/v1/drafts/{self.code}/steps/promise/", json={"agreed": True, "text_version": version})
        token = lin.post(f"/drafts/{self.code}/ask-patient/")["token"]
        patient = Person(self.base_url, "the patient", "")
        patient.post(
            "/patient-confirmations/",
            {
                "token": token,
                "name": self.patient.name,
                "id_tail": self.patient.id_number[-4:],
                "agreed": True,
                "text_version": version,
            },
        )

    # --- Two verdicts ---------------------------------------------------------------------------------------------------
    def review(self) -> str:
        self.who("lin").post(f"/drafts/{self.code}/submit/")
        self.who("sun").ask("GET", f"/api/v1/campaigns/{self.code}/", expect=(404,))
        reviewers = self._decide("campaign", self.code, "published")
        page = self.who("sun").get(f"/campaigns/{self.code}/")
        self._same("status", page["status"], "published")
        verified = [fact["code"] for fact in page["facts"] if fact["status"] == "verified"]
        if not verified:
            raise Broken("nothing on the page is verified")
        return f"not public before; machine verdict and {reviewers} reviewer(s); {len(verified)} facts verified on the page"

    def _decide(self, kind: str, mark: str, goal: str) -> int:
        """Zhao and, where a second is due, Qian decide the open case of `kind` whose title holds `mark`."""
        done = 0
        for reviewer in (self.who("zhao"), self.who("qian")):
            case = self._wait_case(reviewer, kind, mark, only_if=done > 0)
            if case is None:
                break
            detail = reviewer.post(f"/audit/cases/{case['id']}/claim/")
            facts = [{"code": fact["code"], "result": "verified", "method": "document"} for fact in detail["facts"]]
            body = {"outcome": "approve", "seen_version": case["subject_version"], "facts": facts, "public_order_ok": True,
                    "note": "walkthrough: papers compared, all agree"}  # fmt: skip
            reviewer.post(f"/audit/cases/{case['id']}/decide/", body)
            done += 1
        return done

    def _wait_case(self, reviewer: Person, kind: str, mark: str, *, only_if: bool) -> dict[str, Any] | None:
        def look() -> dict[str, Any] | None:
            rows = reviewer.get("/audit/cases/?page_size=100")["results"]
            mine = [row for row in rows if row["subject_kind"] == kind and mark in row["title"]]
            waiting = [row for row in mine if row["status"] in ("waiting", "second_wanted", "senior_wanted")]
            return waiting[0] if waiting else None

        if not only_if:
            return dict(wait_for(f"a case of {mark} for {reviewer.name}", look, seconds=120))
        with suppress(Broken):
            return dict(wait_for("a second review", look, seconds=4))
        return None

    # --- Giving ---------------------------------------------------------------------------------------------------------
    def attest(self) -> str:
        """Three people who know the family, so that money can be withdrawn before the target is reached."""
        for key in ("chen", "sun", "zhou"):
            person = PEOPLE.get(key) or self._invent_patient()
            body = {"relation": "friend", "text": "认识多年，情况属实，去医院看望过。", "agreed": True,
                    "name": CAST[key][0], "id_number": person.id_number}  # fmt: skip
            self.who(key).post(f"/campaigns/{self.code}/attestations/", body)
        self._same("attested", self.who("lin").get(f"/campaigns/{self.code}/")["attested"], 3)
        return "three people vouch by real name"

    def give(self) -> str:
        guest = Person(self.base_url, "a guest", "")
        body = {
            "amount": GIFT,
            "channel": "sandbox",
            "anonymous": True,
            "message": "早日康复",
            "key": secrets.token_hex(8),
        }
        given = guest.post(f"/campaigns/{self.code}/donations/", body)
        again = guest.post(f"/campaigns/{self.code}/donations/", body)
        self._same("the double click", again["number"], given["number"])
        paid = requests.post(given["pay_url"], data={"action": "pay"}, allow_redirects=False, timeout=TIMEOUT)
        self._same("the channel's page", paid.status_code, 303)
        money = wait_for("the gift in the books", lambda: self._money_if("raised", GIFT))
        self._same("available", money["available"], GIFT)
        row = guest.get(f"/campaigns/{self.code}/donations/")["results"][0]
        self._same("the anonymous name", row["name"], "")
        return f"{GIFT} fen without an account, anonymous, once for two clicks"

    def _money(self) -> dict[str, int]:
        return dict(self.who("lin").get(f"/campaigns/{self.code}/")["money"])

    def _money_if(self, name: str, amount: int) -> dict[str, int] | None:
        money = self._money()
        return money if money[name] == amount else None

    def update(self) -> str:
        body = {"text": "第一阶段治疗顺利，谢谢大家，费用清单会按时公开。", "key": secrets.token_hex(8)}
        self.who("lin").post(f"/campaigns/{self.code}/updates/", body)
        shown = self.who("sun").get(f"/campaigns/{self.code}/updates/")["results"]
        self._same("updates", len(shown), 1)
        return "one update on the page"

    # --- Going out ------------------------------------------------------------------------------------------------------
    def withdraw(self) -> str:
        lin = self.who("lin")
        bill = lin.upload(Kind.BILL, self._draw(Kind.BILL, self.patient))
        body = {
            "amount": WITHDRAWN,
            "purpose": "surgery",
            "explanation": "移植住院押金",
            "bills": [bill],
            "key": secrets.token_hex(8),
        }
        lin.ask("POST", f"/api/v1/campaigns/{self.code}/withdrawals/", json={**body, "amount": GIFT + 1}, expect=(400,))
        made = lin.post(f"/campaigns/{self.code}/withdrawals/", body)
        self._same("the double click", lin.post(f"/campaigns/{self.code}/withdrawals/", body)["id"], made["id"])
        self._same("held", self._money()["held"], WITHDRAWN)
        title = lin.get(f"/campaigns/{self.code}/")["title"]
        reviewers = self._decide("withdrawal", title, "notice")
        return f"{WITHDRAWN} fen held, more than available refused, {reviewers} reviewer(s)"

    def pay_out(self) -> str:
        zhou, he = self.who("zhou"), self.who("he")
        number = 0
        while True:
            payout = wait_for("a payout of this request", self._next_payout, seconds=90)
            if payout["status"] == "done":
                break
            zhou.post(f"/payouts/{payout['id']}/prepare/")
            zhou.ask("POST", f"/api/v1/payouts/{payout['id']}/approve/", expect=(409,))
            he.post(f"/payouts/{payout['id']}/approve/")
            wait_for(
                "the money to arrive", lambda pk=payout["id"]: self._payout(pk)["status"] == "arrived", seconds=120
            )
            number += 1
            self._prove_all()
        money = self._money()
        self._same("paid and fees", money["paid"] + money["fees"], WITHDRAWN)
        self._same("fees", money["fees"], WITHDRAWN * 36_000 // 1_000_000)
        return f"{number} payment(s) by two finance officers, nobody alone; fees {money['fees']} fen"

    def _payouts(self) -> list[dict[str, Any]]:
        shown = self.who("lin").get(f"/campaigns/{self.code}/withdrawals/")
        return [payout for withdrawal in shown for payout in withdrawal["payouts"]]

    def _payout(self, pk: int) -> dict[str, Any]:
        return next(payout for payout in self._payouts() if payout["id"] == pk)

    def _next_payout(self) -> dict[str, Any] | None:
        payouts = self._payouts()
        if payouts and all(payout["status"] == "arrived" for payout in payouts):
            return {"status": "done"}
        return next((payout for payout in payouts if payout["status"] == "ready"), None)

    def prove(self) -> str:
        self._prove_all()
        duties = self._duties()
        self._same("open duties", [duty for duty in duties if duty["status"] != "proved"], [])
        return f"{sum(duty['proved_amount'] for duty in duties)} fen proved by bills in {len(duties)} part(s)"

    def _duties(self) -> list[dict[str, Any]]:
        rows = self.who("lin").get("/obligations/?page_size=100")["results"]
        return [row for row in rows if row["campaign"] == self.code]

    def _prove_all(self) -> None:
        lin = self.who("lin")
        title = lin.get(f"/campaigns/{self.code}/")["title"]
        for duty in self._duties():
            if duty["status"] != "due":
                continue
            paper = lin.upload(Kind.INVOICE, self._draw(Kind.INVOICE, self.patient))
            bill = {"code": "13990126", "number": secrets.token_hex(6), "issued_on": self._day(-1), "amount": duty["amount"],
                    "issuer": self.hospital, "document": paper}  # fmt: skip
            lin.post(f"/obligations/{duty['id']}/proofs/", {"bills": [bill], "key": secrets.token_hex(8)})
            self._decide("use_proof", title, "proved")

    # --- Closing --------------------------------------------------------------------------------------------------------
    def close(self) -> str:
        zhou, he = self.who("zhou"), self.who("he")
        self.who("lin").post(f"/campaigns/{self.code}/end/", {"why": "raiser"})
        settlement = zhou.post(f"/campaigns/{self.code}/settlement/")
        self._same("surplus", settlement["surplus"], GIFT - WITHDRAWN)
        zhou.ask("POST", f"/api/v1/settlements/{settlement['id']}/approve/", expect=(409,))
        he.post(f"/settlements/{settlement['id']}/approve/")
        wait_for(
            "the surplus back with the donor",
            lambda: zhou.get(f"/settlements/{settlement['id']}/")["status"] == "done",
            seconds=150,
        )
        money = self._money()
        self._same("what is left", (money["available"], money["held"], money["refunding"]), (0, 0, 0))
        self._same("raised", money["raised"], money["paid"] + money["fees"] + money["refunded"])
        self._same("status", self.who("sun").get(f"/campaigns/{self.code}/")["status"], "closed")
        return f"{money['refunded']} fen back by the way they came; raised = paid + fees + given back"

    def ledger_sum(self) -> int:
        """Debits less credits over the whole ledger, as finance sees it: zero, or the books are broken."""
        page = self.who("zhou").ask("GET", "/api/v1/ledger/summary/")
        return int(page["ledger_sum_fen"])

    @staticmethod
    def _same(what: str, found: object, expected: object) -> None:
        if found != expected:
            raise Broken(f"{what}: expected {expected!r}, found {found!r}")


_MEANS: dict[str, dict[str, Any]] = {
    "family": {"value": "spouse"},
    "houses": {"count": 0, "items": []},
    "cars": {"count": 0, "items": []},
    "income": {"amount": 6_000_000},
    "savings": {"amount": 500_000},
    "debts": {"amount": 2_000_000},
    "medical_insurance": {"has": True, "note": "城乡居民医保"},
    "critical_insurance": {"has": False},
    "allowance": {"has": False},
    "government_aid": {"has": False},
    "elsewhere": {"has": False},
}
