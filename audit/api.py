"""REST: the reviewers' queue, reports by anybody, and the public figures. The same services as the pages."""

import uuid
from dataclasses import asdict
from typing import Any, cast

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import HasRole
from accounts.models import User
from audit import access, registry, services
from audit.models import Case, FactVerdict, Report
from audit.selectors import public_figures, queue
from audit.selectors.casefile import finding_lines, rule_lines
from audit.selectors.facts import statuses
from audit.services.reports import CONTACT_MAX, EVIDENCE_MAX, TEXT_MAX, TEXT_MIN

_BIG = 2**63 - 1


def _me(request: Request) -> User:
    """The signed-in user: what HasRole lets through."""
    return cast(User, request.user)


class CaseSerializer(serializers.ModelSerializer[Case]):
    claimed_by_me = serializers.SerializerMethodField()

    class Meta:
        model = Case
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "subject_kind",
            "subject_version",
            "title",
            "status",
            "urgent",
            "band",
            "score",
            "opened_at",
            "due_at",
            "claimed_by_me",
            "lease_until",
            "outcome",
        )

    def get_claimed_by_me(self, case: Case) -> bool:
        return bool(case.claimed_by_id == self.context["request"].user.pk)


class FactSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    declared = serializers.CharField(help_text="Masked.")
    documents = serializers.ListField(child=serializers.IntegerField())
    required = serializers.BooleanField()  # type: ignore[assignment]
    status = serializers.CharField(help_text="verified (needs no new verdict), declared, refused or expired.")


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    result = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()


class RuleSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    result = serializers.CharField()
    points = serializers.IntegerField()
    reason = serializers.CharField()


class CaseDetailSerializer(CaseSerializer):
    facts = FactSerializer(many=True)
    findings = FindingSerializer(many=True)
    rules = RuleSerializer(many=True)

    class Meta(CaseSerializer.Meta):
        fields = (*CaseSerializer.Meta.fields, "facts", "findings", "rules")


def _detail(request: Request, case: Case) -> Response:
    verdict = case.machine_verdict
    facts = list(registry.subject(case.subject_kind).facts(case.object_id))
    known = statuses(case.subject_kind, case.object_id, facts)
    data = {
        **CaseSerializer(case, context={"request": request}).data,
        "facts": [
            FactSerializer({**asdict(fact), "status": row.status}).data for fact, row in zip(facts, known, strict=True)
        ],
        "findings": FindingSerializer(finding_lines(verdict) if verdict else [], many=True).data,
        "rules": RuleSerializer(rule_lines(verdict) if verdict else [], many=True).data,
    }
    return Response(data)


class FilterSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Case.Kind.choices, required=False)
    band = serializers.ChoiceField(choices=Case.Band.choices, required=False)
    urgent = serializers.BooleanField(required=False)


_FILTERS = [
    OpenApiParameter("kind", str, enum=Case.Kind.values),
    OpenApiParameter("band", str, enum=Case.Band.values),
    OpenApiParameter("urgent", bool),
]


@extend_schema(parameters=_FILTERS)
class CasesView(ListAPIView[Case]):
    """What is offered to the signed-in reviewer, first things first."""

    permission_classes = [HasRole(*access.REVIEWERS)]
    serializer_class = CaseSerializer
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        filters = FilterSerializer(data=self.request.query_params)
        filters.is_valid(raise_exception=True)
        return queue.in_order(queue.filtered(queue.offered_to(_me(self.request)), **filters.validated_data))


class _ReviewerView(APIView):
    permission_classes = [HasRole(*access.REVIEWERS)]

    def case(self, request: Request, pk: int) -> Case:
        return access.get_case_for_staff(_me(request), pk)


class CaseView(_ReviewerView):
    @extend_schema(responses=CaseDetailSerializer, summary="One case, with its facts and what the machine found")
    def get(self, request: Request, pk: int) -> Response:
        return _detail(request, self.case(request, pk))


class NextView(_ReviewerView):
    @extend_schema(
        request=FilterSerializer,
        responses={200: CaseDetailSerializer, 204: None},
        summary="Take the next case, or get the one that is held already",
    )
    def post(self, request: Request) -> Response:
        filters = FilterSerializer(data=request.data)
        filters.is_valid(raise_exception=True)
        case = services.claim_next(actor=_me(request), **filters.validated_data)
        return _detail(request, case) if case else Response(status=204)


class ClaimView(_ReviewerView):
    @extend_schema(request=None, responses=CaseDetailSerializer, summary="Take this case, or start its lease anew")
    def post(self, request: Request, pk: int) -> Response:
        return _detail(request, services.claim_case(actor=_me(request), case=self.case(request, pk)))


class ReleaseView(_ReviewerView):
    @extend_schema(request=None, responses={204: None}, summary="Give the case back")
    def post(self, request: Request, pk: int) -> Response:
        services.release_claim(actor=_me(request), case=self.case(request, pk))
        return Response(status=204)


class FactVerdictSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=60)
    result = serializers.ChoiceField(choices=FactVerdict.Result.choices)
    method = serializers.ChoiceField(choices=FactVerdict.Method.choices, required=False, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class VerdictSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Case.Outcome.choices)
    seen_version = serializers.CharField(max_length=64)
    facts = FactVerdictSerializer(many=True)
    public_order_ok = serializers.BooleanField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class DecideView(_ReviewerView):
    @extend_schema(request=VerdictSerializer, responses=CaseSerializer, summary="Record the reviewer's own verdict")
    def post(self, request: Request, pk: int) -> Response:
        case = self.case(request, pk)
        sent = VerdictSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = sent.validated_data
        facts = [services.FactDecision(**fact) for fact in data.pop("facts")]
        decided = services.decide_case(actor=_me(request), case=case, facts=facts, **data)
        return Response(CaseSerializer(decided, context={"request": request}).data)


class ReportRequestSerializer(serializers.Serializer[Any]):
    subject_kind = serializers.CharField(max_length=40)
    reference = serializers.CharField(max_length=40, help_text="The public reference, e.g. a campaign's code.")
    category = serializers.ChoiceField(choices=Report.Category.choices)
    text = serializers.CharField(min_length=TEXT_MIN, max_length=TEXT_MAX)
    contact = serializers.CharField(max_length=CONTACT_MAX, required=False, allow_blank=True, default="")
    good_faith = serializers.BooleanField(help_text="Must be true.")
    documents = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=_BIG),
        max_length=EVIDENCE_MAX,
        required=False,
        help_text="Ids of the sender's own uploads.",
    )
    form_key = serializers.UUIDField(required=False, help_text="The same key again is the same report.")


class ReportSerializer(serializers.ModelSerializer[Report]):
    """What the reporter may know; `outcome` and `finding` are empty until it is decided."""

    outcome = serializers.ChoiceField(choices=Report.Outcome.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Report
        fields: tuple[str, ...] = (
            "number",
            "category",
            "status",
            "received_at",
            "due_at",
            "outcome",
            "finding",
            "answer",
            "decided_at",
        )
        read_only_fields = fields

    def to_representation(self, report: Report) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(report)
        if report.status not in ("decided", "dismissed"):
            data |= {"outcome": "", "finding": ""}
        return data


class FiledSerializer(ReportSerializer):
    secret = serializers.CharField(help_text="Opens the status. It is shown only here.")

    class Meta(ReportSerializer.Meta):
        fields = (*ReportSerializer.Meta.fields, "secret")
        read_only_fields = fields


class ReportsView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(request=ReportRequestSerializer, responses={201: FiledSerializer}, summary="Report a doubt")
    def post(self, request: Request) -> Response:
        sent = ReportRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        data["object_id"] = access.resolve_subject(data["subject_kind"], data.pop("reference"))
        data["form_key"] = str(data.get("form_key") or uuid.uuid4())
        actor = request.user if isinstance(request.user, User) else None
        report, secret = services.file_report(actor=actor, client_ip=request.META.get("REMOTE_ADDR", ""), **data)
        return Response({**ReportSerializer(report).data, "secret": secret}, status=201)


class ReportStatusView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses=ReportSerializer, summary="How a report stands, by its number and secret")
    def get(self, request: Request, number: str, secret: str) -> Response:
        return Response(ReportSerializer(access.get_report_by_secret(number, secret)).data)


class FiguresSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    decided = serializers.IntegerField()
    approved = serializers.IntegerField()
    to_mend = serializers.IntegerField()
    refused = serializers.IntegerField()
    by_two_or_more = serializers.IntegerField()
    disagreements = serializers.IntegerField()
    median_minutes = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField()
    reports = serializers.IntegerField()
    reports_proved = serializers.IntegerField()
    reports_unproved = serializers.IntegerField()
    reports_dismissed = serializers.IntegerField()


class FiguresView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses=FiguresSerializer, summary="How long reviews take and how they end")
    def get(self, request: Request) -> Response:
        return Response(asdict(public_figures()))


urlpatterns = [
    path("audit/cases/", CasesView.as_view(), name="audit_cases"),
    path("audit/cases/next/", NextView.as_view(), name="audit_next"),
    path("audit/cases/<int:pk>/", CaseView.as_view(), name="audit_case"),
    path("audit/cases/<int:pk>/claim/", ClaimView.as_view(), name="audit_claim"),
    path("audit/cases/<int:pk>/release/", ReleaseView.as_view(), name="audit_release"),
    path("audit/cases/<int:pk>/decide/", DecideView.as_view(), name="audit_decide"),
    path("audit/figures/", FiguresView.as_view(), name="audit_figures"),
    path("reports/", ReportsView.as_view(), name="reports"),
    path("reports/<slug:number>/<slug:secret>/", ReportStatusView.as_view(), name="report_status"),
]
