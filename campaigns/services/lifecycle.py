"""The life of a campaign after review: published, paused, frozen, ended, closed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import Case
from audit.services import open_case
from audit.states import UNDECIDED
from campaigns import rules
from campaigns.finding import search_text
from campaigns.models import Campaign
from campaigns.selectors.money import money
from campaigns.states import FREEZABLE
from core import jobs, states, trail
from core.errors import Conflict, DomainError
from core.models import StateChange
from core.page_cache import forget
from notices.services import notify
from policy.enforce import enforces
from policy.parameters import value

REASON_MAX = 500
# Events after which somebody has to look at what is left before anything is paid out (R58).
MANDATORY_EVENTS = ("discharge", "death", "abandoned")
BATCH = 200


def lock(campaign: Campaign) -> Campaign:
    """The campaign's row under lock: every change of its state or of what counts towards its target waits here.

    Whatever the caller changes, strangers see it on the campaign's page as soon as it is committed.
    """
    forget(f"/c/{campaign.code}/")
    return Campaign.objects.select_for_update(of=("self",)).select_related("raiser").get(pk=campaign.pk)


@enforces("R17")
def publish_campaign(*, actor: User | None, campaign: Campaign) -> Campaign:
    """Make it public. Called by audit's decision alone, when both verdicts are in favour."""
    now = timezone.now()
    with transaction.atomic():
        locked = lock(campaign)
        Campaign.objects.filter(pk=locked.pk).update(
            published_at=now,
            ends_at=rules.ends_at(now, value("campaign.duration_days")),
            watched_from=now,
            search_text=search_text(locked),
            place=locked.hospital.province_code if locked.hospital else "",
        )
        states.apply(locked, "publish", actor=actor)
        jobs.enqueue("campaigns.publish_photos", f"{locked.pk}:{locked.version}", {"campaign_id": locked.pk})
        _tell(locked, "campaign.published", f"{locked.version}")
    campaign.refresh_from_db()
    return campaign


def pause_campaign(*, actor: User | None, campaign: Campaign, reason: str) -> Campaign:
    """Take no gifts for the moment. Pausing twice changes nothing."""
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status != "paused":
            states.apply(locked, "pause", actor=actor, reason=_reason(reason))
    campaign.refresh_from_db()
    return campaign


def resume_campaign(*, actor: User | None, campaign: Campaign) -> Campaign:
    """Take gifts again; the speed is measured anew from here (R30)."""
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status != "published":
            Campaign.objects.filter(pk=locked.pk).update(watched_from=timezone.now())
            states.apply(locked, "resume", actor=actor)
    campaign.refresh_from_db()
    return campaign


def resume_own(*, actor: User, campaign: Campaign) -> Campaign:
    """The raiser opens again what the raiser paused; what the platform held waits for its people (R30)."""
    last = StateChange.objects.filter(kind="campaign", object_id=campaign.pk, action="pause").order_by("-id").first()
    if campaign.status == "paused" and last and last.actor_id is None:
        raise Conflict("held", _("People look at it first. You are told as soon as it goes on."))
    return resume_campaign(actor=actor, campaign=campaign)


def freeze_campaign(*, actor: User | None, campaign: Campaign, reason: str) -> Campaign:
    """Hold gifts and payments while something is looked into. Idempotent; nothing happens to what is not public."""
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status in FREEZABLE:
            Campaign.objects.filter(pk=locked.pk).update(frozen_from=locked.status)
            states.apply(locked, "freeze", actor=actor, reason=reason[:REASON_MAX])
            _tell(locked, "campaign.frozen", timezone.now().isoformat())
    campaign.refresh_from_db()
    return campaign


