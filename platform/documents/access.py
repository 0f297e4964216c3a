"""Who may see an original: its owner, and the staff who check. For everybody else it does not exist."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Role
from documents.models import Document, PublicCopy

REVIEWERS = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.RISK, Role.FINANCE, Role.COMPLAINTS)
PUBLISHERS = (Role.AUDITOR, Role.SENIOR_AUDITOR, Role.RISK)


def documents_for(user: User) -> QuerySet[Document]:
    rows = Document.objects.all()
    return rows if user.has_role(*REVIEWERS) else rows.filter(owner=user)


def get_document_for(user: User, pk: int) -> Document:
    """Raises Http404 for a document that is not the user's to see."""
    return get_object_or_404(documents_for(user), pk=pk)


def get_own_document(user: User, pk: int) -> Document:
    return get_object_or_404(Document, owner=user, pk=pk)


def may_publish(user: User, document: Document) -> bool:
    return document.owner_id == user.pk or user.has_role(*PUBLISHERS)


def get_publishable_for(user: User, pk: int) -> Document:
    """A document whose public copies the user may make and withdraw: the owner's own, or any for an auditor."""
    rows = Document.objects.all() if user.has_role(*PUBLISHERS) else Document.objects.filter(owner=user)
    return get_object_or_404(rows, pk=pk)


def get_copy_for(user: User, pk: int) -> PublicCopy:
    """A public copy that the user may withdraw."""
    copy = get_object_or_404(PublicCopy.objects.select_related("document"), pk=pk)
    get_publishable_for(user, copy.document_id)
    return copy
