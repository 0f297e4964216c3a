"""REST of documents: my uploads, their pages by signed links, and redacted copies."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from documents import access, selectors, services
from documents.kinds import Kind
from documents.models import Document, PublicCopy
from documents.rules import MAX_BOXES, Box

Link = inline_serializer(
    "DocumentPage",
    {"number": serializers.IntegerField(), "full": serializers.CharField(), "thumb": serializers.CharField()},
)


class CopySerializer(serializers.ModelSerializer[PublicCopy]):
    pages = serializers.SerializerMethodField()

    class Meta:
        model = PublicCopy
        fields = ["id", "sha256", "sensitive", "created_at", "withdrawn_at", "pages"]

    def get_pages(self, copy: PublicCopy) -> list[str]:
        """Public addresses, one for each page."""
        return [selectors.public_url(copy, page=page.number) for page in copy.publicpage_set.all()]


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """`links` work for five minutes and for the signed-in person alone."""

    links = serializers.SerializerMethodField()
    public_copy = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ["id", "kind", "name", "mime", "pages", "sha256", "created_at", "links", "public_copy"]

    @extend_schema_field(serializers.ListSerializer(child=Link))
    def get_links(self, document: Document) -> list[dict[str, Any]]:
        viewer = self.context["request"].user
        return [
            {
                "number": page.number,
                **{
                    size: selectors.signed_url(document, viewer=viewer, purpose="api", page=page.number, size=size)
                    for size in ("full", "thumb")
                },
            }
            for page in document.page_set.all()
        ]

    @extend_schema_field(CopySerializer(allow_null=True))
    def get_public_copy(self, document: Document) -> dict[str, Any] | None:
        copy = selectors.live_copy(document)
        return dict(CopySerializer(copy).data) if copy else None


class UploadSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Kind.choices)
    file = serializers.FileField(allow_empty_file=True)


class BoxSerializer(serializers.Serializer[Any]):
    """A black box in parts (0 to 1) of the page, from its upper left corner."""

    page = serializers.IntegerField(min_value=1, max_value=1000)
    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)
    width = serializers.FloatField(min_value=0, max_value=1)
    height = serializers.FloatField(min_value=0, max_value=1)


class PublishSerializer(serializers.Serializer[Any]):
    boxes = BoxSerializer(many=True, max_length=MAX_BOXES)  # type: ignore[call-arg]
    pages = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1000), max_length=100, required=False
    )
    sensitive = serializers.BooleanField(default=False)
    consent_scope = serializers.RegexField(
        r"^[a-z]+:[a-zA-Z0-9]+$",
        max_length=60,
        required=False,
        help_text="Which consent allows it, such as `campaign:ABCD2345`; by default one for this very document.",
    )


class Documents(GenericAPIView[Document]):
    serializer_class = DocumentSerializer
    parser_classes = [MultiPartParser]

    @extend_schema(responses=DocumentSerializer(many=True), summary="My uploads, newest first")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.documents_of(_user(request)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: DocumentSerializer},
        summary="Send a paper; the same file twice gives the same document",
    )
    def post(self, request: Request) -> Response:
        sent = UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        document = services.store(
            actor=_user(request), upload=sent.validated_data["file"], kind=sent.validated_data["kind"]
        )
        return Response(self.get_serializer(document).data, status=status.HTTP_201_CREATED)


class OneDocument(GenericAPIView[Document]):
    serializer_class = DocumentSerializer

    @extend_schema(summary="One upload; each opened link of somebody else's is written to the trail")
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(access.get_document_for(_user(request), pk)).data)

    @extend_schema(responses={204: None}, summary="Delete my upload, unless something refers to it")
    def delete(self, request: Request, pk: int) -> Response:
        services.remove_document(actor=_user(request), document=access.get_own_document(_user(request), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Publish(GenericAPIView[Document]):
    serializer_class = PublishSerializer

    @extend_schema(responses={201: CopySerializer}, summary="Publish a redacted copy")
    def post(self, request: Request, pk: int) -> Response:
        document = access.get_publishable_for(_user(request), pk)
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        boxes = [Box(**box) for box in sent.validated_data.pop("boxes")]
        copy = services.publish(actor=_user(request), document=document, boxes=boxes, **sent.validated_data)
        return Response(CopySerializer(copy).data, status=status.HTTP_201_CREATED)


class Withdraw(GenericAPIView[PublicCopy]):
    serializer_class = CopySerializer

    @extend_schema(request=None, summary="Take a redacted copy off the net")
    def post(self, request: Request, pk: int) -> Response:
        copy = services.withdraw_copy(actor=_user(request), copy=access.get_copy_for(_user(request), pk))
        return Response(CopySerializer(copy).data)


@extend_schema(
    responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    summary="One page of an original, by a signed short-lived link",
)
@api_view(["GET"])
def content(request: Request, token: str) -> HttpResponse:
    data = selectors.open_signed(token, viewer=_user(request))
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="page.jpg"'
    return response


def _user(request: Request) -> User:
    """Behind IsAuthenticated everybody is a User."""
    user: User = request.user  # type: ignore[assignment]
    return user


urlpatterns = [
    path("documents/", Documents.as_view(), name="documents_list"),
    path("documents/<int:pk>/", OneDocument.as_view(), name="documents_one"),
    path("documents/<int:pk>/publish/", Publish.as_view(), name="documents_publish"),
    path("documents/copies/<int:pk>/withdraw/", Withdraw.as_view(), name="documents_withdraw"),
    path("documents/content/<str:token>/", content, name="documents_content"),
]
