"""The invariants, one generator each: it yields a sentence for whatever does not hold. All amounts are fen."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from stdnum import luhn
from stdnum.cn import ric

from audit.models import Case, HardStop, HumanVerdict, PolicePackage, Report, RuleSet
from blacklist.models import Entry as Listing
from campaigns.models import Campaign, Donation
from campaigns.selectors import money
from campaigns.states import PUBLIC
from core import states
from core.fields import EncryptedTextField
from core.models import Job, StateChange, TrailEvent
from core.seals import TRAIL
from disclosures.models import Invoice, Obligation, Payout, Settlement, Withdrawal
from ledger import chart
from ledger.models import Account, Closing, Entry, Journal
from ledger.seals import BOOKS as BOOKS_CHAIN
from ledger.selectors import balances
from partners.models import AccountChange
from payments.models import Break, InterestGift, Payment, Refund, Transfer
from policy.models import ParameterChange

Sentences = Iterator[str]

# Who asks for something and who agrees to it, column by column: never the same person (law 5).
FOUR_EYES: dict[type[models.Model], tuple[tuple[str, str], ...]] = {
    Payout: (("prepared_by", "approved_by"),),
    Settlement: (("proposed_by", "decided_by"),),
    HardStop: (("lift_proposed_by", "lift_approved_by"),),
    Report: (("decided_by", "confirmed_by"),),
    RuleSet: (("proposed_by", "approved_by"),),
    PolicePackage: (("requested_by", "approved_by"),),
    ParameterChange: (("proposed_by", "approved_by"),),
    AccountChange: (("proposed_by", "approved_by"),),
    Break: (("proposed_by", "approved_by"),),
    InterestGift: (("proposed_by", "approved_by"),),
    Listing: (
        ("proposed_by", "approved_by"),
        ("proposed_by", "appeal_decided_by"),
        ("approved_by", "appeal_decided_by"),
    ),
    Case: (("first_by", "second_by"), ("first_by", "senior_by"), ("second_by", "senior_by")),
}


def the_books_balance() -> Sentences:
    """Law 1."""
    total = Entry.objects.aggregate(total=Sum("amount"))["total"] or 0
    if total:
        yield f"the ledger sums to {total}, not to zero"
    journals = Journal.objects.annotate(total=Sum("entries__amount"), legs=Count("entries"))
    for pk in journals.exclude(total=0, legs__gte=2).values_list("pk", flat=True):
        yield f"journal {pk} does not balance"
    for pk in Journal.objects.exclude(pk__in=Closing.objects.values("pk")).values_list("pk", flat=True):
        yield f"journal {pk} was never closed"
    for pk in Journal.objects.exclude(closing_id=F("pk")).values_list("pk", flat=True):
        yield f"journal {pk} names the closing of another"
    for pk in Entry.objects.exclude(kind=F("journal__kind")).values_list("pk", flat=True):
        yield f"entry {pk} is of another kind than its journal"
    strangers = Entry.objects.exclude(account__in=Account.objects.all())
    for pk in strangers.values_list("pk", flat=True):
        yield f"entry {pk} is of an account that does not exist"
    accounts = list(Account.objects.annotate(total=Sum("entries__amount")))
    told = balances([account.code for account in accounts])
    for account in accounts:
        if told[account.code] != (account.total or 0) * account.sign:
            yield f"account {account.code} is said to hold {told[account.code]}, its entries say otherwise"
        spec = chart.spec(account.code)
        if (account.kind, account.guarded) != (spec.kind, spec.guarded):
            yield f"account {account.code} is not what the chart says"
        if account.guarded and (account.total or 0) * account.sign < 0:
            yield f"guarded account {account.code} holds {(account.total or 0) * account.sign}"


def _journals(kind: str) -> dict[str, Counter[str]]:
    """ref -> kind -> number of journals, for the refs `kind:...`."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for ref, journal_kind in Journal.objects.filter(ref__startswith=f"{kind}:").values_list("ref", "kind"):
        found[ref][journal_kind] += 1
    return found


