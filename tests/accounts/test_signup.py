"""Opening an account: three short steps, nobody learns who has one, a number belongs to who proved it."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts import services
from accounts.models import Consent, User
from accounts.selectors import has_consent, user_by_phone
from notices.models import SandboxMessage
from tests.accounts.codes import code_for, messages_to

pytestmark = pytest.mark.django_db

NEW = "+8617000000101"


def begin(client, **data):
    return client.post("/accounts/signup/", {"terms": "on", **data})


def test_a_new_person_signs_up_by_phone_in_three_steps(client):
    assert begin(client, phone="１７０ 0000-0101")["Location"] == "/accounts/phone/verify/"
    code = code_for(NEW)
    assert (len(code), code.isdigit()) == (6, True)
    assert client.post("/accounts/phone/verify/", {"code": code})["Location"] == "/me/welcome/"
    assert client.post("/me/welcome/", {"name": " 周 大妈 "})["Location"] == "/me/"

    user = user_by_phone(NEW)
    assert (user.name, user.phone, user.phone_verified, user.has_usable_password()) == ("周 大妈", NEW, True, False)
    assert has_consent(user, "terms")
    assert client.get("/me/").status_code == 200


def test_full_width_digits_of_the_code_are_as_good(client):
    begin(client, phone=NEW)
    wide = code_for(NEW).translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    assert client.post("/accounts/phone/verify/", {"code": wide})["Location"] == "/me/welcome/"


def test_a_new_person_signs_up_by_email(client):
    assert begin(client, email="New.Person@Candor.invalid")["Location"] == "/accounts/login/code/confirm/"
    code = code_for("new.person@candor.invalid")
    assert client.post("/accounts/login/code/confirm/", {"code": code})["Location"] == "/me/welcome/"
    user = User.objects.get(email="new.person@candor.invalid")
    assert user.emailaddress_set.get().verified
    assert has_consent(user, "terms")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "02088888888"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@candor.invalid", "phone": NEW}, "email"),
        ({"phone": NEW, "terms": ""}, "terms"),
    ],
)
def test_bad_input_is_answered_beside_the_field_and_nothing_is_written(client, data, field):
    answer = begin(client, **data)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not User.objects.exists()


def test_the_terms_are_not_ticked_beforehand(client):
    assert " checked" not in client.get("/accounts/signup/").content.decode()


def test_a_taken_number_looks_the_same_from_outside(client, cast):
    fresh, taken = begin(client, phone=NEW), begin(client.__class__(), phone=cast.lin.phone)
    assert (fresh.status_code, fresh["Location"]) == (taken.status_code, taken["Location"])
    assert messages_to(cast.lin.phone)[0].code == ""
    assert not Consent.objects.filter(user=cast.lin).exists()


def test_a_taken_address_looks_the_same_from_outside(client, cast):
    fresh = begin(client, email="fresh@candor.invalid")
    taken = begin(client.__class__(), email=cast.lin.email)
    assert (fresh.status_code, fresh["Location"]) == (taken.status_code, taken["Location"])
    assert messages_to(cast.lin.email)[0].code == ""


def test_five_wrong_codes_end_the_attempt(client):
    begin(client, phone=NEW)
    right = code_for(NEW)
    wrong = "000000" if right != "000000" else "111111"
    for _attempt in range(4):
        assert client.post("/accounts/phone/verify/", {"code": wrong}).status_code == 200
    assert client.post("/accounts/phone/verify/", {"code": wrong})["Location"] == "/accounts/login/"
    assert client.post("/accounts/phone/verify/", {"code": right})["Location"] == "/accounts/login/"
    assert user_by_phone(NEW) is None


def test_an_unproved_claim_to_a_number_yields_to_who_proves_it(client):
    begin(client.__class__(), phone=NEW)
    squatter = User.objects.get()
    cache.clear()  # half a minute later
    begin(client, phone=NEW)
    client.post("/accounts/phone/verify/", {"code": code_for(NEW)})
    squatter.refresh_from_db()
    assert (squatter.phone, squatter.phone_index) == ("", None)
    owner = user_by_phone(NEW)
    assert owner is not None
    assert owner != squatter


def test_unfinished_signups_are_removed_after_a_day(client, cast):
    begin(client, phone=NEW)
    assert services.discard_unfinished_signups(now=timezone.now()) == 0
    User.objects.filter(phone_verified=False).update(joined_at=timezone.now() - services.people.UNFINISHED_FOR * 2)
    assert services.discard_unfinished_signups(now=timezone.now()) == 1
    assert user_by_phone(cast.lin.phone) == cast.lin
    assert not User.objects.filter(phone_verified=False).exists()


def test_codes_for_one_number_are_limited(client):
    begin(client, phone=NEW)
    again = client.__class__().post("/accounts/signup/", {"phone": NEW, "terms": "on"})
    assert again.status_code == 429
    assert len(messages_to(NEW)) == 1


def test_the_number_can_be_corrected_on_the_second_step(client):
    begin(client, phone=NEW)
    answer = client.post("/accounts/phone/verify/", {"action": "change", "phone": "17000000102"})
    assert answer["Location"] == "/accounts/phone/verify/"
    code = code_for("+8617000000102")
    assert client.post("/accounts/phone/verify/", {"code": code})["Location"] == "/me/welcome/"
    assert user_by_phone("+8617000000102") is not None
    assert user_by_phone(NEW) is None


def test_the_code_is_not_kept_after_it_was_sent(client):
    from notices.models import Delivery

    begin(client, phone=NEW)
    waiting = Delivery.objects.get()
    assert (waiting.address, len(waiting.code)) == (NEW, 6)
    code_for(NEW)
    sent = Delivery.objects.get()
    assert (sent.status, sent.address, sent.text, sent.code) == ("sent", "", "", "")
    assert SandboxMessage.objects.count() == 1
