"""The numbers people read out: an id of ours with a check digit, without any other meaning."""

from __future__ import annotations

from typing import Final

__all__ = ["id_of", "number_of"]

_DIGITS: Final = 11


def number_of(identifier: int) -> str:
    """Return the 11-digit number of a household or person; the last digit checks the others (Luhn).

    >>> number_of(1)
    '00000000018'
    """
    if not 0 < identifier < 10 ** (_DIGITS - 1):
        raise ValueError(f"{identifier} is no id: ids run from 1 to {10 ** (_DIGITS - 1) - 1}.")
    return f"{identifier:0{_DIGITS - 1}d}{_check_digit(identifier)}"


def id_of(number: str) -> int:
    """Return the id behind a number, however it was spaced.

    Raises ValueError when the check digit shows a slip of the pen: any single wrong digit and any
    two neighbours exchanged, but for 09 and 90.
    """
    digits = "".join(number.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == _DIGITS):
        raise ValueError(f"A household or person number has {_DIGITS} digits.")
    identifier = int(digits[:-1])
    if identifier == 0 or int(digits[-1]) != _check_digit(identifier):
        raise ValueError("The number's last digit does not fit the others: it was miscopied.")
    return identifier


def _check_digit(identifier: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(str(identifier))):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled // 10 + doubled % 10
    return -total % 10
