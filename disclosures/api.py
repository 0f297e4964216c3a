"""REST of this room: the same services as the pages."""

from typing import Any, cast

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import HasRole
from accounts.models import User
from accounts.roles import Role
from campaigns.access import get_campaign_for_raiser
from campaigns.selectors import get_public
from core.money import MAX_FEN
from disclosures import access, selectors
from disclosures.models import Obligation, Payout, Settlement, Withdrawal
from disclosures.services import closing, obligations, payouts, withdrawals
from documents.access import get_document_for


class PayoutSerializer(serializers.ModelSerializer[Payout]):
    net = serializers.IntegerField(read_only=True)

    class Meta:
        model = Payout
        fields = ["id", "number", "amount", "fee_service", "fee_channel", "net", "status", "arrived_at"]


class WithdrawalSerializer(serializers.ModelSerializer[Withdrawal]):
    payee = serializers.CharField(source="payee.public_label", read_only=True)
    payouts = PayoutSerializer(many=True, read_only=True)

    class Meta:
        model = Withdrawal
        fields = [
            "id", "amount", "purpose", "explanation", "payee", "status", "version",
            "requested_at", "notice_starts", "notice_ends", "payouts",
        ]  # fmt: skip


class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    campaign = serializers.CharField(source="campaign.code", read_only=True)

    class Meta:
        model = Obligation
        fields = ["id", "campaign", "amount", "proved_amount", "due_on", "status"]


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    campaign = serializers.CharField(source="campaign.code", read_only=True)

    class Meta:
        model = Settlement
        fields = ["id", "campaign", "surplus", "status", "proposed_at", "finished_at"]


def _me(request: Request) -> User:
    """The signed-in user: what the permissions let through."""
    return cast(User, request.user)


def _ids() -> serializers.ListField:
    number = serializers.IntegerField(min_value=1, max_value=2**62)
    return serializers.ListField(child=number, max_length=30)


class WithdrawalRequest(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=MAX_FEN)
    purpose = serializers.ChoiceField(choices=Withdrawal.Purpose.choices)
    explanation = serializers.CharField(max_length=1000)
    bills = _ids()
    key = serializers.CharField(min_length=8, max_length=64)


class ResubmitRequest(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=MAX_FEN)
    explanation = serializers.CharField(max_length=1000)
    bills = _ids()


class ObjectionRequest(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=1000)
    contact = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class AnswerRequest(serializers.Serializer[Any]):
    justified = serializers.BooleanField()
    answer = serializers.CharField(max_length=1000)


class BillRequest(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=20)
    number = serializers.CharField(max_length=20)
    issued_on = serializers.DateField()
    amount = serializers.IntegerField(min_value=1, max_value=MAX_FEN)
    issuer = serializers.CharField(max_length=100)
    document = serializers.IntegerField(min_value=1, max_value=2**62)


class ProofRequest(serializers.Serializer[Any]):
    bills = BillRequest(many=True, allow_empty=False, max_length=30)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    key = serializers.CharField(min_length=8, max_length=64)


class ReasonRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class IdSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.CharField()


