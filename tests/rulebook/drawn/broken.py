"""A law's file broken by accident: cut, doubled, swapped, mistyped, or with what no law has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

__all__ = ["broken"]

_ODD = (
    *("1e400", "99999999999999999999999999", "-5", "0", "0.001", "true", "null", "~", "[]", "{}"),
    *('""', "'", "\u202e", "é", "\t", "&a x", "*a", "<<: *a", "!!python/object:os.system x"),
    *("2024-13-45", "0000-00-00", "9999-12-31", "100 %", "1e5 %", "-3 %", "{a: b}", "[1, [2]]"),
    *("? x", "|", "> y", "@", "`", "%", "1_000", "0x10", "0o7", ".inf", "yes", "\x00", "\x85"),
    *("x" * 5000, "(" * 300, "NOT " * 500 + "TRUE", "1" + "+1" * 3000, "DATE '2024-02-30'"),
    *("age_at(cycle.first_day)", "none", "all", "error", "never", "-1 months", "0 cycles"),
    *("9999999999 months", "60 days", "Dec..Jan", "Foo..Bar", "2024-01-01..2024-02-01"),
)
_VALUE, _KEY, _WORD = r"(?<=: )[^,{}\[\]\n]+", r"[A-Za-z_]+(?=: )", r"[A-Za-z_]+|\d+"
_SIGN = r"[{}\[\],:\"'\s]"


def broken(text: str, rng: random.Random) -> str:
    """Return a text with one or two mistakes in it."""
    for _ in range(rng.choice((1, 1, 1, 2))):
        text = _once(text, rng)
    return text


def _once(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    place = rng.randrange(len(text) + 1)
    ways = (
        lambda: [*lines[:one], *lines[one + 1 :]],
        lambda: [*lines[:one], lines[other], *lines[one:]],
        lambda: [lines[{one: other, other: one}.get(n, n)] for n in range(len(lines))],
        lambda: text[:place],
        lambda: text[:place] + rng.choice(_ODD) + text[place:],
        *[lambda: _put(text, _VALUE, rng.choice(_ODD), rng)] * 3,
        *[lambda kind=kind: _put(text, kind, None, rng) for kind in (_VALUE, _KEY, _WORD)],
        lambda: _put(text, _SIGN, "", rng),
    )
    found = rng.choice(ways)()
    return found if isinstance(found, str) else "\n".join(found)


def _put(text: str, pattern: str, new: str | None, rng: random.Random) -> str:
    """Put something, or another match, in the place of one match."""
    matches = list(re.finditer(pattern, text))
    if not matches:
        return text
    match = rng.choice(matches)
    put = rng.choice(matches)[0] if new is None else new
    return text[: match.start()] + put + text[match.end() :]
