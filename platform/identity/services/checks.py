"""Questions to the provider, and its answers."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.purposes import Purpose
from accounts.selectors import has_consent
from core import jobs, trail
from core.crypto import blind_index
from core.errors import DomainError
from documents.models import Document
from documents.selectors import same_or_similar
from identity import providers, rules
from identity.levels import ASK_AGAIN, FOR_PEOPLE, Level, Verdict
from identity.models import Attempt, AttemptPaper, BankAccount, Organisation, Outcome, Person
from identity.providers.base import AccountQuestion, Answer, OrganisationQuestion, PersonQuestion, Question
from identity.services.faults import refuse_faults
from identity.services.persons import bind_user, ensure_person
from identity.services.telling import tell
from policy.enforce import enforces

ASK_AGAIN_SECONDS = 60
# After so long without an answer people take over: waiting must not become a refusal.
PATIENCE = timedelta(hours=24)


@enforces("R13", "R102")
def claim(*, actor: User, name: str, id_number: str, papers: Sequence[Document] = (), client_ip: str = "") -> Attempt:
    """Somebody says who they are: person, binding and check in one step, under their standing consent.

    Raises what `ensure_person`, `bind_user` and `request_check` raise, and DomainError `no_consent` on `agree`.
    """
    if not has_consent(actor, Purpose.IDENTITY_CHECK):
        raise DomainError("no_consent", _("Without your consent we may not check who you are."), field="agree")
    person = ensure_person(actor=actor, name=name, id_number=id_number)
    bind_user(actor=actor, user=actor, person=person)
    return request_check(actor=actor, person=person, purpose="real_name", papers=papers, client_ip=client_ip)


def request_check(
    *, actor: User | None, person: Person, purpose: str, papers: Sequence[Document] = (), client_ip: str = ""
) -> Attempt:
    """Ask the provider whether name and number belong together; the answer comes as a job (R13, R22).

    A question that is still open, or that the authority already answered with yes, is not asked again. `papers` are uploads
    of the person's card for reviewers. Raises DomainError `too_many_checks` beyond the caps per person, user and place.
    """
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        asked = person.attempts.filter(provider=providers.current().code)
        for earlier in asked.select_related("outcome").order_by("-id"):
            if _still_answers(earlier, papers):
                return earlier
        attempt = _ask(Attempt(person=person, purpose=purpose, actor=actor, origin=_origin(client_ip)))
        AttemptPaper.objects.bulk_create(AttemptPaper(attempt=attempt, document=paper) for paper in papers)
    return attempt


@enforces("R14", "R22")
def check_account(
    *,
    actor: User | None,
    holder: Person | Organisation,
    account_number: str,
    bank: str,
    phone: str = "",
    purpose: str = "payee",
    client_ip: str = "",
) -> Attempt:
    """Ask whether the account belongs to `holder`; `attempt.account` is the stored account (R14, R22).

    A person's card needs a Luhn digit and the phone reserved at the bank (four elements); an organisation's account needs
    neither. Never concludes anything from who the raiser is. Raises DomainError for `account_number`, `bank`, `phone`.
    """
    number, phone = rules.normalise_digits(account_number), rules.normalise_phone(phone)
    bank = rules.normalise_name(bank)
    personal = isinstance(holder, Person)
    refuse_faults(
        account_number=rules.card_fault(number) if personal else rules.corporate_account_fault(number),
        phone=rules.phone_fault(phone) if personal else "",
        bank=rules.label_fault(bank),
    )
    with transaction.atomic():
        account, _created = BankAccount.objects.get_or_create(
            number_index=blind_index(number, context="bank-card"),
            **({"person": holder} if personal else {"organisation": holder}),
            defaults={"number": number, "bank": bank, "phone": phone},
        )
        account = BankAccount.objects.select_for_update().get(pk=account.pk)
        changed = account.bank != bank or account.phone != phone
        if changed:
            account.bank, account.phone = bank, phone
            account.save(update_fields=["bank", "phone"])
        earlier = account.attempts.filter(provider=providers.current().code).select_related("outcome").last()
        if earlier and not changed and earlier.verdict in (Verdict.PENDING, Verdict.MATCH, Verdict.NEEDS_REVIEW):
            return earlier
        return _ask(Attempt(account=account, purpose=purpose, actor=actor, origin=_origin(client_ip)))


def check_organisation(*, actor: User | None, organisation: Organisation, purpose: str = "organisation") -> Attempt:
    """Ask whether code, name and legal representative belong together."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        earlier = organisation.attempts.filter(provider=providers.current().code).select_related("outcome").last()
        if earlier and earlier.verdict in (Verdict.PENDING, Verdict.MATCH):
            return earlier
        return _ask(Attempt(organisation=organisation, purpose=purpose, actor=actor))


