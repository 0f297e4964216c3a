"""Closing an account: seven days to change one's mind, then erasing what the law lets go (R103)."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import outbound, personal_data
from accounts.models import DataExport, DeletionRequest, User
from accounts.personal_data import Blocker
from accounts.services.sessions import end_sessions
from core.errors import Conflict
from core.jobs import enqueue
from core.states import apply
from core.trail import record
from policy.enforce import enforces

COOLING = timedelta(days=7)


def blockers_of(user: User) -> list[Blocker]:
    """What must be finished before the account can go, from every room."""
    return [blocker for holding in personal_data.holdings() for blocker in holding.blockers(user)]


def request_deletion(*, actor: User) -> DeletionRequest:
    """Start the seven days. Asking again gives the running request.

    Raises Conflict `deletion_blocked` with one field per blocker while something that others depend on is open.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        running = DeletionRequest.objects.filter(user=actor, status="waiting").first()
        if running:
            return running
        found = blockers_of(actor)
        if found:
            raise Conflict(
                "deletion_blocked",
                _("The account cannot be closed yet."),
                fields={blocker.code: blocker.reason for blocker in found},
            )
        request = DeletionRequest.objects.create(user=actor, execute_after=timezone.now() + COOLING)
        record(actor=actor, event="deletion.request", subject=request)
        enqueue("accounts.delete_account", str(request.pk), {"request_id": request.pk}, run_after=request.execute_after)
        outbound.tell(
            user=actor,
            code="accounts.deletion_requested",
            params={"execute_at": request.execute_after.isoformat()},
            url="/me/privacy/",
            key=str(request.pk),
        )
    return request


def cancel_deletion(*, actor: User) -> DeletionRequest:
    """Keep the account. Raises Conflict `no_deletion` when none is running."""
    request = DeletionRequest.objects.filter(user=actor, status="waiting").first()
    if request is None:
        raise Conflict("no_deletion", _("No deletion is under way."))
    with transaction.atomic():
        apply(request, "cancel", actor=actor)
        DeletionRequest.objects.filter(pk=request.pk).update(finished_at=timezone.now())
    return request


@enforces("R103")
def delete_account(*, request_id: int) -> None:
    """The seven days are over: erase in every room and close the account, or refuse and say why. Runs once."""
    request = DeletionRequest.objects.get(pk=request_id)
    if request.status != "waiting" or request.execute_after > timezone.now():
        return
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=request.user_id)
        with translation.override(user.language):
            found = blockers_of(user)
            if found:
                _refuse(request, user, found)
            else:
                _erase(request, user)


def _refuse(request: DeletionRequest, user: User, found: list[Blocker]) -> None:
    apply(request, "refuse", actor=None)
    reasons = {blocker.code: str(blocker.reason) for blocker in found}
    DeletionRequest.objects.filter(pk=request.pk).update(outcome={"blockers": reasons}, finished_at=timezone.now())
    outbound.tell(
        user=user,
        code="accounts.deletion_refused",
        params={"reasons": " ".join(reasons.values())},
        url="/me/privacy/",
        key=str(request.pk),
    )


def _erase(request: DeletionRequest, user: User) -> None:
    # The last word goes out first: afterwards there is no address any more.
    farewell = _(
        "Your Candor account is closed and your personal data is erased, except for what the law makes us keep."
    )
    if user.phone_verified:
        outbound.send_sms(phone=user.phone, text=farewell, valid_seconds=24 * 3600)
    elif user.email:
        outbound.send_email(address=user.email, subject=_("Account closed"), text=farewell, valid_seconds=24 * 3600)
    kept = [str(sentence) for holding in personal_data.holdings() for sentence in holding.erase(user)]
    apply(request, "finish", actor=None)
    DeletionRequest.objects.filter(pk=request.pk).update(outcome={"kept": kept}, finished_at=timezone.now())


def erase_account(user: User) -> None:
    """This room's own part: nothing is left that names the person or lets anybody sign in."""
    end_sessions(user=user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    DataExport.objects.filter(user=user).update(content="")
    user.email, user.name, user.phone_verified = None, "", False
    user.set_phone("")
    user.set_unusable_password()
    user.is_active, user.erased_at = False, timezone.now()
    user.save()
