"""What audit is asked to look at: withdrawals and proofs of use."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Case
from audit.registry import Fact, Subject
from campaigns.selectors import attestation_count, money
from core.errors import Text
from core.money import yuan_text
from disclosures.models import Invoice, Obligation, Proof, Withdrawal
from disclosures.services import obligations, withdrawals
from policy.parameters import value


def _high_amount(snapshot: dict[str, Any]) -> list[Text]:
    high = snapshot["amount"] >= value("review.four_eyes_threshold")
    return [_("The amount is high.")] if high else []


class WithdrawalSubject(Subject):
    kind = "withdrawal"
    label = _("Withdrawal")

    def _get(self, object_id: int) -> Withdrawal:
        return Withdrawal.objects.select_related("campaign__raiser", "payee").get(pk=object_id)

    def snapshot(self, object_id: int) -> dict[str, Any]:
        withdrawal = self._get(object_id)
        campaign = withdrawal.campaign
        state = money([campaign.pk])[campaign.pk]
        earlier = Obligation.objects.filter(campaign=campaign)
        return {
            "version": withdrawal.version,
            "campaign_id": campaign.pk,
            "campaign_status": campaign.status,
            "amount": withdrawal.amount,
            "purpose": withdrawal.purpose,
            "explanation": withdrawal.explanation,
            "payee_id": withdrawal.payee_id,
            "payee_relation": withdrawal.payee.relation,
            "payee_status": withdrawal.payee.status,
            "raised": state.raised,
            "available": state.available,
            "paid": state.paid,
            "attestations": attestation_count(campaign),
            "bills": [{"id": bill.pk, "sha256": bill.sha256} for bill in withdrawal.bills.order_by("id")],
            "earlier_payments": earlier.count(),
            "earlier_unproved": earlier.exclude(status="proved").count(),
        }

    def facts(self, object_id: int) -> list[Fact]:
        withdrawal = self._get(object_id)
        bills = tuple(withdrawal.bills.order_by("id").values_list("id", flat=True))
        return [
            Fact(
                "bills", _("The bills or deposit notices are real and of this patient"), withdrawal.explanation, bills
            ),
            Fact("purpose", _("The money is for treatment or recovery"), withdrawal.get_purpose_display(), bills),
            Fact("amount", _("The amount fits the bills"), f"¥{yuan_text(withdrawal.amount)}", bills),
            Fact("payee", _("The payee is who was verified, and may be paid"), withdrawal.payee.public_label()),
        ]

    def carry_out(self, object_id: int, outcome: str, *, case: Case, actor: User) -> None:
        carry_out = withdrawals.carry_out_appeal if case.kind == "appeal" else withdrawals.carry_out_review
        carry_out(withdrawal=self._get(object_id), outcome=outcome, actor=actor)

    def title(self, object_id: int) -> str:
        withdrawal = self._get(object_id)
        return f"¥{yuan_text(withdrawal.amount)} · {withdrawal.campaign.title}"

    def url(self, object_id: int) -> str:
        return reverse("disclosures:money", args=[self._get(object_id).campaign.code])

    def owner(self, object_id: int) -> User:
        return self._get(object_id).campaign.raiser

    def excluded(self, object_id: int) -> set[int]:
        return {self._get(object_id).requested_by_id}

    def second_reviewer(self, snapshot: dict[str, Any]) -> list[Text]:
        return _high_amount(snapshot)


class ProofSubject(Subject):
    kind = "use_proof"
    label = _("Proof of use")

    def _get(self, object_id: int) -> Proof:
        return Proof.objects.select_related("obligation__campaign__raiser", "obligation__payout").get(pk=object_id)

    def snapshot(self, object_id: int) -> dict[str, Any]:
        proof = self._get(object_id)
        bills = list(proof.invoices.select_related("document").order_by("id"))
        return {
            "version": 1,
            "campaign_id": proof.obligation.campaign_id,
            "amount": proof.obligation.amount,
            "paid_on": proof.obligation.created_at.date().isoformat(),
            "note": proof.note,
            "bills": [
                {
                    "code": bill.code,
                    "number": bill.number,
                    "issued_on": bill.issued_on.isoformat(),
                    "amount": bill.amount,
                    "issuer": bill.issuer,
                    "sha256": bill.document.sha256,
                }
                for bill in bills
            ],
            "bills_total": sum(bill.amount for bill in bills),
        }

    def facts(self, object_id: int) -> list[Fact]:
        label = _("The bill is real, of this patient, and says what was typed")
        return [
            Fact(f"bill-{bill.pk}", label, self._declared(bill), (bill.document_id,))
            for bill in self._get(object_id).invoices.order_by("id")
        ]

    @staticmethod
    def _declared(bill: Invoice) -> str:
        return f"{bill.code} {bill.number} · {bill.issued_on:%Y-%m-%d} · ¥{yuan_text(bill.amount)} · {bill.issuer}"

    def carry_out(self, object_id: int, outcome: str, *, case: Case, actor: User) -> None:
        carry_out = obligations.carry_out_appeal if case.kind == "appeal" else obligations.carry_out_review
        carry_out(proof=self._get(object_id), outcome=outcome, actor=actor)

    def title(self, object_id: int) -> str:
        obligation = self._get(object_id).obligation
        return f"¥{yuan_text(obligation.amount)} · {obligation.campaign.title}"

    def url(self, object_id: int) -> str:
        return reverse("disclosures:money", args=[self._get(object_id).obligation.campaign.code])

    def owner(self, object_id: int) -> User:
        return self._get(object_id).obligation.campaign.raiser

    def excluded(self, object_id: int) -> set[int]:
        return {self._get(object_id).submitted_by_id}

    def second_reviewer(self, snapshot: dict[str, Any]) -> list[Text]:
        return _high_amount(snapshot)
