"""The API answers what its OpenAPI document says, whoever asks and whatever is sent: schemathesis over every operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.urls import ROOMS
from tests.hostile.world import World
from tests.invariants.words import spoken
from tests.signin import sign_in

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
BOUNDED = settings(
    max_examples=3,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def document() -> Any:
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_is_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)


def test_every_operation_says_what_it_does(document: Any) -> None:
    silent = [
        name for name, operation in operations(document) if not operation.get("summary", operation.get("description"))
    ]
    assert silent == []


def test_every_operation_has_a_name_of_its_own_and_nothing_was_numbered_by_accident(document: Any) -> None:
    names = [operation["operationId"] for _name, operation in operations(document)]
    assert len(names) == len(set(names))
    assert [name for name in names if name[-1].isdigit()] == []


def test_two_different_things_never_share_a_component(capsys: pytest.CaptureFixture[str]) -> None:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.enable_trace_lineno()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
        told = [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]
    assert told == []


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "lin", "zhao", "zhou", "wu"])
def test_every_operation_answers_as_documented(cast: Any, who: str) -> None:
    """No 500, no undocumented status, every answer fits its schema, every refusal has its three parts."""
    with spoken() as words, one_connection():
        world = World.build(cast, words)
        cookies = _cookies(getattr(cast, who)) if who != "nobody" else {}
        headers = {"X-CSRFToken": cookies["csrftoken"]} if cookies else {}
        known = _known(world)
        schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
        faults = [_fault(found.ok(), cookies, headers, known) for found in schema.get_all_operations()]
    assert [fault for fault in faults if fault] == []


@contextmanager
def one_connection() -> Iterator[None]:
    """What Django's own test client does: the end of a request does not close the connection that the test's data is in."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def _fault(operation: Any, cookies: dict[str, str], headers: dict[str, str], known: dict[str, list[Any]]) -> str:
    """What is wrong with the answers of one operation; empty when nothing is."""
    anything = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @BOUNDED
    @given(case=anything, data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if name in known:
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        cache.clear()
        answer = case.call(cookies=cookies, headers={**(case.headers or {}), **headers})
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            refusal = answer.json()
            assert set(refusal) == {"code", "detail", "fields"}, refusal
            assert refusal["code"], refusal
            assert refusal["detail"], refusal

    try:
        with transaction.atomic():
            ask()
    except (Exception, BaseExceptionGroup) as error:
        faults = getattr(error, "exceptions", [error])
        return f"{operation.label}: {[f'{type(fault).__name__}: {fault}' for fault in faults]}"
    return ""


def _cookies(user: Any) -> dict[str, str]:
    """As a browser that has signed in and passed the second factor would send them."""
    client = sign_in(Client(), user)
    return {"sessionid": client.cookies["sessionid"].value, "csrftoken": _get_new_csrf_string()}


def _known(world: World) -> dict[str, list[Any]]:
    """Things that exist, for the places in addresses: most of what is asked should be about something."""
    rooms = [config for config in apps.get_app_configs() if config.name in ROOMS]
    ids = {
        pk
        for room in rooms
        for model in room.get_models()
        for pk in model._default_manager.values_list("pk", flat=True)[:4]
    }
    return {
        "code": [world.campaign.code, world.draft.code, "NOSUCHON"],
        "id": [*sorted(pk for pk in ids if isinstance(pk, int)), 2**63 - 1, 10**25],
        "number": [world.report.number],
        "secret": [world.secret, "x"],
        "step": [
            "relation",
            "you",
            "hospital",
            "costs",
            "cover",
            "story",
            "means",
            "payee",
            "papers",
            "consents",
            "nothing",
        ],
    }
