"""REST of this room: the register of hospitals, open to everybody."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny

from partners import selectors
from partners.models import Hospital


class HospitalSerializer(serializers.ModelSerializer[Hospital]):
    level_name = serializers.CharField(source="get_level_display", read_only=True)
    verified = serializers.BooleanField(source="is_verified", read_only=True)
    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Hospital
        fields = [
            "code",
            "name",
            "aliases",
            "level",
            "level_name",
            "category",
            "ownership",
            "province_code",
            "province",
            "city",
            "phone",
            "verified",
        ]


class HospitalsView(ListAPIView[Hospital]):
    """Hospitals that can be chosen, by words of their name, other names, place or code; accounts are never shown."""

    permission_classes = [AllowAny]
    serializer_class = HospitalSerializer
    queryset = Hospital.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words that must all be present."),
            OpenApiParameter("province", str, description="Region code of a province, six digits."),
        ]
    )
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Hospital]:
        params = self.request.query_params
        return selectors.find_hospitals(params.get("q", "")[:100], params.get("province", ""))


urlpatterns = [path("hospitals/", HospitalsView.as_view(), name="hospitals")]
