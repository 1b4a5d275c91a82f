"""The entries at the side of every page, and who has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cct_engine.console.routes import EVERY_ROLE, letters

if TYPE_CHECKING:
    from cct_engine.people import Role

__all__ = ["RAIL", "Entry", "Group"]


class Entry(NamedTuple):
    """A link; ``kinds`` are what waits behind it."""

    word: str
    href: str
    may: frozenset[Role]
    kinds: tuple[str, ...] = ()


class Group(NamedTuple):
    """Links that belong together."""

    word: str
    entries: tuple[Entry, ...]


RAIL: Final = (
    Group(
        "Work",
        (
            Entry("Today", "/", EVERY_ROLE),
            Entry("Cycles", "/cycles", letters("MCRBANW"), ("cycle",)),
            Entry("Households", "/households", letters("MCANWF")),
            Entry("Exceptions", "/exceptions", letters("MCANW"), ("override",)),
        ),
    ),
    Group(
        "Bank",
        (
            Entry("Files", "/files", letters("MCRBA")),
            Entry("Bank answers", "/answers", letters("MRBA"), ("answer",)),
            Entry("Returns", "/returns", letters("MCBAWF"), ("account",)),
            Entry("Suspense", "/suspense", letters("MCBA"), ("suspense",)),
        ),
    ),
    Group(
        "Books",
        (
            Entry("Ledger", "/ledger", letters("MCBA")),
            Entry("Proof", "/proofs", letters("MCRBA")),
            Entry("Controls", "/controls", letters("MCRBAN")),
        ),
    ),
    Group(
        "Rules",
        (
            Entry("Programmes", "/programmes", letters("MCANWF")),
            Entry("Feeds", "/feeds", letters("MCANWF")),
        ),
    ),
    Group(
        "Office",
        (
            Entry("Calendar", "/calendar", letters("MCRBAND")),
            Entry("Signatures", "/tiers", letters("MCRBAND")),
            Entry("Notices", "/notices", letters("MCANWFD")),
            Entry("People", "/people", letters("AD")),
            Entry("Activity", "/activity", EVERY_ROLE),
        ),
    ),
)
