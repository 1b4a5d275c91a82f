"""Accounts of payees, with the mistakes accounts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .families import SLOTS
from .faults import shared_accounts, unreadable_accounts
from .text import choose, dates, joined, where

if TYPE_CHECKING:
    from .countries import Country
    from .dice import Dice, Ints
    from .families import Families
    from .text import Column

__all__ = ["account_rows"]

_HAVE = 99_000  # of 100,000 payees
_VERIFIED = 97_000
_FIRST_DAYS = 10  # from entering the programme to the account


def account_rows(
    dice: Dice, country: Country, block: Families, days: Ints, *, count: int
) -> dict[str, Column]:
    """Return the accounts of a block's payees; ``count`` is the number of families in the world.

    A few numbers cannot be an account, a few are the account of the family before.
    """
    has = (block.payee >= 0) & dice.chance("has account", block.number, _HAVE)
    keys, numbers = block.payee[has], block.number[has]
    rows = country.accounts(dice, keys)
    borrowed = np.isin(numbers, shared_accounts(count))
    if borrowed.any():
        lenders = np.where(borrowed, numbers - 1, numbers)
        others = country.accounts(dice, _payees(dice, country, lenders))
        for name in ("kind", "number", "agent"):
            rows[name] = where(borrowed, others[name], rows[name])
    unreadable = np.isin(numbers, unreadable_accounts(count))
    rows["number"] = where(unreadable, joined("?", rows["number"]), rows["number"])
    verified = dice.chance("verified", keys, _VERIFIED)
    rows["verified"] = choose(("false", "true"), verified.astype(np.int64))
    rows["valid_from"] = dates(days[has] + _FIRST_DAYS)
    return rows


def _payees(dice: Dice, country: Country, numbers: Ints) -> Ints:
    """Return who receives for each family; the first place where nobody may."""
    distinct, back = np.unique(numbers, return_inverse=True)
    payee = country.families(dice, distinct, 0).payee
    return np.where(payee < 0, distinct * SLOTS, payee)[back]