def complete_attempt(attempt_id: int) -> Outcome:
    """Ask the provider and write down its final answer, once. Goes over the network outside any transaction.

    Raises NotYet while the source is away; after a day without an answer the question goes to people.
    """
    attempt = Attempt.objects.select_related("person", "account", "organisation", "outcome").get(pk=attempt_id)
    if hasattr(attempt, "outcome"):
        return attempt.outcome
    answer = providers.get(attempt.provider).ask(_question(attempt), key=attempt.key)
    if answer.verdict in ASK_AGAIN:
        if timezone.now() - attempt.created_at < PATIENCE:
            raise jobs.NotYet(ASK_AGAIN_SECONDS, f"{answer.verdict} {answer.detail}")
        answer = Answer(Verdict.NEEDS_REVIEW, Level.NONE, detail="no_answer_in_time")
    with transaction.atomic():
        outcome, created = Outcome.objects.get_or_create(
            attempt=attempt,
            defaults={
                "verdict": answer.verdict,
                "level": answer.level,
                "reference": answer.reference,
                "detail": answer.detail,
            },
        )
        if created:
            _after(attempt, outcome)
    return outcome


def _ask(attempt: Attempt) -> Attempt:
    """Write the question and its job, within the caps. The caller holds the subject's lock."""
    since = timezone.now() - timedelta(days=1)
    recent = Attempt.objects.filter(created_at__gt=since)
    about = (
        Q(person=attempt.person) if attempt.person else Q(account=attempt.account, organisation=attempt.organisation)
    )
    caps = [(about, rules.MAX_PER_PERSON_DAY)]
    if attempt.actor:
        caps.append((Q(actor=attempt.actor), rules.MAX_PER_USER_DAY))
    if attempt.origin:
        caps.append((Q(origin=attempt.origin), rules.MAX_PER_ORIGIN_DAY))
    if any(recent.filter(condition).count() >= most for condition, most in caps):
        raise DomainError("too_many_checks", _("This was checked too often today. Please try again tomorrow."))
    attempt.provider, attempt.key = providers.current().code, secrets.token_hex(16)
    attempt.save(force_insert=True)
    data = {"provider": attempt.provider, "purpose": attempt.purpose}
    trail.record(actor=attempt.actor, event="identity.ask", subject=attempt, person_id=attempt.person_id, data=data)
    jobs.enqueue("identity.complete_attempt", str(attempt.pk), {"attempt_id": attempt.pk})
    return attempt


def _still_answers(earlier: Attempt, papers: Sequence[Document]) -> bool:
    """Whether asking again could say nothing new: the question is open, answered with yes, or waits for a reviewer."""
    if earlier.verdict in (Verdict.PENDING, Verdict.MATCH):
        return True
    shown = set(earlier.papers.values_list("document_id", flat=True))
    return earlier.verdict == Verdict.NEEDS_REVIEW and shown >= {paper.pk for paper in papers}


def _question(attempt: Attempt) -> Question:
    if attempt.person:
        papers = [paper.document for paper in attempt.papers.select_related("document")]
        owners = {paper.owner_id for paper in papers}
        reused = any(similar.document.owner_id not in owners for paper in papers for similar in same_or_similar(paper))
        kinds = frozenset(paper.kind for paper in papers)
        return PersonQuestion(attempt.person.name, attempt.person.id_number, kinds, reused)
    if attempt.organisation:
        organisation = attempt.organisation
        return OrganisationQuestion(organisation.code, organisation.name, organisation.legal_representative)
    account = attempt.account
    if account is None:
        raise ValueError(f"attempt {attempt.pk} is about nothing")
    return AccountQuestion(
        holder_name=account.holder_name,
        number=account.number,
        bank=account.bank,
        id_number=account.person.id_number if account.person else "",
        phone=account.phone,
        credit_code=account.organisation.code if account.organisation else "",
    )


def _after(attempt: Attempt, outcome: Outcome) -> None:
    data = {"verdict": outcome.verdict, "level": outcome.level, "reference": outcome.reference}
    trail.record(actor=None, event="identity.answer", subject=attempt, person_id=attempt.person_id, data=data)
    if attempt.person is None:
        return
    for_people = outcome.verdict in FOR_PEOPLE
    Person.objects.filter(pk=attempt.person.pk).update(review_due=for_people)
    if not for_people or outcome.verdict == Verdict.MISMATCH:
        tell(attempt.person, confirmed=not for_people, key=f"outcome:{outcome.pk}")


def _origin(client_ip: str) -> str:
    return blind_index(client_ip, context="client-ip") if client_ip else ""
