"""Devanagari to Latin letters as Indian banks and passports write names (Hunterian, no marks).

सुनीता देवी → Sunita Devi. The inherent *a* is silent at the end of a word (राम → Ram), but not
after two joined consonants (चन्द्र → Chandra) nor in a word of one letter (न → Na). Inside a word it
is always written (कमला → Kamala).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["DEVANAGARI_RUN", "roman"]

DEVANAGARI_RUN: Final = re.compile("[\u0900-\u097f\u200c\u200d]+")

_VIRAMA, _NUKTA, _ANUSVARA = "\u094d", "\u093c", "\u0902"
_JOINERS: Final = {0x200C: None, 0x200D: None}
# Letters that two code points make together, before anything else is read.
_JOINED: Final = {
    "ज\u094dञ": "\ue000",
    "क\u093c": "\ue001",
    "ख\u093c": "\ue002",
    "ग\u093c": "\ue003",
    "ज\u093c": "\ue004",
    "ड\u093c": "\ue005",
    "ढ\u093c": "\ue006",
    "फ\u093c": "\ue007",
    "य\u093c": "\ue008",
}
_CONSONANTS: Final = {
    "क": "k",
    "ख": "kh",
    "ग": "g",
    "घ": "gh",
    "ङ": "n",
    "च": "ch",
    "छ": "chh",
    "ज": "j",
    "झ": "jh",
    "ञ": "n",
    "ट": "t",
    "ठ": "th",
    "ड": "d",
    "ढ": "dh",
    "ण": "n",
    "त": "t",
    "थ": "th",
    "द": "d",
    "ध": "dh",
    "न": "n",
    "ऩ": "n",
    "प": "p",
    "फ": "ph",
    "ब": "b",
    "भ": "bh",
    "म": "m",
    "य": "y",
    "र": "r",
    "ऱ": "r",
    "ल": "l",
    "ळ": "l",
    "ऴ": "l",
    "व": "v",
    "श": "sh",
    "ष": "sh",
    "स": "s",
    "ह": "h",
    "\ue000": "gy",
    "\ue001": "q",
    "\ue002": "kh",
    "\ue003": "g",
    "\ue004": "z",
    "\ue005": "r",
    "\ue006": "rh",
    "\ue007": "f",
    "\ue008": "y",
}
_VOWELS: Final = {
    "अ": "a",
    "आ": "a",
    "इ": "i",
    "ई": "i",
    "उ": "u",
    "ऊ": "u",
    "ऋ": "ri",
    "ए": "e",
    "ऍ": "e",
    "ऎ": "e",
    "ऐ": "ai",
    "ओ": "o",
    "ऑ": "o",
    "ऒ": "o",
    "औ": "au",
}
_SIGNS: Final = {
    "\u093e": "a",
    "\u093f": "i",
    "\u0940": "i",
    "\u0941": "u",
    "\u0942": "u",
    "\u0943": "ri",
    "\u0945": "e",
    "\u0946": "e",
    "\u0947": "e",
    "\u0948": "ai",
    "\u0949": "o",
    "\u094a": "o",
    "\u094b": "o",
    "\u094c": "au",
}
_OTHERS: Final = {
    "\u0901": "n",
    "\u0903": "h",
    "\u0950": "om",
    "\u0964": ".",
    "\u0965": ".",
    "\u093d": "'",
    "\u0970": ".",
} | {chr(0x0966 + digit): str(digit) for digit in range(10)}
_LABIALS: Final = frozenset("पफबभम")


@lru_cache(maxsize=65_536)
def roman(word: str) -> str:
    """Return one run of Devanagari in Latin letters, capitalised.

    A character the table does not know stays as it is, so that a later check refuses the name
    instead of a letter vanishing.
    """
    for pair, single in _JOINED.items():
        word = word.replace(pair, single)
    word = word.translate(_JOINERS).replace(_NUKTA, "")
    written = "".join(_letter(word, at) for at in range(len(word)))
    return written[:1].upper() + written[1:]


def _letter(word: str, at: int) -> str:
    letter = word[at]
    if letter in _CONSONANTS:
        return _CONSONANTS[letter] + ("a" if _has_inherent_a(word, at) else "")
    if letter == _ANUSVARA:
        return "m" if word[at + 1 : at + 2] in _LABIALS else "n"
    if letter == _VIRAMA:
        return ""
    return _VOWELS.get(letter) or _SIGNS.get(letter) or _OTHERS.get(letter) or letter


def _has_inherent_a(word: str, at: int) -> bool:
    following = word[at + 1 : at + 2]
    if following == _VIRAMA or following in _SIGNS:
        return False
    is_last = following == "" or not (
        following in _CONSONANTS
        or following in _VOWELS
        or following in (_ANUSVARA, "\u0901", "\u0903")
    )
    if not is_last:
        return True
    joined_before = at > 0 and word[at - 1] == _VIRAMA
    return joined_before or at == 0
