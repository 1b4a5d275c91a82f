"""Samples of payments: by money or by chance, from a seed anybody can use again.

Monetary-unit sampling gives every minor unit the same chance, so large payments are looked at more
often than small ones: units are counted through all payments in order, one unit in each of ``size``
equal intervals is chosen, and the payment that holds it is taken. A payment larger than an interval
is always taken. The same books, method, size and seed give the same sample on any machine.
"""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Sample", "Sampled", "draw", "unit_choices"]

Method = Literal["mus", "random"]


class Sampled(NamedTuple):
    """One payment of a sample. ``hits``: how many chosen units it holds (1 for random)."""

    cycle: str
    instruction_id: int
    household_id: int
    payee_id: int
    bank: str
    state: str
    value_on: Any
    amount_minor: int
    currency: str
    hits: int


class Sample(NamedTuple):
    """A sample and what it was drawn from. ``interval_minor`` is 0 for a random one."""

    method: Method
    seed: int
    currency: str
    population_count: int
    population_minor: int
    interval_minor: int
    payments: tuple[Sampled, ...]


_FROM = """
    FROM cycle.instruction i
    WHERE i.state NOT IN ('drafted', 'cancelled') AND i.currency = :currency
      AND (CAST(:cycle_id AS integer) IS NULL OR EXISTS (SELECT FROM cycle.instruction_part p
           WHERE p.instruction_id = i.instruction_id AND p.cycle_id = :cycle_id))
"""
_POPULATION = f"SELECT count(*), CAST(coalesce(sum(amount_minor), 0) AS bigint){_FROM}"
_CURRENCIES = "SELECT DISTINCT currency FROM cycle.instruction ORDER BY currency"
_COLUMNS = """c.code AS cycle, i.instruction_id, p.household_id, i.payee_id, i.rail AS bank,
              i.state, i.value_on, i.amount_minor, i.currency"""
# Payments and choices on one line, sorted once: a payment is hit by the choices before its end
# that were not before the end of the payment before it.
_PLACED = f"""
    WITH payment AS (
        SELECT i.*, row_number() OVER (ORDER BY instruction_id) AS place,
               sum(amount_minor) OVER (ORDER BY instruction_id) AS upto {_FROM}),
    passed AS (
        SELECT instruction_id, sum(chosen) OVER (ORDER BY position, chosen, instruction_id) AS hits
        FROM (SELECT instruction_id, {{ends}} AS position, 0 AS chosen FROM payment
              UNION ALL SELECT NULL, choice, 1
              FROM unnest(CAST(:choices AS bigint[])) AS choice) line),
    hit AS (
        SELECT instruction_id,
               CAST(hits - coalesce(lag(hits) OVER (ORDER BY instruction_id), 0) AS integer) AS hits
        FROM passed WHERE instruction_id IS NOT NULL)
    SELECT {_COLUMNS}, hit.hits
    FROM hit JOIN cycle.instruction i USING (instruction_id)
    CROSS JOIN LATERAL (SELECT cycle_id, household_id FROM cycle.instruction_part
        WHERE instruction_id = i.instruction_id ORDER BY cycle_id, household_id LIMIT 1) p
    JOIN cycle.cycle c ON c.cycle_id = p.cycle_id
    WHERE hit.hits > 0 ORDER BY i.instruction_id
"""
_ENDS = {"mus": "upto", "random": "place"}


def draw(
    connection: sa.Connection,
    *,
    method: Method,
    size: int,
    seed: int,
    cycle_id: int | None = None,
) -> tuple[Sample, ...]:
    """Draw a sample of the payments sent, per currency: units of different currencies never mix."""
    samples = []
    for currency in connection.execute(sa.text(_CURRENCIES)).scalars().all():
        asked = {"currency": currency, "cycle_id": cycle_id}
        count, total = connection.execute(sa.text(_POPULATION), asked).one()
        if not count:
            continue
        rng = random.Random(f"{seed}/{currency}")  # noqa: S311 - a sample has to be drawn again
        if method == "mus":
            choices: Iterable[int] = unit_choices(total, size, rng)
        else:
            choices = sorted(rng.sample(range(count), min(size, count)))
        rows = connection.execute(
            sa.text(_PLACED.format(ends=_ENDS[method])), asked | {"choices": list(choices)}
        )
        samples.append(
            Sample(
                method,
                seed,
                currency,
                count,
                total,
                total // size if method == "mus" else 0,
                tuple(Sampled(*row) for row in rows),
            )
        )
    return tuple(samples)


def unit_choices(total_minor: int, size: int, rng: random.Random) -> Sequence[int]:
    """Choose one unit in each of ``size`` equal intervals of 0 … total − 1, in order."""
    bounds = [total_minor * step // size for step in range(size + 1)]
    return [rng.randrange(low, high) for low, high in pairwise(bounds) if high > low]
