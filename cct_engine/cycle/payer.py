"""Which fund pays a cycle: one, whose year the pay day lies in.

A programme gets a new fund each year, in the same currency, while last year's still takes returns
and lapses. So a cycle that the calendar opens at New Year must not fall on the fund that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle.record import CycleError

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.rulebook import Rulebook

__all__ = ["Payer", "payer_of"]


class Payer(NamedTuple):
    """A programme and the fund that pays one of its cycles."""

    programme_id: int
    fund_id: int


class _Fund(NamedTuple):
    programme_id: int
    fund_id: int
    code: str
    is_of_year: bool
    pays_from_same_account: bool
    """As the fund of the programme's cycle before this one."""


def payer_of(
    connection: sa.Connection, rules: Rulebook, *, period: date, value_on: date, named: str | None
) -> Payer:
    """Return who pays the cycle of a period whose pay day is ``value_on``.

    The fund that is named; else the only one; else the one of the pay day's year; else, of several
    of that year, the one that pays from the account from which the cycle before was paid. Raises
    ``CycleError`` when that leaves none, or more than one: then a person names it.
    """
    asked = {
        "programme": rules.programme,
        "currency": rules.currency,
        "fund": named,
        "period": period,
        "value_on": value_on,
    }
    funds = [_Fund._make(row) for row in connection.execute(_FUNDS, asked)]
    found = funds
    if len(funds) > 1:
        found = [one for one in funds if one.is_of_year]
    if len(found) > 1:
        found = [one for one in found if one.pays_from_same_account]
    if len(found) == 1:
        return Payer(found[0].programme_id, found[0].fund_id)
    known = ", ".join(one.code for one in funds) or "none"
    raise CycleError(
        f"{rules.programme} in {rules.currency} is paid by one fund per cycle, of the year of its "
        f"pay day {value_on}; found: {known}. Name the fund, or register the programme and its "
        "fund of that year first. Nothing was opened."
    )


_FUNDS = sa.text("""
    WITH before AS (
        SELECT f.debtor_account
        FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
        JOIN registry.fund f USING (fund_id)
        WHERE p.code = :programme AND c.currency = :currency AND c.period < :period
        ORDER BY c.period DESC LIMIT 1)
    SELECT p.programme_id, f.fund_id, f.code, registry.fund_pays_on(f, :value_on),
           f.debtor_account IS NOT DISTINCT FROM (SELECT debtor_account FROM before)
    FROM registry.programme p JOIN registry.programme_fund USING (programme_id)
    JOIN registry.fund f USING (fund_id)
    WHERE p.code = :programme AND p.kind = 'own' AND f.currency = :currency
      AND f.code = coalesce(CAST(:fund AS text), f.code)
    ORDER BY f.fund_id
""")
