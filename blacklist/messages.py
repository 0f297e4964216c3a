"""What a person is told about a listing."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register

KINDS = [
    (
        "blacklist.notified",
        _("A listing is being considered; you may reply"),
        _("Case %(number)s: %(summary)s You have %(hours)s hours to reply before people decide."),
    ),
    ("blacklist.dropped", _("You were not listed"), _("Case %(number)s was dropped. Nothing was published.")),
    (
        "blacklist.entered",
        _("You were listed"),
        _("Case %(number)s: %(summary)s You may appeal within %(days)s days; other people will decide."),
    ),
    (
        "blacklist.appeal_decided",
        _("Your appeal was decided"),
        _("Case %(number)s: open it to read the decision and the reason."),
    ),
]


def register_all() -> None:
    for code, title, body in KINDS:
        register(code, title=title, body=body, channels=("inbox", "sms"))
