"""Accounts of payees: the number in schema ``identity``, everything else under a token.

A person's first account is usable from the day it is valid. Any other is a change: it is proposed
by the officer of the feed, waits for a second person, and is used one cycle after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    drop_rejected,
    reject,
    scalar,
    settle_doubles,
    work_table,
)
from cct_engine.registry.tokens import token_sql

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.fields import Intake

__all__ = ["ACCOUNTS", "ACCOUNT_SCHEME"]

ACCOUNT_SCHEME = "account"
"""The scheme of account tokens, whatever the kind: a bank's answer does not tell the kind."""

_COLUMNS = (
    "account_id, person_id, kind, number_token, last4, agent, verified, usable_from, proposed_by,"
    " confirmed_by, valid_from, known_from, source_id, collected_on, basis, act_id"
)
_STAMP = "CAST(:known_at AS timestamptz), :source_id, CAST(:collected_on AS date), :basis, :act_id"


def _prepare(intake: Intake) -> int:
    connection = intake.connection
    work_table(
        connection,
        "resolved",
        f"""
        SELECT s.*, p.person_id, {token_sql(f"'{ACCOUNT_SCHEME}'", "s.number")} AS token
        FROM pg_temp.stage s
        LEFT JOIN registry.person_reference p ON p.issued_by = :issued_by
            AND p.reference = s.person""",
        intake.parameters,
    )
    reject(connection, "resolved", [RowRule("person", "unknown_reference", "person_id IS NULL")])
    drop_rejected(connection, "resolved")
    return settle_doubles(
        connection,
        "resolved",
        key=["person_id"],
        values=["kind", "token", "agent", "holder_name", "verified", "valid_from"],
        field="person",
        last_wins=intake.declaration.conflicts == "last_wins",
    )


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    work_table(
        connection,
        "wanted",
        """
        SELECT r.*, a.account_id AS same_id, a.verified AS was_verified,
               EXISTS (SELECT FROM registry.account o WHERE o.person_id = r.person_id
                       AND o.known_to = 'infinity' AND o.valid_to = 'infinity') AS is_change
        FROM pg_temp.resolved r
        LEFT JOIN registry.account a ON a.person_id = r.person_id AND a.known_to = 'infinity'
              AND a.valid_to = 'infinity' AND a.kind = r.kind AND a.number_token = r.token
              AND a.agent = coalesce(r.agent, '')""",
    )
    bound = stamp.bound() | {
        "collected_on": intake.collected_on,
        "officer_id": intake.parameters["officer_id"],
    }
    loaded = _add_accounts(connection, bound) + _note_verified(connection, bound)
    return Written(loaded, scalar(connection, "SELECT count(*) FROM pg_temp.wanted") - loaded)


def _add_accounts(connection: sa.Connection, bound: dict[str, object]) -> int:
    """Write accounts that were not known; a newer proposal takes the place of one that waits."""
    work_table(
        connection,
        "new_account",
        """
        SELECT w.*, CAST((SELECT coalesce(max(account_id), 0) FROM registry.account)
                    + row_number() OVER (ORDER BY w.row_number) AS bigint) AS account_id
        FROM pg_temp.wanted w WHERE same_id IS NULL""",
    )
    connection.execute(
        sa.text("""
            UPDATE registry.account a SET known_to = CAST(:known_at AS timestamptz)
            FROM pg_temp.new_account n
            WHERE a.person_id = n.person_id AND a.known_to = 'infinity'
                AND a.usable_from = 'infinity'"""),
        bound,
    )
    connection.execute(
        sa.text("""
            INSERT INTO identity.account_number (account_id, number, holder_name, act_id)
            SELECT account_id, number, coalesce(holder_name, ''), :act_id
                FROM pg_temp.new_account"""),
        bound,
    )
    return connection.execute(
        sa.text(f"""
            INSERT INTO registry.account ({_COLUMNS})
            SELECT account_id, person_id, kind, token, right(number, 4), coalesce(agent, ''),
                   coalesce(verified, false),
                   CASE WHEN is_change THEN 'infinity'
                        ELSE coalesce(valid_from, CAST(:collected_on AS date)) END,
                   :officer_id, NULL, coalesce(valid_from, CAST(:collected_on AS date)), {_STAMP}
            FROM pg_temp.new_account ORDER BY account_id"""),
        bound,
    ).rowcount


def _note_verified(connection: sa.Connection, bound: dict[str, object]) -> int:
    """Write a new version of accounts whose verification is told otherwise than it was known."""
    work_table(
        connection,
        "verification",
        """
        SELECT a.*, w.verified AS now_verified FROM pg_temp.wanted w
        JOIN registry.account a ON a.account_id = w.same_id AND a.known_to = 'infinity'
        WHERE w.verified IS NOT NULL AND w.verified <> a.verified""",
    )
    connection.execute(
        sa.text("""
            UPDATE registry.account a SET known_to = CAST(:known_at AS timestamptz)
            FROM pg_temp.verification v WHERE a.account_id = v.account_id
                AND a.known_to = 'infinity'"""),
        bound,
    )
    return connection.execute(
        sa.text(f"""
            INSERT INTO registry.account ({_COLUMNS})
            SELECT account_id, person_id, kind, number_token, last4, agent, now_verified,
                   usable_from, proposed_by, confirmed_by, valid_from, {_STAMP}
            FROM pg_temp.verification ORDER BY account_id"""),
        bound,
    ).rowcount


ACCOUNTS = FeedKind(
    name="accounts",
    fields=(
        Field("person", FieldType.REFERENCE, required=True),
        Field("kind", FieldType.CODE, required=True),
        Field("number", FieldType.NUMBER, required=True, private=True),
        Field("agent", FieldType.CODE),
        Field("holder_name", FieldType.TEXT, private=True),
        Field("verified", FieldType.FLAG),
        Field("valid_from", FieldType.DATE),
    ),
    rules=(),
    prepare=_prepare,
    write=_write,
    tables=(
        "registry.account",
        "identity.account_number",
    ),
)
