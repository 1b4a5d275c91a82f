"""Which messages are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bank_adapters.iso20022.described.reports import REPORTS
from bank_adapters.iso20022.described.statements import STATEMENTS
from bank_adapters.iso20022.described.transfers import TRANSFERS

if TYPE_CHECKING:
    from bank_adapters.iso20022.family import Family

__all__ = ["FAMILIES", "family_of_message"]

FAMILIES: Final[dict[str, Family]] = {
    family.name: family for family in (*TRANSFERS, *REPORTS, *STATEMENTS)
}


def family_of_message(element: str) -> Family | None:
    """Return the family whose message has this element name (for a document without namespace)."""
    return next((f for f in FAMILIES.values() if f.root.path == element), None)
