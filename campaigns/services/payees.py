"""Who receives the money: checked apart from everybody else, never inferred from the raiser (R14, R20, R47)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns.models import Campaign, Payee
from campaigns.services.editing import editing
from campaigns.taxonomy import PayeeRelation, Relation
from core import states
from core.errors import Conflict, DomainError
from identity.models import BankAccount, Organisation, Person
from identity.selectors import may_be_paid
from identity.services import check_account, ensure_person
from partners.models import Charity, Hospital
from policy.enforce import enforces
from policy.parameters import value

MODULE = "payee"


@enforces("R14", "R20", "R47")
def set_person_payee(
    *,
    actor: User,
    campaign: Campaign,
    relation: str,
    name: str,
    id_number: str,
    account_number: str,
    bank: str,
    phone: str,
    branch: str = "",
    client_ip: str = "",
) -> Payee:
    """A person's own account; `relation` is what the payee is to the patient. The bank is asked as a job.

    Raises DomainError for `relation`, `name`, `id_number`, `account_number`, `bank`, `phone`.
    """
    _check_relation(relation, (PayeeRelation.HOSPITAL, PayeeRelation.CHARITY))
    with editing(actor, campaign, "payee", MODULE) as draft:
        person = ensure_person(actor=actor, name=name, id_number=id_number)
        _check_kinship(draft, person, relation)
        attempt = check_account(
            actor=actor, holder=person, account_number=account_number, bank=bank, phone=phone, client_ip=client_ip
        )
        if attempt.account is None:
            raise ValueError("an account check without account")
        return _put(actor, draft, relation, attempt.account, person=person, branch=branch.strip()[:80])


@enforces("R47", "R48")
def set_partner_payee(*, actor: User, campaign: Campaign, partner: Hospital | Charity) -> Payee:
    """The hospital or a charity of the register, by the account that two people verified there."""
    relation = PayeeRelation.HOSPITAL if isinstance(partner, Hospital) else PayeeRelation.CHARITY
    _check_relation(relation, ())
    with editing(actor, campaign, "payee", MODULE) as draft:
        if isinstance(partner, Hospital) and draft.hospital_id != partner.pk:
            raise DomainError(
                "hospital", _("The money can only go to the hospital of the treatment."), field="relation"
            )
        account = partner.account
        if account is None or account.organisation is None:
            raise DomainError(
                "no_account", _("We have no verified account of theirs yet. Please choose a person."), field="relation"
            )
        return _put(actor, draft, relation, account, organisation=account.organisation)


def _check_relation(relation: str, never: tuple[str, ...]) -> None:
    if relation not in value("docs.payee_relations") or relation in never:
        raise DomainError(
            "relation",
            _("Only the patient, close relatives, the guardian, the hospital or a charity may be paid."),
            field="relation",
        )


def _check_kinship(draft: Campaign, person: Person, relation: str) -> None:
    """What is already known about the payee must agree with the stated relation."""
    is_patient = person.pk == draft.patient_id
    if is_patient != (relation == PayeeRelation.SELF):
        raise DomainError(
            "relation",
            _("This is the patient’s own ID number.") if is_patient else _("This is not the patient’s ID number."),
            field="relation",
        )
    if person.pk == draft.raiser_person_id and draft.relation not in ("", Relation.SELF, relation):
        raise DomainError(
            "relation",
            _("You said otherwise about yourself and the patient. Please correct one of them."),
            field="relation",
        )


def _put(
    actor: User,
    draft: Campaign,
    relation: str,
    account: BankAccount,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    branch: str = "",
) -> Payee:
    live = draft.payees.exclude(status="replaced").first()
    if live and live.account_id == account.pk and live.status == "draft":
        live.relation, live.branch = relation, branch
        live.save(update_fields=["relation", "branch"])
        return live
    if live:
        if live.status == "handed_in":
            states.apply(live, "take_back", actor=actor)
        states.apply(live, "replace", actor=actor)
    return Payee.objects.create(
        campaign=draft, relation=relation, person=person, organisation=organisation, account=account, branch=branch
    )


@enforces("R14")
def verify_payee(*, actor: User | None, payee: Payee) -> Payee:
    """Verified is whose papers reviewers approved and whose account the bank or two reviewers confirmed; nobody else.

    Asked again and again it follows what identity knows now.
    """
    with transaction.atomic():
        locked = Payee.objects.select_for_update(of=("self",)).select_related("account", "person").get(pk=payee.pk)
        sure = is_sure(locked)
        if locked.status == "approved" and sure:
            states.apply(locked, "verify", actor=actor)
        elif locked.status == "verified" and not sure:
            states.apply(locked, "doubt", actor=actor)
    payee.refresh_from_db()
    return payee


def is_sure(payee: Payee) -> bool:
    """An account of the register was verified there by two people (partners)."""
    if payee.person is None:
        return (
            Hospital.objects.filter(account=payee.account).exists()
            or Charity.objects.filter(account=payee.account).exists()
        )
    return may_be_paid(payee.account) and may_be_paid(payee.person)


def verify_waiting(*, limit: int = 200) -> int:
    """Look again at payees whose papers are approved and whose account was not confirmed. Returns how many are now."""
    waiting = Payee.objects.filter(status="approved").order_by("id")[:limit]
    return sum(verify_payee(actor=None, payee=payee).status == "verified" for payee in waiting)


def require_live_payee(campaign: Campaign) -> Payee:
    payee = campaign.payees.exclude(status="replaced").select_related("account", "person", "organisation").first()
    if payee is None:
        raise Conflict("no_payee", _("There is no payee yet."))
    return payee
