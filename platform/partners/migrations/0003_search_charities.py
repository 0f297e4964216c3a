from django.db import migrations

from core.searching import index_operations


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_public_aid")]

    operations = index_operations("partners_charity", "search_text")