def payments_agree_with_their_journals() -> Sentences:
    found = _journals("payment")
    for payment in Payment.objects.annotate(asked=Sum("refunds__amount", filter=~Q(refunds__status="dropped"))):
        due: dict[str, int] = {}
        if payment.status == "paid":
            due = {"donation": 1, **({"tip": 1} if payment.tip else {})}
            if payment.received != payment.total:
                yield f"{payment} received {payment.received}, asked {payment.total}"
        elif payment.status == "suspended":
            due = {"suspense": 1}
            if payment.received == payment.total:
                yield f"{payment} was set aside although the amount fits"
        elif payment.received is not None:
            yield f"{payment} has received {payment.received}"
        if found[f"payment:{payment.pk}"] != due:
            yield f"{payment} has the journals {dict(found[f'payment:{payment.pk}'])}"
        if payment.refund_reserved != (payment.asked or 0):
            yield f"{payment} reserves {payment.refund_reserved} for refunds of {payment.asked or 0}"
        if payment.refund_reserved > (payment.received or 0):
            yield f"{payment} gives back {payment.refund_reserved} of {payment.received or 0}"


def refunds_agree_with_their_journals() -> Sentences:
    found = _journals("refund")
    for refund in Refund.objects.all():
        failed = refund.attempt if refund.status in ("failed", "dropped") else refund.attempt - 1
        due = {"refund_hold": refund.attempt, "refund_fail": failed, "refund_done": int(refund.status == "done")}
        if found[f"refund:{refund.pk}"] != {kind: number for kind, number in due.items() if number}:
            yield f"{refund} (attempt {refund.attempt}) has the journals {dict(found[f'refund:{refund.pk}'])}"


def transfers_agree_with_their_journals() -> Sentences:
    found = _journals("transfer")
    ends = {"arrived": {"payout_arrive": 1}, "returned": {"payout_return": 1}}
    for transfer in Transfer.objects.all():
        if found[f"transfer:{transfer.pk}"] != {"payout_send": 1, **ends.get(transfer.status, {})}:
            yield f"{transfer} has the journals {dict(found[f'transfer:{transfer.pk}'])}"


def what_is_on_its_way_is_in_transit() -> Sentences:
    """The two transit accounts hold exactly what is under way, the suspense account what nobody has sent back."""
    under_way = Transfer.objects.filter(status__in=["requested", "sent"]).aggregate(total=Sum("amount"))["total"] or 0
    if _balance(chart.PAYOUT_TRANSIT) != under_way:
        yield f"{_balance(chart.PAYOUT_TRANSIT)} are in payout transit, transfers of {under_way} are under way"
    back = defaultdict(int, Refund.objects.filter(status__in=["requested", "sent"]).values_list(
        "payment__channel").annotate(total=Sum("amount")).order_by())  # fmt: skip
    for code in Account.objects.filter(code__startswith="refund:").values_list("code", flat=True):
        if _balance(code) != back[code.split(":")[1]]:
            yield f"{code} holds {_balance(code)}, refunds of {back[code.split(':')[1]]} are under way"


def _balance(code: str) -> int:
    account = Account.objects.filter(code=code).annotate(total=Sum("entries__amount")).first()
    return (account.total or 0) * account.sign if account else 0


def donations_agree_with_their_payments() -> Sentences:
    for gift in Donation.objects.select_related("payment"):
        if gift.payment is None:
            yield f"gift {gift.pk} has no payment"
            continue
        if (gift.status == "intended") != (gift.payment.status != "paid"):
            yield f"gift {gift.pk} is {gift.status}, its payment {gift.payment.status}"
        if (gift.amount, gift.tip) != (gift.payment.amount, gift.payment.tip):
            yield f"gift {gift.pk} is of {gift.amount} + {gift.tip}, its payment of another amount"
        parts: dict[str, int] = defaultdict(int)
        for status, amount in gift.payment.refunds.filter(
            from_account=chart.available(gift.campaign_id)
        ).values_list("status", "amount"):  # fmt: skip
            parts[status] += amount
        done, under_way = parts["done"], parts["requested"] + parts["sent"]
        if (gift.status == "refunded") != (done == gift.amount):
            yield f"gift {gift.pk} of {gift.amount} is {gift.status}, {done} are back with the donor"
        if gift.status == "refunding" and done + under_way < gift.amount:
            yield f"gift {gift.pk} of {gift.amount} is on its way back, but only {done + under_way} are"
        if gift.status == "turned_away" and done + under_way + parts["failed"] + parts["dropped"] < gift.amount:
            yield f"gift {gift.pk} of {gift.amount} was turned away, but nobody sent it back"


