"""What every REST resource shares: pages of fixed size and one shape for refusals."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import DomainError


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 100


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A DomainError becomes `{"code", "detail", "fields"}` with its own status; the rest is DRF's."""
    if isinstance(error, DomainError):
        fields = {name: str(message) for name, message in error.fields.items()}
        return Response({"code": error.code, "detail": str(error.message), "fields": fields}, status=error.status)
    return drf_handler(error, context)
