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
_PLACED = f"""
    WITH placed AS (
        SELECT i.*, row_number() OVER (ORDER BY instruction_id) AS place,
               sum(amount_minor) OVER (ORDER BY instruction_id) AS upto {_FROM}),
    chosen AS (SELECT unnest(CAST(:choices AS bigint[])) AS choice)
    SELECT {_COLUMNS}, CAST(count(*) AS integer) AS hits
    FROM chosen JOIN placed i ON {{which}}
    CROSS JOIN LATERAL (SELECT cycle_id, household_id FROM cycle.instruction_part
        WHERE instruction_id = i.instruction_id ORDER BY cycle_id, household_id LIMIT 1) p
    JOIN cycle.cycle c ON c.cycle_id = p.cycle_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY i.instruction_id
"""
_BY_UNIT = "choice >= i.upto - i.amount_minor AND choice < i.upto"
_BY_PLACE = "choice = i.place - 1"


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
        which = _BY_UNIT if method == "mus" else _BY_PLACE
        rows = connection.execute(
            sa.text(_PLACED.format(which=which)), asked | {"choices": list(choices)}
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
