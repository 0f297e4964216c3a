"""The lines of this room in the staff menu."""

from django.utils.translation import gettext_lazy as _

from audit.access import COMPLAINTS, REVIEWERS, STOPPERS, WATCHERS
from core.nav import own_page, staff_page


def register_all() -> None:
    """Called once, from `apps.ready()`."""
    section = _("Review")
    staff_page(section=section, label=_("Queue"), url_name="audit:queue", roles=REVIEWERS)
    staff_page(section=section, label=_("Machine and people differ"), url_name="audit:disagreements", roles=WATCHERS)
    staff_page(section=section, label=_("Hard stops"), url_name="audit:stops", roles=STOPPERS)
    staff_page(section=section, label=_("Public security"), url_name="audit:police", roles=STOPPERS)
    staff_page(section=section, label=_("Rules of the machine"), url_name="audit:rulesets", roles=WATCHERS)
    staff_page(section=_("Complaints"), label=_("Reports"), url_name="audit:reports", roles=COMPLAINTS)
    own_page(label=_("Reviews and questions"), url_name="audit:decisions", icon="help", place=40)
