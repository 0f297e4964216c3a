"""Who receives the money."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import states
from campaigns.models.campaign import Campaign
from campaigns.taxonomy import PayeeRelation
from identity.models import BankAccount, Organisation, Person
from payments.payees import Payee as BankPayee
from payments.payees import PayeeKind


class Payee(models.Model):
    """A person, hospital or charity that is paid for the patient; verified apart from everybody else (R14, R47)."""

    STATES = states.PAYEE

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="payees")
    relation = models.CharField(max_length=10, choices=PayeeRelation)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    branch = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=10, choices=states.PAYEE.choices, default=states.PAYEE.initial)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            states.PAYEE.constraint("payee_status"),
            models.CheckConstraint(
                condition=(
                    Q(person__isnull=False, organisation__isnull=True) & ~Q(relation__in=["hospital", "charity"])
                )
                | Q(person__isnull=True, organisation__isnull=False, relation__in=["hospital", "charity"]),
                name="payee_one_holder",
            ),
            models.UniqueConstraint(fields=["campaign"], condition=~Q(status="replaced"), name="payee_one_live"),
        ]
        indexes = [models.Index(fields=["status", "id"], name="payee_status_queue")]

    def __str__(self) -> str:
        return self.public_label()

    def bank_account(self) -> BankPayee:
        """What payments are sent to: holder and account in clear, for the custodian only."""
        kind = PayeeKind(self.relation) if self.relation in tuple(PayeeKind) else PayeeKind.PERSON
        return BankPayee(kind, self.account.holder_name, self.account.bank, self.account.number)

    def remark(self) -> str:
        """What the bank prints on a payment: a hospital needs the inpatient number to find the patient (R57)."""
        campaign = self.campaign
        number = campaign.inpatient_no if self.relation in ("hospital", "charity") else ""
        return " ".join(part for part in ("Candor", campaign.code, number) if part)

    def public_label(self) -> str:
        """Masked name and relation, for everybody (R38). A hospital or charity is named in full."""
        name = self.organisation.name if self.organisation else self.person.masked_name if self.person else ""
        return _("%(name)s (%(relation)s)") % {"name": name, "relation": self.get_relation_display()}
