from django.db import migrations

from core.migration_tools import append_only


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_persons_checks_and_reviews")]

    operations = [
        *append_only("identity_attempt"),
        *append_only("identity_attemptpaper"),
        *append_only("identity_outcome"),
        *append_only("identity_review"),
    ]
