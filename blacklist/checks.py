"""What this room tells the machine: a person of the campaign is on the list."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.registry import Finding, Message, Severity, check
from blacklist.models import Entry
from blacklist.states import IN_FORCE
from policy.enforce import enforces


@check(
    "blacklist.person",
    subjects=("campaign",),
    label=_("Blacklist of dishonest raisers"),
    messages={
        "hit": Message(
            auditor=_("%(count)s listing(s) in force for %(who)s."),
            raiser=_(
                "A person of this request is on the blacklist of dishonest raisers. A person looks at it; you may explain."
            ),
        )
    },
)
@enforces("R77", "R79")
def person_listed(snapshot: dict[str, Any], now: datetime) -> Finding:
    """Raiser, patient and payee, by the Person behind the ID number. People decide what follows."""
    people = snapshot.get("people")
    if not people:
        return Finding.not_evaluable("the snapshot names no people")
    listed = Entry.objects.filter(person_id__in=people.values(), status__in=IN_FORCE).values_list("pk", "person_id")
    found = list(listed)
    if not found:
        return Finding.miss(data={"count": 0})
    persons = {person_id for _pk, person_id in found}
    who = ", ".join(sorted(part for part, person_id in people.items() if person_id in persons))
    return Finding.hit(
        Severity.HIGH,
        params={"count": len(found), "who": who},
        evidence=[f"blacklist.entry:{pk}" for pk, _person_id in found],
        data={"count": len(found)},
    )
