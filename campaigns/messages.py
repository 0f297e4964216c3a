"""What this room tells people (notices)."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register


def register_all() -> None:
    """Called once, from `apps.ready()`."""
    register(
        "campaign.submitted",
        title=_("Your request has arrived"),
        body=_("“%(title)s”: our programme and our people look at it now. We tell you as soon as it is decided."),
    )
    register(
        "campaign.published",
        title=_("Your request is public now"),
        body=_(
            "“%(title)s” can be read and helped. Sharing it is up to you: it changes nothing about your withdrawals."
        ),
    )
    register(
        "campaign.frozen",
        title=_("Your request is on hold"),
        body=_("“%(title)s”: gifts and payments wait while a question is looked into. Your page says what you can do."),
    )
    register(
        "campaign.unfrozen",
        title=_("Your request is free again"),
        body=_("“%(title)s”: the question was cleared up, everything goes on."),
    )
    register(
        "campaign.ended",
        title=_("Your request has ended"),
        body=_(
            "“%(title)s” takes no more gifts. You can still withdraw for the treatment and show what it was used for."
        ),
    )
    register(
        "campaign.patient_confirm",
        title=_("Please confirm a request in your name"),
        body=_("Somebody asks for help for your treatment: “%(title)s”. Please read it and say whether you agree."),
    )
    register(
        "donation.received",
        title=_("Thank you: your gift has arrived"),
        body=_("¥%(amount)s for “%(title)s”. You can read any time what becomes of it."),
        topic="money",
        channels=("inbox",),
    )
    register(
        "donation.turned_back",
        title=_("Your gift comes back to you"),
        body=_("¥%(amount)s for “%(title)s” go back by the way they came: %(why)s"),
        topic="money",
    )
    register(
        "donation.given_back",
        title=_("Money has come back to you"),
        body=_("¥%(amount)s of your gift for “%(title)s” have come back by the way they came. The receipt shows it."),
        topic="money",
        channels=("inbox",),
    )
    register(
        "campaign.update",
        title=_("News from a family you helped"),
        body=_("“%(title)s”: there is something new on the page."),
        channels=("inbox",),
    )
    register(
        "campaign.stale",
        title=_("Please tell how it goes"),
        body=_("“%(title)s”: the people who helped have not heard from you for a while. A few words are enough."),
        topic="reminder",
    )
