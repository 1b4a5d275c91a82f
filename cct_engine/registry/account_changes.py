"""Changes of accounts: proposed by one person, confirmed by another, used one cycle later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.people import acts
from cct_engine.registry.intake.stage import work_table
from cct_engine.registry.intake.writer import known_instant, stand_still

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

__all__ = ["SecondPersonNeeded", "confirm_accounts", "waiting_accounts"]

_COLUMNS: Final = (
    "account_id, person_id, kind, number_token, last4, agent, verified, usable_from, proposed_by,"
    " confirmed_by, valid_from, valid_to, known_from, source_id, collected_on, basis, act_id"
)
_NEXT_MONTH: Final = "CAST(date_trunc('month', CAST(:day AS date)) + interval '1 month' AS date)"


class SecondPersonNeeded(ValueError):  # noqa: N818 - it says what is missing
    """Who proposed a change cannot confirm it."""


def waiting_accounts(*, centres: Collection[int] | None = None) -> sa.TextualSelect:
    """Select the changes of accounts that wait for a second person.

    ``centres``: those of these centres' households alone; None: all. Columns: account_id,
    person_id, household_id (null for who is in none), kind, last4, proposed_by, proposed_at.
    """
    return (
        sa.text("""
        SELECT a.account_id, a.person_id, m.household_id, a.kind, a.last4, a.proposed_by,
               a.known_from AS proposed_at
        FROM registry.account a
        CROSS JOIN LATERAL (
            SELECT min(h.household_id) AS household_id FROM registry.membership h
            WHERE h.person_id = a.person_id AND h.known_to = 'infinity' AND h.valid_to = 'infinity'
        ) m
        WHERE a.usable_from = 'infinity' AND a.known_to = 'infinity'
          AND (CAST(:centres AS integer[]) IS NULL OR EXISTS (
               SELECT FROM registry.household_centre k
               WHERE k.household_id = m.household_id AND k.known_to = 'infinity'
                 AND k.valid_to = 'infinity' AND k.centre_id = ANY(:centres)))
        ORDER BY a.account_id""")
        .bindparams(centres=None if centres is None else sorted(centres))
        .columns(
            account_id=sa.BigInteger,
            person_id=sa.BigInteger,
            household_id=sa.BigInteger,
            kind=sa.Text,
            last4=sa.Text,
            proposed_by=sa.Integer,
            proposed_at=sa.DateTime(timezone=True),
        )
    )


def confirm_accounts(
    connection: sa.Connection,
    *,
    at: datetime,
    officer_id: int,
    account_ids: Collection[int] | None = None,
) -> int:
    """Confirm changes of accounts as the second person; return how many.

    They are used from the first day of the month after ``at``: one cycle later, so that a family
    that did not ask for the change can say so. Until then the former account is paid; on that day
    it ends. Without ``account_ids`` all are confirmed that somebody else proposed. Raises
    SecondPersonNeeded when one of those named, or all that wait, are the officer's own proposals.
    """
    stand_still(connection)
    known_at = known_instant(connection, at)
    count = _choose(connection, officer_id, account_ids)
    act = acts.record(
        connection,
        at=at,
        officer_id=officer_id,
        verb="confirm_accounts",
        subject="accounts",
        outcome="done",
        detail={"count": count},
    )
    bound = {
        "known_at": known_at,
        "day": known_at.date(),
        "officer_id": officer_id,
        "act_id": act.act_id,
    }
    _end_former(connection, bound)
    connection.execute(
        sa.text("""
            UPDATE registry.account a SET known_to = :known_at FROM pg_temp.confirmed c
            WHERE a.account_id = c.account_id AND a.known_to = 'infinity'"""),
        bound,
    )
    return connection.execute(
        sa.text(f"""
            INSERT INTO registry.account ({_COLUMNS})
            SELECT account_id, person_id, kind, number_token, last4, agent, verified,
                   greatest({_NEXT_MONTH}, valid_from), proposed_by, :officer_id, valid_from,
                   valid_to, :known_at, source_id, collected_on, basis, :act_id
            FROM pg_temp.confirmed ORDER BY account_id"""),
        bound,
    ).rowcount


def _choose(connection: sa.Connection, officer_id: int, account_ids: Collection[int] | None) -> int:
    """Choose the changes to confirm into ``pg_temp.confirmed``; return how many."""
    work_table(
        connection,
        "confirmed",
        """
        SELECT a.*, a.proposed_by = :officer_id AS is_own FROM registry.account a
        WHERE a.usable_from = 'infinity' AND a.known_to = 'infinity'
          AND (:all_of_them OR a.account_id = ANY(:account_ids))""",
        {
            "officer_id": officer_id,
            "all_of_them": account_ids is None,
            "account_ids": list(account_ids or ()),
        },
    )
    own = connection.execute(sa.text("DELETE FROM pg_temp.confirmed WHERE is_own")).rowcount
    others = int(connection.execute(sa.text("SELECT count(*) FROM pg_temp.confirmed")).scalar_one())
    if own and (account_ids is not None or not others):
        raise SecondPersonNeeded(
            f"{own} of these changes were proposed by the same officer. An account changes only by "
            "a second person; ask another officer to confirm them."
        )
    return others


def _end_former(connection: sa.Connection, bound: dict[str, object]) -> None:
    """Let the accounts these persons are paid on until now end when the changes are used."""
    work_table(
        connection,
        "former",
        f"""
        SELECT a.* FROM registry.account a JOIN pg_temp.confirmed c ON c.person_id = a.person_id
        WHERE a.known_to = 'infinity' AND a.usable_from <> 'infinity'
          AND a.valid_to > {_NEXT_MONTH} AND a.valid_from < {_NEXT_MONTH}""",
        {"day": bound["day"]},
    )
    connection.execute(
        sa.text("""
            UPDATE registry.account a SET known_to = :known_at FROM pg_temp.former f
            WHERE a.account_id = f.account_id AND a.known_to = 'infinity'"""),
        bound,
    )
    connection.execute(
        sa.text(f"""
            INSERT INTO registry.account ({_COLUMNS})
            SELECT account_id, person_id, kind, number_token, last4, agent, verified, usable_from,
                   proposed_by, confirmed_by, valid_from, {_NEXT_MONTH}, :known_at, source_id,
                   collected_on, basis, :act_id
            FROM pg_temp.former ORDER BY account_id"""),
        bound,
    )
