"""The last digit of a payee's id, by which calendars tell the pay day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.registry.bitemporal import AsOf, as_of

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["id_digit"]

_OUR_NUMBERS: Final = frozenset({"HOUSEHOLD_NUMBER", "PERSON_NUMBER"})


def id_digit(scheme: str, *, on: date, as_of_known: datetime, person: str, household: str) -> str:
    """Return the SQL of the last digit of a person's id; NULL without one, the best evidence first.

    ``person`` and ``household``: the columns of their ids. HOUSEHOLD_NUMBER and PERSON_NUMBER are
    our own numbers. Raises ``ValueError`` for a scheme that is no code.
    """
    if not scheme.isidentifier():
        raise ValueError(f"{scheme!r} is no code of an id scheme.")
    if scheme in _OUR_NUMBERS:
        subject = household if scheme == "HOUSEHOLD_NUMBER" else person
        return f"right(CAST(registry.number_of({subject}) AS text), 1)"
    return f"""(
            SELECT right(i.last4, 1) FROM identity.person_identifier i
            WHERE i.person_id = {person} AND i.scheme = '{scheme}'
              AND {as_of("i", AsOf(on, as_of_known))} AND i.status NOT IN ('refuted', 'withdrawn')
            ORDER BY i.status = 'verified' DESC, i.token LIMIT 1)"""
