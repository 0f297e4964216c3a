"""What this room holds about somebody who signs in (R103)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Case, HumanVerdict, Report
from core.errors import Text


def export(user: User) -> dict[str, Any]:
    """Decisions about the person's own requests, the reports that they filed, and the decisions that they took as staff."""
    return {
        "decisions": [
            {
                "title": case.title,
                "kind": case.kind,
                "opened_at": case.opened_at.isoformat(),
                "outcome": case.outcome,
                "decided_at": case.decided_at.isoformat() if case.decided_at else None,
                "appeal": case.note if case.kind == Case.Kind.APPEAL else "",
                "questions": list(case.questions.order_by("id").values_list("text", "answer")),
            }
            for case in Case.objects.filter(owner=user).order_by("id")
        ],
        "reports": [
            {
                "number": report.number,
                "category": report.category,
                "text": report.text,
                "contact": report.contact,
                "received_at": report.received_at.isoformat(),
                "status": report.status,
            }
            for report in Report.objects.filter(reporter=user).order_by("id")
        ],
        "verdicts": [
            {"case": verdict.case_id, "outcome": verdict.outcome, "at": verdict.at.isoformat()}
            for verdict in HumanVerdict.objects.filter(reviewer=user).order_by("id")
        ],
    }


def erase(user: User) -> list[Text]:
    """Reports lose their reporter and contact; decisions stay, they are about public money."""
    reported = Report.objects.filter(reporter=user).update(reporter=None, contact="")
    kept: list[Text] = []
    if Case.objects.filter(owner=user).exists() or HumanVerdict.objects.filter(reviewer=user).exists():
        kept.append(_("Decisions of the review and their reasons, as long as the help records have to be kept."))
    if reported:
        kept.append(_("The text of your reports, without your name and contact."))
    return kept
