from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0002_payouts_in_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("rows", models.PositiveIntegerField()),
                ("opening", models.BigIntegerField()),
                ("raised", models.BigIntegerField()),
                ("withdrawn", models.BigIntegerField()),
                ("refunded", models.BigIntegerField()),
                ("other", models.BigIntegerField()),
                ("pending", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
    ]
