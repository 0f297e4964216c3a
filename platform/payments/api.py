"""REST of payments: how my own payment stands, and what to do next to pay it."""

from typing import Any, cast

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from payments import access, services
from payments.models import Payment, Refund


class RefundSerializer(serializers.ModelSerializer[Refund]):
    class Meta:
        model = Refund
        fields = ["refund_no", "amount", "status", "reason", "requested_at", "done_at"]


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """`amount` and `tip` in fen, each its own line. `paid` means that the channel itself has confirmed it."""

    refunds = RefundSerializer(many=True)

    class Meta:
        model = Payment
        fields = [
            "id",
            "out_trade_no",
            "purpose",
            "subject",
            "amount",
            "tip",
            "channel",
            "status",
            "created_at",
            "expires_at",
            "paid_at",
            "return_url",
            "refunds",
        ]


class ActionSerializer(serializers.Serializer[Any]):
    """What the payer does next. `kind` redirect: open `payload.url`; qr: show `payload.text` as a code to scan; form: post
    `payload.fields` to `payload.url`; jsapi, app, client_secret: hand the payload to the channel's own library."""

    kind = serializers.CharField()
    payload = serializers.DictField()


class PaymentView(APIView):
    """How a payment of the signed-in person stands."""

    @extend_schema(responses=PaymentSerializer)
    def get(self, request: Request, pk: int) -> Response:
        payment = access.get_payment_for_payer(cast(User, request.user), pk)
        services.request_check(payment=payment)
        return Response(PaymentSerializer(payment).data)


class OpenView(APIView):
    """Open the payment at its channel. Asking again gives the same answer."""

    @extend_schema(request=None, responses=ActionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        payment = access.get_payment_for_payer(cast(User, request.user), pk)
        action = services.open_at_channel(payment.pk)
        return Response(ActionSerializer({"kind": action.kind, "payload": action.payload}).data)


urlpatterns = [
    path("payments/<int:pk>/", PaymentView.as_view()),
    path("payments/<int:pk>/open/", OpenView.as_view()),
]
