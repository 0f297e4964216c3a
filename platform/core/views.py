"""The first page of staff, and the style guide: every component on one page, for those who build pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import YuanField
from core.nav import entries_for


class SampleForm(forms.Form):
    """One field of each look."""

    name = forms.CharField(label=_("Name"), help_text=_("As on the identity card."))
    amount = YuanField(label=_("Amount"))
    story = forms.CharField(label=_("What happened"), widget=forms.Textarea, required=False)
    who = forms.ChoiceField(
        label=_("Who is ill?"),
        widget=forms.RadioSelect,
        choices=[("self", _("I am")), ("child", _("My child")), ("parent", _("My mother or father"))],
    )
    agree = forms.BooleanField(label=_("I have read this"), help_text=_("You can take this back at any time."))
    paper = forms.FileField(label=_("Diagnosis"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].explained = {"child": _("Under 18: we ask for the birth paper too.")}  # type: ignore[attr-defined]


def staff_home(request: HttpRequest) -> HttpResponse:
    """What this person works on; 404 for who has no work here. One query, for the roles."""
    if not entries_for(request.user):
        raise Http404
    return render(request, "core/staff_home.html")


def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.SANDBOX:
        raise Http404
    now = timezone.now()
    context = {
        "form": SampleForm(prefix="empty"),
        "faulty": SampleForm({"faulty-name": "", "faulty-amount": "1.234"}, prefix="faulty"),
        "page_obj": Paginator(range(95), 20).get_page(request.GET.get("page")),
        "now": now,
        "until": now + timedelta(days=3),
        "soon": now + timedelta(minutes=29),
        "amount": 12_345_678,
        "amounts": [20, 50, 100, 500],
        "parts": [
            {"label": _("Paid to the hospital"), "value": 600_000, "text": "¥6,000.00"},
            {"label": _("Held for a withdrawal"), "value": 250_000, "text": "¥2,500.00"},
            {"label": _("Still available"), "value": 150_000, "text": "¥1,500.00"},
        ],
        "rows": [
            {"label": f"{month}", "value": month * month % 7, "text": f"{month * month % 7}"} for month in range(1, 9)
        ],
        "values": [3, 5, 4, 8, 9, 7, 12],
    }
    return render(request, "core/styleguide.html", context)
