"""What may be asked about people who sign in."""

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Consent, DataExport, DeletionRequest, RoleGrant, User
from accounts.phones import normalise
from core.crypto import blind_index
from core.errors import DomainError
from core.models import TrailEvent


def user_by_phone(phone: str) -> User | None:
    """Who has proved this number, in any spelling. One query."""
    try:
        index = blind_index(normalise(phone), context="phone")
    except DomainError:
        return None
    return User.objects.filter(phone_index=index, phone_verified=True).first()


def newest_consent(user: User, purpose: str, scope: str = "") -> Consent | None:
    """The fact that counts for this purpose and scope. One query."""
    return Consent.objects.filter(user=user, purpose=purpose, scope=scope).order_by("-id").first()


def has_consent(user: User, purpose: str, scope: str = "") -> bool:
    """Whether the consent stands now: given, and not withdrawn since. One query."""
    newest = newest_consent(user, purpose, scope)
    return newest is not None and newest.given


def consents_of(user: User) -> list[Consent]:
    """The fact that counts for each purpose and scope, oldest purpose first. One query."""
    newest: dict[tuple[str, str], Consent] = {}
    for consent in Consent.objects.filter(user=user).order_by("id"):
        newest[(consent.purpose, consent.scope)] = consent
    return list(newest.values())


def people(*, role: str = "", query: str = "") -> QuerySet[User]:
    """People with their roles in force, newest first, for administrators. Two queries per page.

    Without `query`, only people who hold a role (`role` narrows that). `query` is an exact phone number or e-mail address:
    there is no way to leaf through everybody.
    """
    live = RoleGrant.objects.filter(revoked_at=None).order_by("granted_at", "id")
    found = User.objects.prefetch_related(Prefetch("grants", queryset=live, to_attr="live_grants")).order_by("-id")
    if query:
        return found.filter(_exactly(query))
    holders = live.order_by().filter(role=role) if role else live.order_by()
    return found.filter(pk__in=holders.values("user_id"))


def _exactly(query: str) -> Q:
    query = query.strip()
    if "@" in query:
        return Q(email=query.lower())
    try:
        return Q(phone_index=blind_index(normalise(query), context="phone"))
    except DomainError:
        return Q(pk__in=[])


def exports_of(user: User) -> QuerySet[DataExport]:
    """The person's copies, newest first, without their content."""
    return DataExport.objects.filter(user=user).defer("content").order_by("-id")


def last_deletion(user: User) -> DeletionRequest | None:
    return DeletionRequest.objects.filter(user=user).order_by("-id").first()


def grants_of(user: User) -> QuerySet[RoleGrant]:
    """Every role that was ever given, newest first. One query."""
    return RoleGrant.objects.filter(user=user).select_related("granted_by", "revoked_by").order_by("-id")


def sign_ins_of(user: User) -> QuerySet[TrailEvent]:
    """The log of sign-ins, newest first. One query."""
    return TrailEvent.objects.filter(actor=user, event="account.sign_in").order_by("-id")
