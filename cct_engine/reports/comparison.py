"""What is paid now against what was paid last: the bridge of the report, reason by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine import entitlement
from cct_engine.reports.values import Bridge, Change, Sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

    from cct_engine.cycle.record import Cycle

__all__ = ["CHANGE_WORDS", "against_last"]

CHANGE_WORDS: Final = {
    "joined": "Joined",
    "left": "Left",
    "component_added": "Component added",
    "component_removed": "Component removed",
    "size_changed": "Other number of members",
    "amount_changed": "Other amount",
    "held": "More or less held by sanctions",
    "forfeited": "More or less lost by sanctions",
    "withheld": "More or less kept until proof",
    "under_review": "More or less held for review",
    "released": "Released from a hold",
    "arrears": "Paid for earlier months",
    "recovery": "Recovered overpayments",
}
"""Why a sum differs from the last cycle's, as ``entitlement.compare`` names reasons."""


def against_last(
    connection: sa.Connection, cycle: Cycle, components: Mapping[str, str]
) -> Bridge | None:
    """Return what was paid last, what is paid now, and the reasons between; None for a first cycle.

    ``components`` names components in words.
    """
    found = entitlement.compare(connection, cycle.cycle_id)
    if found.previous is None:
        return None
    changes = tuple(
        Change(
            CHANGE_WORDS.get(change.reason, change.reason.replace("_", " ").capitalize()),
            components.get(change.component) or change.component,
            change.household_count,
            change.amount_minor,
        )
        for change in found.changes
    )
    return Bridge(
        Sum(f"To pay in {found.previous}", "whole", found.previous_count, found.previous_minor),
        Sum(f"To pay in {found.cycle}", "whole", found.this_count, found.this_minor),
        changes,
    )
