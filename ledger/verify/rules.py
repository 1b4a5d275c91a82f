"""The database's own rules: all of them there, and awake.

Whoever may change tables can put a trigger to sleep or drop a constraint, post what should be
refused, and leave the digests right. So what guards the books is looked at, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["weakened_rules"]

_TRIGGERS = {
    "account": {"append_only"},
    "template": {"append_only"},
    "fiscal_period": {"append_only", "closed_once"},
    "batch": {"append_only", "checked", "sealed"},
    "journal": {"append_only", "into_open_batch", "still_open"},
    "seal": {"append_only", "checked"},
    "balance_block": {"append_only"},
    "anchor": {"append_only"},
}
_CONSTRAINTS = {
    "batch": {"maker_is_not_checker", "one_currency_per_fund", "batch_key_key", "batch_event_fkey"},
    "journal": {"journal_pkey", "journal_amount_minor_check"},
    "seal": {"seal_pkey", "seal_position_key", "seal_previous_digest_key"},
    "balance_block": {"balance_block_pkey", "not_overdrawn", "sixty_four"},
}
_MAY_BE_NULL = {
    "template": {"mirror_of"},
    "fiscal_period": {"closed_by", "closed_at", "closed_head", "closed_digest"},
    "batch": {"conduit", "reverses"},
}
_IN_FORCE = sa.text("""
    SELECT c.relname AS table_name, t.tgname AS name FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'ledger'::regnamespace AND NOT t.tgisinternal AND t.tgenabled = 'O'
    UNION ALL
    SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'ledger'::regnamespace AND k.convalidated
""")
_PARTITIONS = sa.text("""
    SELECT c.relname AS name,
           EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only'
                   AND t.tgenabled = 'O') AS append_only
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'ledger.journal'::regclass ORDER BY c.relname
""")
_NULLABLE = sa.text("""
    SELECT c.relname AS table_name, a.attname AS name
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull
    ORDER BY c.relname, a.attname
""")


def weakened_rules(connection: sa.Connection) -> Iterator[Finding]:
    """Name triggers and constraints that are gone or asleep, and columns that may be null."""
    in_force = {(row.table_name, row.name) for row in connection.execute(_IN_FORCE)}
    for kind, rules in (("trigger", _TRIGGERS), ("constraint", _CONSTRAINTS)):
        for table, names in rules.items():
            for name in sorted(names):
                if (table, name) not in in_force:
                    yield _weakened(table, f"The {kind} {name} is gone or switched off")
    for partition in connection.execute(_PARTITIONS):
        if not partition.append_only:
            yield _weakened(partition.name, "The trigger append_only is gone or switched off")
    for row in connection.execute(_NULLABLE):
        table = "journal" if row.table_name.startswith("journal") else row.table_name
        if row.name not in _MAY_BE_NULL.get(table, ()):
            yield _weakened(row.table_name, f"The column {row.name} may be null")


def _weakened(table: str, what: str) -> Finding:
    return Finding(
        "rules.weakened",
        f"table {table}",
        f"{what}: what was written meanwhile was not checked. Find out who changed it and when.",
    )
