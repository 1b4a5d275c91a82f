"""What a visitor asked for: a whole number, and the part of a list that fits a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EXPORTED_MAX", "ROWS", "Page", "cut", "whole"]

ROWS: Final = 50
"""How many rows of a list stand on a page."""
EXPORTED_MAX: Final = 100_000
"""How many rows of a list a spreadsheet gets at most."""
_DIGITS_MAX: Final = 18
"""So many digits always fit PostgreSQL's bigint."""


def whole(text: str) -> int | None:
    """Return the number that stands in an address or a form; None for what is none.

    >>> whole("00000000018")
    18
    >>> whole("²") is whole("-1") is whole("") is whole("9" * 19) is None
    True
    """
    is_one = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    return int(text) if is_one else None


class Page(NamedTuple):
    """The rows of a list that are shown, and the last of them if more follow."""

    rows: Sequence[Mapping[str, Any]]
    last: Mapping[str, Any] | None

    def after(self, key: str) -> Any:
        """Return where the next page begins: the key of the last row; None where none follows."""
        return self.last[key] if self.last else None


def cut(rows: Sequence[Mapping[str, Any]], most: int = ROWS) -> Page:
    """Cut a list, read one row beyond its page, to that page."""
    return Page(rows[:most], rows[most - 1] if len(rows) > most else None)
