"""What other rooms may ask of this one."""

from audit.selectors.facts import FactStatus, Fix, fix_list, last_decision, verified_facts
from audit.selectors.figures import PublicFigures, public_figures
from audit.selectors.reports import Response, responses, unanswered
from audit.selectors.stops import is_stopped, stopped_ids

__all__ = [
    "FactStatus",
    "Fix",
    "PublicFigures",
    "Response",
    "fix_list",
    "is_stopped",
    "last_decision",
    "public_figures",
    "responses",
    "stopped_ids",
    "unanswered",
    "verified_facts",
]
