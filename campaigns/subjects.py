"""What audit is asked to look at here: a campaign, in the version that was handed in."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Case
from audit.registry import Fact, Json, Revealed, Subject
from campaigns.models import Campaign, CampaignVersion
from campaigns.services.decisions import carry_out
from campaigns.services.lifecycle import freeze_campaign, unfreeze_campaign
from campaigns.services.payees import is_sure
from campaigns.services.stopping import stop_and_refund
from campaigns.states import PUBLIC
from core.errors import Text
from core.masking import mask_name
from policy.enforce import enforces
from policy.parameters import value
from relations.subjects import Shown

LABELS: dict[str, Text] = {
    "patient_id": _("Who the patient is"),
    "raiser_id": _("Who the raiser is"),
    "relationship": _("How raiser and patient belong together"),
    "diagnosis": _("The diagnosis"),
    "hospital": _("The hospital and the treatment there"),
    "costs_incurred": _("What was spent so far"),
    "estimate": _("The cost estimate and the target"),
    "story": _("Title, story and photos"),
    "assets": _("House, car, income, savings, debts"),
    "insurance": _("Insurance"),
    "allowance": _("Subsistence allowance"),
    "other_aid": _("Other aid and other fundraising"),
    "payee": _("Who receives the money, and whose account it is"),
}


class CampaignSubject(Subject):
    kind = "campaign"
    label = _("Request for help")

    def snapshot(self, object_id: int) -> Json:
        snapshot: Json = self._version(object_id).snapshot
        return snapshot

    @enforces("R24")
    def facts(self, object_id: int) -> list[Fact]:
        """Each of R24 on its own, from the frozen version. One query."""
        return [
            Fact(
                code=row["code"],
                label=LABELS[row["code"]],
                declared=row["declared"],
                documents=tuple(row["documents"]),
                required=row["required"],
                valid_days=row["valid_days"],
                stamp=row["stamp"],
            )
            for row in self._version(object_id).facts
        ]

    def carry_out(self, object_id: int, outcome: str, *, case: Case, actor: User) -> None:
        carry_out(campaign=self._campaign(object_id), outcome=outcome, case=case, actor=actor)

    def title(self, object_id: int) -> str:
        campaign = self._campaign(object_id)
        patient = campaign.patient.masked_name if campaign.patient else ""
        return f"{campaign.code} · {patient} · {campaign.title}"

    def url(self, object_id: int) -> str:
        return reverse("campaigns:staff", args=[self._campaign(object_id).code])

    def owner(self, object_id: int) -> User:
        return self._campaign(object_id).raiser

    def excluded(self, object_id: int) -> set[int]:
        """Whoever is in the request, and the adviser who typed for the family (R70). One query."""
        parts = ("adviser_id", "patient__user_id", "raiser_person__user_id", "payees__person__user_id")
        return {pk for row in Campaign.objects.filter(pk=object_id).values_list(*parts) for pk in row if pk}

    @enforces("R27", "R70", "R104")
    def second_reviewer(self, snapshot: Json) -> Sequence[Text]:
        """A high or over-cap target, a child, a payee who is not of the closest, an account that nobody confirmed."""
        reasons: list[Text] = []
        target = snapshot["target"] or 0
        if target > value("campaign.target_cap"):
            reasons.append(_("The target is above the cap."))
        elif target >= value("review.four_eyes_threshold"):
            reasons.append(_("The target is high."))
        if snapshot["patient_minor"]:
            reasons.append(_("The patient is under 18."))
        payee = snapshot.get("payee") or {}
        if payee.get("relation") == "sibling":
            reasons.append(_("The payee is a brother or sister."))
        if not self._payee_is_sure(snapshot):
            reasons.append(_("Neither the bank nor two reviewers have confirmed the payee yet."))
        return reasons

    @staticmethod
    def _payee_is_sure(snapshot: Json) -> bool:
        campaign = Campaign.objects.get(pk=snapshot["campaign_id"])
        payee = campaign.payees.exclude(status="replaced").select_related("person", "account").first()
        return payee is not None and is_sure(payee)

    def reveal(self, object_id: int, fact_code: str) -> Revealed | None:
        """Names, hospital numbers and accounts in clear, for the auditor who says why (the reading is logged)."""
        campaign = self._campaign(object_id)
        payee = campaign.payees.exclude(status="replaced").select_related("person", "account").first()
        people = {"patient_id": campaign.patient, "raiser_id": campaign.raiser_person}
        person = people.get(fact_code)
        if person:
            return Revealed(f"{person.name} {person.id_number}", person.pk)
        if fact_code == "hospital":
            text = " · ".join((str(campaign.hospital), campaign.department, campaign.bed, campaign.inpatient_no))
            return Revealed(text, campaign.patient_id)
        if fact_code == "payee" and payee:
            text = f"{payee.account.holder_name} · {payee.account.bank} {payee.branch} · {payee.account.number}"
            return Revealed(text, payee.person_id)
        return None

    def resolve(self, reference: str) -> int | None:
        rows = Campaign.objects.filter(code=reference.upper(), status__in=PUBLIC)
        return rows.values_list("pk", flat=True).first()

    @enforces("R95")
    def freeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        freeze_campaign(actor=actor, campaign=self._campaign(object_id), reason=reason)

    def unfreeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        unfreeze_campaign(actor=actor, campaign=self._campaign(object_id), reason=reason)

    def report_proved(self, object_id: int, *, actor: User, reason: str) -> None:
        stop_and_refund(actor=actor, campaign=self._campaign(object_id), reason=reason)

    @staticmethod
    def _campaign(object_id: int) -> Campaign:
        rows = Campaign.objects.select_related("raiser", "patient", "raiser_person", "hospital")
        return rows.get(pk=object_id)

    @staticmethod
    def _version(object_id: int) -> CampaignVersion:
        return CampaignVersion.objects.filter(campaign_id=object_id).order_by("-number")[0]


def describe(ids: list[int]) -> dict[int, Shown]:
    """How the relation graph shows campaigns to risk officers. One query."""
    rows = Campaign.objects.filter(pk__in=ids).select_related("patient")
    return {
        row.pk: Shown(
            f"{row.code} {mask_name(row.patient.name) if row.patient else ''} {row.title}".strip(),
            reverse("campaigns:staff", args=[row.code]),
        )
        for row in rows
    }
