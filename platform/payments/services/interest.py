"""Interest of the custody account goes to charity, never to the platform (R46). Two people send it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, DomainError
from core.money import MAX_FEN, Fen
from core.states import apply
from ledger import chart
from ledger.selectors import balances
from partners.models import Charity
from payments.models import InterestGift, Transfer
from payments.payees import Payee, PayeeKind
from payments.services.transferring import request_transfer
from policy.enforce import enforces


def propose_gift(*, actor: User, charity: Charity, amount: Fen) -> InterestGift:
    """One person proposes to give `amount` fen of the interest to `charity`. DomainError `bad_amount`, `too_much` (field
    `amount`), `charity_unpayable` (field `charity`)."""
    if not 0 < amount <= MAX_FEN:
        raise DomainError("bad_amount", _("The amount must be more than zero."), field="amount")
    if amount > balances([chart.INTEREST])[chart.INTEREST]:
        raise DomainError("too_much", _("There is not so much interest."), field="amount")
    if charity.account is None or not charity.is_active:
        raise DomainError("charity_unpayable", _("This charity has no approved bank account."), field="charity")
    with transaction.atomic():
        return InterestGift.objects.create(charity=charity, amount=amount, proposed_by=actor)


@enforces("R46")
def approve_gift(*, actor: User, gift: InterestGift) -> InterestGift:
    """Another person agrees, and the money leaves the interest account. Conflict `same_person`, `wrong_state`,
    `charity_unpayable`, `insufficient_funds`."""
    with transaction.atomic():
        locked = InterestGift.objects.select_for_update(of=("self",)).select_related("charity").get(pk=gift.pk)
        if locked.proposed_by_id == actor.pk:
            raise Conflict("same_person", _("Somebody else must approve what you proposed."))
        account = locked.charity.account
        if account is None:  # one that two people have approved (partners)
            raise Conflict("charity_unpayable", _("This charity has no approved bank account."))
        if locked.status == "proposed":
            InterestGift.objects.filter(pk=locked.pk).update(approved_by=actor)
        apply(locked, "approve", actor=actor)
        request_transfer(
            actor=actor,
            purpose="interest",
            ref=str(locked.pk),
            amount=locked.amount,
            from_account=chart.INTEREST,
            payee=Payee(PayeeKind.CHARITY, account.holder_name, account.bank, account.number),
            remark="custody interest",
            key=f"interest:{locked.pk}",
        )
    gift.refresh_from_db()
    return gift


def refuse_gift(*, actor: User, gift: InterestGift, reason: str) -> InterestGift:
    """Nothing is sent. DomainError `reason_missing`."""
    if not reason.strip():
        raise DomainError("reason_missing", _("Write why."), field="reason")
    apply(gift, "refuse", actor=actor, reason=reason.strip())
    return gift


def gift_arrived(transfer: Transfer) -> None:
    apply(InterestGift.objects.get(pk=int(transfer.ref)), "arrive", actor=None)


def gift_returned(transfer: Transfer) -> None:
    apply(InterestGift.objects.get(pk=int(transfer.ref)), "return", actor=None, reason=transfer.code)
