"""The only writers of the books."""

from ledger.services.folding import fold, fold_anew
from ledger.services.posting import open_accounts, post

__all__ = ["fold", "fold_anew", "open_accounts", "post"]
