"""Money is a whole number of fen (1/100 yuan). No float ever touches it (law 1 of the house)."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

Fen = int

MAX_FEN = 10**13  # one hundred billion yuan: anything larger is a typing error, and still far below 2**63
_YUAN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def parse_yuan(text: str, *, field: str = "amount") -> Fen:
    """Read what a person typed ("1,234.5", "￥20", "１００") as fen. Raises DomainError `bad_amount`."""
    cleaned = text.translate(_FULL_WIDTH).strip().lstrip("¥￥").replace(",", "").replace(" ", "")
    if _YUAN.fullmatch(cleaned):
        yuan, _dot, cents = cleaned.partition(".")
        amount = int(yuan) * 100 + int(cents.ljust(2, "0") or 0)
        if amount <= MAX_FEN:
            return amount
    raise DomainError(
        "bad_amount", _("Write an amount in yuan with at most two decimals, such as 128.50."), field=field
    )


def yuan_text(amount: Fen) -> str:
    """`123456` → `1,234.56`: for people."""
    sign = "-" if amount < 0 else ""
    yuan, fen = divmod(abs(amount), 100)
    return f"{sign}{yuan:,}.{fen:02d}"


def yuan_plain(amount: Fen) -> str:
    """`123456` → `1234.56`: for channels and files that want yuan strings."""
    return yuan_text(amount).replace(",", "")


def allocate(total: Fen, weights: Sequence[int]) -> list[Fen]:
    """Split `total` fen in proportion to `weights` by largest remainder; the parts sum to `total` exactly.

    Ties go to the earlier weight, so the same input always gives the same split (R63). Raises ValueError for a negative
    total, a negative weight, or weights that sum to zero while there is something to split.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("allocate() takes no negative number")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to allocate to")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def share(amount: Fen, rate_ppm: int) -> Fen:
    """`rate_ppm` parts per million of `amount`, rounded half up to the fen: rates are integers as well."""
    return (amount * rate_ppm + 500_000) // 1_000_000
