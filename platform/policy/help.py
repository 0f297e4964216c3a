"""The pages that explain the platform to people, with the numbers that are in force, never numbers typed into a text."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core.money import Fen, share
from policy.enforce import enforces
from policy.parameters import value

PAGES = {
    "": _("How it works"),
    "asking": _("Asking for help"),
    "giving": _("Giving help"),
    "checking": _("How requests are checked"),
    "fees": _("Fees"),
    "risks": _("Risks, rights and duties"),
    "privacy": _("Privacy"),
}
_NUMBERS = {
    "target_cap": "campaign.target_cap",
    "diagnosis_months": "docs.diagnosis_max_age_months",
    "four_eyes": "review.four_eyes_threshold",
    "notice_hours": "withdraw.notice_hours",
    "due_days": "use_report.due_days",
    "claim_days": "refund.donor_claim_window_days",
    "refund_days": "refund.processing_days",
    "service_rate": "fee.service_rate",
    "service_cap": "fee.service_cap",
    "channel_rate": "fee.channel_rate",
    "ack_hours": "complaint.ack_hours",
    "triage_hours": "complaint.triage_hours",
    "answer_hours": "complaint.raiser_answer_hours",
    "decision_days": "complaint.decision_days",
}
_EXAMPLES: tuple[Fen, ...] = (1_000_00, 10_000_00, 100_000_00, 500_000_00)


def page(request: HttpRequest, name: str = "") -> HttpResponse:
    """No query beyond what `policy.parameters` needs."""
    if name not in PAGES:
        raise Http404
    context: dict[str, Any] = {"pages": PAGES, "name": name, "title": PAGES[name]}
    context |= {short: value(key) for short, key in _NUMBERS.items()}
    if name == "fees":
        context["examples"] = fee_examples()
    return render(request, f"policy/help/{name or 'index'}.html", context)


@enforces("R39")
def fee_examples() -> list[dict[str, Fen]]:
    """What is taken from some amounts paid out in one go, and what arrives, at the rates in force (R39)."""
    rows = []
    for amount in _EXAMPLES:
        service = min(share(amount, value("fee.service_rate")), value("fee.service_cap"))
        channel = share(amount, value("fee.channel_rate"))
        rows.append({"amount": amount, "service": service, "channel": channel, "arrives": amount - service - channel})
    return rows
