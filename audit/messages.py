"""What this room tells people (notices)."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register


def register_all() -> None:
    """Called once, from `apps.ready()`."""
    register(
        "audit.question",
        title=_("A reviewer has a question"),
        body=_("About “%(title)s”: please open your page and answer, so that the review can go on."),
    )
    register(
        "audit.decided_approve",
        title=_("The review is done: approved"),
        body=_("“%(title)s” was checked by our programme and by people, and approved."),
    )
    register(
        "audit.decided_fix",
        title=_("The review is done: please mend a few things"),
        body=_("“%(title)s”: your page lists what to mend, point by point. People have decided this, not a programme."),
    )
    register(
        "audit.decided_refuse",
        title=_("The review is done: refused"),
        body=_(
            "“%(title)s” cannot go on. Your page says why, and how other people can look at it again if you appeal."
        ),
    )
    register(
        "audit.report_received",
        title=_("Your report has arrived"),
        body=_(
            "Report %(number)s: a person reads it within a day. Nobody outside the complaints team learns your name."
        ),
        channels=("inbox",),
    )
    register(
        "audit.report_result",
        title=_("There is a result for your report"),
        body=_("Report %(number)s was decided. Your status page says what was found."),
    )
    register(
        "audit.report_question",
        title=_("Please answer a report"),
        body=_(
            "Somebody has doubts about “%(title)s”. Please answer by %(due_at)s; your answer can be read by everybody."
        ),
    )
    register(
        "audit.report_reminder",
        title=_("Your answer to a report is due soon"),
        body=_("“%(title)s”: please answer by %(due_at)s. Without an answer we decide on what we know."),
        topic="reminder",
    )
    register(
        "audit.report_decided",
        title=_("A report was decided"),
        body=_("“%(title)s”: your page shows what was found, and how to appeal."),
    )
    register(
        "audit.report_overdue",
        title=_("A report is overdue"),
        body=_("Report %(number)s waits longer than our own deadline allows."),
        channels=("inbox",),
        topic="reminder",
    )
