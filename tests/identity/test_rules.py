"""Numbers that name people and accounts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.demo.people import PEOPLE, make_card, make_id_number
from identity import rules
from identity.levels import Level

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",  # the example of GB 11643
        "440524188001010014".replace("1880", "1980")[:17] + "5",
        make_id_number(date(1950, 6, 15), 1, area="420106"),
        make_id_number(date(1970, 6, 15), 1, area="440305"),
        make_id_number(date(1990, 1, 1), 1, area="810000"),
        make_id_number(date(1990, 1, 1), 1, area="820000"),
        make_id_number(date(1990, 1, 1), 1, area="830000"),
        make_id_number(date(1990, 1, 1), 1, area="911156"),
        *(person.id_number for person in PEOPLE.values()),
    ],
)
def test_well_formed_numbers_are_accepted_whenever_their_county_was_founded(number: str) -> None:
    first17 = number[:17]
    assert rules.id_fault(first17 + rules.check_digit(first17), TODAY) == ""


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", "id_length"),
        ("110105491231002", "id_length"),
        ("11010519491231002Y", "id_characters"),
        ("1101051949123100２X"[:17] + "X", "id_characters"),
        ("000105194912310021", "id_prefix"),
        ("990105194912310021", "id_prefix"),
        ("110105194902300021", "id_date"),
        ("110105189912310021", "id_date"),
        (make_id_number(TODAY + timedelta(days=1), 1), "id_date"),
        ("110105194912310021", "id_check_digit"),
        ("11010519491321002X", "id_date"),
    ],
)
def test_each_fault_has_its_own_answer(number: str, fault: str) -> None:
    assert rules.id_fault(number, TODAY) == fault


def test_a_child_born_today_has_a_number() -> None:
    assert rules.id_fault(make_id_number(TODAY, 1), TODAY) == ""


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002x", "１１０１０５１９４９１２３１００２ｘ", " 110105 19491231 002X ", "110105-19491231-002x"],
)
def test_the_same_number_however_it_is_typed(typed: str) -> None:
    assert rules.normalise_id(typed) == "11010519491231002X"


def test_what_a_number_says() -> None:
    woman = rules.read_id("11010519491231002X")
    assert (woman.birth_date, woman.sex, woman.is_permit) == (date(1949, 12, 31), "F", False)
    man = rules.read_id(make_id_number(date(2000, 2, 29), 13, area="830000"))
    assert (man.birth_date, man.sex, man.is_permit) == (date(2000, 2, 29), "M", True)


@given(
    birth=st.dates(date(1900, 1, 1), TODAY),
    seq=st.integers(0, 999),
    place=st.integers(0, 16),
    other=st.integers(1, 9),
)
def test_one_wrong_digit_is_always_noticed(birth: date, seq: int, place: int, other: int) -> None:
    number = make_id_number(birth, seq)
    assert rules.id_fault(number, TODAY) == ""
    wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
    assert rules.id_fault(wrong, TODAY) != ""


@given(birth=st.dates(date(1900, 1, 1), TODAY), seq=st.integers(0, 999), place=st.integers(0, 15))
def test_two_swapped_digits_are_always_noticed(birth: date, seq: int, place: int) -> None:
    number = make_id_number(birth, seq)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or rules.id_fault(swapped, TODAY) != ""


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 24), date(2026, 11, 23), 17),
        (date(2008, 11, 23), date(2026, 11, 23), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_in_whole_years(born: date, day: date, age: int) -> None:
    assert rules.age_on(born, day) == age


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 林 晓梅 ", "林晓梅"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("Anna  Maria O'Neil", "Anna Maria O'Neil"),
        ("𠮷田", "𠮷田"),
    ],
)
def test_names_are_brought_into_one_form(typed: str, name: str) -> None:
    assert rules.normalise_name(typed) == name
    assert rules.name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "林", "林晓梅1", "<b>林</b>", "林\x00晓", "林" * 51, "·林", "林·", "--"])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert rules.name_fault(rules.normalise_name(name)) != ""


def test_cards_and_accounts() -> None:
    assert rules.card_fault(make_card(5)) == ""
    assert rules.card_fault(make_card(5)[:-1] + str((int(make_card(5)[-1]) + 1) % 10)) == "card_check_digit"
    assert rules.card_fault("6222") == "card_characters"
    assert rules.card_fault("６" * 16) == "card_characters"
    assert rules.corporate_account_fault("1100101010102") == ""
    assert rules.corporate_account_fault("11-00") == "account_characters"
    assert rules.phone_fault("17000000001") == ""
    assert rules.phone_fault("010123456") == "phone_characters"
    assert rules.credit_code_fault("91110000600037341L") == ""
    assert rules.credit_code_fault("91110000600037341M") == "credit_code"


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    ("level", "reviewers", "paid"),
    [
        (Level.NONE, 0, False),
        (Level.DOC_CONSISTENT, 0, False),
        (Level.HUMAN_REVIEWED, 1, False),
        (Level.HUMAN_REVIEWED, 2, True),
        (Level.AUTHORITY_MATCH, 0, True),
        (Level.AUTHORITY_PLUS_FACE, 0, True),
    ],
)
def test_a_payee_needs_the_authority_or_two_reviewers(level: Level, reviewers: int, paid: bool) -> None:
    assert rules.may_be_paid(level, reviewers) is paid
