"""Accounts: which one a payee may be paid on, who shares one, and the numbers in clear.

Nothing here shows a number but ``clear_accounts``, and that leaves an act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import sqlalchemy as sa

from cct_engine.people import acts
from cct_engine.registry.bitemporal import AsOf, as_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

__all__ = [
    "clear_accounts",
    "payee_accounts",
    "shared_accounts",
]

_CLEAR_BATCH: Final = 50_000


def _usable(on: date, known: datetime) -> str:
    """Accounts that may be paid on a day; a change in its cooling cycle is not one of them."""
    day = f"DATE '{on.isoformat()}'"
    return f"({as_of('a', AsOf(on, known))} AND a.usable_from <= {day})"


def _payable(on: date, known: datetime) -> str:
    return f"""
        SELECT DISTINCT ON (a.person_id) m.household_id, a.person_id, a.account_id, a.kind,
               a.number_token, a.last4, a.agent, a.verified, a.usable_from AS since
        FROM registry.account a
        JOIN registry.membership m ON m.person_id = a.person_id AND m.status = 'counted'
             AND {as_of("m", AsOf(on, known))}
        WHERE {_usable(on, known)}
        ORDER BY a.person_id, a.usable_from DESC, a.account_id DESC"""


def payee_accounts(*, on: date, as_of_known: datetime) -> sa.TextualSelect:
    """Select the account each person may be paid on, with the household that counts the person.

    Columns: household_id, person_id, account_id, kind, number_token, last4, agent, verified, since.
    Of several usable accounts the newest counts. Index: account_by_person.
    """
    return sa.text(_payable(on, as_of_known)).columns(
        household_id=sa.BigInteger,
        person_id=sa.BigInteger,
        account_id=sa.BigInteger,
        kind=sa.Text,
        number_token=sa.Text,
        last4=sa.Text,
        agent=sa.Text,
        verified=sa.Boolean,
        since=sa.Date,
    )


def shared_accounts(
    *, on: date, as_of_known: datetime, households_max: int = 1
) -> sa.TextualSelect:
    """Select accounts on which more than ``households_max`` households would be paid.

    Columns: household_id, person_id, account_id, number_token, household_count. One row per
    household that shares. Index: account_by_token.
    """
    return sa.text(f"""
        WITH payable AS ({_payable(on, as_of_known)}), shared AS (
            SELECT number_token, count(DISTINCT household_id) AS household_count
            FROM payable GROUP BY number_token
            HAVING count(DISTINCT household_id) > {int(households_max)})
        SELECT p.household_id, p.person_id, p.account_id, p.number_token, s.household_count
        FROM payable p JOIN shared s USING (number_token)
        ORDER BY p.number_token, p.household_id""").columns(
        household_id=sa.BigInteger,
        person_id=sa.BigInteger,
        account_id=sa.BigInteger,
        number_token=sa.Text,
        household_count=sa.BigInteger,
    )


def clear_accounts(
    connection: sa.Connection,
    accounts: sa.Select[Any] | sa.TextualSelect,
    *,
    at: datetime,
    officer_id: int,
    purpose_code: str,
) -> Iterator[pa.RecordBatch]:
    """Read account numbers and holders' names in clear, for a bank file; records the act first.

    ``accounts`` gives a column account_id. Batches have account_id, number, holder_name, ordered by
    account_id. The only reader of clear numbers.
    """
    acts.record(
        connection,
        at=at,
        officer_id=officer_id,
        verb="read_clear_accounts",
        subject="accounts",
        outcome="done",
        purpose_code=purpose_code,
    )
    chosen = accounts.subquery("chosen")
    number = sa.table(
        "account_number",
        sa.column("account_id", sa.BigInteger),
        sa.column("number", sa.Text),
        sa.column("holder_name", sa.Text),
        schema="identity",
    )
    query = (
        sa.select(number)
        .where(number.c.account_id.in_(sa.select(chosen.c.account_id)))
        .order_by(number.c.account_id)
    )
    return _batches(connection, query)


def _batches(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[pa.RecordBatch]:
    names = ("account_id", "number", "holder_name")
    with connection.execute(query, execution_options={"yield_per": _CLEAR_BATCH}) as rows:
        for part in rows.partitions():
            columns = list(zip(*part, strict=True))
            yield pa.record_batch([pa.array(column) for column in columns], names=names)
