"""What every identity provider offers, whoever it is (R22)."""

from dataclasses import dataclass
from typing import Protocol

from identity.levels import Level, Verdict


@dataclass(frozen=True)
class PersonQuestion:
    """Do this name and this ID number belong together? `papers` are the kinds of document shown with it; `papers_reused`
    says that somebody else has shown one of them before."""

    name: str
    id_number: str
    papers: frozenset[str] = frozenset()
    papers_reused: bool = False


@dataclass(frozen=True)
class AccountQuestion:
    """Does this account belong to this holder? Four elements for a person's card, three for an organisation's account."""

    holder_name: str
    number: str
    bank: str
    id_number: str = ""  # of a person
    phone: str = ""  # reserved at the bank, of a person
    credit_code: str = ""  # of an organisation


@dataclass(frozen=True)
class OrganisationQuestion:
    """Do this unified social credit code, this name and this legal representative belong together?"""

    code: str
    name: str
    legal_representative: str = ""


Question = PersonQuestion | AccountQuestion | OrganisationQuestion


@dataclass(frozen=True)
class Answer:
    """What the provider said. `reference` is its own number for the check; `detail` a short stable code of its reason."""

    verdict: Verdict
    level: Level
    reference: str = ""
    detail: str = ""


class IdentityProvider(Protocol):
    """`ask` goes over the network at most and is never called inside a transaction. The same `key` means the same question:
    it is answered, and billed, once. It raises nothing: what goes wrong outside is the verdict SOURCE_DOWN or RATE_LIMITED."""

    code: str
    max_level: Level

    def ask(self, question: Question, *, key: str) -> Answer: ...
