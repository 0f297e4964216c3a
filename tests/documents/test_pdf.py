"""PDF uploads: pages become pictures, and what can act is refused."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from core.errors import DomainError
from documents import services
from documents.kinds import Kind
from documents.models import Document
from tests import papers


def pdf(pages: int = 1, change: Callable[[PdfWriter], None] = lambda writer: None) -> bytes:
    first, *rest = [papers.paper(seed, size=(420, 594)) for seed in range(1, pages + 1)]
    drawn = io.BytesIO()
    first.save(drawn, "PDF", save_all=True, append_images=rest)
    writer = PdfWriter(clone_from=PdfReader(drawn))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def store(cast: Any, data: bytes) -> Document:
    return services.store(actor=cast.lin, upload=SimpleUploadedFile("a.pdf", data), kind=Kind.INVOICE)


def test_pages_become_pictures_and_the_makers_name_is_noted(cast: Any) -> None:
    def by_photoshop(writer: PdfWriter) -> None:
        writer.add_metadata({"/Producer": "Adobe Photoshop for Windows", "/Creator": "x" * 500})

    document = store(cast, pdf(3, by_photoshop))
    assert (document.mime, document.pages) == ("application/pdf", 3)
    assert document.facts["producer"] == "Adobe Photoshop for Windows"
    assert len(document.facts["creator"]) == 100
    assert document.facts["restricted"] is False
    assert [page.number for page in document.page_set.all()] == [1, 2, 3]
    assert len({page.dhash for page in document.page_set.all()}) == 3


def test_a_pdf_that_only_forbids_editing_is_read(cast: Any) -> None:
    document = store(cast, pdf(1, lambda writer: writer.encrypt(user_password="", owner_password="secret")))
    assert document.facts["restricted"] is True


def action(kind: str, **more: str) -> DictionaryObject:
    entries = {
        NameObject("/S"): NameObject(kind),
        **{NameObject(f"/{k}"): TextStringObject(v) for k, v in more.items()},
    }
    return DictionaryObject(entries)


def opening(writer: PdfWriter, entry: Any) -> None:
    writer.root_object[NameObject("/OpenAction")] = entry


def on_page(writer: PdfWriter) -> None:
    events = DictionaryObject({NameObject("/O"): action("/JavaScript", JS="app.alert(1)")})
    writer.pages[0][NameObject("/AA")] = events


def chained(writer: PdfWriter) -> None:
    first = action("/URI", URI="https://example.org")
    first[NameObject("/Next")] = ArrayObject([action("/Launch", F="cmd.exe")])
    writer.root_object[NameObject("/Extra")] = writer._add_object(first)


def huge_picture(writer: PdfWriter) -> None:
    picture = next(iter(writer.pages[0]["/Resources"]["/XObject"].values())).get_object()  # type: ignore[index]
    picture[NameObject("/Width")] = picture[NameObject("/Height")] = NumberObject(60_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda writer: writer.encrypt("secret"), "pdf_locked"),
        (lambda writer: opening(writer, action("/JavaScript", JS="app.alert(1)")), "pdf_active"),
        (lambda writer: opening(writer, action("/Launch", F="cmd.exe")), "pdf_active"),
        (lambda writer: opening(writer, action("/SubmitForm", F="https://example.org")), "pdf_active"),
        (on_page, "pdf_active"),
        (chained, "pdf_active"),
        (huge_picture, "too_many_pixels"),
        (lambda writer: writer.add_attachment("tool.exe", b"MZ"), "pdf_attachment"),
    ],
)
def test_a_pdf_that_can_act_is_refused(cast: Any, change: Callable[[PdfWriter], None], code: str) -> None:
    with pytest.raises(DomainError) as caught:
        store(cast, pdf(1, change))
    assert caught.value.code == code
    assert set(caught.value.fields) == {"file"}
    assert not Document.objects.exists()


def test_links_and_jumps_are_harmless(cast: Any) -> None:
    def links(writer: PdfWriter) -> None:
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://example.org"))
        opening(writer, ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")]))

    assert store(cast, pdf(1, links)).pages == 1


def test_more_than_twenty_pages_are_refused(cast: Any) -> None:
    assert store(cast, pdf(20)).pages == 20
    with pytest.raises(DomainError, match="too_many_pages"):
        store(cast, pdf(21))
