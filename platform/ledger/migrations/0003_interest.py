from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_laws"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("donation", "Donation"),
                    ("tip", "Support for the platform"),
                    ("settlement", "Settlement by the channel"),
                    ("payout_hold", "Held for a withdrawal"),
                    ("payout_void", "Hold released"),
                    ("payout_fee", "Service and channel fee"),
                    ("payout_send", "Payment ordered"),
                    ("payout_arrive", "Payment arrived"),
                    ("payout_return", "Payment sent back by the bank"),
                    ("refund_hold", "Refund asked for"),
                    ("refund_done", "Refund arrived"),
                    ("refund_fail", "Refund failed"),
                    ("suspense", "Money that matches nothing"),
                    ("reversal", "Correction"),
                    ("interest", "Interest on the custody account"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="folded",
            name="kind",
            field=models.CharField(
                choices=[
                    ("donation", "Donation"),
                    ("tip", "Support for the platform"),
                    ("settlement", "Settlement by the channel"),
                    ("payout_hold", "Held for a withdrawal"),
                    ("payout_void", "Hold released"),
                    ("payout_fee", "Service and channel fee"),
                    ("payout_send", "Payment ordered"),
                    ("payout_arrive", "Payment arrived"),
                    ("payout_return", "Payment sent back by the bank"),
                    ("refund_hold", "Refund asked for"),
                    ("refund_done", "Refund arrived"),
                    ("refund_fail", "Refund failed"),
                    ("suspense", "Money that matches nothing"),
                    ("reversal", "Correction"),
                    ("interest", "Interest on the custody account"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="journal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("donation", "Donation"),
                    ("tip", "Support for the platform"),
                    ("settlement", "Settlement by the channel"),
                    ("payout_hold", "Held for a withdrawal"),
                    ("payout_void", "Hold released"),
                    ("payout_fee", "Service and channel fee"),
                    ("payout_send", "Payment ordered"),
                    ("payout_arrive", "Payment arrived"),
                    ("payout_return", "Payment sent back by the bank"),
                    ("refund_hold", "Refund asked for"),
                    ("refund_done", "Refund arrived"),
                    ("refund_fail", "Refund failed"),
                    ("suspense", "Money that matches nothing"),
                    ("reversal", "Correction"),
                    ("interest", "Interest on the custody account"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="turnover",
            name="kind",
            field=models.CharField(
                choices=[
                    ("donation", "Donation"),
                    ("tip", "Support for the platform"),
                    ("settlement", "Settlement by the channel"),
                    ("payout_hold", "Held for a withdrawal"),
                    ("payout_void", "Hold released"),
                    ("payout_fee", "Service and channel fee"),
                    ("payout_send", "Payment ordered"),
                    ("payout_arrive", "Payment arrived"),
                    ("payout_return", "Payment sent back by the bank"),
                    ("refund_hold", "Refund asked for"),
                    ("refund_done", "Refund arrived"),
                    ("refund_fail", "Refund failed"),
                    ("suspense", "Money that matches nothing"),
                    ("reversal", "Correction"),
                    ("interest", "Interest on the custody account"),
                ],
                max_length=20,
            ),
        ),
    ]
