"""No personal data in clear in any log line, and logs are kept for six months (R97)."""

import json
import logging
import logging.config
from pathlib import Path

import pytest
import structlog
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from config.demo.people import PEOPLE
from core import logs

LIN = PEOPLE["lin"]
CLEAR = [LIN.id_number, LIN.card, LIN.phone, "lin@example.org"]


@pytest.mark.parametrize(
    "text, masked",
    [
        ("call 13812341234 now", "call 138****1234 now"),
        ("+8613812341234", "138****1234"),
        ("+86 138-1234-1234,", "138****1234,"),
        ("身份证11010519491231002X。", "身份证1****************X。"),
        ("card 6222 0212 3456 7890 123", "card 622202*********0123"),
        ("card=6222021234567890123;", "card=622202*********0123;"),
        ("to lin.xm@example.org", "to l***@example.org"),
        ("GET /documents/7?token=abc.def&page=2", "GET /documents/7?token=***&page=2"),
        (
            "took 0.1381234123412 s at 2026-11-23T10:11:12.123456Z",
            "took 0.1381234123412 s at 2026-11-23T10:11:12.123456Z",
        ),
        ("amount 123456 of journal 98765", "amount 123456 of journal 98765"),
    ],
)
def test_what_is_masked_and_what_is_left(text: str, masked: str) -> None:
    assert logs.mask_text(text) == masked


@given(
    prefix=st.text(alphabet="abc 中文:=,(", max_size=8),
    suffix=st.text(alphabet=" ,.;)。中", max_size=5),
    clear=st.sampled_from(CLEAR),
)
def test_personal_data_never_survives_in_any_sentence(prefix: str, suffix: str, clear: str) -> None:
    before = prefix.rstrip("abc")
    assert clear not in logs.mask_text(f"{before} {clear}{suffix}")


def _configured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logs.configure(level="INFO", as_json=True, folder=folder, keep_days=190))


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Path":
    before = logging.getLogger().handlers[:]
    _configured(tmp_path, capsys)
    yield tmp_path  # type: ignore[misc]
    for handler in logging.getLogger().handlers:
        handler.close()
    logging.getLogger().handlers = before


def _lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(folder.glob("*.log")) for line in path.read_text().splitlines()]


def test_structlog_and_standard_lines_are_masked_in_every_value(folder: Path) -> None:
    structlog.get_logger("room").info(
        "paid", phone=LIN.phone, nested={"card": LIN.card, "who": [LIN.id_number, {"deep": f"<{LIN.phone}>"}]}, fen=1234
    )
    logging.getLogger("django.request").warning("refused %s (%s)", LIN.id_number, {"email": "lin@example.org"})
    try:
        raise ValueError(f"no card {LIN.card}")
    except ValueError:
        logging.getLogger("room").exception("failed for %s", LIN.phone)
    structlog.get_logger("room").info("in", password="hunter2", access_token="t", authorization="Bearer x", code=200)
    text = "".join(path.read_text() for path in folder.glob("*.log"))
    for clear in [*CLEAR, "hunter2", "Bearer"]:
        assert clear not in text, clear
    paid, refused, failed, signed_in = _lines(folder)
    assert (paid["event"], paid["fen"], paid["level"], paid["logger"]) == ("paid", 1234, "info", "room")
    assert paid["nested"] == {
        "card": "***",
        "who": ["1****************" + LIN.id_number[-1], {"deep": f"<{LIN.phone[:3]}****{LIN.phone[-4:]}>"}],
    }
    assert "l***@example.org" in str(refused["event"])
    assert "Traceback" in str(failed["exception"])
    assert signed_in["code"] == 200


def test_odd_values_do_not_break_a_line(folder: Path) -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    structlog.get_logger("room").info(
        "odd", loop=loop, number=13812341234, nothing=None, raw=b"13812341234", thing=object()
    )
    (line,) = _lines(folder)
    assert "13812341234" not in json.dumps(line)


@pytest.mark.rule("R97")
def test_each_day_has_its_file_and_six_months_are_kept(tmp_path: Path) -> None:
    handler = logs.DailyFile(str(tmp_path), keep_days=190)
    record = logging.LogRecord("room", logging.INFO, "", 0, "a line", None, None)
    with time_machine.travel("2026-01-01 12:00:00+08:00", tick=False) as clock:
        for _day in range(230):
            handler.emit(record)
            clock.shift(86400)
    handler.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-1] == "candor-2026-08-18.log"
    assert len(names) == 191
    assert names[0] == "candor-2026-02-09.log"
    assert (tmp_path / names[0]).read_text() == "a line\n"


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "candor-2001-01-01.log").write_text("old")
    (tmp_path / "notes.log").write_text("mine")
    handler = logs.DailyFile(str(tmp_path), keep_days=190)
    with time_machine.travel("2026-01-01 12:00:00+08:00", tick=False) as clock:
        handler.emit(logging.LogRecord("room", logging.INFO, "", 0, "one", None, None))
        clock.shift(86400)
        handler.emit(logging.LogRecord("room", logging.INFO, "", 0, "two", None, None))
    handler.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "candor-2026-01-01.log",
        "candor-2026-01-02.log",
        "notes.log",
    ]
