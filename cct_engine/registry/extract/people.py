"""Who lives in the households a cycle reads, and their pregnancies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.registry.extract.lists import listed
from cct_engine.registry.extract.view import flag, shard_columns

if TYPE_CHECKING:
    from cct_engine.registry.extract.view import View

__all__ = ["member", "members", "pregnancy", "subjects"]

_OUR_NUMBERS: Final = frozenset({"HOUSEHOLD_NUMBER", "PERSON_NUMBER"})


def members(view: View) -> str:
    """Stays that touch the time since ``since``; of several in one household the newest."""
    return f"""{listed(view)},
        stay AS (
            SELECT DISTINCT ON (m.household_id, coalesce(s.canonical_id, m.person_id))
                   m.household_id, coalesce(s.canonical_id, m.person_id) AS member_id, m.person_id,
                   m.relationship, m.responsible, m.valid_from, m.valid_to
            FROM listed l
            JOIN registry.membership m ON m.household_id = l.household_id
                 AND m.household_id BETWEEN :first AND :last
            LEFT JOIN registry.same_person s ON s.person_id = m.person_id AND {view.known("s")}
            WHERE m.status = 'counted' AND {view.known("m")}
              AND m.valid_from <= {view.day} AND m.valid_to > {view.earliest}
            ORDER BY m.household_id, coalesce(s.canonical_id, m.person_id), m.valid_from DESC)"""


def member(view: View) -> str:
    """The members, with what is known of them; a death counts once it is confirmed."""
    digit, digit_join = _id_digit(view)
    columns = shard_columns(
        "member",
        view.rulebook,
        own="p.attributes",
        expressions={
            "household_id": "m.household_id",
            "member_id": "m.member_id",
            "birth_date": "v.birth_date",
            "sex": "v.sex",
            "relationship": "m.relationship",
            "responsible": flag("m.responsible"),
            "is_mother": flag("p.is_mother"),
            "pregnant": flag("p.pregnant"),
            "disability": flag("p.disability"),
            "grade": "p.grade",
            "joined_on": "nullif(m.valid_from, '-infinity')",
            "left_on": "nullif(m.valid_to, 'infinity')",
            "died_on": "d.died_on",
            "id_digit": digit,
        },
    )
    return f"""
        WITH {members(view)}
        SELECT {columns}
        FROM stay m
        LEFT JOIN registry.person_vitals v ON v.person_id = m.member_id AND {view.holds("v")}
        LEFT JOIN registry.person_profile p ON p.person_id = m.member_id AND {view.holds("p")}
        LEFT JOIN (SELECT DISTINCT ON (r.person_id) r.person_id, r.died_on
            FROM registry.death_report r
                   WHERE r.state = 'confirmed' AND {view.known("r")}
                   ORDER BY r.person_id, r.known_from DESC) d ON d.person_id = m.member_id
        {digit_join}
        ORDER BY m.household_id, m.member_id"""


def _id_digit(view: View) -> tuple[str, str]:
    """Return the expression of the digit and the join it needs; the best evidence counts."""
    if view.id_scheme is None:
        return "CAST(NULL AS text)", ""
    if view.id_scheme in _OUR_NUMBERS:
        subject = "m.household_id" if view.id_scheme == "HOUSEHOLD_NUMBER" else "m.member_id"
        return f"right(CAST(registry.number_of({subject}) AS text), 1)", ""
    join = f"""
        LEFT JOIN LATERAL (
            SELECT right(i.last4, 1) AS digit FROM identity.person_identifier i
            WHERE i.person_id = m.member_id AND i.scheme = '{view.id_scheme}' AND {view.holds("i")}
              AND i.status NOT IN ('refuted', 'withdrawn')
            ORDER BY i.status = 'verified' DESC, i.token LIMIT 1) n ON true"""
    return "n.digit", join


def pregnancy(view: View) -> str:
    """Their pregnancies registered by the day."""
    columns = shard_columns(
        "pregnancy",
        view.rulebook,
        own="g.attributes",
        expressions={
            "household_id": "m.household_id",
            "pregnancy_id": "g.pregnancy_id",
            "member_id": "m.member_id",
            "lmp_on": "g.lmp_on",
            "registered_on": "g.registered_on",
            "delivery_on": "g.delivery_on",
            "previous_delivery_on": "lag(g.delivery_on) OVER of_mother",
        },
    )
    return f"""
        WITH {members(view)}, {subjects(view)}
        SELECT {columns}
        FROM subject m
        JOIN registry.pregnancy g ON g.person_id = m.subject_id AND {view.holds("g")}
             AND g.registered_on <= {view.day}
        WINDOW of_mother AS (PARTITION BY m.household_id, m.member_id
                             ORDER BY coalesce(g.lmp_on, g.registered_on), g.pregnancy_id)
        ORDER BY m.household_id, g.pregnancy_id"""


def subjects(view: View) -> str:
    """Under which numbers the persons of a household were reported: their own, and those joined."""
    return f"""
        current_stay AS (
            SELECT s.household_id, s.member_id FROM stay s
            WHERE NOT EXISTS (
                SELECT FROM registry.membership o
                WHERE o.person_id = s.person_id AND o.household_id <> s.household_id
                  AND o.status = 'counted' AND {view.known("o")} AND o.valid_from <= {view.day}
                  AND o.valid_from > s.valid_from)),
        subject AS (
            SELECT household_id, member_id, member_id AS subject_id FROM current_stay
            UNION ALL
            SELECT c.household_id, c.member_id, a.person_id
            FROM current_stay c
            JOIN registry.same_person a ON a.canonical_id = c.member_id AND {view.known("a")})"""
