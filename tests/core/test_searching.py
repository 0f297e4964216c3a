"""Words are found on both engines, whatever somebody types."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import searching
from core.models import Job
from core.search import query_tokens, tokens

TABLE, COLUMN = "core_job", "last_error"


@pytest.fixture
def indexed(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A search index over a column that is at hand."""
    monkeypatch.setattr(searching, "indexed_columns", set())
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        (operation,) = searching.index_operations(TABLE, COLUMN)
        operation.code(None, editor)
        operation.code(None, editor)  # running it twice is allowed
        yield
        operation.reverse_code(None, editor)


def _row(key: str, text: str) -> Job:
    return Job.objects.create(kind="search", key=key, last_error=" ".join(tokens(text)))


def _found(query: str) -> set[str]:
    return set(searching.matching(Job.objects.all(), COLUMN, query).values_list("key", flat=True))


@pytest.mark.usefixtures("indexed")
def test_chinese_words_letters_and_digits_are_found() -> None:
    _row("a", "云州市第一人民医院 急性淋巴细胞白血病 Leukemia 2026")
    _row("b", "昭通市人民医院 骨髓移植")
    assert _found("淋巴细胞") == {"a"}
    assert _found("骨髓") == {"b"}
    assert _found("人民医院") == {"a", "b"}
    assert _found("瘤") == set()
    assert _found("医") == {"a", "b"}
    assert _found("LEUKEMIA ２０２６") == {"a"}
    assert _found("leukemia 骨髓") == set()
    assert _found("𠮷") == set()


@pytest.mark.usefixtures("indexed")
def test_rare_characters_and_other_scripts_are_found() -> None:
    _row("rare", "𬸣 𠮷野 〇 Тест ئۇيغۇر")
    for word in ("𬸣", "𠮷野", "〇", "тест", "ئۇيغۇر"):
        assert _found(word) == {"rare"}, word


@pytest.mark.usefixtures("indexed")
def test_the_index_follows_changes_and_deletions() -> None:
    row = _row("a", "白血病")
    Job.objects.filter(pk=row.pk).update(last_error=" ".join(tokens("尿毒症")))
    assert _found("白血病") == set()
    assert _found("尿毒症") == {"a"}
    row.delete()
    assert _found("尿毒症") == set()
    _row("c", "肝硬化")
    assert _found("尿毒症") == set()
    assert _found("肝硬化") == {"c"}


@pytest.mark.usefixtures("indexed")
def test_rows_from_before_the_index_are_found() -> None:
    _row("a", "白血病")
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        (operation,) = searching.index_operations(TABLE, COLUMN)
        operation.reverse_code(None, editor)
        operation.code(None, editor)
    assert _found("白血病") == {"a"}


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("typed", ["", "   ", "\t"])
def test_nothing_typed_means_everything(typed: str) -> None:
    _row("a", "白血病")
    assert _found(typed) == {"a"}


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "'; DROP TABLE core_job; --",
        "NEAR(",
        "* OR",
        "{}[]()",
        "\x00",
        "a\x00b",
        "%",
        "💊",
        "x" * 100_000,
        "病 " * 50_000,
    ],
)
def test_odd_input_is_answered(typed: str) -> None:
    _row("a", "白血病")
    assert _found(typed) == ({"a"} if typed.startswith("病") else set())
    assert Job.objects.count() == 1


@pytest.mark.usefixtures("indexed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_any_text_is_found_by_itself(text: str) -> None:
    Job.objects.all().delete()
    _row("self", text)
    expected = {"self"} if query_tokens(text) or not text.strip() else set()
    assert _found(text) == expected


@given(st.text(max_size=200))
def test_query_tokens_are_always_among_the_stored_ones(text: str) -> None:
    assert set(query_tokens(text)) <= set(tokens(text))
    assert all(token and not token.isspace() and len(token) <= 40 for token in tokens(text))


@pytest.mark.usefixtures("indexed")
def test_the_index_is_used(on_sqlite: bool) -> None:
    Job.objects.bulk_create(
        Job(kind="k", key=str(i), last_error=" ".join(tokens(f"第{i}号 医院 病房{i % 97}"))) for i in range(3000)
    )
    with connection.cursor() as cursor:
        if not on_sqlite:
            # So few rows are read faster without it: the question is whether it could be used.
            cursor.execute("SET LOCAL enable_seqscan = off")
        queryset = searching.matching(Job.objects.all(), COLUMN, "第2718号")
        plan = queryset.explain()
    assert "core_job_last_error_fts" in plan if not on_sqlite else "VIRTUAL TABLE" in plan
    assert queryset.count() == 1
