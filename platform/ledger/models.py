"""The books: accounts, journals, entries. All of it is append-only in the database, and no journal exists unbalanced.

A journal points at its Closing by a foreign key that the database checks at commit. A Closing is accepted only for a
journal whose legs sum to zero, and a closed journal accepts no further leg. So whatever writes to these tables, an
unbalanced journal cannot be committed, on PostgreSQL and on SQLite alike (docs/decisions/0007).

Folded and Turnover are sums of the entries below Mark, so that reading a balance does not grow with its history
(docs/decisions/0008). They are derived: thrown away, they are made again from the entries.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.models import Seal
from core.watermark import TransactionId
from ledger.kinds import Kind

MAX_LEG = 10**13


class Account(models.Model):
    """A line of the chart. The row doubles as the lock that debits of a guarded account take; no balance is stored."""

    code = models.CharField(max_length=64, unique=True)
    family = models.CharField(max_length=64)  # chart.family(code)
    kind = models.CharField(max_length=1)
    guarded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["A", "L", "R", "X"]), name="account_kind")]
        indexes = [models.Index(fields=["family", "id"], name="account_family")]

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
    xid = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["ref", "id"], name="journal_ref"),
            models.Index(fields=["xid", "id"], name="journal_xid"),
        ]

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
    # No constraint in the database: its check would lock the row of a busy account for every gift. verify_ledger looks.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    amount = models.BigIntegerField()
    xid = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount=0) & models.Q(amount__gte=-MAX_LEG, amount__lte=MAX_LEG), name="entry_amount"
            )
        ]
        indexes = [
            models.Index(fields=["account", "xid"], include=["kind", "amount"], name="entry_tail"),
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


class Folded(models.Model):
    """What the entries below the mark of one kind moved in one account."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="folded_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind}"


class Turnover(models.Model):
    """The same over all accounts of one family: what the open books show does not grow with the number of families."""

    family = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=Kind)
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["family", "kind"], name="turnover_once")]

    def __str__(self) -> str:
        return f"{self.family} {self.kind}"


class Mark(models.Model):
    """How far the entries are folded: those up to `after_id`, and of the rest those at a position below `upto`. One row."""

    id = models.SmallIntegerField(primary_key=True)
    after_id = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="mark_is_one")]

    def __str__(self) -> str:
        return f"{self.after_id} / {self.upto}"


class BooksSeal(Seal):
    """A seal of the journals with their legs (ledger.seals)."""