def campaigns_account_for_every_fen() -> Sentences:
    rows = {row.pk: row for row in Campaign.objects.all()}
    for pk, state in money(rows).items():
        parts = (state.available, state.held, state.paid, state.fees, state.refunding, state.refunded)
        if state.raised != sum(parts) or min(parts) < 0:
            yield f"{rows[pk]} raised {state.raised}: {state}"
        if state.kept > (rows[pk].target or 0):
            yield f"{rows[pk]} keeps {state.kept} of a target of {rows[pk].target}"
        if rows[pk].status == "closed" and (state.available or state.held or state.refunding):
            yield f"{rows[pk]} is closed with money in it: {state}"
        held = _should_be_held(rows[pk])
        if state.held != held:
            yield f"{rows[pk]} holds {state.held} for withdrawals that need {held}"
        proved = sum(rows[pk].obligations.values_list("proved_amount", flat=True))
        if proved > state.paid:
            yield f"{rows[pk]} proved {proved} of {state.paid} that were paid"


def _should_be_held(campaign: Campaign) -> int:
    """A withdrawal holds its amount while it is looked at; an approved one what its payments have not taken yet."""
    held = 0
    for withdrawal in campaign.withdrawals.all():
        if withdrawal.status in ("requested", "notice", "objected"):
            held += withdrawal.amount
        for payout in withdrawal.payouts.all():
            if payout.status in ("planned", "ready", "prepared", "returned"):
                held += payout.amount
            elif payout.status == "sent":
                held += payout.fee
    return held


def payouts_are_paid_once() -> Sentences:
    for payout in Payout.objects.select_related("withdrawal"):
        sent = Transfer.objects.filter(purpose="payout", ref=str(payout.pk))
        live = [transfer.amount for transfer in sent.exclude(status="returned")]
        if live != ([payout.net] if payout.status in ("sent", "arrived") else []):
            yield f"{payout} is {payout.status} with live transfers {live} for {payout.net}"
        duty = Obligation.objects.filter(payout=payout).first()
        if (payout.status == "arrived") != (duty is not None):
            yield f"{payout} is {payout.status}, its duty to prove is {duty}"
    for withdrawal in Withdrawal.objects.filter(payouts__isnull=False).distinct():
        total = sum(withdrawal.payouts.values_list("amount", flat=True))
        if total != withdrawal.amount:
            yield f"{withdrawal} of {withdrawal.amount} was cut into {total}"


def a_bill_counts_once() -> Sentences:
    twice = Invoice.objects.filter(counts=True).values("code", "number").annotate(times=Count("pk")).filter(times__gt=1)
    for row in twice:
        yield f"bill {row['code']} {row['number']} counts {row['times']} times"


def four_eyes_saw_it() -> Sentences:
    """Law 5, in every table that has a first and a second person."""
    for model, pairs in FOUR_EYES.items():
        for first, second in pairs:
            for row in model._default_manager.filter(**{f"{first}__isnull": False, first: F(second)}):
                yield f"{model._meta.label} {row.pk}: {first} and {second} are one person"


def two_verdicts_decided() -> Sentences:
    """Law 4: decided means by the machine and by people, on the very version that was seen."""
    for case in Case.objects.filter(status="decided").select_related("machine_verdict__snapshot"):
        machine, people = case.machine_verdict, list(case.human_verdicts.order_by("id"))
        if machine is None or machine.case_id != case.pk:
            yield f"case {case.pk} was decided without the machine"
            continue
        if machine.snapshot.version != case.subject_version:
            yield f"case {case.pk} of version {case.subject_version}: the machine saw {machine.snapshot.version}"
        if not people or [verdict.reviewer_id for verdict in people] != case.reviewers:
            yield f"case {case.pk} names {case.reviewers}, the verdicts others"
            continue
        if case.second_due and len(people) < 2:
            yield f"case {case.pk} needed two people and had one"
        if people[-1].outcome != case.outcome:
            yield f"case {case.pk} ended in {case.outcome}, the last verdict says {people[-1].outcome}"
        excluded = set(case.exclusions.values_list("user", flat=True)) | {case.owner_id}
        if excluded & set(case.reviewers):
            yield f"case {case.pk} was decided by somebody who has a part in it"
    strangers = HumanVerdict.objects.exclude(
        subject_version=F("case__subject_version"), machine_verdict__case=F("case")
    )
    for pk in strangers.values_list("case", flat=True):
        yield f"case {pk}: a verdict is pinned to another version or another machine verdict"


