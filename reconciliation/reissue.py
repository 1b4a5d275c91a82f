"""Which failed payments may be sent again, and which must wait for a person.

A failed payment keeps its EndToEndId over all attempts. All reasons the bank gave for it count, not
only the last: one report of a death stops it, whatever else was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from bank_adapters import Action
from reconciliation import schema

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import FromClause

__all__ = ["ATTEMPTS_MAX", "failed", "is_back", "reissuable"]

ATTEMPTS_MAX: Final = 3
_GRAVEST_FIRST: Final = (
    Action.STOP_DECEASED,
    Action.COMPLIANCE,
    Action.OUR_FAULT,
    Action.UNCLASSIFIED,
    Action.FIX_ACCOUNT,
    Action.RETRY,
)


def failed(
    *, fund_id: int | None = None, states: tuple[str, ...] = ("rejected", "returned")
) -> sa.Select[Any]:
    """Select every payment whose last attempt failed, with what to do about it.

    It starts from what the bank said against payments (few), never from all payments (many);
    ``fund_id`` keeps those of one fund, ``states`` those that are so now. Columns:
    instruction_id, value_on, transfer_group, payee_id, account_id, end_to_end_id, attempt,
    amount_minor, currency, state, reason_list, reason, action. ``action`` is the gravest of all
    reasons given for it (an ``Action`` of bank_adapters); STOP_DECEASED also calls for stopping the
    payee's coming cycles.
    """
    paid, later = schema.instruction, schema.instruction.alias("later")
    told = _told_against(fund_id)
    action = sa.case(
        *((told.c.place == number, str(action)) for number, action in enumerate(_GRAVEST_FIRST)),
        else_=str(Action.UNCLASSIFIED),
    )
    return (
        sa.select(
            paid.c.instruction_id,
            paid.c.value_on,
            paid.c.transfer_group,
            paid.c.payee_id,
            paid.c.account_id,
            paid.c.end_to_end_id,
            paid.c.attempt,
            paid.c.amount_minor,
            paid.c.currency,
            paid.c.state,
            paid.c.reason_list,
            paid.c.reason,
            action.label("action"),
        )
        .select_from(told)
        .join(
            paid,
            sa.and_(
                paid.c.instruction_id == told.c.instruction_id, paid.c.value_on == told.c.value_on
            ),
        )
        .where(
            paid.c.state.in_(states),
            ~sa.exists().where(
                later.c.end_to_end_id == paid.c.end_to_end_id, later.c.attempt > paid.c.attempt
            ),
        )
    )


def _told_against(fund_id: int | None) -> sa.CTE:
    """The payments refused or credited back, each once, with the gravest reason's place."""
    match, file = schema.match, schema.file
    gravity = sa.case(
        *((match.c.action == str(action), place) for place, action in enumerate(_GRAVEST_FIRST)),
        else_=_GRAVEST_FIRST.index(Action.UNCLASSIFIED),
    )
    told = (
        sa.select(
            match.c.instruction_id,
            file.c.execution_on.label("value_on"),
            sa.func.min(gravity).label("place"),
        )
        .join(file, file.c.file_id == match.c.file_id)
        .where(match.c.evidence != "debit")
        .group_by(match.c.instruction_id, file.c.execution_on)
    )
    if fund_id is not None:
        told = told.where(file.c.fund_id == fund_id)
    return told.cte("told_against")


def reissuable(
    accounts: FromClause,
    *,
    attempts_max: int = ATTEMPTS_MAX,
    fund_id: int | None = None,
    alive: FromClause | None = None,
) -> sa.Select[Any]:
    """Select the payments that may go again now, with the account they would go to.

    ``accounts`` has columns payee_id and account_id: the one usable account of each payee today.
    RETRY goes at once, up to ``attempts_max`` attempts in all. FIX_ACCOUNT goes when the payee's
    account is another one than it failed on. STOP_DECEASED goes as RETRY does once a person has
    found the payee ``alive`` (a column payee_id). Nothing else goes by itself. A payment whose
    money is not back on our account, or that has an open item at the bank, waits.

    Columns: instruction_id, value_on (of the failed attempt), transfer_group, payee_id,
    end_to_end_id, next_attempt, amount_minor, currency, account_id (the one to pay to), action.
    """
    last = failed(fund_id=fund_id).subquery("last")
    goes_again = last.c.action == str(Action.RETRY)
    if alive is not None:
        goes_again |= (last.c.action == str(Action.STOP_DECEASED)) & last.c.payee_id.in_(
            sa.select(alive.c.payee_id)
        )
    return (
        sa.select(
            last.c.instruction_id,
            last.c.value_on,
            last.c.transfer_group,
            last.c.payee_id,
            last.c.end_to_end_id,
            (last.c.attempt + 1).label("next_attempt"),
            last.c.amount_minor,
            last.c.currency,
            accounts.c.account_id,
            last.c.action,
        )
        .join(accounts, accounts.c.payee_id == last.c.payee_id)
        .where(
            sa.or_(
                sa.and_(goes_again, last.c.attempt < attempts_max),
                sa.and_(
                    last.c.action == str(Action.FIX_ACCOUNT),
                    accounts.c.account_id != last.c.account_id,
                ),
            ),
            *is_back(last),
        )
        .order_by(last.c.instruction_id)
    )


def is_back(last: FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    """Tell of failed payments whether the money is on our account and nothing pays it again."""
    part, item = schema.instruction_part, schema.suspense_item
    living = schema.living_part
    is_taken = sa.exists().where(
        part.c.instruction_id == last.c.instruction_id,
        living.c.cycle_id == part.c.cycle_id,
        living.c.household_id == part.c.household_id,
        living.c.line_seq == part.c.line_seq,
    )
    is_open = sa.exists().where(
        item.c.instruction_id == last.c.instruction_id, item.c.state != "closed"
    )
    return ~is_taken, ~is_open
