"""The same REST request twice moves money once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from core.errors import Conflict
from core.idempotency import idempotent
from core.models import IdempotentRequest

pytestmark = pytest.mark.django_db
KEY = "a0b1c2d3-e4f5-6789"


class Pay(APIView):
    permission_classes = [AllowAny]
    paid: list[Any] = []
    refuse = False
    crash = False

    @idempotent
    def post(self, request: Request) -> Response:
        if self.crash:
            raise RuntimeError("the lights went out")
        if self.refuse:
            raise Conflict("insufficient_funds", "Not enough.")
        self.paid.append(request.data)
        return Response({"number": len(self.paid), "at": timezone.now()}, status=201)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pay, "paid", [])


def _post(body: Any, *, key: str | None = KEY, user: Any = None, path: str = "/pay/", **attributes: Any) -> Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post(path, body, format="json", headers=headers)
    if user:
        force_authenticate(request, user)
    return Pay.as_view(**attributes)(request)


def test_a_repeated_request_gets_the_first_answer(cast: Any) -> None:
    first = _post({"amount": 100}, user=cast.chen)
    second = _post({"amount": 100}, user=cast.chen)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data["number"] == first.data["number"] == 1
    assert second["Idempotent-Replay"] == "true"
    assert len(Pay.paid) == 1


def test_the_order_of_fields_does_not_make_another_request(cast: Any) -> None:
    _post({"amount": 100, "tip": 0}, user=cast.chen)
    assert _post({"tip": 0, "amount": 100}, user=cast.chen).status_code == 201
    assert len(Pay.paid) == 1


def test_another_body_under_the_same_key_is_refused(cast: Any) -> None:
    _post({"amount": 100}, user=cast.chen)
    answer = _post({"amount": 200}, user=cast.chen)
    assert (answer.status_code, answer.data["code"]) == (409, "key_reused")
    assert len(Pay.paid) == 1


def test_keys_belong_to_a_person_and_a_path(cast: Any) -> None:
    _post({"amount": 100}, user=cast.chen)
    _post({"amount": 100}, user=cast.sun)
    _post({"amount": 100})
    _post({"amount": 100}, user=cast.chen, path="/other/")
    assert len(Pay.paid) == 4


def test_without_a_key_nothing_is_kept(cast: Any) -> None:
    _post({"amount": 100}, key=None)
    _post({"amount": 100}, key=None)
    assert len(Pay.paid) == 2
    assert not IdempotentRequest.objects.exists()


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 101, "a b c d e f g h i j k", "ключключключключ", "'; DROP TABLE x; --"]
)
def test_a_key_that_is_none_is_refused(key: str) -> None:
    answer = _post({"amount": 100}, key=key)
    assert (answer.status_code, answer.data["code"]) == (400, "bad_idempotency_key")
    assert Pay.paid == []


def test_a_refusal_may_be_mended_under_the_same_key() -> None:
    answer = _post({"amount": 100}, refuse=True)
    assert (answer.status_code, answer.data["code"]) == (409, "insufficient_funds")
    assert _post({"amount": 50}).status_code == 201


def test_a_failure_leaves_the_key_free() -> None:
    with pytest.raises(RuntimeError):
        _post({"amount": 100}, crash=True)
    assert _post({"amount": 100}).status_code == 201
    assert len(Pay.paid) == 1


def test_while_the_first_is_under_way_the_second_waits_and_after_a_crash_it_goes_on() -> None:
    _post({"amount": 100})
    IdempotentRequest.objects.update(status=None, answer=None)  # as a killed server leaves it
    answer = _post({"amount": 100})
    assert (answer.status_code, answer.data["code"]) == (409, "in_flight")
    IdempotentRequest.objects.update(started_at=timezone.now() - timedelta(minutes=3))
    assert _post({"amount": 100}).status_code == 201
    assert _post({"amount": 100})["Idempotent-Replay"] == "true"
    assert len(Pay.paid) == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_from_two_connections_pays_once() -> None:
    start, codes = threading.Barrier(6), []

    def click() -> None:
        try:
            start.wait()
            codes.append(_post({"amount": 100}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Pay.paid) == 1
    assert set(codes) <= {201, 409}
    assert len(codes) == 6
