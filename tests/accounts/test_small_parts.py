"""Pure parts: spellings of phone numbers, names of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.devices import device_name
from accounts.phones import normalise, readable
from core.errors import DomainError


@pytest.mark.parametrize(
    "text",
    [
        "17000000001",
        "+8617000000001",
        "0086 170-0000-0001",
        "１７０００００００01",
        " 170 0000 0001 ",
        "(+86) 170 0000 0001",
    ],
)
def test_every_spelling_is_one_number(text):
    assert normalise(text) == "+8617000000001"


def test_foreign_numbers_keep_their_country():
    assert normalise("+44 7911 123456") == "+447911123456"
    assert readable("+447911123456") == "+447911123456"
    assert readable("+8617000000001") == "170 0000 0001"


@pytest.mark.parametrize(
    "text", ["", "110", "10086", "02088888888", "1700000000", "170000000011", "13800138000 ext. 5", "abc", "+", "\x00"]
)
def test_what_cannot_receive_a_text_message_is_refused_beside_the_field(text):
    with pytest.raises(DomainError) as refused:
        normalise(text, field="contact")
    assert (refused.value.code, list(refused.value.fields)) == ("bad_phone", ["contact"])


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_number_or_a_clear_refusal(text):
    try:
        phone = normalise(text)
    except DomainError as error:
        assert error.code == "bad_phone"
    else:
        assert phone.startswith("+")
        assert normalise(phone) == phone
        assert normalise(readable(phone)) == phone


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Safari/604 MicroMessenger/8.0.50", "WeChat, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit Chrome/130 Safari/537 Edg/130", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605", "Safari, Mac"),
    ],
)
def test_devices_have_names_that_people_know(agent, name):
    assert device_name(agent) == name
    assert device_name("curl/8") == device_name("")
