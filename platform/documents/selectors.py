"""The readers of documents: lists, signed short-lived links, public links, and who else showed the same paper."""

from dataclasses import dataclass
from typing import NamedTuple

from django.core import signing
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import personal_data
from accounts.models import User
from accounts.selectors import has_consent
from core import trail
from core.errors import Text
from documents import files, fingerprints
from documents.models import Document, Page, PublicCopy, PublicPage

LINK_SECONDS = 300
_SALT = "documents.view"

_FACTS: dict[str, Text] = {
    "make": _("Camera maker"),
    "model": _("Camera"),
    "software": _("Program"),
    "taken": _("Taken"),
    "created": _("Created"),
    "changed": _("Changed"),
    "producer": _("PDF producer"),
    "creator": _("Made with"),
    "restricted": _("Editing was forbidden"),
    "had_location": _("Knew where it was taken"),
    "width": _("Width in pixels"),
    "height": _("Height in pixels"),
}


@dataclass(frozen=True)
class Similar:
    """Another document that shows the same page. `distance` counts differing bits of 64; exact means equal bytes."""

    document: Document
    page: int
    other_page: int
    distance: int
    exact: bool


def documents_of(user: User) -> QuerySet[Document]:
    """The person's own uploads, newest first, with pages and live copies. Three queries."""
    return Document.objects.filter(owner=user).order_by("-id").prefetch_related("page_set", "copies")


def signed_url(document: Document, *, viewer: User, purpose: str, page: int = 1, size: str = "full") -> str:
    """A link to one page that works for five minutes and for `viewer` alone.

    The caller has decided that `viewer` may see the document (documents.access or its own access rule). `purpose` says why
    in a stable word or sentence; it is written to the trail each time somebody but the owner opens the link. No query.
    """
    token = signing.dumps([document.pk, page, size, viewer.pk, purpose], salt=_SALT)
    return reverse("documents_content", args=[token])


def open_signed(token: str, *, viewer: User) -> bytes | None:
    """The page's JPEG bytes, or None when the link is forged, older than five minutes or somebody else's. One query.

    Leaves a trail line when the viewer is not the owner (one query more).
    """
    try:
        pk, number, size, viewer_pk, purpose = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None
    if viewer_pk != viewer.pk:
        return None
    page = Page.objects.select_related("document__owner").filter(document_id=pk, number=number).first()
    if page is None:
        return None
    if page.document.owner_id != viewer.pk:
        person_id = personal_data.person_id_of(page.document.owner)
        trail.record_read(actor=viewer, subject=page.document, person_id=person_id, purpose=purpose)
    return files.read(page.file, size)


def public_url(copy: PublicCopy, size: str = "full", page: int = 0) -> str:
    """Where everybody sees a public copy; `page` 0 is its first page. No query."""
    return reverse("documents:public", args=[copy.token, page, size])


def public_page(token: str, number: int) -> PublicPage | None:
    """The page behind a public address; None when the copy or the consent to it was withdrawn. Two queries."""
    pages = PublicPage.objects.filter(copy__token=token, copy__withdrawn_at=None).order_by("number")
    page = (pages.filter(number=number) if number else pages).select_related("copy__document__owner").first()
    if page is None or not has_consent(page.copy.document.owner, page.copy.consent, page.copy.consent_scope):
        return None
    return page


def live_copy(document: Document) -> PublicCopy | None:
    """The copy that the public sees now. No query when `copies` is prefetched."""
    return next((copy for copy in document.copies.all() if copy.withdrawn_at is None), None)


def facts_of(document: Document) -> list[tuple[Text, Text]]:
    """What the file said about itself, in the reader's words. No query."""
    said = ((name, value) for name, value in document.facts.items() if name in _FACTS)
    return [
        (_FACTS[name], (_("yes") if value else _("no")) if isinstance(value, bool) else str(value))
        for name, value in said
    ]


def same_or_similar(document: Document, max_distance: int = fingerprints.MAX_DISTANCE) -> list[Similar]:
    """Other documents, of any owner, with an equal file or a page within `max_distance` bits (R73). Three queries.

    Nearest first, one row per other document. Finds re-use, not tampering: a changed name in a copied paper is still
    the same paper here. Raises ValueError beyond the distance that the index can answer.
    """
    if not 0 <= max_distance <= fingerprints.MAX_DISTANCE:
        raise ValueError(f"the index answers up to {fingerprints.MAX_DISTANCE} bits")
    mine = list(document.page_set.all())
    nearest: dict[int, _Found] = {}
    for other_id, other_page, sha256, dhash in candidates(document, mine):
        for page in mine:
            exact = page.sha256 == sha256
            apart = _apart(page.dhash, dhash)
            if not exact and apart > max_distance:
                continue
            found = _Found(0 if exact else apart, not exact, page.number, other_page)
            nearest[other_id] = min(found, nearest.get(other_id, found))
    equal_or_near = Q(sha256=document.sha256) | Q(pk__in=nearest)
    others = Document.objects.filter(equal_or_near).exclude(pk=document.pk)
    return sorted(
        (_similar(document, other, nearest.get(other.pk)) for other in others),
        key=lambda similar: (similar.distance, not similar.exact, similar.document.pk),
    )


def candidates(document: Document, mine: list[Page]) -> QuerySet[Page, tuple[int, int, str, str]]:
    """Document, number, sha256 and dhash of pages that may be near one of `mine`: by index, then to be measured."""
    wanted = Q(sha256__in={page.sha256 for page in mine})
    for page in mine:
        if page.dhash:
            band0, band1, band2 = fingerprints.probes(int(page.dhash, 16))
            wanted |= Q(band0__among=band0) | Q(band1__among=band1) | Q(band2__among=band2)
    others = Page.objects.filter(wanted).exclude(document=document).order_by()
    return others.values_list("document_id", "number", "sha256", "dhash")


class _Found(NamedTuple):
    """How near another page is; the smaller the nearer."""

    distance: int
    differs: bool
    page: int
    other_page: int


def _apart(one: str, other: str) -> int:
    """Differing bits; a page without fingerprint is far from everything."""
    return fingerprints.distance(int(one, 16), int(other, 16)) if one and other else 64


def _similar(document: Document, other: Document, found: _Found | None) -> Similar:
    equal = other.sha256 == document.sha256
    if found is None or equal:
        return Similar(other, found.page if found else 1, found.other_page if found else 1, 0, True)
    return Similar(other, found.page, found.other_page, found.distance, not found.differs)