def _valid(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    typed = serializer(data=request.data)
    typed.is_valid(raise_exception=True)
    return dict(typed.validated_data)


class WithdrawalsView(APIView):
    """A campaign's withdrawals are public; asking for one is the raiser's."""

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "GET" else [IsAuthenticated()]

    @extend_schema(operation_id="withdrawals_list", responses=WithdrawalSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response(WithdrawalSerializer(selectors.withdrawals_of(get_public(code)), many=True).data)

    @extend_schema(request=WithdrawalRequest, responses={201: WithdrawalSerializer})
    def post(self, request: Request, code: str) -> Response:
        campaign = get_campaign_for_raiser(_me(request), code)
        data = _valid(WithdrawalRequest, request)
        bills = [get_document_for(_me(request), pk) for pk in data.pop("bills")]
        made = withdrawals.request_withdrawal(actor=_me(request), campaign=campaign, bills=bills, **data)
        return Response(WithdrawalSerializer(made).data, status=status.HTTP_201_CREATED)


class ResubmitView(APIView):
    @extend_schema(request=ResubmitRequest, responses=WithdrawalSerializer)
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Hand a withdrawal in again after reviewers asked for something."""
        withdrawal = access.get_withdrawal_for_raiser(_me(request), code, pk)
        data = _valid(ResubmitRequest, request)
        bills = [get_document_for(_me(request), pk) for pk in data.pop("bills")]
        done = withdrawals.resubmit_withdrawal(actor=_me(request), withdrawal=withdrawal, bills=bills, **data)
        return Response(WithdrawalSerializer(done).data)


class CancelView(APIView):
    @extend_schema(request=None, responses=WithdrawalSerializer)
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Take a withdrawal back before anything was approved."""
        withdrawal = access.get_withdrawal_for_raiser(_me(request), code, pk)
        return Response(
            WithdrawalSerializer(withdrawals.cancel_withdrawal(actor=_me(request), withdrawal=withdrawal)).data
        )


class ObjectionsView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(request=ObjectionRequest, responses={201: IdSerializer})
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Object to a withdrawal while its public notice runs; anybody may."""
        withdrawal = access.get_withdrawal_in_notice(code, pk)
        author = _me(request) if request.user.is_authenticated else None
        data = _valid(ObjectionRequest, request)
        made = withdrawals.file_objection(actor=author, withdrawal=withdrawal, **data)
        return Response({"id": made.pk, "status": made.status}, status=status.HTTP_201_CREATED)


class AnswerView(APIView):
    permission_classes = [HasRole(Role.AUDITOR, Role.SENIOR_AUDITOR, Role.COMPLAINTS, Role.RISK)]

    @extend_schema(request=AnswerRequest, responses=IdSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer an objection in public; a justified one refuses the withdrawal."""
        objection = access.get_objection_for_reviewer(_me(request), pk)
        done = withdrawals.answer_objection(actor=_me(request), objection=objection, **_valid(AnswerRequest, request))
        return Response({"id": done.pk, "status": done.status})


class ObligationsView(ListAPIView[Obligation]):
    """The signed-in raiser's duties to prove the use of payments."""

    serializer_class = ObligationSerializer

    def get_queryset(self) -> Any:
        mine = Obligation.objects.filter(campaign__raiser_id=self.request.user.pk)
        return mine.select_related("campaign").order_by("due_on", "id")


class ProofsView(APIView):
    @extend_schema(request=ProofRequest, responses={201: IdSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Hand in the bills for one payment."""
        obligation = access.get_obligation_for_raiser(_me(request), pk)
        data = _valid(ProofRequest, request)
        lines = [
            obligations.InvoiceLine(**{**bill, "document": get_document_for(_me(request), bill["document"])})
            for bill in data.pop("bills")
        ]
        made = obligations.submit_proof(actor=_me(request), obligation=obligation, lines=lines, **data)
        return Response({"id": made.pk, "status": made.status}, status=status.HTTP_201_CREATED)


class PayoutsView(ListAPIView[Payout]):
    """Finance's queue of payouts that need a hand."""

    permission_classes = [HasRole(Role.FINANCE)]
    serializer_class = PayoutSerializer

    def get_queryset(self) -> Any:
        return selectors.payout_queue()


class PreparePayoutView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=None, responses=PayoutSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """A finance officer has checked payee, amount and remark."""
        payout = access.get_payout_for_finance(_me(request), pk)
        return Response(PayoutSerializer(payouts.prepare_payout(actor=_me(request), payout=payout)).data)


class ApprovePayoutView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=None, responses=PayoutSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """A second finance officer approves, and the bank gets the order."""
        payout = access.get_payout_for_finance(_me(request), pk)
        return Response(PayoutSerializer(payouts.approve_payout(actor=_me(request), payout=payout)).data)


class RejectPayoutView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=ReasonRequest, responses=PayoutSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """The second finance officer sends a payout back to be checked again."""
        payout = access.get_payout_for_finance(_me(request), pk)
        data = _valid(ReasonRequest, request)
        return Response(PayoutSerializer(payouts.reject_payout(actor=_me(request), payout=payout, **data)).data)


class SettlementsView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=None, responses={201: SettlementSerializer})
    def post(self, request: Request, code: str) -> Response:
        """Propose to close a campaign's books; a second finance officer decides."""
        made = closing.propose_settlement(actor=_me(request), campaign=get_public(code))
        return Response(SettlementSerializer(made).data, status=status.HTTP_201_CREATED)


class SettlementView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(responses=SettlementSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """How the closing of one campaign stands."""
        return Response(SettlementSerializer(access.get_settlement_for_finance(_me(request), pk)).data)


class ApproveSettlementView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=None, responses=SettlementSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """A second finance officer agrees, and each donor's share goes back."""
        settlement = access.get_settlement_for_finance(_me(request), pk)
        return Response(
            SettlementSerializer(closing.approve_settlement(actor=_me(request), settlement=settlement)).data
        )


class RejectSettlementView(APIView):
    permission_classes = [HasRole(Role.FINANCE)]

    @extend_schema(request=ReasonRequest, responses=SettlementSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """The second finance officer found something wrong."""
        settlement = access.get_settlement_for_finance(_me(request), pk)
        data = _valid(ReasonRequest, request)
        done = closing.reject_settlement(actor=_me(request), settlement=settlement, **data)
        return Response(SettlementSerializer(done).data)


urlpatterns = [
    path("campaigns/<slug:code>/withdrawals/", WithdrawalsView.as_view()),
    path("campaigns/<slug:code>/withdrawals/<int:pk>/resubmit/", ResubmitView.as_view()),
    path("campaigns/<slug:code>/withdrawals/<int:pk>/cancel/", CancelView.as_view()),
    path("campaigns/<slug:code>/withdrawals/<int:pk>/objections/", ObjectionsView.as_view()),
    path("campaigns/<slug:code>/settlement/", SettlementsView.as_view()),
    path("objections/<int:pk>/answer/", AnswerView.as_view()),
    path("obligations/", ObligationsView.as_view()),
    path("obligations/<int:pk>/proofs/", ProofsView.as_view()),
    path("payouts/", PayoutsView.as_view()),
    path("payouts/<int:pk>/prepare/", PreparePayoutView.as_view()),
    path("payouts/<int:pk>/approve/", ApprovePayoutView.as_view()),
    path("payouts/<int:pk>/reject/", RejectPayoutView.as_view()),
    path("settlements/<int:pk>/", SettlementView.as_view()),
    path("settlements/<int:pk>/approve/", ApproveSettlementView.as_view()),
    path("settlements/<int:pk>/reject/", RejectSettlementView.as_view()),
]
