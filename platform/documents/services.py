"""The only writers of documents: upload, redacted publication, withdrawal, removal."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import filetype
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import has_consent
from accounts.services.consents import withdraw_consent
from core import trail
from core.errors import Conflict, DomainError, Forbidden
from documents import files, fingerprints, images, pdf
from documents.access import may_publish
from documents.images import Sheet, refuse
from documents.kinds import NEVER_PUBLIC, PUBLIC_WITHOUT_BOXES, Kind
from documents.models import Document, Page, PublicCopy, PublicPage
from documents.rules import MAX_BOXES, MAX_BYTES, MAX_PER_DAY, Box
from policy.enforce import enforces


@enforces("R73")
def store(*, actor: User, upload: File, kind: str) -> Document:
    """Check, re-encode and keep one upload of `actor` (law 13, R73).

    The same bytes uploaded again by the same person as the same kind give the same Document. Raises DomainError with field
    `file` (`empty`, `too_large`, `wrong_type`, `too_many_pixels`, `unreadable`, `pdf_*`, `too_many_pages`, `too_many_today`)
    or `kind`; nothing is written then.
    """
    if kind not in Kind.values:
        raise DomainError("bad_kind", _("Choose what this paper is."), field="kind")
    data = _bytes_of(upload)
    sha256 = hashlib.sha256(data).hexdigest()
    same = Document.objects.filter(owner=actor, kind=kind, sha256=sha256)
    if found := same.first():
        return found
    _check_rate(actor)
    mime, sheets, facts = _decode(data)
    names = _write(sheets)
    document = Document(
        owner=actor,
        kind=kind,
        name=_clean_name(upload.name),
        sha256=sha256,
        mime=mime,
        bytes=len(data),
        pages=len(sheets),
        facts=facts,
    )
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            Page.objects.bulk_create(
                _page(document, *row) for row in enumerate(zip(names, sheets, strict=True), start=1)
            )
            trail.record(actor=actor, event="document.store", subject=document, data={"kind": kind, "sha256": sha256})
    except IntegrityError:
        # The double click: the other request stored the very same bytes a moment ago.
        files.remove(names)
        return same.get()
    except BaseException:
        files.remove(names)
        raise
    return document


@enforces("R41")
def publish(
    *,
    actor: User,
    document: Document,
    boxes: Sequence[Box],
    pages: Sequence[int] = (),
    sensitive: bool = False,
    consent_scope: str = "",
) -> PublicCopy:
    """Burn the black boxes into new pictures and make these public (R41). The original is never published.

    `pages` names the pages to publish, all when empty. Every page needs a box, except of a photograph. The owner must have
    consented to publishing (`document.publishing_consent`) for `consent_scope`, by default this very document
    (`document.own_scope`), and the copy is shown only while that stands. A document has at most one live copy: the same
    boxes again give the same copy, other boxes withdraw the old one. Raises DomainError `never_public`, `bad_boxes`,
    `page_without_box` (field `boxes`), `no_such_page` (field `pages`), `no_consent` (field `agree`).
    """
    _check_boxes(actor, document, boxes, wanted := sorted(set(pages)) or list(range(1, document.pages + 1)))
    consent_scope = consent_scope or document.own_scope
    if not has_consent(document.owner, document.publishing_consent, consent_scope):
        raise DomainError(
            "no_consent",
            _("The person who sent this has not agreed to publishing it, or took that back."),
            field="agree",
        )
    content = [box.as_json() for box in boxes]
    rows = {page.number: page for page in document.page_set.all()}
    sheets = [
        images.burn(files.read(rows[number].file, "full"), [box for box in boxes if box.page == number])
        for number in wanted
    ]
    sha256 = hashlib.sha256("".join(sheet.sha256 for sheet in sheets).encode()).hexdigest()
    names = _write(sheets)
    try:
        with transaction.atomic():
            Document.objects.select_for_update().get(pk=document.pk)
            live = PublicCopy.objects.filter(document=document, withdrawn_at=None).first()
            asked = (sha256, sensitive, consent_scope)
            if live and (live.sha256, live.sensitive, live.consent_scope) == asked:
                files.remove(names)
                return live
            if live:
                _withdraw(actor, live)
            copy = PublicCopy.objects.create(
                document=document,
                token=secrets.token_urlsafe(24),
                sha256=sha256,
                boxes=content,
                sensitive=sensitive,
                consent=document.publishing_consent,
                consent_scope=consent_scope,
                created_by=actor,
            )
            PublicPage.objects.bulk_create(
                PublicPage(
                    copy=copy, number=number, file=name, width=sheet.width, height=sheet.height, sha256=sheet.sha256
                )
                for number, name, sheet in zip(wanted, names, sheets, strict=True)
            )
            trail.record(
                actor=actor,
                event="document.publish",
                subject=document,
                data={"copy": copy.pk, "sha256": sha256, "boxes": len(content)},
            )
    except BaseException:
        files.remove(names)
        raise
    return copy


def withdraw_copy(*, actor: User, copy: PublicCopy) -> PublicCopy:
    """The public address answers 404 from now on; an owner who does this takes back a consent to this very document too.

    Withdrawing twice changes nothing.
    """
    with transaction.atomic():
        locked = PublicCopy.objects.select_for_update(of=("self",)).select_related("document").get(pk=copy.pk)
        if locked.withdrawn_at is None:
            _withdraw(actor, locked)
            if locked.document.owner_id == actor.pk and locked.consent_scope == locked.document.own_scope:
                withdraw_consent(actor=actor, purpose=locked.consent, scope=locked.consent_scope)
    return locked


def remove_document(*, actor: User, document: Document) -> None:
    """Delete an upload and its files. Raises Conflict `in_use` when a campaign, a case or a person's record refers to it."""
    try:
        with transaction.atomic():
            names = _names_of(document)
            trail.record(actor=actor, event="document.remove", subject=document, data={"sha256": document.sha256})
            document.delete()
            transaction.on_commit(lambda: files.remove(names))
    except ProtectedError as error:
        raise Conflict(
            "in_use", _("This paper belongs to a request that is being checked or was checked, so it must be kept.")
        ) from error


