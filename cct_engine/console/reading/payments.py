"""The payment list: who gets how much, against the last cycle, and why. Keyset pages of fifty."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine.console.reading import figures as sums
from cct_engine.console.reading.cycles import before
from cct_engine.console.reading.kept import kept

if TYPE_CHECKING:
    from cct_engine.cycle import Cycle

__all__ = ["DIFFERENCES", "PAGE", "STATES", "chips", "lines", "listed", "of_order", "sent_of"]

PAGE: Final = 50
DIFFERENCES: Final = ("new", "dropped", "more", "less", "same")
STATES: Final = ("payable", "held", "withheld", "forfeited", "not_due")


def chips(connection: sa.Connection, cycle: Cycle) -> dict[str, dict[str, int]]:
    """Return families and money of each difference to the last cycle; together they are all."""

    def read() -> dict[str, dict[str, int]]:
        rows = connection.execute(_CHIPS, _ids(connection, cycle)).mappings()
        return {
            str(row["difference"]): {
                "families": row["families"],
                "amount_minor": row["amount_minor"],
                "change_minor": row["change_minor"],
            }
            for row in rows
        }

    key = sums.lists_key(connection, cycle)
    return kept(connection, "chips", cycle.cycle_id, key, read, pack=dict, unpack=dict)


def listed(
    connection: sa.Connection,
    cycle: Cycle,
    *,
    difference: str = "",
    state: str = "",
    place: str = "",
    component: str = "",
    household_id: int | None = None,
    after: int = 0,
    most: int = PAGE,
) -> list[dict[str, Any]]:
    """Return families of the list in the order of their numbers, after one of them."""
    asked = _ids(connection, cycle) | {
        "after": after,
        "most": most,
        "place": place,
        "component": component,
        "household_id": household_id,
    }
    where = ["true"]
    if difference in DIFFERENCES:
        where.append(f"difference = '{difference}'")
    if state in STATES:
        where.append(_OF_STATE[state])
    if place:
        where.append(_IN_PLACE)
    if component:
        where.append(_WITH_COMPONENT)
    if household_id is not None:
        where.append("household_id = :household_id")
    for name in (difference, state):
        few = _few(connection, cycle, name)
        if few is not None:
            where.append("household_id = ANY(:few)")
            asked["few"] = few[bisect_right(few, after) :][:most]
            break
    query = _LIST.format(where=" AND ".join(where))
    return [dict(row) for row in connection.execute(sa.text(query), asked).mappings()]


def _few(connection: sa.Connection, cycle: Cycle, name: str) -> list[int] | None:
    """Return all families of a difference or a state where they are few, in order; else None.

    A page of few among a million would be looked for in the whole list.
    """
    if name in DIFFERENCES:
        families = chips(connection, cycle).get(name, {"families": 0})["families"]
    else:
        figures = sums.figures(connection, cycle)
        families = getattr(figures, _COUNTED.get(name, ""), _FEW + 1)
    if families > _FEW:
        return None
    where = _OF_STATE.get(name, f"difference = '{name}'")
    asked = _ids(connection, cycle)
    return kept(
        connection,
        f"few {name}",
        cycle.cycle_id,
        sums.lists_key(connection, cycle),
        lambda: list(connection.execute(sa.text(_ALL.format(where=where)), asked).scalars()),
        pack=list,
        unpack=list,
    )


def sent_of(connection: sa.Connection, cycle: Cycle, household_id: int) -> list[dict[str, Any]]:
    """Return every attempt to pay a family's lines of a cycle, with what the bank said."""
    asked = {"cycle_id": cycle.cycle_id, "household_id": household_id}
    return [dict(row) for row in connection.execute(_ATTEMPTS, asked).mappings()]


def lines(connection: sa.Connection, cycle: Cycle, household_id: int) -> list[dict[str, Any]]:
    """Return a family's lines of a cycle's list, in order."""
    rows = connection.execute(
        sa.text(
            "SELECT line_seq, source, component, for_period, money_state, amount_minor,"
            " reason_code FROM cycle.entitlement_line WHERE cycle_id = :cycle_id"
            " AND household_id = :household_id ORDER BY line_seq"
        ),
        {"cycle_id": cycle.cycle_id, "household_id": household_id},
    )
    return [dict(row) for row in rows.mappings()]


def of_order(connection: sa.Connection, instruction_id: int) -> tuple[str, int] | None:
    """Return the cycle and the household that an order to the bank pays."""
    row = connection.execute(
        sa.text(
            "SELECT c.code, p.household_id FROM cycle.instruction_part p JOIN cycle.cycle c "
            "USING (cycle_id) WHERE p.instruction_id = :number LIMIT 1"
        ),
        {"number": instruction_id},
    ).one_or_none()
    return None if row is None else (str(row.code), int(row.household_id))


def _ids(connection: sa.Connection, cycle: Cycle) -> dict[str, object]:
    """Return both cycles by number, so that the lists of all others are left out of the plan."""
    return {"cycle_id": cycle.cycle_id, "last_id": before(connection, cycle)}


_SIDE: Final = """
    SELECT household_id, n.pay_now_minor, n.held_minor, n.withheld_minor, n.forfeited_minor,
           n.payee_person_id, b.pay_now_minor AS last_minor,
           coalesce(n.pay_now_minor, 0) - coalesce(b.pay_now_minor, 0) AS change_minor,
           CASE WHEN coalesce(n.pay_now_minor, 0) = coalesce(b.pay_now_minor, 0) THEN 'same'
                WHEN coalesce(b.pay_now_minor, 0) = 0 THEN 'new'
                WHEN coalesce(n.pay_now_minor, 0) = 0 THEN 'dropped'
                WHEN n.pay_now_minor > b.pay_now_minor THEN 'more' ELSE 'less' END AS difference"""
