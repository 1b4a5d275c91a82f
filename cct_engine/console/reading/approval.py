"""The approval sheet: what a signer reads before signing, read from the submitted rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

import ledger
from cct_engine.console.reading.cycles import before
from cct_engine.console.reading.figures import list_key, lists_key
from cct_engine.console.reading.kept import kept
from cct_engine.cycle.postings import expense_minor

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.console.reading.figures import Figures
    from cct_engine.cycle import Cycle

__all__ = [
    "control_totals",
    "large",
    "listed_sums",
    "note_opened",
    "overrides",
    "random_cases",
    "seed_of",
]

_CASES: Final = 10


class Listed(NamedTuple):
    """What the sealed inputs gave, less what the checks set aside, and the expense of the list."""

    calculated_minor: int
    expense_minor: int


def seed_of(cycle: Cycle) -> str:
    """Return the seed of the ten cases: nobody knew it before the list was submitted."""
    said = f"{cycle.list_digest}/{cycle.submitted_at}/{cycle.version}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def control_totals(
    connection: sa.Connection, cycle: Cycle, figures: Figures
) -> list[dict[str, Any]]:
    """Return the sums that must be one sum, each counted apart from the others.

    What the list says is kept for its version; the books, and what is free in them, are asked.
    """
    booked = ledger.totals_by_event(connection, cycle.cycle_id, fund_id=cycle.fund_id).get(
        ledger.Event.EXPEND
    )
    calculated, expense = listed_sums(connection, cycle)
    free = None if booked else -ledger.balance(connection, 8020, fund_id=cycle.fund_id)
    parts = figures.pay_now_minor + figures.held_minor + figures.withheld_minor
    return [
        {
            "name": "The list, line by line",
            "families": figures.families,
            "amount_minor": figures.entitled_minor,
            "difference_minor": 0,
        },
        {
            "name": "The list, family by family: to pay, held, withheld",
            "families": figures.families,
            "amount_minor": parts,
            "difference_minor": figures.entitled_minor - parts,
        },
        {
            "name": "Calculated from the sealed inputs, less what the checks set aside",
            "families": None,
            "amount_minor": calculated,
            "difference_minor": parts - calculated,
        },
        {
            "name": "Expense in the books" if booked else "Expense that the approval posts",
            "families": None,
            "amount_minor": booked.total_minor if booked else expense,
            "free_minor": free,
            "difference_minor": expense - booked.total_minor
            if booked
            else min((free or 0) - expense, 0),
        },
    ]


def listed_sums(connection: sa.Connection, cycle: Cycle) -> Listed:
    """Return what a list says by itself; it holds for the list's version."""

    def read() -> Listed:
        asked = {"cycle_id": cycle.cycle_id}
        calculated = int(connection.execute(_RUN, asked).scalar_one())
        return Listed(calculated, expense_minor(connection, cycle.cycle_id))

    key = list_key(cycle)
    return kept(connection, "controls", cycle.cycle_id, key, read, pack=list, unpack=Listed._make)


def random_cases(connection: sa.Connection, cycle: Cycle) -> list[dict[str, Any]]:
    """Return ten families drawn by the seed, with what each gets and why it is that."""
    seed = seed_of(cycle)
    asked = {"cycle_id": cycle.cycle_id, "seed": seed, "cases": _CASES}
    drawn = kept(
        connection,
        "drawn",
        cycle.cycle_id,
        (seed,),
        lambda: list(connection.execute(_DRAWN, asked).scalars()),
        pack=list,
        unpack=list,
    )
    asked["drawn"] = drawn
    return [dict(row) for row in connection.execute(_RANDOM, asked).mappings()]


def large(connection: sa.Connection, cycle: Cycle) -> dict[str, list[dict[str, Any]]]:
    """Return the ten largest sums and the ten largest changes since the last cycle."""

    def read() -> dict[str, list[dict[str, Any]]]:
        asked = {"cycle_id": cycle.cycle_id, "last_id": before(connection, cycle)}
        return {
            "amounts": [dict(row) for row in connection.execute(_LARGEST, asked).mappings()],
            "changes": [dict(row) for row in connection.execute(_CHANGED, asked).mappings()],
        }

    key = lists_key(connection, cycle)
    return kept(connection, "large", cycle.cycle_id, key, read, pack=dict, unpack=dict)


def overrides(connection: sa.Connection, cycle: Cycle) -> list[dict[str, Any]]:
    """Return every override that counts in this list, by name."""
    asked = {"cycle_id": cycle.cycle_id}
    return [dict(row) for row in connection.execute(_OVERRIDES, asked).mappings()]


