"""The laws of the books, in the database itself, on both engines; on PostgreSQL also the only way to write to them."""

from typing import Any

from django.db import migrations

from core.migration_tools import append_only

SQLITE = [
    """CREATE TRIGGER ledger_closing_balanced BEFORE INSERT ON ledger_closing
       WHEN (SELECT count(*) < 2 OR coalesce(sum(amount), 1) <> 0 FROM ledger_entry WHERE journal_id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'journal is not balanced'); END""",
    """CREATE TRIGGER ledger_entry_open BEFORE INSERT ON ledger_entry
       WHEN EXISTS (SELECT 1 FROM ledger_closing WHERE id = NEW.journal_id)
       BEGIN SELECT RAISE(ABORT, 'journal is closed'); END""",
    """CREATE TRIGGER ledger_journal_own_closing BEFORE INSERT ON ledger_journal
       WHEN NEW.closing_id <> NEW.id
       BEGIN SELECT RAISE(ABORT, 'a journal is closed under its own number'); END""",
]

# Each entry stands below or above the mark, never both: what is folded is exactly what the tail leaves out.
TAIL = """id > coalesce((SELECT after_id FROM ledger_mark), 0) AND xid >= coalesce((SELECT upto FROM ledger_mark), 0)"""

POSTGRESQL = [
    """CREATE FUNCTION ledger_closing_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF (SELECT count(*) < 2 OR coalesce(sum(amount), 1) <> 0 FROM ledger_entry WHERE journal_id = NEW.id) THEN
           RAISE EXCEPTION 'journal is not balanced' USING errcode = 'check_violation';
         END IF;
         RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_closing_balanced BEFORE INSERT ON ledger_closing
       FOR EACH ROW EXECUTE FUNCTION ledger_closing_balanced()""",
    """CREATE FUNCTION ledger_entry_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF EXISTS (SELECT 1 FROM added JOIN ledger_closing c ON c.id = added.journal_id) THEN
           RAISE EXCEPTION 'journal is closed' USING errcode = 'restrict_violation';
         END IF;
         RETURN NULL; END $$""",
    """CREATE TRIGGER ledger_entry_open AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_open()""",
    "ALTER TABLE ledger_journal ADD CONSTRAINT ledger_journal_own_closing CHECK (closing_id = id)",
    "CREATE INDEX entry_xid ON ledger_entry USING brin (xid) WITH (pages_per_range = 16, autosummarize = on)",
    f"""CREATE FUNCTION ledger_balance(p_account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
         SELECT (coalesce((SELECT sum(debit - credit) FROM ledger_folded WHERE account_id = p_account), 0)
               + coalesce((SELECT sum(amount) FROM ledger_entry WHERE account_id = p_account AND {TAIL}), 0))::bigint $$""",  # noqa: S608
    """CREATE FUNCTION ledger_post(
         p_key text, p_kind text, p_ref text, p_digest text, p_actor bigint, p_effective_at timestamptz, p_reverses bigint,
         p_codes text[], p_families text[], p_kinds text[], p_guarded boolean[], p_amounts bigint[]
       ) RETURNS TABLE (outcome text, journal_id bigint)
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
       DECLARE accounts bigint[]; number bigint; known record; debited record;
       BEGIN
         SELECT array_agg(a.id ORDER BY leg.place) INTO accounts
           FROM unnest(p_codes) WITH ORDINALITY leg(code, place) LEFT JOIN ledger_account a ON a.code = leg.code;
         IF array_position(accounts, NULL) IS NOT NULL THEN
           INSERT INTO ledger_account (code, family, kind, guarded)
             SELECT DISTINCT * FROM unnest(p_codes, p_families, p_kinds, p_guarded) ON CONFLICT (code) DO NOTHING;
           SELECT array_agg(a.id ORDER BY leg.place) INTO accounts
             FROM unnest(p_codes) WITH ORDINALITY leg(code, place) JOIN ledger_account a ON a.code = leg.code;
         END IF;
         -- Only a debit of a guarded account locks: a donation never waits for a withdrawal.
         FOR debited IN
           SELECT a.id, a.kind, net.amount
             FROM (SELECT leg.account, sum(leg.amount) AS amount
                     FROM unnest(accounts, p_amounts) leg(account, amount) GROUP BY leg.account) net
             JOIN ledger_account a ON a.id = net.account
            WHERE a.guarded AND CASE WHEN a.kind IN ('A', 'X') THEN net.amount < 0 ELSE net.amount > 0 END
            ORDER BY a.id
         LOOP
           PERFORM 1 FROM ledger_account a WHERE a.id = debited.id FOR NO KEY UPDATE;
           -- Whoever held the lock before may have posted this very journal.
           SELECT j.id, j.digest INTO known FROM ledger_journal j WHERE j.key = p_key;
           IF FOUND THEN
             RETURN QUERY SELECT CASE WHEN known.digest = p_digest THEN 'known' ELSE 'key_reused' END, known.id;
             RETURN;
           END IF;
           IF (ledger_balance(debited.id) + debited.amount) * (CASE WHEN debited.kind IN ('A', 'X') THEN 1 ELSE -1 END) < 0 THEN
             RETURN QUERY SELECT 'insufficient_funds', NULL::bigint;
             RETURN;
           END IF;
         END LOOP;
         INSERT INTO ledger_journal (id, key, kind, ref, digest, reverses_id, actor_id, effective_at, posted_at, closing_id)
           SELECT n, p_key, p_kind, p_ref, p_digest, p_reverses, p_actor, p_effective_at, clock_timestamp(), n
             FROM nextval(pg_get_serial_sequence('ledger_journal', 'id')) n
           ON CONFLICT (key) DO NOTHING RETURNING id INTO number;
         IF number IS NULL THEN
           SELECT j.id, j.digest INTO known FROM ledger_journal j WHERE j.key = p_key;
           RETURN QUERY SELECT CASE WHEN known.digest = p_digest THEN 'known' ELSE 'key_reused' END, known.id;
           RETURN;
         END IF;
         INSERT INTO ledger_entry (journal_id, account_id, kind, amount)
           SELECT number, leg.account, p_kind, leg.amount
             FROM unnest(accounts, p_amounts) WITH ORDINALITY leg(account, amount, place) ORDER BY leg.place;
         INSERT INTO ledger_closing (id) VALUES (number);
         RETURN QUERY SELECT 'posted', number;
       END $$""",
    """CREATE FUNCTION ledger_fold() RETURNS bigint
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
       DECLARE low bigint; floor_id bigint; high bigint; folded bigint;
       BEGIN
         IF NOT pg_try_advisory_xact_lock(hashtext('ledger_fold')) THEN RETURN 0; END IF;
         INSERT INTO ledger_mark (id, after_id, upto, at) VALUES (1, 0, 0, clock_timestamp()) ON CONFLICT (id) DO NOTHING;
         SELECT m.upto, m.after_id INTO low, floor_id FROM ledger_mark m WHERE m.id = 1 FOR UPDATE;
         -- Every transaction below this number has ended: no entry will be added there (never an id: ids commit out of order).
         high := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
         WITH fresh AS (
           SELECT e.account_id, e.kind, count(*) AS entries,
                  coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0) AS debit,
                  coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0) AS credit
             FROM ledger_entry e WHERE e.id > floor_id AND e.xid >= low AND e.xid < high GROUP BY e.account_id, e.kind),
         accounts AS (
           INSERT INTO ledger_folded AS f (account_id, kind, debit, credit)
             SELECT account_id, kind, debit, credit FROM fresh
             ON CONFLICT (account_id, kind) DO UPDATE SET debit = f.debit + excluded.debit, credit = f.credit + excluded.credit),
         families AS (
           INSERT INTO ledger_turnover AS t (family, kind, debit, credit)
             SELECT a.family, fresh.kind, sum(fresh.debit), sum(fresh.credit)
               FROM fresh JOIN ledger_account a ON a.id = fresh.account_id GROUP BY a.family, fresh.kind
             ON CONFLICT (family, kind) DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit)
         SELECT coalesce(sum(entries), 0) INTO folded FROM fresh;
         UPDATE ledger_mark SET upto = high, at = clock_timestamp() WHERE id = 1;
         RETURN folded;
       END $$""",
    """CREATE FUNCTION ledger_fold_anew() RETURNS void
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
       BEGIN
         PERFORM pg_advisory_xact_lock(hashtext('ledger_fold'));
         DELETE FROM ledger_folded; DELETE FROM ledger_turnover; DELETE FROM ledger_mark;
         INSERT INTO ledger_mark (id, after_id, upto, at)
           SELECT 1, coalesce(max(id), 0), 0, clock_timestamp() FROM ledger_entry;
         INSERT INTO ledger_folded (account_id, kind, debit, credit)
           SELECT account_id, kind, coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
                  coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) FROM ledger_entry
            WHERE id <= (SELECT after_id FROM ledger_mark) GROUP BY account_id, kind;
         INSERT INTO ledger_turnover (family, kind, debit, credit)
           SELECT a.family, f.kind, sum(f.debit), sum(f.credit)
             FROM ledger_folded f JOIN ledger_account a ON a.id = f.account_id GROUP BY a.family, f.kind;
       END $$""",
    # Whoever is not the owner of these tables reads them, and writes by the functions above or not at all.
    """DO $$ DECLARE other text; BEGIN
         FOR other IN SELECT DISTINCT quote_ident(grantee) FROM information_schema.role_table_grants
           WHERE table_name = 'ledger_entry' AND grantee NOT IN (current_user, 'PUBLIC')
         LOOP
           EXECUTE 'REVOKE INSERT, UPDATE, DELETE ON ledger_account, ledger_journal, ledger_closing, ledger_entry, '
                || 'ledger_folded, ledger_turnover, ledger_mark FROM ' || other;
         END LOOP;
       END $$""",
]

UNDO = {
    "sqlite": [
        "DROP TRIGGER ledger_closing_balanced",
        "DROP TRIGGER ledger_entry_open",
        "DROP TRIGGER ledger_journal_own_closing",
    ],
    "postgresql": [
        "DROP FUNCTION ledger_fold_anew()",
        "DROP FUNCTION ledger_fold()",
        "DROP FUNCTION ledger_post",
        "DROP FUNCTION ledger_balance(bigint)",
        "DROP INDEX entry_xid",
        "DROP TRIGGER ledger_closing_balanced ON ledger_closing",
        "DROP FUNCTION ledger_closing_balanced()",
        "DROP TRIGGER ledger_entry_open ON ledger_entry",
        "DROP FUNCTION ledger_entry_open()",
        "ALTER TABLE ledger_journal DROP CONSTRAINT ledger_journal_own_closing",
    ],
}


def make(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unmake(apps: Any, schema_editor: Any) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_books")]

    operations = [
        migrations.RunPython(make, unmake),
        *append_only("ledger_account"),
        *append_only("ledger_journal"),
        *append_only("ledger_closing"),
        *append_only("ledger_entry"),
        *append_only("ledger_booksseal"),
    ]
