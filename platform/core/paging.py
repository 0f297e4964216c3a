"""Pages of lists that may be of any length: bounded work for every page, and no row out of reach.

A list is read through a window of PAGES pages, and only the window is ever counted. When more rows follow, its last page
leads on to the next window, which begins after the key of its last row (`?after=`): by index, however deep it lies.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

PAGES = 20
_SEPARATOR = "~"


class Window(Paginator):
    """The first PAGES pages of `rows`, which begin after the row that `after` names. One query to count, one for a page.

    `rows` must be ordered by its own plain columns, the last of them unique.
    """

    object_list: QuerySet[Any]

    def __init__(self, rows: QuerySet[Any], per_page: int, *, after: str = "", pages: int = 0) -> None:
        values = _values(rows, after)
        self.is_later = values is not None
        self.most = per_page * (pages or PAGES)
        super().__init__(rows.filter(_behind(_keys(rows), values)) if values is not None else rows, per_page)

    @cached_property
    def _counted(self) -> int:
        # A slice keeps its order: the same walk along the same index as the page itself, which ends at the window's end.
        return self.object_list[: self.most + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.most)

    @property
    def more(self) -> bool:
        """Rows follow behind this window. The number of pages is then no number of all pages."""
        return self._counted > self.most

    def _get_page(self, *args: Any, **kwargs: Any) -> "WindowPage":
        return WindowPage(*args, **kwargs)


class WindowPage(Page):
    """A page as templates know it, and `next_window`: what `?after=` says behind the last page of a full window."""

    paginator: Window

    @cached_property
    def next_window(self) -> str:
        if self.has_next() or not self.paginator.more:
            return ""
        last = list(self)[-1]
        values = [getattr(last, column) for column, _descending in _keys(self.paginator.object_list)]
        if any(value is None for value in values):
            return ""
        return _SEPARATOR.join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def page_of(request: HttpRequest, rows: QuerySet[Any], per_page: int, *, pages: int = 0) -> WindowPage:
    """The page that `?page=` and `?after=` ask for; whatever else stands there means the first or the last page.

    `pages`: a smaller window than PAGES, where counting is dear because rows are also searched for words.
    """
    window = Window(rows, per_page, after=request.GET.get("after", ""), pages=pages)
    page: Any = window.get_page(request.GET.get("page"))
    return page


def _keys(rows: QuerySet[Any]) -> list[tuple[str, bool]]:
    """(attribute, descending) of each column of the order. Raises TypeError for an order that is no plain column."""
    order: tuple[Any, ...] = tuple(rows.query.order_by)
    if not order or not all(isinstance(column, str) for column in order):
        raise TypeError(f"a list that is shown in pages needs an order by plain columns, not {order!r}")
    names = [(column.lstrip("-"), column.startswith("-")) for column in order]
    return [("pk" if name in ("pk", "id") else name, descending) for name, descending in names]


def _values(rows: QuerySet[Any], after: str) -> list[Any] | None:
    """The key that `after` names; None when it is empty or no key of this list."""
    keys, parts = _keys(rows), after.split(_SEPARATOR)
    if not after or len(parts) != len(keys):
        return None
    meta = rows.model._meta
    fields = [meta.pk if column == "pk" else meta.get_field(column) for column, _descending in keys]
    try:
        values = [field.to_python(part) for field, part in zip(fields, parts, strict=True)]
    except (ValidationError, OverflowError):
        return None
    return values if all(_is_usable(value) for value in values) else None


def _is_usable(value: Any) -> bool:
    """Whether the database takes it: no time without a zone, no number beyond its columns, no NUL."""
    if isinstance(value, datetime):
        return timezone.is_aware(value)
    return "\x00" not in value if isinstance(value, str) else not isinstance(value, int) or abs(value) < 2**31


def _behind(keys: list[tuple[str, bool]], values: list[Any]) -> Q:
    """Rows that come later in the order. The first column alone bounds the walk along its index."""
    (column, descending), value = keys[0], values[0]
    strictly = Q(**{f"{column}__{'lt' if descending else 'gt'}": value})
    if len(keys) == 1:
        return strictly
    within = Q(**{f"{column}__{'lte' if descending else 'gte'}": value})
    return within & (strictly | _behind(keys[1:], values[1:]))
