"""What there is to tell about the account itself. accounts stands below this room and cannot register it."""

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from notices.kinds import register

_NOT_YOU = _("If it was not you, sign out all other sessions under “Safety” and tell us at once.")


def _safety(code: str, title: Text) -> None:
    register(f"accounts.{code}", title=title, body=_NOT_YOU, topic="security")


_safety("password_changed", _("Your password was changed"))
_safety("password_set", _("A password was set for your account"))
_safety("password_reset", _("Your password was replaced by means of your e-mail address"))
_safety("email_changed", _("Your e-mail address was changed"))
_safety("phone_changed", _("Your phone number was changed"))
_safety("totp_activated", _("A second factor now protects your account"))
_safety("totp_deactivated", _("The second factor was taken off your account"))
_safety("recovery_codes_generated", _("New recovery codes were made; the old ones no longer work"))
_safety("second_factor_reset", _("An administrator took the second factor off your account"))

register(
    "accounts.role_granted",
    title=_("You were given a role"),
    body=_("Your own area shows what you may do now. Sign in with your second factor to begin."),
    topic="security",
)
register(
    "accounts.role_revoked",
    title=_("A role was ended"),
    body=_("You keep your own account; what belonged to the role is closed to you."),
    topic="security",
)
register(
    "accounts.export_ready",
    title=_("The copy of your data is ready"),
    body=_("You can download it until %(expires_at)s. After that it is removed; you may ask for a new one."),
    topic="security",
)
register(
    "accounts.deletion_requested",
    title=_("Your account will be closed"),
    body=_("It will be closed and your data erased on %(execute_at)s. Until then you can change your mind."),
    topic="security",
)
register(
    "accounts.deletion_refused",
    title=_("Your account could not be closed"),
    body=_("Something is still open. %(reasons)s Ask again when it is finished."),
    topic="security",
)
