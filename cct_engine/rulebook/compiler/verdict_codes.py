"""What a verdict column says, as numbers."""

from __future__ import annotations

__all__ = ["EXEMPT_REASONS", "MET", "NOT_MET", "NO_INFORMATION", "WAITING"]

MET, NOT_MET, NO_INFORMATION, WAITING = 1, 2, 3, 4
EXEMPT_REASONS = {10: "waived", 11: "override", 12: "justified", 13: "supply_side", 14: "annulled"}
"""10 and above are exempt; a law's own reasons count from 20."""
