"""What a cycle's checks ask the registry, as selects over sets of households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.bitemporal import AsOf, as_known, as_of

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["deaths", "double_memberships", "shared_identifiers"]


def double_memberships(*, on: date, as_of_known: datetime) -> sa.TextualSelect:
    """Select persons whom two households name as theirs: the one that counts them, and a claimant.

    Columns: person_id, household_id, other_household_id, counted; a row for each side, and
    ``counted`` tells which one has them. Numbers joined as one person count as one.
    """
    point = AsOf(on, as_of_known)
    person = "coalesce(s.canonical_id, m.person_id)"
    same = f"""LEFT JOIN registry.same_person s ON s.person_id = m.person_id
               AND {as_known("s", as_of_known)}"""
    return sa.text(f"""
        WITH stay AS (
            SELECT {person} AS person_id, m.household_id, m.status, m.valid_from
            FROM registry.membership m {same}
            WHERE m.status IN ('counted', 'claimed') AND {as_of("m", point)})
        SELECT a.person_id, a.household_id, b.household_id AS other_household_id,
               a.status = 'counted' AS counted
        FROM stay a JOIN stay b ON b.person_id = a.person_id AND b.household_id <> a.household_id
        WHERE a.status = 'counted' OR b.status = 'counted'
        ORDER BY a.person_id, a.household_id, b.household_id""").columns(
        person_id=sa.BigInteger,
        household_id=sa.BigInteger,
        other_household_id=sa.BigInteger,
        counted=sa.Boolean,
    )


def deaths(*, on: date, as_of_known: datetime) -> sa.TextualSelect:
    """Select deaths reported or confirmed of persons a household counts on a day.

    Columns: person_id, household_id, died_on, state. Only ``confirmed`` ends anything by itself.
    """
    return sa.text(f"""
        SELECT d.person_id, m.household_id, d.died_on, d.state
        FROM registry.death_report d
        JOIN registry.membership m ON m.person_id = d.person_id AND m.status = 'counted'
             AND {as_of("m", AsOf(on, as_of_known))}
        WHERE {as_known("d", as_of_known)} AND d.state <> 'refuted'
        ORDER BY m.household_id, d.person_id""").columns(
        person_id=sa.BigInteger, household_id=sa.BigInteger, died_on=sa.Date, state=sa.Text
    )


def shared_identifiers(*, on: date, as_of_known: datetime) -> sa.TextualSelect:
    """Select identity numbers that several persons hold, by their tokens.

    Columns: scheme, token, person_id, household_id, person_count. Index: identifier_by_token.
    """
    point = AsOf(on, as_of_known)
    return sa.text(f"""
        WITH held AS (
            SELECT DISTINCT i.scheme, i.token, coalesce(s.canonical_id, i.person_id) AS person_id
            FROM identity.person_identifier i
            LEFT JOIN registry.same_person s ON s.person_id = i.person_id
                AND {as_known("s", as_of_known)}
            WHERE i.status NOT IN ('refuted', 'withdrawn') AND {as_of("i", point)}),
        shared AS (SELECT scheme, token, count(*) AS person_count FROM held
                   GROUP BY scheme, token HAVING count(*) > 1)
        SELECT h.scheme, h.token, h.person_id, m.household_id, c.person_count
        FROM held h JOIN shared c USING (scheme, token)
        JOIN registry.membership m ON m.person_id = h.person_id AND m.status = 'counted'
             AND {as_of("m", point)}
        ORDER BY h.scheme, h.token, h.person_id""").columns(
        scheme=sa.Text,
        token=sa.Text,
        person_id=sa.BigInteger,
        household_id=sa.BigInteger,
        person_count=sa.BigInteger,
    )
