"""Renewal of what is encrypted under an older key."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.test import override_settings

from accounts.models import User
from accounts.services import enrol_totp
from core.crypto import Unreadable, is_current, seal, unseal
from core.rotation import renew_all
from documents import files

pytestmark = pytest.mark.django_db
OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
BOTH = {**NEW, **OLD}


@pytest.fixture(autouse=True)
def _empty_store(settings: Any, tmp_path: Path) -> None:
    """Files of other tests are under other keys."""
    settings.PRIVATE_ROOT = tmp_path


def _rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def _stored(user: User) -> str:
    return str(User.objects.annotate(raw=Cast(F("phone"), TextField())).values_list("raw", flat=True).get(pk=user.pk))


def test_values_move_to_the_first_key_and_nothing_moves_twice() -> None:
    with override_settings(FIELD_KEYS=OLD):
        lin, without = User.objects.create_user(phone="+8617000000001"), User.objects.create_user(email="a@b.invalid")
    with override_settings(FIELD_KEYS=BOTH):
        chen = User.objects.create_user(phone="+8617000000003")
        already = _stored(chen)
        assert "Renewed 1 values." in _rotate()
        assert _stored(chen) == already
        assert "Renewed 0 values." in _rotate()
    with override_settings(FIELD_KEYS=NEW):
        assert User.objects.get(pk=lin.pk).phone == "+8617000000001"
        assert User.objects.get(pk=without.pk).phone == ""


def test_what_cannot_be_read_is_left_and_reported() -> None:
    with override_settings(FIELD_KEYS={"lost": b"l" * 32}):
        lost = User.objects.create_user(phone="+8617000000001")
        before = _stored(lost)
    with override_settings(FIELD_KEYS=OLD):
        User.objects.create_user(phone="+8617000000002")
    with override_settings(FIELD_KEYS=BOTH), pytest.raises(CommandError, match=r"accounts\.user\.phone': 1"):
        _rotate()
    assert _stored(lost) == before


def test_whoever_writes_meanwhile_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(FIELD_KEYS=OLD):
        lin = User.objects.create_user(phone="+8617000000001")
    with override_settings(FIELD_KEYS=BOTH):
        from core import rotation

        def meanwhile(stored: str, *, context: str) -> str:
            User.objects.filter(pk=lin.pk).update(phone="+8617000000099")
            return unseal(stored, context=context)

        monkeypatch.setattr(rotation, "unseal", meanwhile)
        list(renew_all())
        assert User.objects.get(pk=lin.pk).phone == "+8617000000099"


def test_rows_that_nobody_can_change_are_named(on_sqlite: bool) -> None:
    with override_settings(FIELD_KEYS=OLD):
        lin = User.objects.create_user(phone="+8617000000001")
    with connection.cursor() as cursor:
        if on_sqlite:
            cursor.execute(
                "CREATE TRIGGER frozen BEFORE UPDATE ON accounts_user BEGIN SELECT RAISE(ABORT, 'frozen'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'frozen' USING errcode = 'restrict_violation'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER frozen BEFORE UPDATE ON accounts_user FOR EACH ROW EXECUTE FUNCTION frozen()"
            )
    with override_settings(FIELD_KEYS=BOTH):
        assert "accounts.user.phone': 1" in _rotate()
        assert User.objects.get(pk=lin.pk).phone == "+8617000000001"


def test_files_and_second_factors_move_as_well(settings: Any, tmp_path: Path) -> None:
    settings.FIELD_KEYS = OLD
    name = files.new_name()
    files.write(name, "full", b"a paper")
    authenticator = enrol_totp(
        actor=None, user=User.objects.create_user(email="a@b.invalid"), secret="JBSWY3DPEHPK3PXP"
    )
    settings.FIELD_KEYS = BOTH
    _rotate()
    settings.FIELD_KEYS = NEW
    assert files.read(name, "full") == b"a paper"
    assert [path.name for path in tmp_path.glob("documents/*/*")] == [f"{name}.full"]
    authenticator.refresh_from_db()
    assert is_current(authenticator.data["secret"])
    assert unseal(authenticator.data["secret"], context="mfa.authenticator.secret") == "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize("change", [lambda s: s[:-4] + "AAA=", lambda s: "gone" + s, lambda s: "", lambda s: "old:%%%"])
def test_a_value_that_was_changed_is_never_shown_as_data(change: Any) -> None:
    with override_settings(FIELD_KEYS=OLD):
        stored = seal("13812341234", context="a.b")
        assert unseal(stored, context="a.b") == "13812341234"
        with pytest.raises(Unreadable):
            unseal(change(stored), context="a.b")
        with pytest.raises(Unreadable):
            unseal(stored, context="a.other")


def test_two_seals_of_one_value_differ() -> None:
    assert seal("x", context="a.b") != seal("x", context="a.b")
