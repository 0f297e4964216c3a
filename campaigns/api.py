"""REST of the raise: filling in, handing in, reading, giving, attesting, telling. The same services as the pages."""

from collections.abc import Callable
from typing import Any, cast

from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from audit.selectors import fix_list, verified_facts
from campaigns import access, letters, selectors, services, wording
from campaigns.models import Attestation, Campaign, Donation, Update
from campaigns.selectors.drafts import progress
from campaigns.services.donations import receipt_token
from campaigns.services.promises import open_patient_link
from campaigns.states import PUBLIC
from campaigns.taxonomy import Acquaintance, Disease, PayeeRelation, Relation
from core.idempotency import idempotent
from core.money import MAX_FEN
from documents.access import get_document_for
from partners.models import Hospital
from payments.services import open_at_channel

_FEN = {"min_value": 0, "max_value": MAX_FEN}


def _me(request: Request) -> User:
    return cast(User, request.user)


def _guest(request: Request) -> User | None:
    return request.user if request.user.is_authenticated else None


def _ip(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _valid(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    typed = serializer(data=request.data)
    typed.is_valid(raise_exception=True)
    return dict(typed.validated_data)


# --- What comes out ----------------------------------------------------------------------------------------------------
class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """What everybody may see; the patient masked, amounts in fen."""

    patient = serializers.CharField(source="patient.masked_name", default="")
    money = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = [
            "code", "status", "title", "patient", "relation", "disease", "diagnosis", "target", "story_who", "story_illness",
            "story_call", "published_at", "ends_at", "ended_at", "end_reason", "money",
        ]  # fmt: skip

    def get_money(self, campaign: Campaign) -> dict[str, int]:
        books = self.context.get("money") or selectors.money([campaign.pk])
        state = books[campaign.pk]
        names = ("raised", "available", "held", "paid", "fees", "refunding", "refunded")
        return {name: getattr(state, name) for name in names}


class FactSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    declared = serializers.CharField()
    status = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    reviewers = serializers.IntegerField()


class StepSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(source="step.code")
    question = serializers.CharField(source="step.question")
    state = serializers.CharField()
    note = serializers.CharField()


class FixSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField()
    note = serializers.CharField()


class PublicSerializer(CampaignSerializer):
    facts = serializers.SerializerMethodField()
    attested = serializers.SerializerMethodField()

    class Meta(CampaignSerializer.Meta):
        fields = [*CampaignSerializer.Meta.fields, "facts", "attested"]

    @extend_schema(responses=FactSerializer(many=True))
    def get_facts(self, campaign: Campaign) -> list[dict[str, Any]]:
        return list(FactSerializer(verified_facts("campaign", campaign.pk), many=True).data)

    def get_attested(self, campaign: Campaign) -> int:
        return selectors.attestation_count(campaign)


class DonationSerializer(serializers.ModelSerializer[Donation]):
    """A gift as everybody may see it."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = Donation
        fields = ["number", "name", "amount", "message", "status", "paid_at"]

    def get_name(self, donation: Donation) -> str:
        return "" if donation.anonymous else donation.display_name


class UpdateSerializer(serializers.ModelSerializer[Update]):
    class Meta:
        model = Update
        fields = ["id", "kind", "text", "published_at"]


class AttestationSerializer(serializers.ModelSerializer[Attestation]):
    name = serializers.CharField(source="person.masked_name")

    class Meta:
        model = Attestation
        fields = ["id", "name", "relation", "text", "made_at"]


# --- Filling in --------------------------------------------------------------------------------------------------------
class Money(serializers.IntegerField):
    def __init__(self, **more: Any) -> None:
        super().__init__(**{**_FEN, **more})


class CostSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(max_length=60)
    amount = Money()


class RelationStep(serializers.Serializer[Any]):
    relation = serializers.ChoiceField(choices=Relation.choices)


class YouStep(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=20)
    agreed = serializers.BooleanField()


class PatientStep(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=20)


class AgreedStep(serializers.Serializer[Any]):
    agreed = serializers.BooleanField()


class IllnessStep(serializers.Serializer[Any]):
    disease = serializers.ChoiceField(choices=Disease.choices)
    diagnosis = serializers.CharField(max_length=200)
    diagnosed_on = serializers.DateField()


class HospitalStep(serializers.Serializer[Any]):
    hospital = serializers.CharField(max_length=20, help_text="The hospital's code.")
    department = serializers.CharField(max_length=60)
    inpatient_no = serializers.CharField(max_length=40)
    bed = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class CostsStep(serializers.Serializer[Any]):
    lines = serializers.ListField(child=CostSerializer(), max_length=50)
    spent = Money()


class CoverStep(serializers.Serializer[Any]):
    insurance = Money()
    aid = Money()
    own = Money()


class StoryStep(serializers.Serializer[Any]):
    part = serializers.ChoiceField(choices=wording.STORY_PARTS)
    text = serializers.CharField(max_length=10_000)


class TitleStep(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=100)


class NeededByStep(serializers.Serializer[Any]):
    needed_by = serializers.DateField(allow_null=True)


class MeansStep(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=40)
    values = serializers.DictField()


class PayeeStep(serializers.Serializer[Any]):
    relation = serializers.ChoiceField(choices=PayeeRelation.choices)
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=20)
    account_number = serializers.CharField(max_length=40)
    bank = serializers.CharField(max_length=80)
    phone = serializers.CharField(max_length=20)


class PaperStep(serializers.Serializer[Any]):
    slot = serializers.CharField(max_length=30)
    document = serializers.IntegerField(min_value=1, max_value=2**62)


class ConsentsStep(serializers.Serializer[Any]):
    sensitive = serializers.BooleanField()
    story = serializers.BooleanField()
    documents = serializers.BooleanField(required=False, default=False)


class PromiseStep(serializers.Serializer[Any]):
    agreed = serializers.BooleanField()
    text_version = serializers.CharField(max_length=20)


def _hospital(code: str) -> Hospital:
    found = Hospital.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise serializers.ValidationError({"hospital": ["There is no such hospital."]})
    return found


def _set_hospital(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
    services.set_hospital(actor=_me(request), campaign=campaign, **{**data, "hospital": _hospital(data["hospital"])})


def _set_costs(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
    lines = [(line["what"], line["amount"]) for line in data["lines"]]
    services.set_costs(actor=_me(request), campaign=campaign, lines=lines, spent=data["spent"])


def _set_payee(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
    services.set_person_payee(actor=_me(request), campaign=campaign, client_ip=_ip(request), **data)


def _attach(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
    document = get_document_for(_me(request), data["document"])
    services.attach_paper(actor=_me(request), campaign=campaign, slot=data["slot"], document=document)


def _sign(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
    services.sign_promise(actor=_me(request), campaign=campaign, client_ip=_ip(request), **data)


def _plain(service: Callable[..., Any]) -> Callable[[Request, Campaign, dict[str, Any]], None]:
    def fill(request: Request, campaign: Campaign, data: dict[str, Any]) -> None:
        service(actor=_me(request), campaign=campaign, **data)

    return fill


STEPS: dict[str, tuple[type[serializers.Serializer[Any]], Callable[[Request, Campaign, dict[str, Any]], None]]] = {
    "relation": (RelationStep, _plain(services.set_relation)),
    "you": (YouStep, _plain(services.set_raiser)),
    "patient": (PatientStep, _plain(services.set_patient)),
    "guardian": (AgreedStep, _plain(services.agree_for_minor)),
    "illness": (IllnessStep, _plain(services.set_illness)),
    "hospital": (HospitalStep, _set_hospital),
    "costs": (CostsStep, _set_costs),
    "cover": (CoverStep, _plain(services.set_cover)),
    "story": (StoryStep, _plain(services.set_story)),
    "title": (TitleStep, _plain(services.set_title)),
    "needed_by": (NeededByStep, _plain(services.set_needed_by)),
    "means": (MeansStep, _plain(services.answer_means)),
    "payee": (PayeeStep, _set_payee),
    "papers": (PaperStep, _attach),
    "consents": (ConsentsStep, _plain(services.agree_to_publish)),
    "promise": (PromiseStep, _sign),
}


class DraftSerializer(CampaignSerializer):
    """The raiser's own view: where each step stands, what reviewers ask for."""

    steps = serializers.SerializerMethodField()
    fixes = serializers.SerializerMethodField()
    promise_version = serializers.SerializerMethodField()

    class Meta(CampaignSerializer.Meta):
        fields = [*CampaignSerializer.Meta.fields, "steps", "fixes", "promise_version"]

    @extend_schema(responses=StepSerializer(many=True))
    def get_steps(self, campaign: Campaign) -> list[dict[str, Any]]:
        return list(StepSerializer(progress(campaign), many=True).data)

    @extend_schema(responses=FixSerializer(many=True))
    def get_fixes(self, campaign: Campaign) -> list[dict[str, Any]]:
        asked = campaign.status in ("fix_needed", "refused")
        return list(FixSerializer(fix_list("campaign", campaign.pk) if asked else [], many=True).data)

    def get_promise_version(self, campaign: Campaign) -> str:
        return letters.current("promise").version


class DraftsView(APIView):
    @extend_schema(operation_id="drafts_list", responses=CampaignSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The signed-in person's own requests."""
        rows = list(access.campaigns_of(_me(request)).select_related("patient").order_by("-id")[:50])
        books = selectors.money([row.pk for row in rows])
        return Response(CampaignSerializer(rows, many=True, context={"money": books}).data)

    @extend_schema(request=None, responses={201: DraftSerializer})
    def post(self, request: Request) -> Response:
        """Start a new request."""
        return Response(DraftSerializer(services.start_draft(actor=_me(request))).data, status=201)


class DraftView(APIView):
    @extend_schema(operation_id="draft_read", responses=DraftSerializer)
    def get(self, request: Request, code: str) -> Response:
        """The raiser's own view of one request."""
        return Response(DraftSerializer(access.get_draft_for_writer(_me(request), code)).data)


class StepView(APIView):
    """Fill in one step; the body depends on the step."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DraftSerializer)
    def put(self, request: Request, code: str, step: str) -> Response:
        campaign = access.get_draft_for_writer(_me(request), code)
        if step not in STEPS:
            raise Http404
        serializer, fill = STEPS[step]
        fill(request, campaign, _valid(serializer, request))
        campaign.refresh_from_db()
        return Response(DraftSerializer(campaign).data)


class SubmitView(APIView):
    @extend_schema(request=None, responses=DraftSerializer)
    def post(self, request: Request, code: str) -> Response:
        """Hand the request in."""
        campaign = access.get_campaign_for_raiser(_me(request), code)
        services.submit_campaign(actor=_me(request), campaign=campaign, client_ip=_ip(request))
        campaign.refresh_from_db()
        return Response(DraftSerializer(campaign).data)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()


class AskPatientView(APIView):
    @extend_schema(request=None, responses=TokenSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The token of the link for the patient's own device."""
        campaign = access.get_campaign_for_raiser(_me(request), code)
        return Response({"token": services.ask_patient(actor=_me(request), campaign=campaign)})


class ConfirmSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=500)
    name = serializers.CharField(max_length=60)
    id_tail = serializers.CharField(max_length=8)
    agreed = serializers.BooleanField()
    text_version = serializers.CharField(max_length=20)


class ConfirmView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(request=ConfirmSerializer, responses={200: AgreedStep})
    def post(self, request: Request) -> Response:
        """The patient agrees to the request and signs, on a device of their own."""
        data = _valid(ConfirmSerializer, request)
        campaign = open_patient_link(data.pop("token"))
        if campaign is None:
            raise Http404
        services.confirm_by_patient(actor=_guest(request), campaign=campaign, client_ip=_ip(request), **data)
        return Response({"agreed": True})


class WhySerializer(serializers.Serializer[Any]):
    why = serializers.ChoiceField(choices=[("raiser", "raiser"), ("discharge", "discharge"), ("death", "death")])


class EndView(APIView):
    @extend_schema(request=WhySerializer, responses=CampaignSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The raiser ends the raise."""
        campaign = access.get_campaign_for_raiser(_me(request), code)
        services.end_campaign(actor=_me(request), campaign=campaign, **_valid(WhySerializer, request))
        campaign.refresh_from_db()
        return Response(CampaignSerializer(campaign).data)


# --- Public ------------------------------------------------------------------------------------------------------------
class CampaignsView(ListAPIView[Campaign]):
    """Public requests, the newest first."""

    permission_classes = [AllowAny]
    serializer_class = CampaignSerializer
    queryset = Campaign.objects.none()

    def get_queryset(self) -> Any:
        return Campaign.objects.filter(status__in=PUBLIC).select_related("patient").order_by("-published_at", "-id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        books = selectors.money([row.pk for row in page])
        return self.get_paginated_response(CampaignSerializer(page, many=True, context={"money": books}).data)


class CampaignView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(operation_id="campaign_read", responses=PublicSerializer)
    def get(self, request: Request, code: str) -> Response:
        """What the public sees of one request."""
        return Response(PublicSerializer(selectors.get_public(code)).data)


class GiveSerializer(serializers.Serializer[Any]):
    amount = Money(min_value=1)
    tip = Money(required=False, default=0)
    anonymous = serializers.BooleanField(required=False, default=False)
    display_name = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    message = serializers.CharField(max_length=140, required=False, allow_blank=True, default="")
    channel = serializers.CharField(max_length=20)
    key = serializers.CharField(min_length=8, max_length=60, help_text="The same key again is the same gift.")


class GivenSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.CharField()
    receipt = serializers.CharField(help_text="Token of the receipt's page.")
    pay_url = serializers.CharField(help_text="Where the donor pays; empty when nothing is to be paid.")


class DonationsView(ListAPIView[Donation]):
    """Gifts that arrived, the newest first."""

    serializer_class = DonationSerializer
    queryset = Donation.objects.none()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()]

    def get_queryset(self) -> Any:
        return selectors.donations_of(selectors.get_public(self.kwargs["code"]))

    @extend_schema(request=GiveSerializer, responses={201: GivenSerializer})
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Give, without an account; the answer says where to pay."""
        campaign = selectors.get_public(code)
        data = _valid(GiveSerializer, request)
        donation = services.start_donation(actor=_guest(request), campaign=campaign, client_ip=_ip(request), **data)
        action = open_at_channel(donation.payment.pk) if donation.payment and donation.status == "intended" else None
        return Response(
            {
                "number": donation.number,
                "status": donation.status,
                "receipt": receipt_token(donation),
                "pay_url": action.payload.get("url", "") if action else "",
            },
            status=201,
        )


class UpdateRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)
    key = serializers.CharField(min_length=8, max_length=60)


class UpdatesView(ListAPIView[Update]):
    """News from the raiser, the newest first."""

    serializer_class = UpdateSerializer
    queryset = Update.objects.none()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]

    def get_queryset(self) -> Any:
        return selectors.get_public(self.kwargs["code"]).updates.filter(hidden_at=None).order_by("-id")

    @extend_schema(request=UpdateRequest, responses={201: UpdateSerializer})
    def post(self, request: Request, code: str) -> Response:
        """The raiser tells how it goes."""
        campaign = access.get_campaign_for_raiser(_me(request), code)
        made = services.post_update(actor=_me(request), campaign=campaign, **_valid(UpdateRequest, request))
        return Response(UpdateSerializer(made).data, status=201)


class AttestRequest(serializers.Serializer[Any]):
    relation = serializers.ChoiceField(choices=Acquaintance.choices)
    text = serializers.CharField(max_length=500)
    agreed = serializers.BooleanField()
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    id_number = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class AttestationsView(ListAPIView[Attestation]):
    """Who attests to the request by real name, masked, the newest first."""

    serializer_class = AttestationSerializer
    queryset = Attestation.objects.none()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAuthenticated()]

    def get_queryset(self) -> Any:
        rows = selectors.get_public(self.kwargs["code"]).attestations.filter(withdrawn_at=None)
        return rows.select_related("person").order_by("-id")

    @extend_schema(request=AttestRequest, responses={201: AttestationSerializer})
    def post(self, request: Request, code: str) -> Response:
        """Attest by real name: I know the patient and this is true."""
        campaign = selectors.get_public(code)
        data = _valid(AttestRequest, request)
        made = services.attest(actor=_me(request), campaign=campaign, client_ip=_ip(request), **data)
        return Response(AttestationSerializer(made).data, status=201)


urlpatterns = [
    path("drafts/", DraftsView.as_view()),
    path("drafts/<slug:code>/", DraftView.as_view()),
    path("drafts/<slug:code>/steps/<slug:step>/", StepView.as_view()),
    path("drafts/<slug:code>/ask-patient/", AskPatientView.as_view()),
    path("drafts/<slug:code>/submit/", SubmitView.as_view()),
    path("patient-confirmations/", ConfirmView.as_view()),
    path("campaigns/", CampaignsView.as_view()),
    path("campaigns/<slug:code>/", CampaignView.as_view()),
    path("campaigns/<slug:code>/end/", EndView.as_view()),
    path("campaigns/<slug:code>/donations/", DonationsView.as_view()),
    path("campaigns/<slug:code>/updates/", UpdatesView.as_view()),
    path("campaigns/<slug:code>/attestations/", AttestationsView.as_view()),
]
