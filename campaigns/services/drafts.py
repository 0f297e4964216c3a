"""Starting a request, keeping what is typed, and the parts that are plain words."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from campaigns import rules, wording
from campaigns.models import Campaign
from campaigns.services.editing import editing, start_modules
from core import states
from core.errors import Conflict, DomainError, Text
from core.trail import record
from policy.enforce import enforces
from policy.parameters import value

MAX_OPEN_DRAFTS = 5
PART_MIN, STORY_MAX = 10, 3000
TYPED_MAX = 40_000


def start_draft(*, actor: User, raiser: User | None = None) -> Campaign:
    """A new empty request. A field adviser starts it for `raiser` and is named in it (R85)."""
    owner = raiser or actor
    if owner.pk != actor.pk and not actor.has_role(Role.ADVISER):
        raise DomainError("role", _("Only a field adviser can start a request for somebody else."), field="raiser")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        if Campaign.objects.filter(raiser=owner, status="draft").count() >= MAX_OPEN_DRAFTS:
            raise Conflict(
                "too_many_drafts", _("You have several drafts already. Finish or discard one of them first.")
            )
        campaign = _create(owner, actor if owner.pk != actor.pk else None)
        start_modules(campaign)
        record(actor=actor, event="campaign.start", subject=campaign)
    return campaign


def _create(owner: User, adviser: User | None) -> Campaign:
    for _try in range(5):
        try:
            with transaction.atomic():
                return Campaign.objects.create(code=rules.new_code(), raiser=owner, adviser=adviser)
        except IntegrityError:
            continue
    raise Conflict("no_code", _("Please try again."))


def discard_draft(*, actor: User, campaign: Campaign) -> Campaign:
    """Give the request up. Discarding twice changes nothing."""
    if campaign.status != "discarded":
        states.apply(campaign, "discard", actor=actor)
    return campaign


def keep_typed(*, actor: User, campaign: Campaign, step: str, values: Mapping[str, str]) -> None:
    """Autosave: keep what is in a form as it is, right or wrong, so that nothing typed is ever lost.

    Raises DomainError `too_long` above a size that no person types, Conflict `not_editable` outside of a draft.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        if not locked.may_be_edited:
            raise Conflict("not_editable", _("This request is being reviewed or is public: it cannot be changed here."))
        typed = {**locked.typed_steps, step: dict(values)}
        if len(json.dumps(typed)) > TYPED_MAX:
            raise DomainError("too_long", _("This is longer than a request can be."))
        locked.set_typed(typed)
        locked.touched_at = timezone.now()
        locked.save(update_fields=["typed", "touched_at"])


@enforces("R109")
def set_title(*, actor: User, campaign: Campaign, title: str) -> Campaign:
    """The title of the page. No personal numbers, and no claim that sharing brings money (R52, R109)."""
    title = " ".join(title.split())
    most = value("campaign.title_max")
    if not 4 <= len(title) <= most:
        raise DomainError("title", _("Write a title of 4 to %(most)d characters.") % {"most": most}, field="title")
    _refuse_traces("title", title)
    with editing(actor, campaign, "title") as draft:
        draft.title = title
    return campaign


@enforces("R41")
def set_story(*, actor: User, campaign: Campaign, part: str, text: str) -> Campaign:
    """One of the three parts of the story: who, illness, call. Personal numbers are named and refused (R41)."""
    if part not in wording.STORY_PARTS:
        raise DomainError("part", _("There is no such part."), field="part")
    text = text.replace("\r\n", "\n").strip()
    if not PART_MIN <= len(text) <= STORY_MAX:
        raise DomainError(
            "story",
            _("Write at least %(least)d and at most %(most)d characters.") % {"least": PART_MIN, "most": STORY_MAX},
            field="text",
        )
    _refuse_traces("text", text)
    with editing(actor, campaign, f"story_{part}") as draft:
        setattr(draft, f"story_{part}", text)
    return campaign


def set_needed_by(*, actor: User, campaign: Campaign, needed_by: date | None) -> Campaign:
    """The day by which the hospital needs the money, if there is one; urgent requests are found by it."""
    today = timezone.localdate()
    if needed_by is not None and not today <= needed_by <= today.replace(year=today.year + 1, day=min(today.day, 28)):
        raise DomainError("needed_by", _("Choose a day from today on, within a year."), field="needed_by")
    with editing(actor, campaign, "needed_by") as draft:
        draft.needed_by = needed_by
    return campaign


def _refuse_traces(field: str, text: str) -> None:
    found: Sequence[Text] = [wording.SENTENCES[code] for code in wording.traces(text)]
    if found:
        raise DomainError("personal_data", found[0], field=field)
