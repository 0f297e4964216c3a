"""REST of the numbers we work by: read by everybody, changed by two administrators."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policy.models import ParameterChange
from policy.services import approve_change, propose_change


class IsAdministrator(BasePermission):
    """Signed in with a role that is awake (second factor passed); this room cannot know the roles by name."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and "admin" in cast(Any, request.user).roles())


class ChangeSerializer(serializers.ModelSerializer[ParameterChange]):
    class Meta:
        model = ParameterChange
        fields = ["id", "key", "value", "status", "effective_from"]


class ProposalSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=200, help_text="The new value as a person writes it.")
    reason = serializers.CharField(max_length=1000)


class ChangesView(ListAPIView[ParameterChange]):
    """All changes, the newest first; proposing one is an administrator's."""

    serializer_class = ChangeSerializer
    queryset = ParameterChange.objects.order_by("-id")

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method in ("GET", "HEAD", "OPTIONS") else [IsAdministrator()]

    @extend_schema(request=ProposalSerializer, responses={201: ChangeSerializer})
    def post(self, request: Request) -> Response:
        typed = ProposalSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        change = propose_change(actor=cast(Any, request.user), **typed.validated_data)
        return Response(ChangeSerializer(change).data, status=201)


class ApproveView(APIView):
    def get_permissions(self) -> list[Any]:
        return [IsAdministrator()]

    @extend_schema(request=None, responses=ChangeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """A second administrator approves."""
        change = get_object_or_404(ParameterChange, pk=pk)
        return Response(ChangeSerializer(approve_change(actor=cast(Any, request.user), change=change)).data)


urlpatterns = [
    path("parameters/changes/", ChangesView.as_view()),
    path("parameters/changes/<int:pk>/approve/", ApproveView.as_view()),
]
