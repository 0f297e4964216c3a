"""REST of the books, for finance and the regulator: read only."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import HasRole
from accounts.roles import Role
from ledger.selectors import trial_balance, verify


class LineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    debit = serializers.IntegerField()
    credit = serializers.IntegerField()


class SummarySerializer(serializers.Serializer[Any]):
    ledger_sum_fen = serializers.IntegerField()
    journals = serializers.IntegerField()
    faults = serializers.ListField(child=serializers.CharField())
    platform_accounts = LineSerializer(many=True)


class SummaryView(APIView):
    permission_classes = [HasRole(Role.FINANCE, Role.REGULATOR)]

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """The sum of everything (zero, or the books are broken) and the platform's own accounts."""
        found = verify()
        own = [line for line in trial_balance() if not line.code.startswith("camp:")]
        data = {
            "ledger_sum_fen": found.ledger_sum_fen,
            "journals": found.journals,
            "faults": found.faults,
            "platform_accounts": own,
        }
        return Response(SummarySerializer(data).data)


urlpatterns = [path("ledger/summary/", SummaryView.as_view())]
