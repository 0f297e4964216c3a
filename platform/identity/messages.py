"""What people are told about their identity check. No name and no number leaves the platform."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register

register(
    "identity.confirmed",
    title=_("Your details were confirmed"),
    body=_("Your name and ID number were checked and belong together. You need not do anything."),
    topic="security",
)
register(
    "identity.unclear",
    title=_("We could not confirm your details"),
    body=_("Please look at your name and ID number again, and send clear photos of both sides of the card."),
    topic="security",
)
