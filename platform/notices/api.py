"""REST: the inbox, and what may be switched off."""

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import user_of
from notices import kinds, selectors, services
from notices.access import get_notice_for
from notices.channels import Channel
from notices.models import Notice

Count = inline_serializer("NoticesRead", {"read": serializers.IntegerField()})


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """Title and body in the language of the request."""

    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = ["id", "code", "title", "body", "url", "created_at", "read_at"]

    def get_title(self, notice: Notice) -> str:
        return notice.title

    def get_body(self, notice: Notice) -> str:
        return notice.body


class PreferenceSerializer(serializers.Serializer[Any]):
    topic = serializers.ChoiceField(list(kinds.TOPICS.items()))
    channel = serializers.ChoiceField(
        [(channel.value, channel.label) for channel in Channel if channel != Channel.INBOX]
    )
    on = serializers.BooleanField()


class NoticesView(ListAPIView[Notice]):
    """My inbox, the newest first."""

    serializer_class = NoticeSerializer
    queryset = Notice.objects.none()

    def get_queryset(self) -> Any:
        return selectors.inbox(user_of(self.request))


class ReadView(APIView):
    @extend_schema(request=None, responses=NoticeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Mark one notice as read."""
        user = user_of(request)
        return Response(NoticeSerializer(services.mark_read(actor=user, notice=get_notice_for(user, pk))).data)


class ReadAllView(APIView):
    @extend_schema(operation_id="notices_read_all", request=None, responses=Count)
    def post(self, request: Request) -> Response:
        """Mark all notices as read."""
        return Response({"read": services.mark_all_read(actor=user_of(request))})


class PreferencesView(APIView):
    @extend_schema(responses=PreferenceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What I am told, and by which way."""
        return Response(self._all(request))

    @extend_schema(request=PreferenceSerializer, responses=PreferenceSerializer(many=True))
    def patch(self, request: Request) -> Response:
        """Switch one topic on one way on or off."""
        form = PreferenceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.set_preference(actor=user_of(request), **form.validated_data)
        return Response(self._all(request))

    def _all(self, request: Request) -> list[dict[str, Any]]:
        return [
            {"topic": topic, "channel": channel, "on": on}
            for topic, channels in selectors.preferences(user_of(request)).items()
            for channel, on in channels.items()
        ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/", NoticesView.as_view(), name="api_notices"),
    path("notices/read/", ReadAllView.as_view(), name="api_notices_read_all"),
    path("notices/<int:pk>/read/", ReadView.as_view(), name="api_notice_read"),
    path("notices/preferences/", PreferencesView.as_view(), name="api_notice_preferences"),
]
