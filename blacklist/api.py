"""REST of this room: the public list."""

from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny

from blacklist import selectors
from blacklist.models import Entry
from core.masking import mask_name


class EntrySerializer(serializers.ModelSerializer[Entry]):
    name = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = [
            "id",
            "name",
            "listed_as",
            "ground",
            "severity",
            "campaign_ref",
            "amount",
            "summary",
            "entered_at",
            "expires_on",
        ]

    def get_name(self, entry: Entry) -> str:
        """Masked."""
        return mask_name(entry.person.name)


class EntriesView(ListAPIView[Entry]):
    """The blacklist in force, newest first."""

    permission_classes = [AllowAny]
    serializer_class = EntrySerializer
    queryset = selectors.public_entries()


urlpatterns = [path("blacklist/", EntriesView.as_view())]
