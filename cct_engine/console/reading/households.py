"""One family in a single window: every programme, every condition, every payment, the books."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine import registry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

__all__ = [
    "NEWEST",
    "conditions",
    "enrolments",
    "found_by",
    "looked_up",
    "members",
    "payments",
    "profile",
    "programmes",
    "recent_readers",
]

NEWEST: Final = 7
"""So many cycles of each programme are read for a family at first: half a year and one."""


def profile(connection: sa.Connection, household_id: int) -> dict[str, Any] | None:
    """Return where a household lives and which centre serves it; None: there is none."""
    row = connection.execute(_PROFILE, {"household_id": household_id}).mappings().one_or_none()
    return None if row is None else dict(row)


def members(connection: sa.Connection, household_id: int, *, clear: bool) -> list[dict[str, Any]]:
    """Return who counts in the household now; names only where ``clear``, else first letters."""
    view = "identity.person_name" if clear else "identity.person_name_masked"
    query = sa.text(_MEMBERS.format(names=view))
    return [
        dict(row) for row in connection.execute(query, {"household_id": household_id}).mappings()
    ]


def enrolments(connection: sa.Connection, household_id: int) -> list[dict[str, Any]]:
    """Return each programme the household is or was in, with its newest cycles by number."""
    asked = {"household_id": household_id, "newest": NEWEST}
    return [dict(row) for row in connection.execute(_ENROLLED, asked).mappings()]


def programmes(
    connection: sa.Connection, household_id: int, enrolled: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return each of the programmes with the household's newest result in it, and why.

    The newest result is found first, in the newest cycles before all of them; what stands behind
    it is read from its cycle alone.
    """
    asked: dict[str, object] = {"household_id": household_id}
    near = sorted({number for one in enrolled for number in one["cycle_ids"]})
    newest = _results(connection, asked | {"cycle_ids": near})
    if any(one["cycle_ids"] and one["programme_id"] not in newest for one in enrolled):
        newest = _results(connection, asked | {"cycle_ids": None})
    if newest:
        asked["cycle_ids"] = sorted(row["cycle_id"] for row in newest.values())
        asked["since"] = min(row["period"] for row in newest.values()) - _BEFORE
        behind = {row.cycle_id: row for row in connection.execute(_BEHIND, asked)}
        for row in newest.values():
            found = behind[row.pop("cycle_id")]
            row |= {
                "payment_state": found.payment_state,
                "pays_on": found.pays_on,
                "reason_code": found.reason_code,
            }
    return [
        {name: value for name, value in (dict(row) | result).items() if name not in _NUMBERS}
        for row in enrolled
        for result in (newest.get(row["programme_id"], _NO_RESULT),)
    ]


