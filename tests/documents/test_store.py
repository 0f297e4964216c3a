"""Uploads: what is accepted, what is refused, what is kept."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image, ImageDraw, TiffImagePlugin

from core.crypto import Unreadable
from core.errors import DomainError
from core.models import TrailEvent
from documents import files, services
from documents.kinds import Kind
from documents.models import Document, Page
from tests import papers


def stored_files() -> list[Path]:
    return sorted(path for path in files.root().rglob("*") if path.is_file())


def refused(cast: Any, upload: SimpleUploadedFile, kind: str = Kind.DIAGNOSIS) -> str:
    """The code of the refusal; nothing may have been written."""
    before = stored_files()
    with pytest.raises(DomainError) as caught:
        services.store(actor=cast.lin, upload=upload, kind=kind)
    assert not Document.objects.exists()
    assert not TrailEvent.objects.exists()
    assert stored_files() == before
    assert set(caught.value.fields) == ({"file"} if kind == Kind.DIAGNOSIS else {"kind"})
    return caught.value.code


def sent(data: bytes, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def test_a_photo_is_kept_as_an_encrypted_page_with_a_thumbnail(cast: Any) -> None:
    upload = papers.upload(1, name="诊断证明.jpg")
    document = services.store(actor=cast.lin, upload=upload, kind=Kind.DIAGNOSIS)
    page = document.page_set.get()
    assert (document.owner, document.kind, document.mime, document.pages) == (cast.lin, "diagnosis", "image/jpeg", 1)
    assert document.name == "诊断证明.jpg"
    assert (page.width, page.height) == (1240, 1754)
    assert document.dhash == page.dhash
    assert len(page.dhash) == 16
    paths = [files.root() / page.file[:2] / f"{page.file}.{size}" for size in ("full", "thumb")]
    assert stored_files()[-2:] and all(path.exists() for path in paths)
    for path in paths:
        assert path.stat().st_mode & 0o777 == 0o600
        assert b"JFIF" not in path.read_bytes()
    with Image.open(io.BytesIO(files.read(page.file, "thumb"))) as thumb:
        assert max(thumb.size) == 480
    assert TrailEvent.objects.get().event == "document.store"


@pytest.mark.rule("R102")
def test_a_stored_file_that_was_changed_or_moved_does_not_open(cast: Any) -> None:
    page = services.store(actor=cast.lin, upload=papers.upload(2), kind=Kind.BILL).page_set.get()
    path = files.root() / page.file[:2] / f"{page.file}.full"
    other = files.new_name()
    files.write(other, "full", b"x")
    (files.root() / other[:2] / f"{other}.full").write_bytes(path.read_bytes())
    with pytest.raises(Unreadable):
        files.read(other, "full")
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(Unreadable):
        files.read(page.file, "full")


@pytest.mark.rule("R73")
def test_metadata_is_noted_and_stripped(cast: Any) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Canon", "EOS\0 R5", "Adobe Photoshop 25.0"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:01 09:30:00"
    exif.get_ifd(0x8825)[2] = (
        TiffImagePlugin.IFDRational(31),
        TiffImagePlugin.IFDRational(14),
        TiffImagePlugin.IFDRational(5),
    )
    data = papers.jpeg(papers.paper(3), exif=exif)
    document = services.store(actor=cast.lin, upload=sent(data), kind=Kind.DIAGNOSIS)
    assert document.facts == {
        "width": 1240, "height": 1754, "make": "Canon", "model": "EOS R5", "software": "Adobe Photoshop 25.0",
        "taken": "2026:11:01 09:30:00", "had_location": True,
    }  # fmt: skip
    with Image.open(io.BytesIO(files.read(document.page_set.get().file, "full"))) as kept:
        assert not kept.getexif()
        assert "icc_profile" not in kept.info


def test_a_photo_taken_sideways_is_kept_upright(cast: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = papers.jpeg(papers.paper(4, size=(1200, 800)), exif=exif)
    page = services.store(actor=cast.lin, upload=sent(data), kind=Kind.BILL).page_set.get()
    assert (page.width, page.height) == (800, 1200)


@pytest.mark.parametrize(("format", "mime"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_other_formats_are_accepted_by_content_whatever_the_name(cast: Any, format: str, mime: str) -> None:
    data = encoded(papers.paper(5).convert("RGBA"), format)
    document = services.store(actor=cast.lin, upload=sent(data, "x.exe"), kind=Kind.BILL)
    assert document.mime == mime


def deep(image: Image.Image) -> Image.Image:
    """16 bits of grey, as scanners and X-ray machines write."""
    grey = Image.new("I;16", image.size)
    grey.putdata([value * 16 for value in image.convert("L").tobytes()])
    return grey


@pytest.mark.parametrize(
    ("mode", "format"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("I;16", "PNG")],
)
def test_every_kind_of_picture_shows_the_same_paper(cast: Any, mode: str, format: str) -> None:
    from documents.fingerprints import distance
    from documents.images import dhash

    image = papers.paper(14, size=(620, 877))
    data = encoded(deep(image) if mode == "I;16" else image.convert(mode), format)
    page = services.store(actor=cast.lin, upload=sent(data), kind=Kind.LAB_REPORT).page_set.get()
    assert distance(int(page.dhash, 16), dhash(image)) <= 4


def test_what_shines_through_is_white(cast: Any) -> None:
    image = papers.paper(15, size=(400, 400)).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    page = services.store(actor=cast.lin, upload=sent(encoded(image, "PNG")), kind=Kind.OTHER).page_set.get()
    with Image.open(io.BytesIO(files.read(page.file, "full"))) as kept:
        assert kept.convert("L").getextrema() == (255, 255)


def test_an_iphone_picture_is_accepted(cast: Any) -> None:
    data = (Path(__file__).parent / "specimen.heic").read_bytes()
    document = services.store(actor=cast.lin, upload=sent(data, "IMG_0001.HEIC"), kind=Kind.PHOTO)
    assert document.mime in {"image/heic", "image/heif"}
    assert document.page_set.get().width > 0


def test_a_large_picture_is_made_smaller(cast: Any) -> None:
    data = papers.jpeg(Image.effect_noise((4000, 2000), 50))
    page = services.store(actor=cast.lin, upload=sent(data), kind=Kind.BILL).page_set.get()
    assert (page.width, page.height) == (3000, 1500)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<?php system('id'); ?>", "wrong_type"),
        (b"MZ\x90\x00" + b"\0" * 400, "wrong_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "wrong_type"),
        (b"GIF89a" + b"\1\0\1\0\0\0\0;", "wrong_type"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 300, "unreadable"),
        (b"%PDF-1.7\nnothing here", "unreadable"),
    ],
)
def test_what_is_not_a_picture_or_a_pdf_is_refused(cast: Any, data: bytes, code: str) -> None:
    assert refused(cast, sent(data)) == code


def test_a_truncated_picture_is_refused(cast: Any) -> None:
    assert refused(cast, sent(papers.jpeg(papers.paper(6))[:20_000])) == "unreadable"


def test_a_file_over_15_mb_is_refused(cast: Any) -> None:
    assert refused(cast, sent(papers.jpeg(papers.paper(6)) + b"\0" * 15 * 1024 * 1024)) == "too_large"


@pytest.mark.parametrize("side", [7100, 9600, 14000])
def test_a_decompression_bomb_is_refused_unopened(cast: Any, side: int) -> None:
    assert refused(cast, sent(encoded(Image.new("1", (side, side)), "PNG"))) == "too_many_pixels"


def test_an_unknown_kind_is_refused(cast: Any) -> None:
    assert refused(cast, papers.upload(7), kind="passport") == "bad_kind"


def test_the_same_file_twice_is_the_same_document(cast: Any) -> None:
    first = services.store(actor=cast.lin, upload=papers.upload(8), kind=Kind.BILL)
    files_before = stored_files()
    assert services.store(actor=cast.lin, upload=papers.upload(8, name="again.jpg"), kind=Kind.BILL) == first
    assert stored_files() == files_before
    assert services.store(actor=cast.sun, upload=papers.upload(8), kind=Kind.BILL) != first
    assert services.store(actor=cast.lin, upload=papers.upload(8), kind=Kind.INVOICE) != first


def test_a_failing_row_leaves_no_file(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk of the database is full")

    before = stored_files()
    monkeypatch.setattr(Page.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        services.store(actor=cast.lin, upload=papers.upload(9), kind=Kind.BILL)
    assert not Document.objects.exists()
    assert stored_files() == before


def test_the_sweep_removes_only_old_files_that_no_row_knows(cast: Any, settings: Any, tmp_path: Path) -> None:
    from datetime import timedelta

    settings.PRIVATE_ROOT = tmp_path
    kept = services.store(actor=cast.lin, upload=papers.upload(10), kind=Kind.BILL)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.store(actor=cast.lin, upload=papers.upload(11), kind=Kind.BILL)
        raise RuntimeError("the caller's transaction rolls back")
    assert len(stored_files()) == 4
    assert services.sweep_files() == 0
    assert services.sweep_files(older_than=timedelta(0)) == 1
    assert {path.stem for path in stored_files()} == {kept.page_set.get().file}


def test_two_hundred_uploads_a_day_are_enough(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_PER_DAY", 1)
    services.store(actor=cast.lin, upload=papers.upload(12), kind=Kind.BILL)
    with pytest.raises(DomainError) as caught:
        services.store(actor=cast.lin, upload=papers.upload(13), kind=Kind.BILL)
    assert caught.value.code == "too_many_today"
    assert Document.objects.count() == 1


@pytest.mark.rule("R73")
def test_a_paper_shown_before_by_anybody_is_found_even_resized_and_compressed(
    cast: Any, django_assert_num_queries: Any
) -> None:
    from documents.selectors import same_or_similar

    image = papers.paper(20, ["郑州大学第一附属医院", "诊断证明书"])
    first = services.store(actor=cast.lin, upload=sent(papers.jpeg(image)), kind=Kind.DIAGNOSIS)
    equal = services.store(actor=cast.li, upload=sent(papers.jpeg(image)), kind=Kind.DIAGNOSIS)
    small = services.store(
        actor=cast.sun, upload=sent(papers.jpeg(image.resize((620, 877)), quality=30)), kind=Kind.DIAGNOSIS
    )
    for seed in range(30, 36):
        services.store(actor=cast.chen, upload=papers.upload(seed), kind=Kind.DIAGNOSIS)
    with django_assert_num_queries(3):
        found = same_or_similar(first)
    assert [similar.document for similar in found] == [equal, small]
    assert [similar.exact for similar in found] == [True, False]
    assert found[1].distance <= 6
    with pytest.raises(ValueError, match="6 bits"):
        same_or_similar(first, max_distance=7)


@pytest.mark.rule("R73")
def test_blank_pages_are_not_similar_to_each_other(cast: Any) -> None:
    from documents.selectors import same_or_similar

    blank = Image.new("RGB", (900, 1200), (255, 255, 255))
    marked = blank.copy()
    ImageDraw.Draw(marked).rectangle((400, 600, 410, 610), fill=(0, 0, 0))
    one = services.store(actor=cast.lin, upload=sent(papers.jpeg(blank)), kind=Kind.BILL)
    services.store(actor=cast.sun, upload=sent(papers.jpeg(marked)), kind=Kind.BILL)
    assert one.dhash == ""
    assert same_or_similar(one) == []
