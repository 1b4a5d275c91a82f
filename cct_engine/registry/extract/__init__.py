"""What a cycle freezes: one select per shard table, as of one day, as known at one instant.

Columns and their order are those of ``cct_engine.rulebook.sources``; every select is restricted by
``:first`` and ``:last`` household and sorted by household. Persons joined as one appear under one
number. A person's facts go to the household the person lives in now; a household's own stay.

Indexes are named by the query they serve: enrolment_by_household and the primary keys for
``household``; membership_by_household for ``member``; pregnancy_by_person for ``pregnancy``; the
primary key of compliance.fact (subject first) for ``fact``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cct_engine.registry.bitemporal import AsOf
from cct_engine.registry.extract.facts import fact
from cct_engine.registry.extract.lists import enrolled_elsewhere, event, household
from cct_engine.registry.extract.people import member, pregnancy
from cct_engine.registry.extract.touched import touched
from cct_engine.registry.extract.view import View

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.rulebook.sources import HasAttributes

__all__ = ["selects", "touched"]

_RANGE: Final = re.compile(r"\b(\w+)\.household_id BETWEEN :first AND :last\b")


def selects(
    programme: str,
    *,
    rulebook: HasAttributes,
    as_of_valid: date,
    as_of_known: datetime,
    since: date,
    id_scheme: str | None = None,
    among: str | None = None,
) -> dict[str, str]:
    """Return the selects of household, member, pregnancy, fact, event and enrolled_elsewhere.

    ``since`` is the first day of the earliest month whose stays and facts matter. ``id_scheme``
    is the identity number whose last digit the payment calendar reads; HOUSEHOLD_NUMBER and
    PERSON_NUMBER are our own. ``among`` names a table with a column household_id: then its
    households are read, wherever they are, and ``:first`` and ``:last`` do not appear.
    """
    if not programme.isidentifier() or (id_scheme is not None and not id_scheme.isidentifier()):
        raise ValueError(f"{programme!r} or {id_scheme!r} is no code of a programme or id scheme.")
    view = View(programme, rulebook, AsOf(as_of_valid, as_of_known), since, id_scheme)
    found = {
        "household": household(view),
        "member": member(view),
        "pregnancy": pregnancy(view),
        "fact": fact(view),
        "event": event(view),
        "enrolled_elsewhere": enrolled_elsewhere(view),
    }
    if among is None:
        return found
    some = rf"\1.household_id IN (SELECT household_id FROM {among})"
    return {table: _RANGE.sub(some, text) for table, text in found.items()}
