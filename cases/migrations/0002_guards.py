"""Triggers: no illegal change of status, no change of what was signed or written down."""

from django.db import migrations

from cases.guards import guards_sql


def forwards(apps, schema_editor):
    for sql in guards_sql():
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
