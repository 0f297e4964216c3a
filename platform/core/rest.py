"""What every REST resource shares: pages of fixed size, one shape for refusals, and both in the OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import APIException, ErrorDetail, NotFound
from rest_framework.exceptions import PermissionDenied as RestPermissionDenied
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from core.errors import DomainError

API = "/api/"
# What any operation may answer besides what it says itself; 415 only where something is sent.
_REFUSALS = {
    "400": "The request is not well formed, or a field is wrong: `fields` says which.",
    "403": "Not signed in, not allowed, or a fresh sign-in is needed.",
    "404": "There is no such thing, or it is not yours to see.",
    "406": "The answer is not available in the wanted form.",
    "409": "Not possible in the present state of the thing.",
    "429": "Too often; later is fine.",
}
_REFUSAL = {
    "type": "object",
    "description": "Every refusal: a stable code, a sentence in the reader's language, and the fields that it belongs to.",
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["code", "detail", "fields"],
}


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 100


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal is `{"code", "detail", "fields"}` with its own status; what is not a refusal is a bug and raises."""
    if isinstance(error, DomainError):
        fields = {name: str(message) for name, message in error.fields.items()}
        return Response({"code": error.code, "detail": str(error.message), "fields": fields}, status=error.status)
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = RestPermissionDenied()
    response = drf_handler(error, context)
    if response is not None and isinstance(error, APIException):
        response.data = _refusal(error)
    return response


def _refusal(error: APIException) -> dict[str, Any]:
    if isinstance(error.detail, ErrorDetail):
        return {"code": error.detail.code, "detail": str(error.detail), "fields": {}}
    faults = dict(_flat(error.detail))
    whole = faults.pop("", "") or faults.get("non_field_errors", "")
    return {
        "code": "invalid",
        "detail": whole or _("Something is missing or wrong in what was sent."),
        "fields": faults,
    }


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """One sentence per field; a field inside another is written `bills.0.amount`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list | tuple):
        if all(isinstance(item, str) for item in detail):
            yield path, " ".join(str(item) for item in detail)
            return
        for place, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{place}" if path else str(place))
    else:
        yield path, str(detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's 404: JSON for who asked the API, the page for everybody else."""
    if request.path.startswith(API):
        refusal = NotFound()
        return JsonResponse({"code": "not_found", "detail": str(refusal.detail), "fields": {}}, status=404)
    return defaults.page_not_found(request, exception)


def document_refusals(result: dict[str, Any], **_values: Any) -> dict[str, Any]:
    """drf-spectacular's last step: every operation names what it may refuse."""
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = _REFUSAL
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            known = dict(_REFUSALS)
            if "requestBody" in operation:
                known["415"] = "The body has a form that is not read here."
            for status, words in known.items():
                operation["responses"].setdefault(status, {"description": words, "content": content})
    return result
