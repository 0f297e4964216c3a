"""What the public may see, and how long."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts import consent_texts
from accounts.purposes import Purpose
from accounts.selectors import has_consent
from accounts.services.consents import record_consent, withdraw_consent
from core.errors import DomainError, Forbidden
from core.models import TrailEvent
from documents import files, selectors, services
from documents.access import get_copy_for
from documents.kinds import NEVER_PUBLIC, Kind
from documents.models import Document, PublicCopy, PublicPage
from documents.rules import Box
from tests import papers

BOX = Box(page=1, x=0.1, y=0.1, width=0.5, height=0.2)


def agree(user: Any, purpose: Purpose = Purpose.PUBLISH_DOCUMENTS, scope: str = "") -> None:
    version = consent_texts.current(purpose).version
    record_consent(actor=user, purpose=purpose, text_version=version, scope=scope)


@pytest.fixture
def paper(cast: Any) -> Document:
    document = services.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.DIAGNOSIS)
    agree(cast.lin, scope=document.own_scope)
    return document


@pytest.mark.rule("R41")
def test_boxes_are_burnt_into_the_pixels(cast: Any, paper: Document, client: Client) -> None:
    copy = services.publish(actor=cast.lin, document=paper, boxes=[BOX])
    response = client.get(selectors.public_url(copy))
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex, noimageindex"
    with Image.open(io.BytesIO(response.content)) as image:
        assert max(image.size) == 1600
        width, height = image.size
        left, top, right, bottom = BOX.pixels(width, height)
        inside = image.crop((left + 16, top + 16, right - 16, bottom - 16))
        assert max(high for _low, high in inside.convert("RGB").getextrema()) <= 6
        assert not image.getexif()
    thumb = client.get(selectors.public_url(copy, size="thumb", page=1))
    with Image.open(io.BytesIO(thumb.content)) as image:
        assert max(image.size) == 480
    assert copy.sha256 != paper.page_set.get().sha256


@pytest.mark.rule("R41")
@pytest.mark.parametrize("kind", sorted(NEVER_PUBLIC))
def test_what_names_a_person_or_opens_an_account_is_never_published(cast: Any, kind: Kind) -> None:
    card = services.store(actor=cast.lin, upload=papers.upload(2), kind=kind)
    agree(cast.lin, scope=card.own_scope)
    with pytest.raises(DomainError, match="never_public"):
        services.publish(actor=cast.lin, document=card, boxes=[BOX])
    assert not PublicCopy.objects.exists()


@pytest.mark.rule("R41", "R102")
def test_nothing_is_published_without_the_owners_consent_and_nothing_stays_after_it(cast: Any, client: Client) -> None:
    paper = services.store(actor=cast.lin, upload=papers.upload(3), kind=Kind.BILL)
    agree(cast.lin, scope="campaign:7")
    with pytest.raises(DomainError, match="no_consent") as caught:
        services.publish(actor=cast.zhao, document=paper, boxes=[BOX])
    assert set(caught.value.fields) == {"agree"}
    assert not PublicCopy.objects.exists()
    copy = services.publish(actor=cast.zhao, document=paper, boxes=[BOX], consent_scope="campaign:7")
    assert client.get(selectors.public_url(copy)).status_code == 200
    withdraw_consent(actor=cast.lin, purpose=Purpose.PUBLISH_DOCUMENTS, scope="campaign:7")
    assert client.get(selectors.public_url(copy)).status_code == 404


@pytest.mark.rule("R41")
def test_a_page_without_a_box_is_not_published_unless_it_is_a_photograph(cast: Any, paper: Document) -> None:
    with pytest.raises(DomainError, match="page_without_box"):
        services.publish(actor=cast.lin, document=paper, boxes=[])
    photo = services.store(actor=cast.lin, upload=papers.upload(4), kind=Kind.PHOTO)
    agree(cast.lin, Purpose.PUBLISH_STORY, photo.own_scope)
    assert services.publish(actor=cast.lin, document=photo, boxes=[], sensitive=True).sensitive


@pytest.mark.parametrize(
    "box",
    [
        Box(2, 0.1, 0.1, 0.2, 0.2),
        Box(0, 0.1, 0.1, 0.2, 0.2),
        Box(1, 0.9, 0.1, 0.2, 0.2),
        Box(1, -0.1, 0.1, 0.2, 0.2),
        Box(1, 0.1, 0.1, 0.0, 0.2),
        Box(1, float("nan"), 0.1, 0.2, 0.2),
        Box(1, 0.1, 0.1, float("inf"), 0.2),
    ],
)
def test_a_box_outside_the_page_is_refused(cast: Any, paper: Document, box: Box) -> None:
    with pytest.raises(DomainError, match="bad_boxes"):
        services.publish(actor=cast.lin, document=paper, boxes=[BOX, box])
    assert not PublicCopy.objects.exists()


def test_the_same_boxes_twice_are_one_copy_and_other_boxes_replace_it(
    cast: Any, paper: Document, client: Client
) -> None:
    first = services.publish(actor=cast.lin, document=paper, boxes=[BOX])
    assert services.publish(actor=cast.lin, document=paper, boxes=[BOX]) == first
    second = services.publish(actor=cast.zhao, document=paper, boxes=[BOX, Box(1, 0.5, 0.7, 0.2, 0.1)])
    assert client.get(selectors.public_url(first)).status_code == 404
    assert client.get(selectors.public_url(second)).status_code == 200
    assert selectors.live_copy(Document.objects.prefetch_related("copies").get(pk=paper.pk)) == second
    assert PublicCopy.objects.count() == 2


def test_a_copy_that_fails_halfway_leaves_nothing(cast: Any, paper: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    live = services.publish(actor=cast.lin, document=paper, boxes=[BOX])
    before = {path.name for path in files.root().rglob("*.full")}

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(PublicPage.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        services.publish(actor=cast.lin, document=paper, boxes=[Box(1, 0.2, 0.2, 0.2, 0.2)])
    live.refresh_from_db()
    assert live.withdrawn_at is None
    assert {path.name for path in files.root().rglob("*.full")} == before


def test_a_withdrawn_copy_is_gone(cast: Any, paper: Document, client: Client) -> None:
    copy = services.publish(actor=cast.lin, document=paper, boxes=[BOX])
    for _click in range(2):
        copy = services.withdraw_copy(actor=cast.lin, copy=get_copy_for(cast.lin, copy.pk))
    assert client.get(selectors.public_url(copy)).status_code == 404
    assert TrailEvent.objects.filter(event="document.withdraw").count() == 1
    assert not has_consent(cast.lin, Purpose.PUBLISH_DOCUMENTS, paper.own_scope)


def test_strangers_publish_nothing(cast: Any, paper: Document) -> None:
    for user in (cast.sun, cast.zhou, cast.feng, cast.wu):
        with pytest.raises(Forbidden):
            services.publish(actor=user, document=paper, boxes=[BOX])
    assert not PublicCopy.objects.exists()


@pytest.mark.parametrize(
    "path", ["documents/public/nothing/1-full.jpg", "documents/public/x/0-huge.jpg", "documents/public/%00/0-full.jpg"]
)
def test_a_guessed_public_address_is_404(db: None, client: Client, path: str) -> None:
    assert client.get(f"/{path}").status_code == 404


def test_a_signed_link_opens_for_its_viewer_alone_and_leaves_a_line(cast: Any, paper: Document) -> None:
    link = selectors.signed_url(paper, viewer=cast.zhao, purpose="case 12")
    auditor, stranger = Client(), Client()
    auditor.force_login(cast.zhao)
    stranger.force_login(cast.sun)
    response = auditor.get(link)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline")
    assert response.content[:3] == b"\xff\xd8\xff"
    line = TrailEvent.objects.get(event="read.sensitive")
    assert (line.actor, line.purpose, line.subject) == (cast.zhao, "case 12", f"documents.document:{paper.pk}")
    assert stranger.get(link).status_code == 404
    assert Client().get(link).status_code in {401, 403}
    assert auditor.get(link.replace("/content/", "/content/x")).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(seconds=301), tick=False):
        assert selectors.open_signed(link.split("/")[-2], viewer=cast.zhao) is None
    assert TrailEvent.objects.filter(event="read.sensitive").count() == 1


def test_looking_at_ones_own_paper_leaves_no_line(cast: Any, paper: Document) -> None:
    owner = Client()
    owner.force_login(cast.lin)
    assert owner.get(selectors.signed_url(paper, viewer=cast.lin, purpose="own", size="thumb")).status_code == 200
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()
