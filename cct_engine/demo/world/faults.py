"""Rows that should not be there: few, always the same ones, each of a kind audits have found.

=================== ======================================================================
fault               what the feed shows
=================== ======================================================================
unreadable_account  an account number no bank could have
shared_account      an account that is another family's too (CAG Nagaland 2023: 14 for 28)
double_identity     a person once more, in another family, under the same national id
wrong_date          a birth date written dd/mm/yyyy
formula_text        a name a spreadsheet would compute
=================== ======================================================================

Shared accounts and double identities load and are found by the checks of a cycle; the others are
refused by the intake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .families import FAULT_SLOT, SLOTS, household_refs, person_refs
from .text import choose, repeated

if TYPE_CHECKING:
    from .countries import Country
    from .dice import Dice, Ints
    from .text import Column

__all__ = [
    "double_identities",
    "double_identity_rows",
    "fault_counts",
    "refused_rows",
    "shared_accounts",
    "unreadable_accounts",
]

_PER_100K = 20  # families, by kind of fault
_FORMULAS = ("=1+1+cmd", "+SUM(A1:A9)", "@SUM(A1:A9)", "-2+3+cmd")
_WRONG_DATES = ("31/12/2011", "05/07/2014", "30/09/1986", "13/01/1999")


def _spread(count: int, shift: int) -> Ints:
    """Return the numbers of the families that have one kind of fault, spread over the world."""
    some = max(count * _PER_100K // 100_000, 1)
    return (np.arange(some, dtype=np.int64) * count // some + shift) % count


def unreadable_accounts(count: int) -> Ints:
    """Return the families whose account number is malformed."""
    return _spread(count, 3)


def shared_accounts(count: int) -> Ints:
    """Return the families that give the account of the family with the number before theirs."""
    return _spread(count, 5)


def double_identities(count: int) -> Ints:
    """Return the families in which the head of the family before theirs is written once more."""
    return _spread(count, 7)


def fault_counts(count: int) -> dict[str, int]:
    """Return how many faults of each kind one country's base registry has."""
    some = len(_spread(count, 0))
    return dict.fromkeys(
        ("unreadable_account", "shared_account", "double_identity", "wrong_date", "formula_text"),
        some,
    )


def double_identity_rows(
    dice: Dice, country: Country, count: int, base_day: int
) -> dict[str, Column]:
    """Return persons written again in another family: same id and birth date, other reference."""
    here = double_identities(count)
    lenders, back = np.unique(here - 1, return_inverse=True)
    block = country.families(dice, lenders, base_day)
    first = np.unique(block.people.row, return_index=True)[1]
    chosen = np.zeros(len(block.people.key), dtype=bool)
    chosen[first] = True
    copied = block.with_people(block.people.where(chosen))
    rows = country.person_columns(dice, copied, base_day)
    order = back.astype(np.int64)
    rows = {name: column.take(order) for name, column in rows.items()}
    rows["person_ref"] = person_refs(country.prefix, here * SLOTS + FAULT_SLOT)
    rows["household_ref"] = household_refs(country.prefix, here)
    rows["responsible"] = repeated("false", len(here))
    rows["relationship"] = repeated("other", len(here))
    return rows


def refused_rows(country: Country, count: int, cycle: int) -> dict[str, Column]:
    """Return persons whose rows cannot be read: half with a wrong date, half with a formula.

    ``cycle`` is 0 for the base registry, then 1, 2, …
    """
    here = np.repeat(_spread(count, 11 + cycle), 2)
    kind = np.tile(np.array([0, 1], dtype=np.int64), len(here) // 2)
    turn = np.arange(len(here), dtype=np.int64) // 2 % 4
    names = ("Equivocada", *_FORMULAS)
    births = ("2015-03-09", *_WRONG_DATES)
    return {
        "person_ref": person_refs(
            country.prefix, here * SLOTS + FAULT_SLOT + 1 + kind + 2 * (cycle % 3)
        ),
        "household_ref": household_refs(country.prefix, here),
        "given_name": choose(names, np.where(kind == 1, turn + 1, 0)),
        "family_name": repeated("Registrada", len(here)),
        "sex": repeated("F", len(here)),
        "birth_date": choose(births, np.where(kind == 0, turn + 1, 0)),
        "relationship": repeated("child", len(here)),
        "responsible": repeated("false", len(here)),
        "joined_on": repeated("2020-01-01", len(here)),
    }
