import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_search_charities"),
        ("payments", "0003_what_channels_need"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Break",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=160, unique=True)),
                ("channel", models.CharField(max_length=20)),
                ("day", models.DateField()),
                (
                    "difference",
                    models.CharField(
                        choices=[
                            ("missing_ours", "They have it, our books do not"),
                            ("missing_theirs", "Our books have it, they do not"),
                            ("amount", "Another amount"),
                            ("state", "Another state"),
                            ("duplicate", "The same number twice"),
                            ("fee", "The fee does not fit"),
                            ("unknown_kind", "A movement of a kind that we do not know"),
                            ("settlement", "Booked into custody with another sum"),
                            ("changed", "A statement was changed afterwards"),
                            ("balance", "The bank's balance does not follow from the day before"),
                            ("no_statement", "There is no statement"),
                        ],
                        max_length=20,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("number", models.CharField(max_length=80)),
                ("ours", models.BigIntegerField()),
                ("theirs", models.BigIntegerField()),
                ("corrected", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Not cleared up"),
                            ("proposed", "A correction waits for a second person"),
                            ("explained", "Explained"),
                            ("corrected", "Corrected in the books"),
                            ("settled", "Settled by itself"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="InterestGift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("sent", "Ordered"),
                            ("arrived", "Arrived"),
                            ("returned", "Sent back by the bank"),
                            ("refused", "Not approved"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="StatementEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("number", models.CharField(max_length=80)),
                ("channel_id", models.CharField(max_length=80)),
                ("merchant_no", models.CharField(max_length=64)),
                ("refund_no", models.CharField(max_length=64)),
                ("gross", models.BigIntegerField()),
                ("fee", models.BigIntegerField()),
                ("net", models.BigIntegerField()),
                ("state", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="StatementFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("lines", models.PositiveIntegerField()),
                ("gross", models.BigIntegerField()),
                ("fee", models.BigIntegerField()),
                ("net", models.BigIntegerField()),
                ("opening", models.BigIntegerField(null=True)),
                ("closing", models.BigIntegerField(null=True)),
                ("provisional", models.BooleanField()),
                ("fetched_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AlterField(
            model_name="attention",
            name="code",
            field=models.CharField(
                choices=[
                    ("amount_mismatch", "Another amount was paid than asked for"),
                    ("refund_amount_mismatch", "Another amount was refunded than asked for"),
                    ("refund_failed", "The channel refuses a refund"),
                    ("refund_stuck", "The channel does not say what became of a refund"),
                    ("transfer_amount_mismatch", "Another amount was transferred than ordered"),
                    ("transfer_returned", "The bank sent a transfer back"),
                    ("unknown_number", "A notification about something that we do not know"),
                    ("settlement_wrong", "A settlement that does not add up"),
                    ("custody_difference", "The bank and our books differ"),
                    ("reconciliation", "A statement and our books differ"),
                ],
                max_length=40,
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("paid_at", None), _negated=True), fields=["paid_at"], name="payment_paid_at"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("channel_id", ""), _negated=True), fields=["channel_id"], name="payment_channel_id"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("done_at", None), _negated=True), fields=["done_at"], name="refund_done_at"
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("finished_at", None), _negated=True),
                fields=["finished_at"],
                name="transfer_finished",
            ),
        ),
        migrations.AddField(
            model_name="break",
            name="approved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="break",
            name="proposed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="interestgift",
            name="approved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="interestgift",
            name="charity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="partners.charity"
            ),
        ),
        migrations.AddField(
            model_name="interestgift",
            name="proposed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="statementfile",
            constraint=models.UniqueConstraint(fields=("channel", "day", "version"), name="statement_version"),
        ),
        migrations.AddField(
            model_name="statemententry",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.statementfile"
            ),
        ),
        migrations.AddField(
            model_name="break",
            name="file",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.statementfile",
            ),
        ),
        migrations.AddConstraint(
            model_name="interestgift",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["arrived", "proposed", "refused", "returned", "sent"])),
                name="interestgift_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="interestgift",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("amount__lte", 10000000000000)), name="interestgift_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="interestgift",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                name="interestgift_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="interestgift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["proposed", "refused"]), ("approved_by__isnull", False), _connector="OR"
                ),
                name="interestgift_approved",
            ),
        ),
        migrations.AddIndex(
            model_name="statemententry",
            index=models.Index(fields=["kind", "number"], name="statement_entry_number"),
        ),
        migrations.AddConstraint(
            model_name="statemententry",
            constraint=models.UniqueConstraint(fields=("file", "position"), name="statement_entry_once"),
        ),
        migrations.AddIndex(
            model_name="break",
            index=models.Index(fields=["status", "opened_at"], name="break_age"),
        ),
        migrations.AddIndex(
            model_name="break",
            index=models.Index(fields=["channel", "day"], name="break_of_day"),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["corrected", "explained", "open", "proposed", "settled"])),
                name="break_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved_by", models.F("proposed_by")), _negated=True), name="break_two_people"
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "corrected"), _negated=True),
                    models.Q(("approved_by__isnull", False), ("proposed_by__isnull", False)),
                    _connector="OR",
                ),
                name="break_corrected_by_two",
            ),
        ),
        *append_only("payments_statementfile"),
        *append_only("payments_statemententry"),
    ]
