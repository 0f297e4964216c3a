"""The pages and the REST of documents, as people and programs use them."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import consent_texts
from accounts.purposes import Purpose
from core.models import TrailEvent
from documents import selectors, services
from documents.kinds import Kind
from documents.models import Document, PublicCopy
from tests import papers
from tests.signin import sign_in


@pytest.fixture
def lin(cast: Any) -> Client:
    client = Client()
    client.force_login(cast.lin)
    return client


@pytest.fixture
def paper(cast: Any) -> Document:
    return services.store(actor=cast.lin, upload=papers.upload(1), kind=Kind.DIAGNOSIS)


def boxes(*rows: tuple[object, ...], **more: object) -> dict[str, Any]:
    names = ("page", "left", "top", "width", "height")
    return {name: [str(row[place]) for row in rows] for place, name in enumerate(names)} | {"pages": "1"} | more


def agreement() -> dict[str, str]:
    return {"agree": "on", "text_version": consent_texts.current(Purpose.PUBLISH_DOCUMENTS).version}


def test_everything_asks_for_a_sign_in(db: None, client: Client) -> None:
    for name, args in (("own", []), ("upload", []), ("document", [1]), ("staff_document", [1])):
        assert client.get(reverse(f"documents:{name}", args=args)).status_code == 302
    for name, args in (("publish", [1]), ("withdraw", [1]), ("remove", [1])):
        assert client.post(reverse(f"documents:{name}", args=args)).status_code == 302
    assert client.get("/api/v1/documents/").status_code in {401, 403}


def test_somebody_elses_paper_is_404(cast: Any, paper: Document) -> None:
    client = Client()
    client.force_login(cast.sun)
    assert client.get(reverse("documents:document", args=[paper.pk])).status_code == 404
    assert client.get(reverse("documents:staff_document", args=[paper.pk])).status_code == 404
    assert client.post(reverse("documents:publish", args=[paper.pk])).status_code == 404
    assert client.post(reverse("documents:remove", args=[paper.pk])).status_code == 404
    assert client.get(f"/api/v1/documents/{paper.pk}/").status_code == 404
    assert client.delete(f"/api/v1/documents/{paper.pk}/").status_code == 404
    assert client.post(f"/api/v1/documents/{paper.pk}/publish/", {}, "application/json").status_code == 404
    assert Document.objects.count() == 1


def test_a_paper_is_sent_from_my_papers(lin: Client) -> None:
    response = lin.post(reverse("documents:upload"), {"kind": "bill", "file": papers.upload(2)})
    document = Document.objects.get()
    assert response.url == reverse("documents:document", args=[document.pk])  # type: ignore[attr-defined]
    assert "paper.jpg" in lin.get(reverse("documents:own")).content.decode()


def test_a_refused_file_says_why_beside_the_field(lin: Client) -> None:
    response = lin.post(
        reverse("documents:upload"), {"kind": "bill", "file": SimpleUploadedFile("a.exe", b"MZ\x90" + b"\0" * 99)}
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"file"}
    assert response.context["form"]["kind"].value() == "bill"
    assert not Document.objects.exists()


def test_the_widget_sends_files_at_once_and_keeps_what_was_sent(lin: Client, cast: Any, paper: Document) -> None:
    stranger = services.store(actor=cast.sun, upload=papers.upload(9), kind=Kind.DIAGNOSIS)
    sent = {
        "papers_name": "proofs",
        "papers_kind": "diagnosis",
        "proofs": [str(paper.pk), str(stranger.pk), "99999999999999999999", "x"],
        "proofs_file": [papers.upload(3), SimpleUploadedFile("evil.svg", b"<svg/>")],
    }
    page = lin.post(reverse("documents:upload"), sent, headers={"HX-Request": "true"}).content.decode()
    stored = Document.objects.filter(owner=cast.lin).latest("id")
    assert re.findall(r'name="proofs" value="(\d+)"', page) == [str(paper.pk), str(stored.pk)]
    assert "evil.svg" in page
    assert lin.post(reverse("documents:upload"), sent | {"papers_name": "<script>"}).status_code == 400
    assert lin.post(reverse("documents:upload"), sent | {"papers_name": "lines-0-document"}).status_code == 200
    assert lin.post(reverse("documents:upload"), sent | {"papers_kind": "passport"}).status_code == 400


def test_a_form_keeps_files_although_something_else_in_it_is_wrong(cast: Any, rf: Any) -> None:
    from django import forms
    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

    from documents.forms import PapersField

    class Form(forms.Form):
        amount = forms.IntegerField()
        bills = PapersField(kind=Kind.BILL, most=2)

        def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["bills"].for_owner(owner)  # type: ignore[attr-defined]

    first = Form(QueryDict("amount=x"), MultiValueDict({"bills_file": [papers.upload(4)]}), owner=cast.lin)
    assert not first.is_valid()
    assert set(first.errors) == {"amount"}
    kept = Document.objects.get()
    assert f'value="{kept.pk}" checked' in str(first["bills"])
    second = Form(QueryDict(f"amount=1&bills={kept.pk}"), MultiValueDict(), owner=cast.lin)
    assert second.is_valid()
    assert second.cleaned_data["bills"] == [kept]
    assert set(Form(QueryDict("amount=1"), MultiValueDict(), owner=cast.lin).errors) == {"bills"}
    many = MultiValueDict({"bills_file": [papers.upload(seed) for seed in (5, 6, 7)]})
    assert set(Form(QueryDict("amount=1"), many, owner=cast.lin).errors) == {"bills"}


@pytest.mark.rule("R41")
def test_the_owner_draws_boxes_agrees_and_publishes(lin: Client, cast: Any, paper: Document) -> None:
    page = lin.get(reverse("documents:document", args=[paper.pk]))
    assert page.context["consent_text"].purpose == Purpose.PUBLISH_DOCUMENTS
    address = reverse("documents:publish", args=[paper.pk])
    refused = lin.post(address, boxes((1, 10, 10, 50, 20)))
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"agree"}
    assert refused.context["sheets"][0]["rows"] == [("1", "10", "10", "50", "20")]
    done = lin.post(address, boxes((1, 10, 10, 50, 20), (1, "", "", "", ""), sensitive="on", **agreement()))
    assert done.status_code == 302
    copy = PublicCopy.objects.get()
    assert (copy.boxes, copy.sensitive) == ([[1, 0.1, 0.1, 0.5, 0.2]], True)
    again = lin.get(reverse("documents:document", args=[paper.pk]))
    assert again.context["sheets"][0]["rows"] == [("1", "10.00", "10.00", "50.00", "20.00")]
    assert Client().get(selectors.public_url(copy)).status_code == 200
    lin.post(reverse("documents:withdraw", args=[copy.pk]))
    assert Client().get(selectors.public_url(copy)).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        boxes((1, "a", 10, 50, 20)),
        boxes((1, 90, 10, 50, 20)),
        boxes(("x", 10, 10, 50, 20)),
        boxes((1, "nan", 10, 50, 20)),
        boxes(),
    ],
)
def test_bad_boxes_are_refused_on_the_page(lin: Client, paper: Document, sent: dict[str, Any]) -> None:
    response = lin.post(reverse("documents:publish", args=[paper.pk]), sent | agreement())
    assert response.status_code == 422
    assert not PublicCopy.objects.exists()


@pytest.mark.parametrize("scope", ["%00", "x", "a:b'c", "campaign:" + "9" * 80])
def test_nonsense_in_the_address_is_no_scope(lin: Client, paper: Document, scope: str) -> None:
    page = lin.get(reverse("documents:document", args=[paper.pk]) + f"?scope={scope}")
    assert page.status_code == 200
    assert not page.context["agreed"]


def test_after_publishing_one_returns_only_within_the_site(lin: Client, paper: Document) -> None:
    address = reverse("documents:publish", args=[paper.pk])
    inside = lin.post(address, boxes((1, 1, 1, 9, 9), next="/raise/7/", **agreement()))
    assert inside.url == "/raise/7/"  # type: ignore[attr-defined]
    outside = lin.post(address, boxes((1, 1, 1, 9, 9), next="https://example.org/", **agreement()))
    assert outside.url == reverse("documents:document", args=[paper.pk])  # type: ignore[attr-defined]


def test_an_id_card_offers_no_publishing(lin: Client, cast: Any) -> None:
    card = services.store(actor=cast.lin, upload=papers.upload(3), kind=Kind.ID_FRONT)
    page = lin.get(reverse("documents:document", args=[card.pk]))
    assert not page.context["may_publish"]
    assert "data-redact" not in page.content.decode()


def test_an_unused_paper_is_deleted_with_its_files(
    lin: Client, paper: Document, django_capture_on_commit_callbacks: Any
) -> None:
    from documents import files

    name = paper.page_set.get().file
    with django_capture_on_commit_callbacks(execute=True):
        lin.post(reverse("documents:remove", args=[paper.pk]))
    assert not Document.objects.exists()
    with pytest.raises(FileNotFoundError):
        files.read(name, "full")


@pytest.mark.rule("R73")
def test_a_reviewer_sees_what_the_file_says_and_who_else_showed_it(cast: Any, paper: Document) -> None:
    copied = services.store(actor=cast.li, upload=papers.upload(1), kind=Kind.DIAGNOSIS)
    page = sign_in(Client(), cast.zhao).get(reverse("documents:staff_document", args=[copied.pk]))
    assert [found.document for found in page.context["similar"]] == [paper]
    assert sign_in(Client(), cast.chen).get(reverse("documents:staff_document", args=[copied.pk])).status_code == 404


def test_my_papers_take_a_fixed_number_of_queries(lin: Client, cast: Any) -> None:
    services.store(actor=cast.lin, upload=papers.upload(20), kind=Kind.BILL)
    address = reverse("documents:own")
    lin.get(address)
    with CaptureQueriesContext(connection) as one:
        lin.get(address)
    for seed in range(21, 25):
        services.store(actor=cast.lin, upload=papers.upload(seed), kind=Kind.BILL)
    with CaptureQueriesContext(connection) as five:
        assert len(lin.get(address).context["papers"]) == 5
    assert len(one) == len(five) <= 9


def test_rest_from_upload_to_withdrawal(lin: Client, cast: Any) -> None:
    sent = lin.post("/api/v1/documents/", {"kind": "diagnosis", "file": papers.upload(5)})
    assert sent.status_code == 201
    again = lin.post("/api/v1/documents/", {"kind": "diagnosis", "file": papers.upload(5)})
    assert again.json()["id"] == sent.json()["id"]
    one = lin.get(f"/api/v1/documents/{sent.json()['id']}/").json()
    assert lin.get(one["links"][0]["thumb"]).status_code == 200
    assert one["public_copy"] is None
    box = {"page": 1, "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.2}
    refused = lin.post(f"/api/v1/documents/{one['id']}/publish/", {"boxes": [box]}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "no_consent")
    from accounts.services.consents import record_consent

    version = consent_texts.current(Purpose.PUBLISH_DOCUMENTS).version
    record_consent(actor=cast.lin, purpose="publish_documents", text_version=version, scope=f"document:{one['id']}")
    copy = lin.post(f"/api/v1/documents/{one['id']}/publish/", {"boxes": [box]}, "application/json").json()
    assert Client().get(copy["pages"][0]).status_code == 200
    gone = lin.post(f"/api/v1/documents/copies/{copy['id']}/withdraw/").json()
    assert gone["withdrawn_at"] is not None
    assert lin.delete(f"/api/v1/documents/{one['id']}/").status_code == 204
    assert lin.get("/api/v1/documents/").json()["count"] == 0
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"kind": "diagnosis", "file": SimpleUploadedFile("a.jpg", b"")}, {"file"}),
        ({"kind": "diagnosis", "file": SimpleUploadedFile("a.jpg", b"hello")}, {"file"}),
    ],
)
def test_rest_says_what_is_wrong_with_a_file(lin: Client, data: dict[str, Any], fields: set[str]) -> None:
    response = lin.post("/api/v1/documents/", data)
    assert response.status_code == 400
    assert set(response.json()["fields"]) == fields


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b'{"boxes": "x"}', b'{"boxes": [{"page": 1e400}]}', b'{"boxes": [], "pages": [99999999999999999999]}',
        b'{"boxes": [], "consent_scope": "a\\u0000b"}', b"\xff\xfe", b'{"boxes": null}',
    ],
)  # fmt: skip
def test_rest_never_breaks_on_bad_input(lin: Client, paper: Document, body: bytes) -> None:
    response = lin.generic("POST", f"/api/v1/documents/{paper.pk}/publish/", body, "application/json")
    assert response.status_code == 400
    assert lin.get("/api/v1/documents/999999999999999999999999999999/").status_code == 404
    assert lin.get("/api/v1/documents/content/x%00y/").status_code == 404
