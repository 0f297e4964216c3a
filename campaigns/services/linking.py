"""What a campaign tells the relation graph: its phones, cards, papers and hospital number, as blind indexes (R72)."""

from campaigns.models import Campaign
from core.crypto import blind_index
from policy.enforce import enforces
from relations.models import Kind
from relations.services import link_many


@enforces("R72")
def link_campaign(campaign: Campaign) -> None:
    """Again is the same as once. A hospital's or charity's account belongs to many: it is no link between families."""
    found = [
        (Kind.ID_NUMBER, person.id_index) for person in (campaign.raiser_person, campaign.patient) if person is not None
    ]
    if campaign.raiser.phone_index:
        found.append((Kind.PHONE, campaign.raiser.phone_index))
    if campaign.inpatient_no and campaign.hospital:
        number = f"{campaign.hospital.code} {campaign.inpatient_no.upper()}"
        found.append((Kind.INPATIENT_NO, blind_index(number, context="inpatient-no")))
    payee = campaign.payees.exclude(status="replaced").select_related("person", "account").first()
    if payee and payee.person:
        found += [(Kind.ID_NUMBER, payee.person.id_index), (Kind.BANK_CARD, payee.account.number_index)]
        if payee.account.phone:
            found.append((Kind.PHONE, blind_index(f"+86{payee.account.phone}", context="phone")))
    hashes = campaign.papers.values_list("document__sha256", flat=True)
    found += [(Kind.DOCUMENT_SHA, sha256) for sha256 in hashes]
    link_many(subject=f"campaign:{campaign.pk}", identifiers=found)