def note_opened(
    connection: sa.Connection, cycle: Cycle, household_id: int, *, officer_id: int, at: datetime
) -> None:
    """Remember that a signer opened a case."""
    connection.execute(
        sa.text(
            "INSERT INTO console.opened_case (cycle_id, household_id, officer_id, opened_at) "
            "VALUES (:cycle_id, :household_id, :officer_id, :at) ON CONFLICT DO NOTHING"
        ),
        {
            "cycle_id": cycle.cycle_id,
            "household_id": household_id,
            "officer_id": officer_id,
            "at": at,
        },
    )


# The run's own totals are of its sealed files. After it the checks released what earlier reviews
# held, and set aside what a family under review must not get or pay back.
_RUN: Final = sa.text("""
    SELECT CAST((r.totals->>'gross_minor')::bigint + (r.totals->>'arrears_minor')::bigint
                + (r.totals->>'released_minor')::bigint - (r.totals->>'recovery_minor')::bigint
                - (r.totals->>'forfeited_minor')::bigint
                + coalesce((SELECT sum(l.amount_minor) FROM cycle.entitlement_line l
                            WHERE l.cycle_id = r.cycle_id AND l.source = 'released'
                              AND l.reason_code ^@ 'held:finding:'), 0)
                - coalesce((SELECT sum(a.amount_minor) FROM cycle.line_set_aside a
                            WHERE a.cycle_id = r.cycle_id AND a.source IN ('released', 'recovery')),
                           0) AS bigint) AS calculated_minor
    FROM cycle.run r WHERE r.cycle_id = :cycle_id ORDER BY r.number DESC LIMIT 1
""")
_ROW: Final = """
    r.household_id, r.member_count, r.pay_now_minor, r.held_minor, r.withheld_minor,
    r.forfeited_minor, r.standing, r.sanction_state,
    l.components, l.reason_code
"""
# The cycle by its number, so that no other list's lines are planned for.
_BEHIND: Final = """
    CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT e.component, ', ' ORDER BY e.component) AS components,
               min(e.reason_code) FILTER (WHERE e.reason_code <> '') AS reason_code
        FROM cycle.entitlement_line e
        WHERE e.cycle_id = :cycle_id AND e.household_id = r.household_id) l
"""
_DRAWN: Final = sa.text("""
    SELECT household_id FROM cycle.household_result
    WHERE cycle_id = :cycle_id AND pay_now_minor + held_minor + withheld_minor > 0
    ORDER BY hashtextextended(:seed || household_id, 0), household_id LIMIT :cases
""")
_RANDOM: Final = sa.text(f"""
    SELECT {_ROW}, (SELECT jsonb_agg(jsonb_build_array(o.login, to_char(c.opened_at, 'HH24:MI'))
                                     ORDER BY c.opened_at)
                    FROM console.opened_case c JOIN people.officer o USING (officer_id)
                    WHERE c.cycle_id = r.cycle_id AND c.household_id = r.household_id) AS opened
    FROM cycle.household_result r {_BEHIND}
    WHERE r.cycle_id = :cycle_id AND r.household_id = ANY(:drawn) ORDER BY household_id
""")
_LARGEST: Final = sa.text(f"""
    SELECT {_ROW} FROM (SELECT * FROM cycle.household_result WHERE cycle_id = :cycle_id
                        ORDER BY pay_now_minor DESC, household_id LIMIT 10) r {_BEHIND}
    ORDER BY r.pay_now_minor DESC, r.household_id
""")
_CHANGED: Final = sa.text(f"""
    SELECT {_ROW}, r.last_minor, r.pay_now_minor - r.last_minor AS change_minor
    FROM (SELECT n.*, coalesce(b.pay_now_minor, 0) AS last_minor
          FROM cycle.household_result n
          LEFT JOIN cycle.household_result b ON b.household_id = n.household_id
               AND b.cycle_id = :last_id
          WHERE n.cycle_id = :cycle_id AND n.pay_now_minor <> coalesce(b.pay_now_minor, 0)
          ORDER BY abs(n.pay_now_minor - coalesce(b.pay_now_minor, 0)) DESC, n.household_id
          LIMIT 10) r {_BEHIND}
    ORDER BY abs(r.pay_now_minor - r.last_minor) DESC, r.household_id
""")
_OVERRIDES: Final = sa.text("""
    SELECT f.finding_id, f.code, f.household_id, o.reason, p.login AS proposed_by, o.proposed_at,
           c.login AS confirmed_by, o.confirmed_at
    FROM cycle.override o JOIN cycle.finding f USING (finding_id)
    JOIN people.officer p ON p.officer_id = o.proposed_by
    LEFT JOIN people.officer c ON c.officer_id = o.confirmed_by
    WHERE f.cycle_id = :cycle_id AND f.state = 'overridden' ORDER BY f.finding_id
""")
