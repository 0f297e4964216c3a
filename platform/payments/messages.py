"""What finance is told."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register


def register_all() -> None:
    register(
        "payments.attention",
        title=_("Money needs your eyes"),
        body=_("%(what)s cannot be decided by the machine. It waits on the page “Needs attention”."),
        channels=("inbox",),
        topic="money",
    )
