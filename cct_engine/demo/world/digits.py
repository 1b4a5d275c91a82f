"""Numbers that look right: check digits of whole columns, and numbering without collisions.

The numbers belong to nobody by intent: area codes use state numbers that are not assigned, banks
use codes no bank has, and twelve-digit numbers start with 999, as the ones published for tests do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .dice import Ints

__all__ = ["cpf_keys", "ibge_codes", "nis_numbers", "scattered", "twelve_digit_ids"]

_DIHEDRAL = np.array(  # the group D5 of Verhoeff's check (1969)
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ],
    dtype=np.int64,
)
_TURN = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4], dtype=np.int64)
_INVERSE = np.array([0, 4, 3, 2, 1, 5, 6, 7, 8, 9], dtype=np.int64)
_STRIDE = 48_271  # shares no factor with 10, so that no two keys get one number


def scattered(keys: Ints, digits: int, *, shift: int = 0) -> Ints:
    """Return a number of at most ``digits`` digits for each key; different keys, different ones.

    Holds for keys below 10 to the power of ``digits``.
    """
    modulus = 10**digits
    numbers: Ints = ((keys % modulus) * _STRIDE + shift) % modulus
    return numbers


def _places(numbers: Ints, count: int) -> Ints:
    powers = 10 ** np.arange(count - 1, -1, -1, dtype=np.int64)
    places: Ints = (numbers[:, None] // powers) % 10
    return places


def nis_numbers(bodies: Ints) -> Ints:
    """Append the check digit to ten-digit bodies (NIS/PIS: weights 3, 2, 9 … 2, modulo 11)."""
    weights = np.array([3, 2, 9, 8, 7, 6, 5, 4, 3, 2], dtype=np.int64)
    rest: Ints = 11 - (_places(bodies, 10) * weights).sum(axis=1) % 11
    return bodies * 10 + np.where(rest > 9, 0, rest)  # noqa: PLR2004 - one digit


def cpf_keys(bodies: Ints) -> Ints:
    """Append the two check digits to nine-digit bodies (CPF: descending weights, modulo 11)."""
    digits = _places(bodies, 9)
    first: Ints = (digits * np.arange(10, 1, -1)).sum(axis=1) * 10 % 11 % 10
    both = np.column_stack([digits, first])
    second: Ints = (both * np.arange(11, 1, -1)).sum(axis=1) * 10 % 11 % 10
    return (bodies * 10 + first) * 10 + second


def ibge_codes(bodies: Ints) -> Ints:
    """Append the check digit to six-digit municipality codes (weights 1, 2, digits summed)."""
    products = _places(bodies, 6) * np.array([1, 2, 1, 2, 1, 2], dtype=np.int64)
    total: Ints = (products // 10 + products % 10).sum(axis=1)
    return bodies * 10 + (10 - total % 10) % 10


def twelve_digit_ids(bodies: Ints) -> Ints:
    """Return 999, an eight-digit body and Verhoeff's check digit."""
    numbers = 99_900_000_000 + bodies
    check = np.zeros(len(numbers), dtype=np.int64)
    turn = _TURN
    for place in _places(numbers, 11)[:, ::-1].T:
        check = _DIHEDRAL[check, turn[place]]
        turn = _TURN[turn]
    return numbers * 10 + _INVERSE[check]
