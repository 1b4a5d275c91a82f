"""Whether a run of elements is well-formed and stands in one namespace: in C, beside other threads.

Expat reads the frame of a message exactly, but it is slow over all of it and lets no other thread
work. libxml2 is as strict, without Python's lock. It says nothing of prefixes where no tree is
built, so a run that has any is not for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["TEXT_MAX", "has_namespaces", "is_well_formed", "may_have_long_text"]

TEXT_MAX = 2_000
"""Letters of a text, or of an attribute, that is read; a longer one refuses the file."""

_CANDIDATES_MAX = 1_000
_LESS = ord("<")
_COLON, _UNDERSCORE, _LETTER_CASE, _ASCII_MAX = ord(":"), ord("_"), 0x20, 0x7F


class _Nothing:
    """A target without handlers: libxml2 checks, and tells nothing."""

    def close(self) -> None:
        """End."""


def is_well_formed(run: bytes) -> bool:
    """Tell whether a run is a well-formed document, no deeper than libxml2 allows (256 levels)."""
    from lxml import etree  # noqa: PLC0415 - 4 MB, for runs that are not written alike

    target: Any = _Nothing()
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        parser.feed(run)
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return True


def has_namespaces(run: bytes) -> bool:
    """Tell whether a namespace is declared in a run, or a tag or attribute may have a prefix.

    A prefix ends in a colon before a letter; the colons of times have digits behind them.
    """
    if b"xmlns" in run:
        return True
    letters = np.frombuffer(run, np.uint8)
    behind = letters[np.minimum(np.flatnonzero(letters == _COLON) + 1, len(letters) - 1)]
    lower = behind | _LETTER_CASE
    is_name = (lower >= ord("a")) & (lower <= ord("z"))
    is_name |= (behind == _UNDERSCORE) | (behind > _ASCII_MAX)
    if not is_name.any():
        return False
    places = np.flatnonzero(letters == _COLON)[is_name].tolist()
    return len(places) > _CANDIDATES_MAX or any(
        run.rfind(b"<", 0, place) > run.rfind(b">", 0, place) for place in places
    )


def may_have_long_text(run: bytes) -> bool:
    """Tell whether more stands between two tags than a text may have: one look at the bytes."""
    tags = np.flatnonzero(np.frombuffer(run, np.uint8) == _LESS)
    return bool(np.diff(tags).max(initial=0) > TEXT_MAX)