def sweep_files(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Remove stored files that no row refers to: what a crash between writing a file and its row left behind."""
    removed = 0
    for names in files.older_than(int(older_than.total_seconds())):
        kept = {
            *Page.objects.filter(file__in=names).values_list("file", flat=True),
            *PublicPage.objects.filter(file__in=names).values_list("file", flat=True),
        }
        orphans = sorted(names - kept)
        files.remove(orphans)
        removed += len(orphans)
    return removed


def _bytes_of(upload: File) -> bytes:
    if upload.size > MAX_BYTES:
        raise refuse("too_large", _("This file is larger than 15 MB. Please send a smaller one."))
    data: bytes = upload.read(MAX_BYTES + 1)
    if not data:
        raise refuse("empty", _("This file is empty."))
    return data


def _check_rate(actor: User) -> None:
    today = timezone.now() - timedelta(days=1)
    if Document.objects.filter(owner=actor, created_at__gt=today).count() >= MAX_PER_DAY:
        raise refuse("too_many_today", _("You have sent very many files today. Please go on tomorrow."))


def _decode(data: bytes) -> tuple[str, list[Sheet], dict[str, Any]]:
    guess = filetype.guess(data)
    mime = guess.mime if guess else ""
    if mime == "application/pdf":
        return mime, *pdf.read_pages(data)
    if mime in images.FORMATS:
        return mime, *images.read_photo(data, mime)
    raise refuse("wrong_type", _("Only photos (JPEG, PNG, WebP, HEIC) and PDF files can be used."))


def _write(sheets: Sequence[Sheet]) -> list[str]:
    names: list[str] = []
    try:
        for sheet in sheets:
            names.append(files.new_name())
            files.write(names[-1], "full", sheet.full)
            files.write(names[-1], "thumb", sheet.thumb)
    except BaseException:
        files.remove(names)
        raise
    return names


def _page(document: Document, number: int, stored: tuple[str, Sheet]) -> Page:
    name, sheet = stored
    band0, band1, band2 = fingerprints.bands(sheet.dhash) if sheet.dhash else (None, None, None)
    return Page(
        document=document,
        number=number,
        file=name,
        width=sheet.width,
        height=sheet.height,
        sha256=sheet.sha256,
        dhash=f"{sheet.dhash:016x}" if sheet.dhash else "",
        band0=band0,
        band1=band1,
        band2=band2,
    )


def _clean_name(name: str | None) -> str:
    return "".join(char for char in (name or "") if char.isprintable())[-100:]


def _check_boxes(actor: User, document: Document, boxes: Sequence[Box], pages: Iterable[int]) -> None:
    if not may_publish(actor, document):
        raise Forbidden("not_yours", _("Only the person who sent this paper, or a reviewer, can publish it."))
    if document.kind in NEVER_PUBLIC:
        raise DomainError(
            "never_public", _("ID cards and bank cards are never shown to the public, not even in part."), field="boxes"
        )
    if len(boxes) > MAX_BOXES or any(box.fault(document.pages) for box in boxes):
        raise DomainError(
            "bad_boxes", _("A black box lies outside the page or is too small. Please draw it again."), field="boxes"
        )
    covered = {box.page for box in boxes}
    for number in pages:
        if not 1 <= number <= document.pages:
            raise DomainError("no_such_page", _("This document has no such page."), field="pages")
        if number not in covered and document.kind not in PUBLIC_WITHOUT_BOXES:
            raise DomainError(
                "page_without_box",
                _("Nothing is blacked out on page %(page)d. Cover names, numbers and bar codes, or leave the page out.")
                % {"page": number},
                field="boxes",
            )


def _withdraw(actor: User, copy: PublicCopy) -> None:
    copy.withdrawn_at, copy.withdrawn_by = timezone.now(), actor
    copy.save(update_fields=["withdrawn_at", "withdrawn_by"])
    trail.record(actor=actor, event="document.withdraw", subject=copy.document, data={"copy": copy.pk})


def _names_of(document: Document) -> list[str]:
    return [
        *document.page_set.values_list("file", flat=True),
        *PublicPage.objects.filter(copy__document=document).values_list("file", flat=True),
    ]
