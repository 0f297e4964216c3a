"""REST: the signed-in person and their rights. Signing in is allauth's app API under /_allauth/app/v1/."""

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import consent_texts, own_data, selectors, services
from accounts.access import RecentlyAuthenticated, user_of
from accounts.models import Consent, DataExport, DeletionRequest, User
from accounts.purposes import Purpose
from core.masking import mask_email, mask_phone
from core.models import TrailEvent


class MeSerializer(serializers.ModelSerializer[User]):
    phone = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    second_factor = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "name", "language", "phone", "email", "roles", "second_factor"]
        read_only_fields = ["id"]

    def get_phone(self, user: User) -> str:
        return mask_phone(user.phone)

    def get_email(self, user: User) -> str:
        return mask_email(user.email or "")

    def get_roles(self, user: User) -> list[str]:
        """Roles that were granted; they can be used only after the second factor."""
        return sorted(user.granted_roles())

    def get_second_factor(self, user: User) -> str:
        """`not_needed`, `required` (holds a role, not passed in this session) or `passed`."""
        if not user.granted_roles():
            return "not_needed"
        return "required" if user.roles_asleep else "passed"


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["purpose", "scope", "given", "text_version", "language", "at"]


class ConsentRequestSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(Purpose.choices)
    scope = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    text_version = serializers.CharField(max_length=20)


class ConsentWithdrawalSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(Purpose.choices)
    scope = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class ConsentTextSerializer(serializers.Serializer[consent_texts.ConsentText]):
    purpose = serializers.CharField()
    version = serializers.CharField()
    language = serializers.CharField()
    title = serializers.CharField()
    paragraphs = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField()


class ExportSerializer(serializers.ModelSerializer[DataExport]):
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = DataExport
        fields = ["id", "status", "requested_at", "ready_at", "expires_at", "download_url"]

    def get_download_url(self, export: DataExport) -> str:
        """A link for this person, good for ten minutes; empty until the copy is ready."""
        return own_data.download_url(export) if export.status == "ready" else ""


class DeletionSerializer(serializers.ModelSerializer[DeletionRequest]):
    class Meta:
        model = DeletionRequest
        fields = ["id", "status", "requested_at", "execute_after", "finished_at", "outcome"]


class AccessSerializer(serializers.ModelSerializer[TrailEvent]):
    reader = serializers.SerializerMethodField()

    class Meta:
        model = TrailEvent
        fields = ["at", "reader", "purpose"]

    def get_reader(self, event: TrailEvent) -> str:
        return own_data.reader_of(event)


class MeView(APIView):
    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The signed-in person, contact data masked."""
        return Response(MeSerializer(user_of(request)).data)

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change name or language."""
        form = MeSerializer(user_of(request), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_profile(actor=user_of(request), **form.validated_data)
        return Response(MeSerializer(user_of(request)).data)


class ConsentsView(APIView):
    @extend_schema(responses=ConsentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What I have agreed to and taken back, the newest first."""
        return Response(ConsentSerializer(selectors.consents_of(user_of(request)), many=True).data)

    @extend_schema(request=ConsentRequestSerializer, responses={201: ConsentSerializer})
    def post(self, request: Request) -> Response:
        """Agree to the present words of one purpose."""
        form = ConsentRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        consent = services.record_consent(actor=user_of(request), **form.validated_data)
        return Response(ConsentSerializer(consent).data, status=status.HTTP_201_CREATED)


class WithdrawalView(APIView):
    @extend_schema(request=ConsentWithdrawalSerializer, responses={200: ConsentSerializer, 204: OpenApiResponse()})
    def post(self, request: Request) -> Response:
        """Take a consent back; 204 when there was none."""
        form = ConsentWithdrawalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        consent = services.withdraw_consent(actor=user_of(request), **form.validated_data)
        if consent is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(ConsentSerializer(consent).data)


class ConsentTextsView(APIView):
    permission_classes = []

    @extend_schema(responses=ConsentTextSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The words that one agrees to, in the language of the request."""
        texts: Any = [consent_texts.current(purpose) for purpose in Purpose]
        return Response(ConsentTextSerializer(texts, many=True).data)


class ExportsView(APIView):
    @extend_schema(responses=ExportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Copies of my data that I asked for."""
        return Response(ExportSerializer(selectors.exports_of(user_of(request)), many=True).data)

    @extend_schema(request=None, responses={202: ExportSerializer})
    def post(self, request: Request) -> Response:
        """Ask for a copy of everything that is kept about me."""
        export = services.request_export(actor=user_of(request))
        return Response(ExportSerializer(export).data, status=status.HTTP_202_ACCEPTED)


class ExportView(APIView):
    @extend_schema(responses=ExportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One copy of my data; its link works for ten minutes."""
        return Response(ExportSerializer(get_object_or_404(selectors.exports_of(user_of(request)), pk=pk)).data)


class DeletionView(APIView):
    def get_permissions(self) -> list[Any]:
        asked = [RecentlyAuthenticated()] if self.request.method == "POST" else []
        return [*super().get_permissions(), *asked]

    @extend_schema(responses={200: DeletionSerializer, 204: OpenApiResponse()})
    def get(self, request: Request) -> Response:
        """How the deletion of my account stands; 204 when I asked for none."""
        found = selectors.last_deletion(user_of(request))
        return Response(DeletionSerializer(found).data) if found else Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: DeletionSerializer})
    def post(self, request: Request) -> Response:
        """Ask for the deletion of my account; needs a fresh sign-in."""
        deletion = services.request_deletion(actor=user_of(request))
        return Response(DeletionSerializer(deletion).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: DeletionSerializer})
    def delete(self, request: Request) -> Response:
        """Keep my account after all."""
        return Response(DeletionSerializer(services.cancel_deletion(actor=user_of(request))).data)


class AccessView(ListAPIView[TrailEvent]):
    """Who read my sensitive data, when and why."""

    serializer_class = AccessSerializer
    queryset = TrailEvent.objects.none()

    def get_queryset(self) -> Any:
        return own_data.readings_of(user_of(self.request))


urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", MeView.as_view(), name="api_me"),
    path("me/consents/", ConsentsView.as_view(), name="api_consents"),
    path("me/consents/withdraw/", WithdrawalView.as_view(), name="api_consent_withdraw"),
    path("me/exports/", ExportsView.as_view(), name="api_exports"),
    path("me/exports/<int:pk>/", ExportView.as_view(), name="api_export"),
    path("me/deletion/", DeletionView.as_view(), name="api_deletion"),
    path("me/readings/", AccessView.as_view(), name="api_readings"),
    path("consent-texts/", ConsentTextsView.as_view(), name="api_consent_texts"),
]
