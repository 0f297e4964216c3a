import core.fields
from django.db import migrations, models


def all_were_opened(apps, schema_editor):
    """Nobody wrote down whether the channel was told of the payments so far: they are asked about as before."""
    payment = apps.get_model("payments", "Payment")
    payment.objects.update(opened_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_alarms"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="channel_id",
            field=models.CharField(blank=True, max_length=80, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="payment",
            name="opened_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="payer_ref",
            field=core.fields.EncryptedTextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(all_were_opened, migrations.RunPython.noop),
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
                ],
                max_length=40,
            ),
        ),
    ]
