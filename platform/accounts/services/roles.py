"""Giving and taking roles."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import outbound
from accounts.models import RoleGrant, User
from accounts.roles import PARTNER_ROLES, Role
from core.errors import Conflict, DomainError, Forbidden
from core.trail import record


def grant_role(*, actor: User, user: User, role: Role, organisation: str = "") -> RoleGrant:
    """Give `user` a role. Asking twice gives the same grant.

    `organisation` is the code of the hospital or charity that a partner role works for, empty for our own staff. Raises
    Forbidden for who is no administrator and for a role for oneself, DomainError on `role` or `organisation`.
    """
    _may_change(actor, user)
    if role not in Role:
        raise DomainError("unknown_role", _("There is no such role."), field="role")
    organisation = organisation.strip()
    if (role in PARTNER_ROLES) != bool(organisation):
        raise DomainError(
            "bad_organisation",
            _("A hospital or charity role needs the code of its organisation; other roles have none."),
            field="organisation",
        )
    with transaction.atomic():
        holder = User.objects.select_for_update().get(pk=user.pk)
        if not holder.is_active:
            raise Conflict("inactive", _("This account is closed."))
        grant, created = RoleGrant.objects.get_or_create(
            user=holder, role=role, organisation=organisation, revoked_at=None, defaults={"granted_by": actor}
        )
        if created:
            record(
                actor=actor,
                event="role.grant",
                subject=grant,
                data={"user": user.pk, "role": role, "organisation": organisation},
            )
            outbound.tell(user=holder, code="accounts.role_granted", url="/me/", key=str(grant.pk))
    return grant


def grant_first_administrator(*, user: User) -> RoleGrant:
    """The operator, at the machine itself, names the first administrator. Raises Conflict `not_first` when there is one."""
    with transaction.atomic():
        if RoleGrant.objects.filter(role=Role.ADMIN, revoked_at=None).exists():
            raise Conflict("not_first", _("There is an administrator already. Ask them for the role."))
        grant = RoleGrant.objects.create(user=user, role=Role.ADMIN)
        record(actor=None, event="role.grant", subject=grant, data={"user": user.pk, "role": Role.ADMIN})
    return grant


def revoke_role(*, actor: User, grant: RoleGrant, reason: str) -> RoleGrant:
    """Take a role away, from this moment; the grant stays as history. Revoking twice changes nothing.

    Raises Forbidden for who is no administrator and for a role of one's own, DomainError on `reason`.
    """
    _may_change(actor, grant.user)
    if not reason.strip():
        raise DomainError("reason_missing", _("Write why."), field="reason")
    with transaction.atomic():
        changed = RoleGrant.objects.filter(pk=grant.pk, revoked_at=None).update(
            revoked_at=timezone.now(), revoked_by=actor
        )
        if changed:
            record(
                actor=actor,
                event="role.revoke",
                subject=grant,
                data={"user": grant.user_id, "role": grant.role, "reason": reason.strip()},
            )
            outbound.tell(user=grant.user, code="accounts.role_revoked", url="/me/", key=str(grant.pk))
    grant.refresh_from_db()
    return grant


def _may_change(actor: User, user: User) -> None:
    if not actor.has_role(Role.ADMIN):
        raise Forbidden("not_administrator", _("Only an administrator gives and takes roles."))
    if actor.pk == user.pk:
        raise Forbidden("own_role", _("Nobody changes their own roles. Ask another administrator."))
