"""What a verification says."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """Something is not as it was posted.

    ``rule`` is a dotted name, ``place`` the table and key, ``text`` what is there and what should
    be.
    """

    rule: str
    place: str
    text: str
