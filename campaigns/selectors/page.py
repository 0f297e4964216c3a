"""Everything that the public page of a campaign shows, in a fixed number of queries (R25, R36, R38, R39)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors import has_consent
from audit.selectors import FactStatus, Response, responses, verified_facts
from campaigns import means
from campaigns.models import AssetDeclaration, Attestation, Campaign, CostLine, Donation, Payee, Update
from campaigns.papers import PHOTO
from campaigns.selectors.giving import RECEIVED, donations_of
from campaigns.selectors.money import Money, money
from campaigns.services.people import scope_of
from core.masking import mask_name
from documents.models import Document, PublicCopy
from documents.selectors import live_copy, public_url
from policy.enforce import enforces
from policy.parameters import value

ATTESTATIONS_SHOWN, UPDATES_SHOWN, DONATIONS_SHOWN = 12, 10, 20


@dataclass(frozen=True)
class Picture:
    """A public copy: full size, small size, and whether it may upset people."""

    url: str
    thumb: str
    sensitive: bool


@dataclass(frozen=True)
class Gift:
    """A gift as everybody sees it: the name that the donor chose, or none."""

    name: str
    amount: int
    message: str
    at: datetime | None
    returned: bool


@dataclass(frozen=True)
class News:
    update: Update
    pictures: list[Picture]


@dataclass(frozen=True)
class Line:
    """One question of the asset disclosure with its answer in words."""

    label: str
    text: str


@dataclass(frozen=True)
class Page:
    campaign: Campaign
    money: Money
    helpers: int
    shows_story: bool
    photos: list[Picture]
    papers: list[tuple[str, list[Picture]]]
    facts: list[FactStatus]
    means: list[Line]
    declaration: AssetDeclaration | None
    declarations: int
    costs: list[CostLine]
    payee: Payee | None
    attestations: list[Attestation]
    attesters: int
    updates: list[News]
    silent: bool
    gifts: list[Gift]
    complaints: list[Response]

    @property
    def missing(self) -> int:
        """What is still missing to the target, in fen."""
        return max((self.campaign.target or 0) - self.money.kept, 0)

    @property
    def verified(self) -> int:
        return sum(fact.status == "verified" for fact in self.facts)


def load_page(campaign: Campaign) -> Page:
    """About two dozen queries, whatever the number of gifts, news and attesters."""
    shows_story = has_consent(campaign.raiser, "publish_story", scope_of(campaign))
    declarations = list(campaign.declarations.order_by("-number"))
    gifts = donations_of(campaign)
    attestations = campaign.attestations.filter(withdrawn_at=None).select_related("person").order_by("-id")
    updates = news_of(campaign)
    return Page(
        campaign=campaign,
        money=money([campaign.pk])[campaign.pk],
        helpers=helpers(campaign),
        shows_story=shows_story,
        photos=photos_of(campaign) if shows_story else [],
        papers=papers_of(campaign) if shows_story else [],
        facts=verified_facts("campaign", campaign.pk),
        means=means_lines(declarations[0].answers) if declarations else [],
        declaration=declarations[0] if declarations else None,
        declarations=len(declarations),
        costs=list(campaign.cost_lines.all()),
        payee=public_payee(campaign),
        attestations=list(attestations[:ATTESTATIONS_SHOWN]),
        attesters=attestations.count(),
        updates=updates,
        silent=_is_silent(campaign, updates),
        gifts=[as_gift(row) for row in gifts.select_related("donor")[:DONATIONS_SHOWN]],
        complaints=responses("campaign", campaign.pk),
    )


def helpers(campaign: Campaign) -> int:
    """How many gifts were kept. One query."""
    return Donation.objects.filter(campaign=campaign, status="paid").count()


def as_gift(donation: Donation) -> Gift:
    """Anonymous is anonymous everywhere: also to the raiser, also in REST. The words to the family are meant to be read.

    Select the donor with the donation.
    """
    name = _("Anonymous")
    if not donation.anonymous:
        given = donation.display_name or (mask_name(donation.donor.name) if donation.donor else "")
        name = given or _("A kind person")
    return Gift(name, donation.amount, donation.message, donation.paid_at, returned=donation.status != "paid")


@enforces("R38")
def public_payee(campaign: Campaign) -> Payee | None:
    """Whom the money goes to; shown masked, with the relation. One query."""
    live = campaign.payees.exclude(status__in=("replaced", "draft"))
    return live.select_related("person", "organisation").first()


@enforces("R31", "R32", "R33", "R34", "R35")
def means_lines(answers: dict[str, means.Answer]) -> list[Line]:
    """Every question with its answer, none left out."""
    return [
        Line(str(question.label), means.sentence(code, answers[code]) if code in answers else "")
        for code, question in means.QUESTIONS.items()
    ]


def as_picture(copy: PublicCopy) -> Picture:
    return Picture(public_url(copy), public_url(copy, "thumb"), copy.sensitive)


@enforces("R41", "R104")
def photos_of(campaign: Campaign) -> list[Picture]:
    """Public copies of the story's photos, in order. Two queries. An original is never shown."""
    return [picture for _slot, picture in _pictures(campaign, photos=True)]


def papers_of(campaign: Campaign) -> list[tuple[str, list[Picture]]]:
    """Redacted copies of papers that the family agreed to publish, by kind. Three queries."""
    if not has_consent(campaign.raiser, "publish_documents", scope_of(campaign)):
        return []
    found: dict[str, list[Picture]] = {}
    for kind, picture in _pictures(campaign, photos=False):
        found.setdefault(kind, []).append(picture)
    return list(found.items())


def _pictures(campaign: Campaign, *, photos: bool) -> list[tuple[str, Picture]]:
    papers = campaign.papers.filter(slot=PHOTO) if photos else campaign.papers.exclude(slot=PHOTO)
    rows = papers.select_related("document").prefetch_related(_live_copies("document__"))
    found = []
    for paper in rows.order_by("position", "id"):
        copy = live_copy(paper.document)
        if copy:
            found.append((str(paper.document.get_kind_display()), as_picture(copy)))
    return found


def _live_copies(path: str) -> Any:
    return Prefetch(f"{path}copies", queryset=PublicCopy.objects.filter(withdrawn_at=None))


@enforces("R36")
def news_of(campaign: Campaign, most: int = UPDATES_SHOWN) -> list[News]:
    """The newest updates with their pictures. Four queries."""
    rows = campaign.updates.filter(hidden_at=None).order_by("-id")
    photos = Prefetch("photos__document", queryset=Document.objects.prefetch_related(_live_copies("")))
    return [
        News(update, [as_picture(copy) for photo in update.photos.all() if (copy := live_copy(photo.document))])
        for update in rows.prefetch_related("photos", photos)[:most]
    ]


@enforces("R37")
def _is_silent(campaign: Campaign, updates: list[News]) -> bool:
    """Whether the page says that the raiser has been silent for long."""
    since = timezone.now() - timedelta(days=value("update.banner_days"))
    newest = updates[0].update.published_at if updates else campaign.published_at
    return campaign.status != "closed" and newest is not None and newest < since


def gifts_page(campaign: Campaign) -> QuerySet[Donation]:
    """All gifts for the page that lists them. One query a page."""
    return donations_of(campaign).select_related("donor")


__all__ = ["RECEIVED", "Gift", "News", "Page", "Picture", "as_gift", "gifts_page", "load_page", "news_of"]
