"""Who is linked to whom, for risk officers. Every look is on record."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.roles import Role
from core.trail import record_read
from relations import selectors
from relations.forms import LookForm
from relations.models import Kind
from relations.subjects import describe


@require_http_methods(["GET", "POST"])
@never_cache
@role_required(Role.RISK)
def linked(request: SignedInRequest) -> HttpResponse:
    """A form by GET (filled in with `?subject=`), the answer by POST: looking has a purpose and leaves a line."""
    form = LookForm(request.POST or None, initial={"subject": request.GET.get("subject", "")[:40].replace("\0", "")})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        context |= _looked_up(request.user, form.cleaned_data["subject"], form.cleaned_data["purpose"])
    return render(request, "relations/linked.html", context)


def _looked_up(actor: User, subject: str, purpose: str) -> dict[str, Any]:
    kind, _colon, pk = subject.partition(":")
    record_read(
        actor=actor,
        subject=f"relations:{subject}",
        person_id=int(pk) if kind == "person" else None,
        purpose=purpose,
    )
    shared = selectors.shared(subject)
    around = selectors.neighbours(subject)
    names = describe({subject, *around.distance, *(other for line in shared for other in line.others)})
    through: dict[str, set[str]] = {}
    for other, identifier in around.edges:
        through.setdefault(other, set()).add(str(Kind(around.kinds[identifier]).label))
    return {
        "subject": names[subject],
        "shared": [(Kind(line.kind).label, [names[other] for other in line.others], line.more) for line in shared],
        "neighbours": [
            (names[other], hops, sorted(through.get(other, ())))
            for other, hops in sorted(around.distance.items(), key=lambda item: (item[1], item[0]))
            if hops
        ],
        "truncated": around.truncated,
    }