def unfreeze_campaign(*, actor: User | None, campaign: Campaign, reason: str) -> Campaign:
    """Back to where it was when it was frozen, or to its end if it ended meanwhile. Idempotent.

    After discharge, death or the end of treatment it stays frozen until people have looked at the rest (R58), whatever
    else was cleared up.
    """
    with transaction.atomic():
        locked = lock(campaign)
        if locked.status == "frozen" and not _event_is_open(locked):
            Campaign.objects.filter(pk=locked.pk).update(frozen_from="", watched_from=timezone.now())
            states.apply(locked, f"unfreeze_{locked.frozen_from}", actor=actor, reason=reason[:REASON_MAX])
            _tell(locked, "campaign.unfrozen", timezone.now().isoformat())
    campaign.refresh_from_db()
    return campaign


@enforces("R29", "R58")
def end_campaign(*, actor: User | None, campaign: Campaign, why: str, note: str = "") -> Campaign:
    """Take no more gifts, for one of Campaign.EndReason. Ended already: nothing changes.

    A frozen campaign stays frozen and is marked as ended. After discharge, death or the end of treatment nothing is
    paid out until people have looked at what is left (R58).
    """
    if why not in Campaign.EndReason.values:
        raise DomainError("end_reason", _("Say why it ends."), field="why")
    with transaction.atomic():
        locked = lock(campaign)
        if locked.ended_at is None:
            if locked.status not in ("published", "paused", "frozen"):
                raise Conflict("not_open", _("Only a request that is public can be ended."))
            Campaign.objects.filter(pk=locked.pk).update(ended_at=timezone.now(), end_reason=why)
            if locked.status == "frozen":
                Campaign.objects.filter(pk=locked.pk).update(frozen_from="ended")
                trail.record(actor=actor, event="campaign.end_while_frozen", subject=locked, data={"why": why})
            else:
                states.apply(locked, "end", actor=actor, reason=note[:REASON_MAX], data={"why": why})
            _tell(locked, "campaign.ended", "end")
            if why in MANDATORY_EVENTS:
                _look_at_the_rest(locked, actor, why)
    campaign.refresh_from_db()
    return campaign


def _look_at_the_rest(campaign: Campaign, actor: User | None, why: str) -> None:
    freeze_campaign(actor=actor, campaign=campaign, reason=str(Campaign.EndReason(why).label))
    open_case(
        actor=actor, kind="alarm", subject_kind="campaign", object_id=campaign.pk, urgent=True, occasion=f"event:{why}"
    )


def _event_is_open(campaign: Campaign) -> bool:
    alarms = Case.objects.filter(subject_kind="campaign", object_id=campaign.pk, kind=Case.Kind.ALARM)
    return alarms.filter(occasion__startswith="event:", status__in=UNDECIDED).exists()


def start_settling(*, actor: User | None, campaign: Campaign) -> Campaign:
    """What is left goes back to the donors from here on (R61)."""
    return states.apply(campaign, "settle", actor=actor)


def close_campaign(*, actor: User | None, campaign: Campaign) -> Campaign:
    """Every yuan is accounted for."""
    return states.apply(campaign, "close", actor=actor)


def end_expired(*, now: datetime) -> int:
    """End what has run its time. Returns how many ended; the next run takes the rest."""
    due = Campaign.objects.filter(status__in=("published", "paused"), ends_at__lte=now).order_by("ends_at")[:BATCH]
    for campaign in due:
        end_campaign(actor=None, campaign=campaign, why="expiry")
    return len(due)


def write_progress(campaign: Campaign) -> None:
    """Bring the sorting column up to the books. The caller holds the campaign's lock."""
    kept = money([campaign.pk])[campaign.pk].kept
    progress = rules.whole_percent(rules.progress_ppm(kept, campaign.target or 0))
    Campaign.objects.filter(pk=campaign.pk).exclude(progress_ppm=progress).update(progress_ppm=progress)


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not 2 <= len(reason) <= REASON_MAX:
        raise DomainError("reason", _("Say why, in a few words."), field="reason")
    return reason


def _tell(campaign: Campaign, code: str, turn: str) -> None:
    notify(
        user=campaign.raiser,
        code=code,
        params={"title": campaign.title},
        url=f"/me/campaigns/{campaign.code}/",
        key=f"{campaign.code}:{turn}",
    )
