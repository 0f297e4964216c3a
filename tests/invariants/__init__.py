"""Every invariant of DESIGN section 3 that a database can answer for, as one question: what is broken?

`broken()` looks at the whole database and returns one sentence for each thing that does not hold, and an empty list when all
does. It trusts nothing that the product says of itself but the seals' own verification.
"""

from tests.invariants.sentences import BOOKS, EVERYWHERE, HISTORY, broken

__all__ = ["BOOKS", "EVERYWHERE", "HISTORY", "broken"]
