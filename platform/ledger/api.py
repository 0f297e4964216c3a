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
from ledger.seals import BOOKS
from ledger.selectors import families


class FamilySerializer(serializers.Serializer[Any]):
    """Accounts of one meaning together; all in fen, the balance in its natural sign."""

    code = serializers.CharField()
    debit = serializers.IntegerField()
    credit = serializers.IntegerField()
    balance = serializers.IntegerField()


class SummarySerializer(serializers.Serializer[Any]):
    ledger_sum_fen = serializers.IntegerField()
    newest_seal = serializers.CharField(allow_blank=True)
    accounts = FamilySerializer(many=True)


class SummaryView(APIView):
    permission_classes = [HasRole(Role.FINANCE, Role.REGULATOR)]

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """The sum of everything (zero, or the books are broken), the trial balance, and the newest seal."""
        lines = families()
        seal = BOOKS.latest()
        data = {
            "ledger_sum_fen": sum(line.debit - line.credit for line in lines),
            "newest_seal": seal.digest if seal else "",
            "accounts": lines,
        }
        return Response(SummarySerializer(data).data)


urlpatterns = [path("ledger/summary/", SummaryView.as_view())]
