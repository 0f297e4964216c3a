"""Filters and tags that every template may load."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.forms.boundfield import BoundField
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import TIME_STRINGS, timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from core import charts, masking, nav
from core.forms import YuanField
from core.money import yuan_text
from core.qr import qr_svg

register = template.Library()

# Django's own words, but a day is 天 in Chinese, as people say it.
SPANS: dict[str, Any] = {**TIME_STRINGS, "day": ngettext_lazy("%(num)d day", "%(num)d days", "num")}

register.filter("mask_name", masking.mask_name)
register.filter("mask_phone", masking.mask_phone)
register.filter("mask_card", masking.mask_card)
register.filter("mask_email", masking.mask_email)


@register.filter
def yuan(fen: Any) -> str:
    """123456 → 1,234.56; nothing for nothing."""
    return yuan_text(int(fen)) if fen not in (None, "") else ""


@register.filter
def signed_yuan(fen: Any, whole: str = "") -> str:
    """-123456 → −¥1,234.56: the sign stands before the money, as people write it. `whole` leaves the fen away."""
    amount = int(fen or 0)
    shown = yuan_whole(abs(amount)) if whole else yuan(abs(amount))
    return f"{'−' if amount < 0 else ''}¥{shown}"


@register.filter
def yuan_whole(fen: Any) -> str:
    """123456 → 1,234: for cards, where fen would only be noise. Never rounds up."""
    return f"{int(fen) // 100:,}" if fen not in (None, "") else ""


@register.filter
def as_qr(text: str) -> SafeString:
    """An address or an order of a channel as a code to scan."""
    return mark_safe(qr_svg(text))


@register.filter
def is_choices(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_tick(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def wired(field: BoundField) -> SafeString:
    """The widget, with its hint and its error tied to it for those who do not see them."""
    described = [f"{field.auto_id}_hint"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
    attrs: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The present query string with some values replaced: `{% query page=2 %}`; `page=''` begins the list anew."""
    params = context["request"].GET.copy()
    if changes.get("page") == "":
        params.pop("after", None)
    for name, value in changes.items():
        params[name] = value
    return f"?{params.urlencode()}"


@register.filter
def is_upload(field: BoundField) -> bool:
    return isinstance(field.field.widget, FileInput)


@register.filter
def is_money(field: BoundField) -> bool:
    return isinstance(field.field, YuanField)


@register.filter
def options(field: BoundField) -> list[tuple[Any, Any]]:
    """Each choice with its explanation: a form field may carry `explained = {value: sentence}`."""
    explained: dict[Any, Any] = getattr(field.field, "explained", {})
    return [(option, explained.get(option.data["value"], "")) for option in field]


@register.filter
def rate(ppm: Any) -> str:
    """30000 parts per million → 3%; 6000 → 0.6%."""
    whole, rest = divmod(int(ppm), 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


@register.filter
def plain(value: Any) -> str:
    """A number as machines write it, whatever the reader's language does with digits."""
    return str(value if value not in (None, "") else 0)


@register.filter
def at_most(number: int, most: int) -> str:
    """A number that was not counted any further than `most`."""
    return f"{most}+" if number >= most else str(number)


@register.filter
def percent_of(value: Any, whole: Any) -> int:
    """Whole percent, rounded down: 99.9 % of a target is not yet 100 %."""
    whole = int(whole or 0)
    return 100 * int(value or 0) // whole if whole else 0


@register.filter
def ago(moment: datetime | None) -> str:
    """ "3 hours ago"; a day and a time once that is over a week past."""
    if moment is None:
        return ""
    passed = timezone.now() - moment
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed > timedelta(days=7):
        return day(moment)
    return _("%(time)s ago") % {"time": timesince(moment, depth=1, time_strings=SPANS)}


@register.filter
def day(moment: datetime | date | None) -> str:
    """The day in the reader's language, Shanghai time."""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
    return date_format(moment, "DATE_FORMAT") if moment else ""


@register.filter
def time_left(until: datetime | None) -> str:
    if until is None:
        return ""
    left = until - timezone.now()
    if left <= timedelta(0):
        return _("time is up")
    return _("%(time)s left") % {"time": timeuntil(until, depth=1 if left.days else 2, time_strings=SPANS)}


@register.simple_tag(takes_context=True)
def here(context: RequestContext, *starts: str) -> SafeString:
    """`aria-current` when the page's address begins with one of `starts`."""
    path = context["request"].path if "request" in context else ""
    return mark_safe(' aria-current="page"') if path.startswith(starts) else mark_safe("")


@register.simple_tag(takes_context=True)
def menu(context: RequestContext, entries: list[nav.Entry] | list[nav.OwnEntry]) -> list[nav.Line]:
    """`{% menu staff_pages as house_menu %}`: the lines with their addresses, the current one marked."""
    return nav.lines(entries, context["request"].path)


register.filter("stacked", charts.stacked)
register.filter("columns", charts.columns)
register.filter("polyline", charts.polyline)
