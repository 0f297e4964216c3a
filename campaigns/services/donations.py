"""Gifts: started, booked when the channel confirms them, turned back when the target is reached (R29)."""

from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import has_consent
from audit.selectors import is_stopped
from campaigns import rules, wording
from campaigns.models import Campaign, Donation
from campaigns.selectors.giving import speed
from campaigns.selectors.money import money
from campaigns.services.lifecycle import end_campaign, lock, pause_campaign, write_progress
from campaigns.services.people import scope_of
from campaigns.states import ACCEPTING
from core import jobs, states
from core.errors import Conflict, DomainError, Text
from core.money import Fen, yuan_text
from ledger import chart
from notices.services import notify
from payments.models import Payment, Refund
from payments.services import request_refund, start_payment
from policy.enforce import enforces
from policy.parameters import value

PURPOSE = "donation"
MIN_GIFT: Fen = 100
NAME_MAX, MESSAGE_MAX = 20, 140
_SALT = "campaigns.donation"


def receipt_token(donation: Donation) -> str:
    """What opens the receipt for whoever gave without an account. It never expires: the gift does not either."""
    return signing.dumps(donation.pk, salt=_SALT)


def donation_by_token(token: str) -> Donation | None:
    """One query; None for a forged token."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return Donation.objects.filter(pk=pk).select_related("campaign__patient", "payment", "donor").first()


@enforces("R17", "R29", "R91")
def start_donation(
    *,
    actor: User | None,
    campaign: Campaign,
    amount: Fen,
    tip: Fen = 0,
    anonymous: bool = False,
    display_name: str = "",
    message: str = "",
    channel: str,
    client_ip: str,
    key: str,
) -> Donation:
    """A gift that is about to be paid; `donation.payment` is to be opened at the channel by the caller.

    The same `key` gives the same donation. Raises Conflict `not_open` when the campaign takes no gifts, DomainError for
    `amount`, `tip`, `display_name`, `message`, `channel`.
    """
    display_name, message = " ".join(display_name.split()), message.strip()
    owner_key = f"{actor.pk if actor else 'guest'}:{key}"
    content = (campaign.pk, amount, tip)
    known = Donation.objects.filter(key=owner_key).select_related("payment").first()
    if known:
        return _same(known, content)
    _check_open(campaign)
    _check_gift(campaign, amount, tip, display_name, message)
    try:
        with transaction.atomic():
            donation = Donation.objects.create(
                campaign=campaign,
                donor=actor,
                amount=amount,
                tip=tip,
                anonymous=anonymous,
                display_name=display_name,
                message=message,
                key=owner_key,
            )
            donation.payment = start_payment(
                actor=actor,
                purpose=PURPOSE,
                ref=str(donation.pk),
                amount=amount,
                tip=tip,
                subject=campaign.title,
                credit_account=chart.available(campaign.pk),
                channel=channel,
                client_ip=client_ip,
                return_url=f"/donations/{receipt_token(donation)}/",
                key=f"donation:{donation.pk}",
            )
            donation.save(update_fields=["payment"])
    except IntegrityError:
        # The double click: the other request wrote this very gift a moment ago.
        return _same(Donation.objects.select_related("payment").get(key=owner_key), content)
    return donation


def _same(donation: Donation, content: tuple[int, Fen, Fen]) -> Donation:
    if (donation.campaign_id, donation.amount, donation.tip) != content:
        raise Conflict("key_reused", _("This form was sent before with another amount. Please begin again."))
    return donation


def _check_open(campaign: Campaign) -> None:
    consented = has_consent(campaign.raiser, "publish_story", scope_of(campaign))
    if not campaign.takes_gifts or not consented or is_stopped("campaign", campaign.pk):
        raise Conflict("not_open", _("This request takes no gifts at present. Nothing was charged."))


def _check_gift(campaign: Campaign, amount: Fen, tip: Fen, display_name: str, message: str) -> None:
    most = value("donate.max_single")
    left = (campaign.target or 0) - money([campaign.pk])[campaign.pk].kept
    faults: dict[str, Text] = {}
    if amount < MIN_GIFT:
        faults["amount"] = _("The smallest gift is ¥%(least)s.") % {"least": yuan_text(MIN_GIFT)}
    elif amount > most:
        faults["amount"] = _(
            "More than ¥%(most)s at once is agreed with a person first, for your own safety: please write to us."
        ) % {"most": yuan_text(most)}
    elif amount > left:
        faults["amount"] = _("Only ¥%(left)s are still missing; more is not needed.") % {"left": yuan_text(left)}
    if not 0 <= tip <= max(amount, 0):
        faults["tip"] = _("The support for the platform can be nothing, and at most as much as the gift.")
    if len(display_name) > NAME_MAX or wording.traces(display_name):
        faults["display_name"] = _("A name of at most %(most)d characters, without numbers and links.") % {
            "most": NAME_MAX
        }
    trace = wording.first_private([message])
    if len(message) > MESSAGE_MAX:
        faults["message"] = _("At most %(max)d characters, please.") % {"max": MESSAGE_MAX}
    elif trace:
        faults["message"] = wording.SENTENCES[trace]
    if faults:
        raise DomainError("donation", next(iter(faults.values())), fields=faults)


@enforces("R29", "R30")
def donation_paid(payment: Payment) -> None:
    """The channel has confirmed the money and it stands in the books: keep it, or send back what is not needed.

    Runs in the posting transaction. Under the campaign's lock, so that two last gifts at once cannot both be kept: what
    lies above the target goes back at once, and the campaign ends at the last fen.
    """
    donation = Donation.objects.select_for_update(of=("self",)).select_related("donor").get(payment=payment)
    campaign = lock(donation.campaign)
    Donation.objects.filter(pk=donation.pk).update(paid_at=payment.paid_at or timezone.now())
    target = campaign.target or 0
    if campaign.status not in ACCEPTING:
        back = donation.amount
    else:
        back = min(rules.over_target(money([campaign.pk])[campaign.pk].kept, target), donation.amount)
    if back:
        _send_back(donation, back, "not_needed")
    if back == donation.amount:
        states.apply(donation, "turn_away", actor=None)
        _tell(donation, campaign, "donation.turned_back", back, why=str(_("the request takes no more gifts.")))
        return
    states.apply(donation, "receive", actor=None, data={"amount": donation.amount - back})
    _tell(donation, campaign, "donation.received", donation.amount - back)
    write_progress(campaign)
    if money([campaign.pk])[campaign.pk].kept >= target:
        end_campaign(actor=None, campaign=campaign, why="target")
    elif campaign.status == "published":
        _watch_speed(campaign)


def _send_back(donation: Donation, amount: Fen, reason: str) -> None:
    """Part of a gift, or all of it; with the whole gift the support for the platform goes back as well."""
    payment = donation.payment
    if payment is None:
        raise ValueError(f"gift {donation.pk} was never paid")
    account = chart.available(donation.campaign_id)
    parts = [("gift", amount, account)]
    tip = donation.tip - _promised_back(payment, chart.TIPS)
    if tip and amount == donation.amount - _promised_back(payment, account):
        parts.append(("tip", tip, chart.TIPS))
    # A refund that finance called off keeps its key: the next wish is another one.
    again = payment.refunds.filter(status="dropped").count()
    for part, fen, account in parts:
        request_refund(
            actor=None,
            payment=payment,
            amount=fen,
            reason=reason,
            key=f"{reason}:{donation.pk}:{part}" + (f":{again}" if again else ""),
            from_account=account,
        )


def _promised_back(payment: Payment, account: str) -> Fen:
    """Fen of a payment whose refunds from one account are done, on their way, or with finance because they failed."""
    rows = payment.refunds.filter(from_account=account).exclude(status="dropped")
    return sum(rows.values_list("amount", flat=True))


@enforces("R30")
def _watch_speed(campaign: Campaign) -> None:
    """Faster than anybody expects: no more gifts until a person has looked. Nothing is decided by that (R67)."""
    now = timezone.now()
    since = now - timedelta(hours=value("velocity.window_hours"))
    amount, donors = speed(campaign, since=max(since, campaign.watched_from or since))
    fast = rules.runs_too_fast(
        amount, donors, most_amount=value("velocity.hold_amount"), most_donors=value("velocity.hold_donors")
    )
    if fast:
        pause_campaign(actor=None, campaign=campaign, reason="velocity")
        jobs.enqueue(
            "campaigns.open_alarm",
            f"{campaign.pk}:velocity:{now:%Y%m%d%H%M%S}",
            {"campaign_id": campaign.pk, "occasion": f"velocity:{now:%Y%m%d%H%M}"},
        )


@enforces("R60")
def donation_refunded(refund: Refund) -> None:
    """A refund has arrived with the donor, who is told. The gift is given back when all of it has."""
    donation = Donation.objects.select_for_update(of=("self",)).get(payment_id=refund.payment_id)
    account = chart.available(donation.campaign_id)
    back = refund.payment.refunds.filter(status="done", from_account=account)
    if refund.from_account == account and donation.status != "turned_away":
        _tell(donation, donation.campaign, "donation.given_back", refund.amount, occasion=str(refund.pk))
    if sum(row.amount for row in back) < donation.amount:
        return
    if donation.status == "paid":
        states.apply(donation, "give_back", actor=None)
    if donation.status in ("refunding", "turned_away"):
        states.apply(donation, "refund_done", actor=None)


def donation_refund_failed(refund: Refund) -> None:
    """The channel refused: the money is in the campaign's account again, finance looks at it."""
    donation = Donation.objects.select_for_update(of=("self",)).get(payment_id=refund.payment_id)
    if donation.status == "refunding":
        states.apply(donation, "refund_fails", actor=None)


