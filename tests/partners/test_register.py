"""The register of hospitals: found by words, imported by file, changed with care."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from config.demo import hospitals as demo
from config.demo.cast import Cast
from core.errors import Conflict, DomainError
from core.models import TrailEvent
from partners import rules, selectors, services
from partners.models import AccountChange, Charity, Hospital
from tests.builders import make_hospital

USCC = "12990000000000001G"
HOW = "Called the switchboard and spoke with the cashier's office."


@pytest.fixture
def hospital(db: None) -> Hospital:
    return make_hospital(uscc=next(row["uscc"] for row in demo.rows()))


def propose(cast: Cast, hospital: Hospital, number: str = "8110 7010 1234 5678", **more: Any) -> AccountChange:
    return services.propose_account(
        actor=cast.wu, partner=hospital, account_number=number, bank="云岭银行", how_checked=HOW, **more
    )


@pytest.mark.django_db
def test_the_demonstration_has_about_sixty_invented_hospitals_and_loads_once() -> None:
    first, second = demo.load(), demo.load()
    assert (first.created, first.errors) == (60, [])
    assert (second.created, second.updated, second.unchanged, second.errors) == (0, 0, 60, [])
    assert Hospital.objects.filter(code__in=[f"YZ00{n}" for n in range(1, 7)]).count() == 6


@pytest.mark.django_db
def test_a_hospital_is_found_by_its_words_with_one_query(django_assert_max_num_queries: Any) -> None:
    make_hospital("YZ001", aliases="市一院; 云州总医院")
    make_hospital("YZ002", name="青溪市中医院", city="青溪市")
    make_hospital("YZ003", name="云州市旧医院", is_active=False)
    for query, codes in {
        "人民医院": ["YZ001"],
        "云州总医院": ["YZ001"],
        "yz002": ["YZ002"],
        "云岭 青溪": ["YZ002"],
        "旧医院": [],
        "'; --": [],
        "\0": [],
        "": ["YZ001", "YZ002"],
    }.items():
        with django_assert_max_num_queries(1):
            assert sorted(found.code for found in selectors.find_hospitals(query)) == codes, query
    assert selectors.find_hospitals("", "990000").count() == 2
    assert selectors.find_hospitals("", "110000").count() == 0
    assert selectors.find_hospitals("", "9\0").count() == 0


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("code", "Y"),
        ("code", "云"),
        ("name", ""),
        ("uscc", "12990000000000001X"),
        ("insurance_code", "H123"),
        ("level", "四级"),
        ("category", "宠物"),
        ("ownership", "其他"),
        ("province_code", "99"),
        ("phone", "call us"),
        ("verified_on", "2026-13-01"),
        ("aliases", "; ".join(str(n) for n in range(11))),
    ],
)
@pytest.mark.django_db
def test_a_bad_detail_is_named_and_nothing_is_written(field: str, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        make_hospital(**{field: text})
    assert list(refusal.value.fields) == [field]
    assert not Hospital.objects.exists()
    assert not TrailEvent.objects.exists()


@pytest.mark.django_db
def test_a_verified_entry_says_by_which_source() -> None:
    with pytest.raises(DomainError) as refusal:
        make_hospital(verified_on="2026-11-01")
    assert list(refusal.value.fields) == ["verified_source"]
    assert make_hospital(verified_on="2026-11-01", verified_source="Provincial register").is_verified


def test_the_code_of_a_known_hospital_stays(hospital: Hospital) -> None:
    with pytest.raises(DomainError) as refusal:
        services.save_partner(actor=None, partner=hospital, values={"code": "YZ999"})
    assert list(refusal.value.fields) == ["code"]
    assert Hospital.objects.get().code == "YZ001"


def test_two_hospitals_never_share_a_code(hospital: Hospital) -> None:
    for field, taken in (("code", {}), ("uscc", {"uscc": hospital.uscc})):
        with pytest.raises(DomainError) as refusal:
            make_hospital("YZ001" if field == "code" else "YZ002", **taken)
        assert list(refusal.value.fields) == [field]
    assert Hospital.objects.count() == 1


def test_saving_what_is_there_already_writes_nothing(hospital: Hospital, django_assert_num_queries: Any) -> None:
    lines = TrailEvent.objects.count()
    services.save_partner(actor=None, partner=hospital, values={"name": hospital.name, "level": "三级甲等"})
    assert TrailEvent.objects.count() == lines


@given(st.text(max_size=60), st.sampled_from(rules.HOSPITAL))
def test_whatever_stands_in_a_file_is_taken_or_refused_by_field(text: str, field: str) -> None:
    values, faults = rules.clean_partner({field: text})
    assert set(values) == {field}
    assert set(faults) <= {field, "verified_source"}
    assert "\0" not in str(values[field])


# --- the file ---------------------------------------------------------------------------------------------------------
HEADER = "code,name,level,uscc\n"


def run_import(path: Path, text: str) -> tuple[str, str, bool]:
    path.write_text(text, encoding="utf-8-sig")
    out, err = StringIO(), StringIO()
    try:
        call_command("import_hospitals", str(path), stdout=out, stderr=err)
    except CommandError:
        return out.getvalue(), err.getvalue(), False
    return out.getvalue(), err.getvalue(), True


@pytest.mark.django_db
def test_a_register_is_imported_and_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    out, err, good = run_import(file, HEADER + "AA01,甲县医院,二级甲等,\nAA02,乙县医院,二级,\n")
    assert (out, err, good) == ("2 created, 0 updated, 0 unchanged\n", "", True)
    out, _err, good = run_import(file, HEADER + "AA01,甲县医院,二级甲等,\nAA02,乙县人民医院,二级,\n")
    assert (out, good) == ("0 created, 1 updated, 1 unchanged\n", True)
    assert selectors.find_hospitals("乙县人民").get().code == "AA02"


@pytest.mark.django_db
def test_bad_lines_are_named_and_do_not_hold_up_the_others(tmp_path: Path) -> None:
    text = (
        HEADER
        + f"AA01,甲,二级,\nAA02,乙县医院,九级,\nAA03,丙县医院,二级,{USCC[:-1]}0\nAA04,丁县医院,二级,\n,戊县医院,,\n"
    )
    out, err, good = run_import(tmp_path / "register.csv", text)
    assert not good
    assert out == "1 created, 0 updated, 0 unchanged\n"
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "line 2, name",
        "line 3, level",
        "line 4, uscc",
        "line 6, code",
    ]
    assert [hospital.code for hospital in Hospital.objects.all()] == ["AA04"]


@pytest.mark.django_db
def test_an_import_that_broke_off_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    text = HEADER + "".join(f"AA0{n},第{n}医院,二级,\n" for n in range(1, 6))
    real = services._import_row
    seen: list[str] = []

    def breaks(row: Any, known: Any, done: Any) -> None:
        seen.append(row["code"])
        if len(seen) == 4:
            raise KeyboardInterrupt
        real(row, known, done)

    monkeypatch.setattr(services, "_import_row", breaks)
    with pytest.raises(KeyboardInterrupt):
        run_import(tmp_path / "register.csv", text)
    assert Hospital.objects.count() == 2
    monkeypatch.setattr(services, "_import_row", real)
    out, _err, good = run_import(tmp_path / "register.csv", text)
    assert (out, good) == ("3 created, 0 updated, 2 unchanged\n", True)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["name\n甲县医院\n", "code,name,price\nAA01,甲县医院,1\n", ""])
def test_a_file_with_other_columns_is_not_read(tmp_path: Path, text: str) -> None:
    assert run_import(tmp_path / "register.csv", text)[2] is False
    assert not Hospital.objects.exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("import_hospitals", str(tmp_path / "absent.csv"))


# --- accounts ---------------------------------------------------------------------------------------------------------
def test_an_account_counts_after_a_second_person_approved_it(cast: Cast, hospital: Hospital) -> None:
    change = propose(cast, hospital)
    assert Hospital.objects.get().account is None
    services.approve_account(actor=cast.he, change=change)
    account = Hospital.objects.get().account
    assert account is not None
    assert account.holder_name == hospital.name
    assert account.number == "8110701012345678"
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM identity_bankaccount")
        assert "8110701012345678" not in cursor.fetchone()[0]


def test_nobody_approves_the_account_that_they_proposed(cast: Cast, hospital: Hospital) -> None:
    change = propose(cast, hospital)
    with pytest.raises(Conflict) as refusal:
        services.approve_account(actor=cast.wu, change=change)
    assert refusal.value.code == "own_proposal"
    for values in ({"status": "approved", "approved_by": cast.wu}, {"status": "approved"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountChange.objects.update(**values)
    assert Hospital.objects.get().account is None


def test_a_decided_account_change_is_final(cast: Cast, hospital: Hospital) -> None:
    change = services.withdraw_account(actor=cast.he, change=propose(cast, hospital))
    for act in (services.approve_account, services.withdraw_account):
        with pytest.raises(Conflict) as refusal:
            act(actor=cast.he, change=change)
        assert refusal.value.code == "wrong_state"
    for statement in ("UPDATE partners_accountchange SET how_checked = ''", "DELETE FROM partners_accountchange"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Hospital.objects.get().account is None


def test_a_second_click_finds_the_first_proposal_and_another_account_waits(cast: Cast, hospital: Hospital) -> None:
    assert propose(cast, hospital) == propose(cast, hospital)
    with pytest.raises(Conflict) as refusal:
        propose(cast, hospital, number="8110701012340000")
    assert refusal.value.code == "already_proposed"
    assert AccountChange.objects.count() == 1


def test_an_account_needs_a_holder_a_number_and_word_of_how_it_was_checked(cast: Cast, hospital: Hospital) -> None:
    with pytest.raises(DomainError) as refusal:
        propose(cast, hospital, number="12")
    assert list(refusal.value.fields) == ["account_number"]
    with pytest.raises(DomainError) as refusal:
        services.propose_account(
            actor=cast.wu, partner=hospital, account_number="8110701012345678", bank="云岭银行", how_checked="ok"
        )
    assert list(refusal.value.fields) == ["how_checked"]
    with pytest.raises(Conflict) as conflict:
        propose(cast, make_hospital("YZ002"))
    assert conflict.value.code == "no_credit_code"
    assert not AccountChange.objects.exists()


def test_the_holder_of_an_account_is_not_changed_under_it(cast: Cast, hospital: Hospital) -> None:
    services.approve_account(actor=cast.he, change=propose(cast, hospital))
    other = list(demo.rows())[1]["uscc"]
    with pytest.raises(DomainError) as refusal:
        services.save_partner(actor=cast.wu, partner=Hospital.objects.get(), values={"uscc": other})
    assert list(refusal.value.fields) == ["uscc"]


def test_a_charity_has_its_account_in_the_same_way(cast: Cast) -> None:
    code = list(demo.rows())[2]["uscc"]
    values = {"code": "CH01", "name": "云岭省大病关爱基金会", "uscc": code, "website": "https://love.invalid"}
    charity = services.save_partner(actor=cast.wu, partner=Charity(), values=values)
    change = services.propose_account(
        actor=cast.wu, partner=charity, account_number="8110701099990000", bank="云岭银行", how_checked=HOW
    )
    services.approve_account(actor=cast.he, change=change)
    assert Charity.objects.get().account is not None
