"""What PostgreSQL itself refuses, whoever asks: the last line behind the code.

The triggers are made from `cases.lifecycle` and from the list below.
"""

from cases.lifecycle import trigger_sql

#: Tables whose rows are written once: history, consents, who opened what, addenda.
APPEND_ONLY = (
    "cases_caseevent",
    "cases_consent",
    "cases_accessrecord",
    "cases_addendum",
)

#: Erasing a case is the one legal way to remove such rows; it says so in its transaction.
ERASE_SETTING = "secondread.erasing"
#: A setting that was never made is NULL, and NULL would let the row go.
_ERASING = f"TG_OP = 'DELETE' AND coalesce(current_setting('{ERASE_SETTING}', true), '') = 'on'"


def append_only_sql(table: str) -> str:
    """Return the trigger that refuses UPDATE, and DELETE outside an erasure."""
    return f"""
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
      FOR EACH ROW EXECUTE FUNCTION refuse_change();
    """


def key_images_sql() -> str:
    """Return the trigger that keeps the pictures of a signed report as they were signed.

    FOR SHARE waits for a signature in progress and then sees it.
    """
    return f"""
    CREATE OR REPLACE FUNCTION refuse_change_of_signed_pictures() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
      signed timestamptz;
    BEGIN
      SELECT signed_at INTO signed FROM cases_report
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.report_id ELSE NEW.report_id END FOR SHARE;
      IF signed IS NOT NULL AND NOT ({_ERASING}) THEN
        RAISE EXCEPTION 'a signed report keeps its pictures' USING ERRCODE = 'check_violation';
      END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER cases_keyimage_signed BEFORE INSERT OR UPDATE OR DELETE ON cases_keyimage
      FOR EACH ROW EXECUTE FUNCTION refuse_change_of_signed_pictures();
    """  # noqa: S608 - the one part put in is a constant of this module


def guards_sql() -> list[str]:
    """Return every guard in the order in which it must be made."""
    return [
        trigger_sql(),
        f"""
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {_ERASING} THEN
            RETURN OLD;
          END IF;
          RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
        END $$;
        """,
        f"""
        CREATE OR REPLACE FUNCTION refuse_change_when_signed() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.signed_at IS NOT NULL
             AND NOT ({_ERASING}) THEN
            RAISE EXCEPTION 'a signed report never changes' USING ERRCODE = 'check_violation';
          END IF;
          IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER cases_report_signed BEFORE UPDATE OR DELETE ON cases_report
          FOR EACH ROW EXECUTE FUNCTION refuse_change_when_signed();
        """,
        key_images_sql(),
        *[append_only_sql(table) for table in APPEND_ONLY],
    ]
