"""Consent: one purpose at a time, in words that were seen, taken back whenever the person likes."""

import hashlib
import json
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from accounts import consent_texts
from accounts.models import Consent
from accounts.purposes import Purpose
from accounts.selectors import has_consent
from accounts.services import record_consent, withdraw_consent
from core.errors import DomainError
from tests.signin import api_client, sign_in

pytestmark = pytest.mark.django_db
VERSION = "2026-11a"


def give(user, purpose="sensitive_data", scope=""):
    return record_consent(actor=user, purpose=purpose, text_version=VERSION, scope=scope)


@pytest.mark.rule("R102")
def test_each_purpose_is_agreed_to_apart(cast):
    give(cast.lin, "sensitive_data")
    assert has_consent(cast.lin, "sensitive_data")
    for other in set(Purpose.values) - {"sensitive_data"}:
        assert not has_consent(cast.lin, other)
    assert not has_consent(cast.sun, "sensitive_data")


@pytest.mark.rule("R102")
def test_consent_for_one_campaign_is_no_consent_for_another(cast):
    give(cast.lin, "publish_story", "campaign:1")
    assert has_consent(cast.lin, "publish_story", "campaign:1")
    assert not has_consent(cast.lin, "publish_story", "campaign:2")
    assert not has_consent(cast.lin, "publish_story")


@pytest.mark.rule("R102")
def test_a_withdrawal_is_a_new_fact_and_the_old_one_stays(cast):
    given = give(cast.lin)
    taken = withdraw_consent(actor=cast.lin, purpose="sensitive_data")
    assert not has_consent(cast.lin, "sensitive_data")
    assert [fact.given for fact in Consent.objects.order_by("id")] == [True, False]
    assert (taken.text_version, taken.text_sha256) == (given.text_version, given.text_sha256)
    give(cast.lin)
    assert has_consent(cast.lin, "sensitive_data")


def test_giving_twice_and_taking_twice_are_one_fact_each(cast):
    assert give(cast.lin) == give(cast.lin)
    withdraw_consent(actor=cast.lin, purpose="sensitive_data")
    assert withdraw_consent(actor=cast.lin, purpose="sensitive_data") is None
    assert Consent.objects.count() == 2


def test_the_fact_names_the_very_words_that_were_shown(cast):
    fact = give(cast.lin)
    raw = (Path(consent_texts.FOLDER) / "sensitive_data" / f"{VERSION}.{fact.language}.txt").read_bytes()
    assert fact.text_sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    ("purpose", "version", "field"), [("everything", VERSION, "purpose"), ("terms", "2020-01a", "text_version")]
)
def test_a_consent_to_nothing_or_to_old_words_is_refused(cast, purpose, version, field):
    with pytest.raises(DomainError) as refused:
        record_consent(actor=cast.lin, purpose=purpose, text_version=version)
    assert list(refused.value.fields) == [field]
    assert not Consent.objects.exists()


def test_the_terms_end_with_the_account_only(cast):
    give(cast.lin, "terms")
    with pytest.raises(DomainError):
        withdraw_consent(actor=cast.lin, purpose="terms")
    assert has_consent(cast.lin, "terms")


def test_the_database_refuses_to_change_or_forget_a_consent(cast):
    give(cast.lin)
    for change in (lambda: Consent.objects.update(given=False), lambda: Consent.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert has_consent(cast.lin, "sensitive_data")


def test_every_purpose_has_words_in_both_languages():
    for purpose in Purpose:
        assert consent_texts.versions(purpose)
        for version in consent_texts.versions(purpose):
            for language in consent_texts.LANGUAGES:
                words = consent_texts.text(purpose, version, language)
                assert words.title
                assert words.paragraphs


def test_published_words_never_change():
    """New words are a new version: add its fingerprints here, never replace one."""
    pinned = json.loads((Path(__file__).parent / "consent_texts.json").read_text())
    found = {
        str(file.relative_to(consent_texts.FOLDER)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(consent_texts.FOLDER.glob("*/*.txt"))
    }
    assert found == pinned


def test_one_query_tells_whether_a_consent_stands(cast, django_assert_num_queries):
    give(cast.lin)
    with django_assert_num_queries(1):
        has_consent(cast.lin, "sensitive_data")


# --- Pages and REST --------------------------------------------------------------------------------------------------


def test_a_person_gives_and_takes_back_on_the_page(cast, client):
    sign_in(client, cast.lin)
    page = "/me/privacy/consents/publish_story/"
    assert client.get(page).context["text"].version == VERSION
    assert client.post(page, {"text_version": VERSION})["Location"] == "/me/privacy/"
    assert has_consent(cast.lin, "publish_story")
    assert client.post(page, {"action": "withdraw"})["Location"] == "/me/privacy/"
    assert not has_consent(cast.lin, "publish_story")
    assert client.post(page, {"text_version": "old"}).status_code == 400
    assert client.get("/me/privacy/consents/nonsense/").status_code == 404
    assert client.get("/me/privacy/").status_code == 200


def test_everybody_can_read_the_words_before_signing_up(client, db):
    answer = client.get("/legal/terms/", headers={"accept-language": "en"})
    assert b"Terms of use and privacy notice" in answer.content
    assert client.get("/legal/nonsense/").status_code == 404


def test_consents_over_rest(cast):
    api = api_client(cast.lin)
    made = api.post("/api/v1/me/consents/", {"purpose": "hospital_pull", "text_version": VERSION})
    assert (made.status_code, made.json()["given"]) == (201, True)
    assert [fact["purpose"] for fact in api.get("/api/v1/me/consents/").json()] == ["hospital_pull"]
    gone = api.post("/api/v1/me/consents/withdraw/", {"purpose": "hospital_pull"})
    assert (gone.status_code, gone.json()["given"]) == (200, False)
    assert api.post("/api/v1/me/consents/withdraw/", {"purpose": "hospital_pull"}).status_code == 204
    stale = api.post("/api/v1/me/consents/", {"purpose": "terms", "text_version": "1"})
    assert (stale.status_code, list(stale.json()["fields"])) == (400, ["text_version"])
    assert api.post("/api/v1/me/consents/", {"purpose": "x"}).status_code == 400
    texts = api.get("/api/v1/consent-texts/").json()
    assert {text["purpose"] for text in texts} == set(Purpose.values)
