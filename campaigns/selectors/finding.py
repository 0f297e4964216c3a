"""Lists of campaigns: the open ones, and the register of all that were ever public (R108)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Consent
from campaigns import rules
from campaigns.models import Campaign, Donation, Paper
from campaigns.papers import PHOTO
from campaigns.selectors.money import Money, money
from campaigns.selectors.page import Picture, as_picture
from campaigns.services.people import scope_of
from campaigns.states import GIVING, PUBLIC
from core.figures import kept
from core.money import Fen
from core.searching import matching
from core.states import Among
from documents.models import PublicCopy
from documents.selectors import live_copy
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import kind_totals
from partners.models import Hospital
from policy.enforce import enforces


@dataclass(frozen=True)
class Card:
    """A campaign in a list."""

    campaign: Campaign
    money: Money
    photo: Picture | None


@enforces("R108")
def find(
    *, q: str = "", disease: str = "", hospital: str = "", place: str = "", show: str = "", register: bool = False
) -> QuerySet[Campaign]:
    """Open campaigns, or with `register` all that were ever public; every filter has its index. One query a page.

    `show`, of open ones only: `nearly` (four fifths of the target), `urgent` (the money is needed within a fortnight).
    """
    rows = Campaign.objects.filter(Among(PUBLIC if register else GIVING)).select_related("patient", "hospital")
    rows = matching(rows, "search_text", q)
    rows = rows.filter(**{column: text for column, text in (("disease", disease), ("place", place)) if text})
    if hospital:
        # Looked up first, so that the hospital's campaigns come in order from their index instead of being sorted.
        rows = rows.filter(hospital_id=Subquery(Hospital.objects.filter(code=hospital).values("pk")[:1]))
    if register:
        return rows.order_by("-published_at", "-id")
    if show == "nearly":
        return rows.filter(progress_ppm__gte=rules.NEARLY_THERE_PPM).order_by("-progress_ppm", "-id")
    if show == "urgent":
        today = timezone.localdate()
        soon = rows.filter(needed_by__gte=today, needed_by__lte=today + rules.URGENT_WITHIN)
        return soon.order_by("needed_by", "-id")
    return rows.order_by("-published_at", "-id")


def cards(campaigns: Sequence[Campaign]) -> list[Card]:
    """With money and one photo each. Five queries for any number of campaigns."""
    ids = [campaign.pk for campaign in campaigns]
    sums, photos = money(ids), _first_photos(ids)
    shown = consented(campaigns)
    return [
        Card(campaign, sums[campaign.pk], photos.get(campaign.pk) if campaign.pk in shown else None)
        for campaign in campaigns
    ]


def _first_photos(ids: Collection[int]) -> dict[int, Picture]:
    copies = Prefetch("document__copies", queryset=PublicCopy.objects.filter(withdrawn_at=None, sensitive=False))
    rows = Paper.objects.filter(campaign__in=ids, slot=PHOTO).select_related("document").prefetch_related(copies)
    found: dict[int, Picture] = {}
    for paper in rows.order_by("-position", "-id"):
        copy = live_copy(paper.document)
        if copy:
            found[paper.campaign_id] = as_picture(copy)
    return found


def consented(campaigns: Sequence[Campaign]) -> set[int]:
    """Those whose story may be shown now. One query."""
    keys = {(campaign.raiser_id, scope_of(campaign)): campaign.pk for campaign in campaigns}
    users, scopes = zip(*keys, strict=True) if keys else ((), ())
    rows = Consent.objects.filter(user__in=users, purpose="publish_story", scope__in=scopes)
    newest = {(user, scope): given for user, scope, given in rows.order_by("id").values_list("user", "scope", "given")}
    return {pk for key, pk in keys.items() if newest.get(key)}


@dataclass(frozen=True)
class Figures:
    """The platform so far, in numbers for the first page; `raised` in fen, from the books."""

    raised: Fen
    gifts: int
    families: int
    open: int


@kept("campaigns.figures")
def figures() -> Figures:
    """Three queries over everything, in a job; none for the page that reads them."""
    counts = Campaign.objects.filter(status__in=PUBLIC).values_list("status").annotate(n=Count("id")).order_by()
    by_status = dict(counts)
    return Figures(
        raised=kind_totals(*chart.CAMPAIGNS).get(Kind.DONATION, 0),
        gifts=Donation.objects.filter(status="paid").count(),
        families=sum(by_status.values()),
        open=by_status.get("published", 0),
    )
