"""How long a short message is: GSM 03.38 letters or UCS-2, and in how many parts it is sent.

A message of 160 plain letters (70 others) goes in one part; a longer one in parts of 153 (67),
because each carries where it belongs. A letter that needs two places is never split.
"""

from __future__ import annotations

import unicodedata
from typing import Final, Literal, NamedTuple

__all__ = ["Segments", "as_sent", "segments"]

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_PLAINER: Final = {
    "\u00a0": " ",
    "\u202f": " ",
    "₹": "Rs",
    "₱": "P",
    "−": "-",
    "–": "-",
    "—": "-",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "…": "...",
    "º": "o",
    "ª": "a",
}
_PARTS: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


class Segments(NamedTuple):
    """How a text is sent: the alphabet, the places it takes, and the number of its parts."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def as_sent(text: str) -> str:
    """Return a text as telephones write it: accents go where that spares the other alphabet.

    A text of another script keeps every letter; only its spaces become plain ones.
    """
    plain = "".join(_plain(letter) for letter in text)
    if all(letter in _BASIC or letter in _EXTENDED for letter in plain):
        return plain
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def segments(text: str) -> Segments:
    """Return the length of a text as it is sent."""
    widths = [_gsm_width(letter) for letter in text]
    encoding: Literal["GSM-7", "UCS-2"] = "GSM-7"
    if None in widths:
        encoding = "UCS-2"
        widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]  # noqa: PLR2004 - the plane
    taken = [width for width in widths if width is not None]
    whole, part = _PARTS[encoding]
    units = sum(taken)
    return Segments(encoding, units, 1 if units <= whole else _parts(taken, part))


def _parts(widths: list[int], part: int) -> int:
    count, filled = 1, 0
    for width in widths:
        if filled + width > part:
            count, filled = count + 1, 0
        filled += width
    return count


def _gsm_width(letter: str) -> int | None:
    if letter in _BASIC:
        return 1
    return 2 if letter in _EXTENDED else None


def _plain(letter: str) -> str:
    if letter in _BASIC or letter in _EXTENDED:
        return letter
    if letter in _PLAINER:
        return _PLAINER[letter]
    base = unicodedata.normalize("NFKD", letter)[:1]
    return base if base.isascii() and base.isalpha() else letter
