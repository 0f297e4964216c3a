"""Verdicts are only added, and rules do not change once their set has left the draft: held by the database itself."""

from typing import Any

from django.db import migrations

from core.migration_tools import append_only

APPEND_ONLY = (
    "audit_snapshot",
    "audit_machineverdict",
    "audit_machinefinding",
    "audit_ruleoutcome",
    "audit_humanverdict",
    "audit_factverdict",
)
FROZEN_COLUMNS = ("version", "standard_from", "enhanced_from", "note", "created_by_id", "founding")


def freeze_rules(apps: Any, schema_editor: Any) -> None:
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FROZEN_COLUMNS)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION audit_rule_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF (TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM audit_ruleset WHERE id = OLD.ruleset_id AND status <> 'draft')) "
            "OR (TG_OP <> 'DELETE' AND EXISTS (SELECT 1 FROM audit_ruleset WHERE id = NEW.ruleset_id AND status <> 'draft')) "
            "THEN RAISE EXCEPTION 'audit_rule is frozen: %%', TG_OP USING errcode = 'restrict_violation'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER audit_rule_frozen BEFORE INSERT OR UPDATE OR DELETE ON audit_rule "
            "FOR EACH ROW EXECUTE FUNCTION audit_rule_frozen()"
        )
        schema_editor.execute(
            "CREATE FUNCTION audit_ruleset_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'audit_ruleset is frozen' USING errcode = 'restrict_violation'; END $$"
        )
        schema_editor.execute(
            "CREATE TRIGGER audit_ruleset_frozen BEFORE UPDATE ON audit_ruleset FOR EACH ROW "
            f"WHEN (OLD.status <> 'draft' AND ({changed})) EXECUTE FUNCTION audit_ruleset_frozen()"
        )
        return
    for verb, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
        frozen = " OR ".join(
            f"EXISTS (SELECT 1 FROM audit_ruleset WHERE id = {row}.ruleset_id AND status <> 'draft')"  # noqa: S608
            for row in rows
        )
        schema_editor.execute(
            f"CREATE TRIGGER audit_rule_frozen_{verb.lower()} BEFORE {verb} ON audit_rule WHEN {frozen} "
            f"BEGIN SELECT RAISE(ABORT, 'audit_rule is frozen: {verb}'); END"
        )
    changed = changed.replace("IS DISTINCT FROM", "IS NOT")
    schema_editor.execute(
        "CREATE TRIGGER audit_ruleset_frozen BEFORE UPDATE ON audit_ruleset "
        f"WHEN OLD.status <> 'draft' AND ({changed}) "
        "BEGIN SELECT RAISE(ABORT, 'audit_ruleset is frozen'); END"
    )


def thaw_rules(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_rule_frozen ON audit_rule")
        schema_editor.execute("DROP FUNCTION audit_rule_frozen()")
        schema_editor.execute("DROP TRIGGER audit_ruleset_frozen ON audit_ruleset")
        schema_editor.execute("DROP FUNCTION audit_ruleset_frozen()")
        return
    for name in ("rule_frozen_insert", "rule_frozen_update", "rule_frozen_delete", "ruleset_frozen"):
        schema_editor.execute(f"DROP TRIGGER audit_{name}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_report_evidence_and_once_per_form")]

    operations = [
        *(operation for table in APPEND_ONLY for operation in append_only(table)),
        migrations.RunPython(freeze_rules, thaw_rules),
    ]