_NOW: Final = "(SELECT * FROM cycle.household_result WHERE cycle_id = :cycle_id {after}) n"
_BEFORE: Final = "(SELECT * FROM cycle.household_result WHERE cycle_id = :last_id {after}) b"
_BOTH: Final = f"""
    {_SIDE} FROM {_NOW} LEFT JOIN {_BEFORE} USING (household_id)
    UNION ALL {_SIDE} FROM {_BEFORE} LEFT JOIN {_NOW} USING (household_id)
    WHERE n.cycle_id IS NULL AND b.pay_now_minor > 0"""
_CHIPS: Final = sa.text(f"""
    SELECT difference, count(*) AS families,
           CAST(coalesce(sum(pay_now_minor), 0) AS bigint) AS amount_minor,
           CAST(coalesce(sum(change_minor), 0) AS bigint) AS change_minor
    FROM ({_BOTH.format(after="")}) compared GROUP BY difference
""")
_OF_STATE: Final = {
    "payable": "pay_now_minor > 0",
    "held": "held_minor > 0",
    "withheld": "withheld_minor > 0",
    "forfeited": "forfeited_minor > 0",
    "not_due": "coalesce(pay_now_minor + held_minor + withheld_minor + forfeited_minor, 0) = 0",
}
_IN_PLACE: Final = """EXISTS (SELECT FROM registry.household_profile p
    WHERE p.household_id = listed.household_id AND p.known_to = 'infinity'
      AND p.valid_to = 'infinity' AND (p.zone = :place OR p.municipality = :place))"""
_WITH_COMPONENT: Final = """EXISTS (SELECT FROM cycle.entitlement_line l
    WHERE l.cycle_id = :cycle_id AND l.household_id = listed.household_id
      AND l.component = :component)"""
_FEW: Final = 2_000
_COUNTED: Final = {
    "payable": "paid_families",
    "held": "held_families",
    "withheld": "withheld_families",
    "forfeited": "forfeited_families",
}
_ALL: Final = f"""
    SELECT household_id FROM ({_BOTH.format(after="")}) listed WHERE {{where}} ORDER BY household_id
"""
_AFTER: Final = "AND household_id > :after"
# Each side in the order of its index and from where the page begins, so that a page costs as much
# as its rows, however far down it is; who dropped out is looked for no further than the page goes.
_LIST: Final = f"""
    WITH present AS MATERIALIZED (
        SELECT * FROM ({_SIDE} FROM {_NOW.format(after=_AFTER)}
            LEFT JOIN {_BEFORE.format(after=_AFTER)} USING (household_id)) listed
        WHERE {{where}} ORDER BY household_id LIMIT :most),
    gone AS MATERIALIZED (
        SELECT * FROM ({_SIDE} FROM {_BEFORE.format(after=_AFTER)}
            LEFT JOIN {_NOW.format(after=_AFTER)} USING (household_id)
            WHERE n.cycle_id IS NULL AND b.pay_now_minor > 0) listed
        WHERE {{where}} AND household_id <= (
            SELECT CASE WHEN count(*) < :most THEN 9223372036854775807
                        ELSE max(household_id) END FROM present)
        ORDER BY household_id LIMIT :most),
    page AS MATERIALIZED (
        SELECT * FROM (SELECT * FROM present UNION ALL SELECT * FROM gone) both_sides
        ORDER BY household_id LIMIT :most)
    SELECT page.*, m.given, m.family, coalesce(p.zone, '') AS zone,
           coalesce(p.municipality, '') AS municipality, l.components, l.reason_code
    FROM page
    LEFT JOIN LATERAL (SELECT given, family FROM identity.person_name_masked n
        WHERE n.person_id = page.payee_person_id AND n.known_to = 'infinity'
        ORDER BY n.kind DESC, n.valid_from DESC LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT zone, municipality FROM registry.household_profile q
        WHERE q.household_id = page.household_id AND q.known_to = 'infinity'
        ORDER BY q.valid_from DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(DISTINCT component, ', ' ORDER BY component) AS components,
               min(reason_code) FILTER (WHERE reason_code <> '') AS reason_code
        FROM cycle.entitlement_line e
        WHERE e.cycle_id = :cycle_id AND e.household_id = page.household_id) l ON true
    ORDER BY page.household_id
"""
_ATTEMPTS: Final = sa.text("""
    SELECT i.instruction_id, i.attempt, i.value_on, i.amount_minor, i.currency, i.state,
           i.reason_list, i.reason, i.end_to_end_id, i.drafted_at, f.message_id, f.sent_at,
           a.last4, m.matched_at, e.name AS answer, e.inbox_file_id
    FROM (SELECT DISTINCT instruction_id FROM cycle.instruction_part
          WHERE cycle_id = :cycle_id AND household_id = :household_id) p
    JOIN cycle.instruction i USING (instruction_id)
    LEFT JOIN bank.file f USING (file_id)
    LEFT JOIN LATERAL (SELECT last4 FROM registry.account r
        WHERE r.account_id = i.account_id LIMIT 1) a ON true
    LEFT JOIN LATERAL (SELECT inbox_file_id, matched_at FROM recon.match t
        WHERE t.counts AND t.file_id = i.file_id AND t.instruction_id IN (0, i.instruction_id)
        ORDER BY t.matched_at DESC LIMIT 1) m ON true
    LEFT JOIN recon.inbox_file e ON e.inbox_file_id = m.inbox_file_id
    ORDER BY i.attempt
""")