def nothing_is_public_unseen() -> Sentences:
    """Law 4: what was published once had both verdicts in favour."""
    for campaign in Campaign.objects.filter(Q(status__in=PUBLIC) | Q(published_at__isnull=False)):
        approved = Case.objects.filter(
            subject_kind="campaign", object_id=campaign.pk, kind__in=["submission", "appeal"], status="decided",
            outcome="approve", machine_verdict__isnull=False, first_by__isnull=False,
        )  # fmt: skip
        if not approved.exists():
            yield f"{campaign} is {campaign.status} and nobody approved it"


def no_case_waits_for_nothing() -> Sentences:
    """An open case is about something that can still be decided: a thing that was taken back leaves the queue."""
    answerable = {"withdrawal": ("requested",), "use_proof": ("submitted",)}
    for case in Case.objects.filter(status__in=["waiting", "second_wanted", "senior_wanted", "opened", "on_hold"]):
        table = {"withdrawal": Withdrawal, "use_proof": apps.get_model("disclosures", "Proof")}.get(case.subject_kind)
        if table is None or case.kind not in ("withdrawal", "use_proof"):
            continue
        status = table._default_manager.values_list("status", flat=True).get(pk=case.object_id)
        if status not in answerable[case.subject_kind]:
            yield f"case {case.pk} is open about a {case.subject_kind} that is {status}"
    for case in Case.objects.filter(kind="submission", status__in=["waiting", "second_wanted", "senior_wanted"]):
        status = Campaign.objects.filter(pk=case.object_id).values_list("status", flat=True).first()
        if case.subject_kind == "campaign" and status != "in_review":
            yield f"case {case.pk} is open about a request that is {status}"


def every_move_left_its_traces() -> Sentences:
    """Law 3: the status of every thing is where its state changes end, each move is in its table and in the trail."""
    changes: dict[tuple[str, int], list[StateChange]] = defaultdict(list)
    for change in StateChange.objects.order_by("id"):
        changes[change.kind, change.object_id].append(change)
    trail: Counter[tuple[str, str]] = Counter(TrailEvent.objects.values_list("event", "subject"))
    for model, table in _state_models():
        yield from _moves(model, table, changes, trail)


def _moves(
    model: type[models.Model],
    table: states.Table,
    changes: dict[tuple[str, int], list[StateChange]],
    trail: Counter[tuple[str, str]],
) -> Sentences:
    label = model._meta.label_lower
    for pk, status in model._default_manager.values_list("pk", "status"):
        made = changes.get((table.kind, pk), [])
        at = made[0].old if made else status
        if at not in _BEGINNINGS.get(table.kind, (table.initial,)):
            yield f"{label} {pk} begins as {at}"
        for change in made:
            action = table.actions.get(change.action)
            if change.old != at:
                yield f"{label} {pk} was {at} and moved from {change.old}"
            if action is None or change.old not in action.sources or change.new != action.target:
                yield f"{label} {pk}: no such move as {change.action} from {change.old} to {change.new}"
            at = change.new
        if at != status:
            yield f"{label} {pk} is {status}, its changes end at {at}"
        for action_name, times in Counter(change.action for change in made).items():
            if trail[f"{table.kind}.{action_name}", f"{label}:{pk}"] != times:
                yield f"{label} {pk}: {action_name} happened {times} times, the trail says otherwise"


# The first payment of a withdrawal has nobody to wait for; the founding rule set was never a draft.
_BEGINNINGS: dict[str, tuple[str, ...]] = {"payout": ("planned", "ready"), "ruleset": ("draft", "active")}


@cache
def _state_models() -> list[tuple[type[models.Model], states.Table]]:
    found = [(model, vars(model).get("STATES")) for model in apps.get_models()]
    return [(model, table) for model, table in found if isinstance(table, states.Table)]


def the_seals_hold() -> Sentences:
    """Law 6: the trail's, and those of the books."""
    for chain in (TRAIL, BOOKS_CHAIN):
        verdict = chain.verify()
        if verdict.fault:
            yield f"the seals of {chain.lines._meta.label} do not hold: {verdict.fault}"


