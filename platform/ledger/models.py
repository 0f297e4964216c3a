"""The books: accounts, journals, entries. All of it is append-only in the database, and no journal exists unbalanced.

A journal points at its Closing by a foreign key that the database checks at commit. A Closing is accepted only for a
journal whose legs sum to zero, and a closed journal accepts no further leg. So whatever writes to these tables, an
unbalanced journal cannot be committed, on PostgreSQL and on SQLite alike (docs/decisions/0007).
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from ledger.kinds import Kind

MAX_LEG = 10**13


class Account(models.Model):
    """A line of the chart. The row doubles as the lock that debits of a guarded account take; no balance is stored."""

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=1)
    guarded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["A", "L", "R", "X"]), name="account_kind")]

    def __str__(self) -> str:
        return self.code

    @property
    def sign(self) -> int:
        """Multiply a book sum by this to get the natural sign."""
        return 1 if self.kind in "AX" else -1


class Journal(models.Model):
    """One event in the books. `key` makes it happen once; `digest` tells a replay from a different event under the same key."""

    key = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    ref = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()
    posted_at = models.DateTimeField(default=timezone.now)
    # The closing has the journal's own id. The key is checked at commit, which is what makes closing compulsory.
    closing = models.ForeignKey("Closing", on_delete=models.DO_NOTHING, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["ref", "id"], name="journal_ref")]

    def __str__(self) -> str:
        return f"J{self.pk} {self.kind}"


class Closing(models.Model):
    """The database's own word that a journal balances. Its id is the journal's id."""

    id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"C{self.pk}"


class Entry(models.Model):
    """One leg: debit positive, credit negative, in fen."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount=0) & models.Q(amount__gte=-MAX_LEG, amount__lte=MAX_LEG), name="entry_amount"
            )
        ]
        indexes = [
            models.Index(fields=["account", "kind"], include=["amount"], name="entry_account"),
            models.Index(fields=["account", "-id"], name="entry_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount}"

    @property
    def is_debit(self) -> bool:
        return self.amount > 0

    @property
    def size(self) -> int:
        """Without its sign."""
        return abs(self.amount)