@enforces("R65")
def refund_own(*, actor: User | None, donation: Donation) -> Donation:
    """The donor takes the gift back, as long as nothing of the campaign was paid out. Twice changes nothing.

    The caller has established that it is the donor: by sign-in, or by the receipt's own link.
    """
    with transaction.atomic():
        locked = Donation.objects.select_for_update(of=("self",)).select_related("payment", "donor").get(pk=donation.pk)
        campaign = lock(locked.campaign)
        if locked.status in ("refunding", "refunded"):
            return locked
        if not may_be_taken_back(locked, campaign):
            raise Conflict(
                "paid_out", _("The money is being used for the treatment already. If it was misused, please report it.")
            )
        left = locked.amount - (_promised_back(locked.payment, chart.available(campaign.pk)) if locked.payment else 0)
        if left <= 0:
            raise Conflict(
                "on_its_way",
                _("This gift is on its way back already. If it does not arrive, finance takes care of it."),
            )
        states.apply(locked, "give_back", actor=actor)
        _send_back(locked, left, "own_wish")
        write_progress(campaign)
    donation.refresh_from_db()
    return donation


def may_be_taken_back(donation: Donation, campaign: Campaign) -> bool:
    """Nothing was paid out or is on its way out, and the gift is still there. Two queries."""
    state = money([campaign.pk])[campaign.pk]
    untouched = not (state.paid or state.held or state.fees)
    return donation.status == "paid" and untouched and campaign.status not in ("settling", "closed")


def _tell(donation: Donation, campaign: Campaign, code: str, amount: Fen, *, occasion: str = "", **more: str) -> None:
    if donation.donor:
        notify(
            user=donation.donor,
            code=code,
            params={"amount": amount, "title": campaign.title, **more},
            url=f"/donations/{receipt_token(donation)}/",
            key=f"{donation.number}:{occasion}" if occasion else donation.number,
        )
