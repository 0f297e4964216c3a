"""Reporting suspected fraud to public security (R71)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit import canonical, services
from audit.models import Case, PolicePackage
from audit.selectors import is_stopped
from audit.services.police import read_package
from core.errors import Conflict, DomainError, Forbidden
from core.models import TrailEvent
from tests.audit.sample import Thing
from tests.signin import sign_in

ABOUT = {"subject_kind": "sample", "object_id": 1, "reason": "Forged seal, three hospitals."}


@pytest.mark.rule("R71")
def test_asking_stops_at_once_and_a_second_person_releases_what_is_known(
    cast: Any, thing: Thing, judged: Callable[..., Case], decide: Callable[..., Case]
) -> None:
    decide(cast.zhao, judged(thing))
    services.file_report(
        actor=cast.chen,
        subject_kind="sample",
        object_id=1,
        category="illness",
        text="陈思远 saw the real record.",
        good_faith=True,
        client_ip="10.0.0.1",
        form_key="k",
    )
    package = services.request_package(actor=cast.xu, **ABOUT)
    assert services.request_package(actor=cast.qian, **ABOUT) == package
    assert is_stopped("sample", 1) and package.body == ""
    with pytest.raises(Conflict, match="four_eyes"):
        services.release_package(actor=cast.xu, package=package)
    with pytest.raises(Conflict, match="wrong_state"):
        read_package(actor=cast.xu, package=package)
    services.release_package(actor=cast.qian, package=package)
    body = read_package(actor=cast.xu, package=package)
    assert package.sha256 == canonical.sha256(body)
    content = json.loads(body)
    assert [case["outcome"] for case in content["cases"]] == ["approve"]
    assert content["cases"][0]["machine"]["snapshot"].startswith('{"amount":1000')
    assert content["reports"][0]["category"] == "illness"
    assert "陈思远" not in json.dumps(content, ensure_ascii=False)
    assert TrailEvent.objects.filter(event="read.sensitive", actor=cast.xu, purpose="public security").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_policepackage")
        assert "snapshot" not in cursor.fetchone()[0]
    with pytest.raises(Conflict):
        services.release_package(actor=cast.qian, package=package)


def test_a_package_that_is_not_released_leaves_the_stop(cast: Any, thing: Thing) -> None:
    package = services.request_package(actor=cast.xu, **ABOUT)
    services.refuse_package(actor=cast.qian, package=package, reason="A mistake, no intent.")
    package.refresh_from_db()
    assert (package.status, package.body) == ("refused", "")
    assert is_stopped("sample", 1)


def test_the_database_refuses_a_release_by_one(cast: Any, thing: Thing) -> None:
    rows = PolicePackage.objects.filter(pk=services.request_package(actor=cast.xu, **ABOUT).pk)
    for approver in (None, cast.xu):
        with pytest.raises(IntegrityError, match="policepackage_released_by_two"), transaction.atomic():
            rows.update(status="released", approved_by=approver, sha256="0" * 64)


def test_only_risk_and_senior_auditors_report(cast: Any, thing: Thing) -> None:
    for person in (cast.zhao, cast.feng, cast.wu, cast.lin):
        with pytest.raises(Forbidden):
            services.request_package(actor=person, **ABOUT)
    with pytest.raises(DomainError) as empty:
        services.request_package(actor=cast.xu, **{**ABOUT, "reason": " "})
    assert list(empty.value.fields) == ["reason"]
    assert not PolicePackage.objects.exists() and not is_stopped("sample", 1)


def test_the_pages_of_packages(client: Client, cast: Any, thing: Thing) -> None:
    xu, qian = sign_in(client, cast.xu), sign_in(Client(), cast.qian)
    stop = services.hard_stop(actor=cast.xu, subject_kind="sample", object_id=1, evidence="A copied seal.")
    xu.post(reverse("audit:police_ask", args=[stop.pk]), {"text": "Forged seal."})
    package = PolicePackage.objects.get()
    url = reverse("audit:police_download", args=[package.pk])
    assert xu.get(reverse("audit:police")).status_code == 200
    assert xu.get(url).status_code == 404
    qian.post(reverse("audit:police_act", args=[package.pk, "release"]))
    answer = xu.get(url)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["reason"] == "Forged seal."
    assert sign_in(Client(), cast.zhao).get(url).status_code == 404