def _results(connection: sa.Connection, asked: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the newest result of each programme, in some cycles or, where none are named, all."""
    where = "true" if asked["cycle_ids"] is None else "h.cycle_id = ANY(:cycle_ids)"
    rows = connection.execute(sa.text(_NEWEST.format(where=where)), asked).mappings()
    return {int(row["programme_id"]): dict(row) for row in rows}


def conditions(
    connection: sa.Connection, person_ids: Collection[int], *, since: date
) -> list[dict[str, Any]]:
    """Return what schools and clinics reported of the members, month by month, with its source."""
    asked = {"person_ids": sorted(person_ids), "since": since}
    return [dict(row) for row in connection.execute(_CONDITIONS, asked).mappings()]


def payments(
    connection: sa.Connection, household_id: int, *, cycle_ids: Collection[int] | None
) -> list[dict[str, Any]]:
    """Return the newest attempts to pay the household for some cycles; None: for any cycle."""
    where = "true" if cycle_ids is None else "t.cycle_id = ANY(:cycle_ids)"
    asked: dict[str, object] = {"household_id": household_id, "cycle_ids": cycle_ids}
    parts = connection.execute(sa.text(_PARTS.format(where=where)), asked).mappings().all()
    if not parts:
        return []
    asked |= {
        "ids": sorted({row["instruction_id"] for row in parts}),
        "since": min(row["period"] for row in parts) - _BEFORE,
    }
    orders = {
        row["instruction_id"]: dict(row) for row in connection.execute(_ORDERS, asked).mappings()
    }
    rows = [
        orders[row["instruction_id"]] | {"cycle": row["cycle"], "title": row["title"]}
        for row in parts
        if row["instruction_id"] in orders
    ]
    rows.sort(key=lambda row: (row["value_on"], row["instruction_id"]), reverse=True)
    return rows


def recent_readers(connection: sa.Connection, household_number: str, *, since: datetime) -> int:
    """Return how often somebody opened the household since an instant."""
    return int(
        connection.execute(
            sa.text(
                "SELECT count(*) FROM people.act WHERE subject = :subject AND at >= :since "
                "AND verb = 'household.read'"
            ),
            {"subject": f"household/{household_number}", "since": since},
        ).scalar_one()
    )


def found_by(
    connection: sa.Connection,
    text: str,
    *,
    tokens: Collection[str],
    centres: frozenset[int] | None,
    most: int = 30,
) -> list[int]:
    """Return households with a member of this name, or with this phone or id number.

    ``tokens`` are keyed hashes of the text as a number; names are compared whole, in any case.
    """
    rows = connection.execute(
        _FOUND,
        {
            "words": text.casefold(),
            "tokens": sorted(tokens),
            "centres": None if centres is None else sorted(centres),
            "most": most,
        },
    )
    return [int(one) for one in rows.scalars()]


def looked_up(
    connection: sa.Connection,
    asked: str,
    *,
    token_key: bytes,
    centres: frozenset[int] | None,
) -> list[int]:
    """Return households of a member whose name, telephone or id number was asked for."""
    text = " ".join(asked.split())[:120]
    if not text:
        return []
    tokens = [registry.token(token_key, scheme, text) for scheme in _SCHEMES]
    return found_by(connection, text, tokens=tokens, centres=centres)


_SCHEMES: Final = ("NIS", "AADHAAR", "CPF", "phone")
"""What a number may be, when only digits are given."""
_PROFILE: Final = sa.text("""
    SELECT h.household_id, coalesce(p.zone, '') AS zone,
           coalesce(p.municipality, '') AS municipality, p.urban, p.updated_on, p.kind,
           a.title AS area, c.centre_id, c.code AS centre, c.title AS centre_title,
           (SELECT count(*) FROM registry.membership m WHERE m.household_id = h.household_id
              AND m.known_to = 'infinity' AND m.valid_to = 'infinity'
              AND m.status = 'counted') AS member_count
    FROM registry.household h
    LEFT JOIN LATERAL (SELECT * FROM registry.household_profile q
        WHERE q.household_id = h.household_id AND q.known_to = 'infinity'
        ORDER BY q.valid_from DESC LIMIT 1) p ON true
    LEFT JOIN registry.area a ON a.area_id = p.area_id
    LEFT JOIN LATERAL (SELECT centre_id FROM registry.household_centre k
        WHERE k.household_id = h.household_id AND k.known_to = 'infinity'
        ORDER BY k.valid_from DESC LIMIT 1) hc ON true
    LEFT JOIN registry.centre c ON c.centre_id = hc.centre_id
    WHERE h.household_id = :household_id
""")
_MEMBERS: Final = """
    SELECT m.person_id, m.relationship, m.responsible, n.given, n.family, v.birth_date, v.sex,
           r.account_id, r.kind AS account_kind, r.last4, r.verified, r.usable_from
    FROM registry.membership m
    LEFT JOIN LATERAL (SELECT given, family FROM {names} q
        WHERE q.person_id = m.person_id AND q.known_to = 'infinity'
        ORDER BY q.kind DESC, q.valid_from DESC LIMIT 1) n ON true
    LEFT JOIN LATERAL (SELECT birth_date, sex FROM registry.person_vitals q
        WHERE q.person_id = m.person_id AND q.known_to = 'infinity'
        ORDER BY q.valid_from DESC LIMIT 1) v ON true
    LEFT JOIN LATERAL (SELECT account_id, kind, last4, verified, usable_from
        FROM registry.account q WHERE q.person_id = m.person_id AND q.known_to = 'infinity'
        ORDER BY q.valid_from DESC, q.account_id DESC LIMIT 1) r ON true
    WHERE m.household_id = :household_id AND m.known_to = 'infinity'
      AND m.valid_to = 'infinity' AND m.status = 'counted'
    ORDER BY m.responsible DESC, v.birth_date, m.person_id
"""
_ENROLLED: Final = sa.text("""
    SELECT p.programme_id, p.code, p.title, p.kind, e.valid_from AS entered_on,
           nullif(e.valid_to, 'infinity') AS exited_on,
           ARRAY(SELECT c.cycle_id FROM cycle.cycle c WHERE c.programme_id = p.programme_id
                 ORDER BY c.period DESC LIMIT :newest) AS cycle_ids
    FROM registry.enrolment e JOIN registry.programme p USING (programme_id)
    WHERE e.household_id = :household_id AND e.known_to = 'infinity'
    ORDER BY p.kind DESC, p.code, e.valid_from
""")
_NEWEST: Final = """
    SELECT DISTINCT ON (c.programme_id) c.programme_id, c.cycle_id, c.code AS cycle, c.period,
           c.currency, c.state AS cycle_state, h.pay_digit, h.pay_now_minor, h.held_minor,
           h.withheld_minor, h.forfeited_minor, h.standing
    FROM cycle.household_result h JOIN cycle.cycle c USING (cycle_id)
    WHERE h.household_id = :household_id AND {where} ORDER BY c.programme_id, c.period DESC
"""
_BEHIND: Final = sa.text("""
    SELECT c.cycle_id, i.state AS payment_state, i.value_on AS pays_on,
           (SELECT min(l.reason_code) FILTER (WHERE l.reason_code <> '')
            FROM cycle.entitlement_line l
            WHERE l.cycle_id = c.cycle_id AND l.cycle_id = ANY(:cycle_ids)
              AND l.household_id = :household_id) AS reason_code
    FROM cycle.cycle c LEFT JOIN LATERAL (
        SELECT i.state, i.value_on FROM cycle.instruction_part t
        JOIN cycle.instruction i USING (instruction_id)
        WHERE t.cycle_id = c.cycle_id AND t.cycle_id = ANY(:cycle_ids)
          AND t.household_id = :household_id AND i.value_on >= :since
        ORDER BY i.attempt DESC LIMIT 1) i ON true
    WHERE c.cycle_id = ANY(:cycle_ids)
""")
_NUMBERS: Final = frozenset({"programme_id", "cycle_ids"})
_NO_RESULT: Final = dict.fromkeys(
    (
        *("cycle", "period", "currency", "cycle_state", "pay_digit", "pay_now_minor", "held_minor"),
        *("withheld_minor", "forfeited_minor", "standing", "payment_state", "pays_on"),
        "reason_code",
    )
)
_BEFORE: Final = timedelta(days=62)
"""How long before a cycle's period its money may have been sent, at the most."""
_CONDITIONS: Final = sa.text("""
    SELECT f.subject_id AS person_id, k.code AS kind, k.measure, f.window_start,
           f.numerator, f.denominator, f.status, f.reason_code, f.source_row,
           i.code AS facility, i.title AS facility_title, p.file_name
    FROM compliance.fact f JOIN compliance.fact_kind k USING (kind_id)
    LEFT JOIN compliance.facility i USING (facility_id)
    LEFT JOIN registry.feed_file p ON p.act_id = f.act_id
    WHERE f.subject_id = ANY(:person_ids) AND f.known_to = 'infinity'
      AND f.window_start >= :since AND k.subject = 'person'
    ORDER BY f.subject_id, k.code, f.window_start
""")
_PARTS: Final = """
    SELECT DISTINCT t.instruction_id, c.code AS cycle, c.period, p.title
    FROM cycle.instruction_part t JOIN cycle.cycle c ON c.cycle_id = t.cycle_id
    JOIN registry.programme p USING (programme_id)
    WHERE t.household_id = :household_id AND {where} ORDER BY t.instruction_id DESC LIMIT 24
"""
_ORDERS: Final = sa.text("""
    SELECT instruction_id, value_on, amount_minor, currency, state, attempt, reason_list, reason
    FROM cycle.instruction WHERE instruction_id = ANY(:ids) AND value_on >= :since
""")
# Few have a name, whatever the planner expects: person by person, never every membership.
_FOUND: Final = sa.text("""
    WITH person AS (
        SELECT person_id FROM identity.person_name
        WHERE known_to = 'infinity' AND lower(given || ' ' || coalesce(family, '')) = :words
        UNION SELECT person_id FROM identity.person_contact
        WHERE token = ANY(:tokens) AND known_to = 'infinity'
        UNION SELECT person_id FROM identity.person_identifier
        WHERE token = ANY(:tokens) AND known_to = 'infinity')
    SELECT DISTINCT m.household_id
    FROM person CROSS JOIN LATERAL (
        SELECT household_id FROM registry.membership q
        WHERE q.person_id = person.person_id AND q.known_to = 'infinity'
          AND q.valid_to = 'infinity' OFFSET 0) m
    WHERE CAST(:centres AS integer[]) IS NULL OR EXISTS (
        SELECT FROM registry.household_centre k WHERE k.household_id = m.household_id
          AND k.known_to = 'infinity' AND k.valid_to = 'infinity' AND k.centre_id = ANY(:centres))
    ORDER BY m.household_id LIMIT :most
""")