def no_personal_number_lies_open() -> Sentences:
    """Law 7: no resident ID number, bank card or mobile number stands in clear in any text column of the house."""
    for model, columns in _text_columns():
        for row in model._default_manager.values_list("pk", *columns).iterator(chunk_size=2000):
            for column, value in zip(columns, row[1:], strict=True):
                what = personal_number(str(value)) if value else ""
                if what:
                    yield f"{model._meta.label} {row[0]}: {column} holds {what} in clear"


# The channel's own signed order: merchant and order numbers of sixteen digits stand in it.
_NUMBERS_OF_OTHERS = {("payments.Payment", "action")}
_ID_NUMBER = re.compile(r"(?<![\dA-Za-z])[1-9]\d{16}[\dXx](?![\dA-Za-z])")
_CARD = re.compile(r"(?<![\dA-Za-z._-])\d(?: ?\d){14,18}(?![\dA-Za-z_-])")
_PHONE = re.compile(r"(?<![\dA-Za-z._-])(?:\+?86 ?)?1[3-9]\d(?:[ -]?\d){8}(?![\dA-Za-z_-])")


def personal_number(text: str) -> str:
    """What kind of personal number stands in a text; empty for none. Check digits keep mere numbers out."""
    if any(ric.is_valid(match.group()) for match in _ID_NUMBER.finditer(text)):
        return "an ID number"
    if any(luhn.is_valid(re.sub(r"\D", "", match.group())) for match in _CARD.finditer(text)):
        return "a bank card"
    return "a mobile number" if _PHONE.search(text) else ""


@cache
def _text_columns() -> list[tuple[type[models.Model], list[str]]]:
    rooms = {config.label for config in apps.get_app_configs() if hasattr(config, "name") and _is_room(config.name)}
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in rooms:
            continue
        columns = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            and not isinstance(field, EncryptedTextField)
            and not field.choices
            and (model._meta.label, field.attname) not in _NUMBERS_OF_OTHERS
        ]
        if columns:
            found.append((model, columns))
    return found


def _is_room(name: str) -> bool:
    from config.urls import ROOMS

    return name in ROOMS


def no_job_is_stuck() -> Sentences:
    """Law 2: nothing was given up, nothing fails again and again, no lease outlived its worker."""
    for job in Job.objects.filter(
        Q(status="poison") | Q(status="waiting", attempts__gt=0) | Q(status="running", lease_until__lt=timezone.now())
    ):
        yield f"job {job.key} is {job.status} after {job.attempts} attempts: {job.last_error}"


def the_register_names_every_pair() -> Sentences:
    """A model that gets a first and a second person, and no line in FOUR_EYES, would be forgotten here."""
    for model in apps.get_models():
        people = {
            field.name
            for field in model._meta.concrete_fields
            if field.related_model is get_user_model() and re.search(r"(approved|confirmed|decided)_by$", field.name)
        }
        if people and model not in FOUR_EYES:
            yield f"{model._meta.label} has {sorted(people)} and no line in FOUR_EYES"


Invariant = Callable[[], Sentences]

# What holds in any database, however a test came by it: the books, and what hangs on them by constraint.
EVERYWHERE: tuple[Invariant, ...] = (the_books_balance, four_eyes_saw_it, a_bill_counts_once, the_seals_hold)
# What holds wherever money moved by the services.
BOOKS: tuple[Invariant, ...] = (
    payments_agree_with_their_journals,
    refunds_agree_with_their_journals,
    transfers_agree_with_their_journals,
    what_is_on_its_way_is_in_transit,
    no_personal_number_lies_open,
)
# What holds when nobody wrote a row past the services.
HISTORY: tuple[Invariant, ...] = (
    donations_agree_with_their_payments,
    campaigns_account_for_every_fen,
    payouts_are_paid_once,
    two_verdicts_decided,
    nothing_is_public_unseen,
    no_case_waits_for_nothing,
    every_move_left_its_traces,
    no_job_is_stuck,
    the_register_names_every_pair,
)


def broken(*invariants: Invariant) -> list[str]:
    """One sentence for each thing in the database that does not hold: of the named invariants, or of all."""
    chosen: Any = invariants or (*EVERYWHERE, *BOOKS, *HISTORY)
    return [sentence for invariant in chosen for sentence in invariant()]
