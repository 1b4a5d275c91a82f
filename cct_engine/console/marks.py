"""The states of money and of work as pages show them: one word, one mark, one colour."""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS", "MARKS", "ROLE_WORDS", "kind_of"]

MARKS: Final = {
    "to-pay": "○",
    "held": "‖",
    "withheld": "◐",
    "not-due": "–",
    "forfeited": "×",
    "transit": "→",
    "unknown": "!",
    "paid": "●",
    "returned": "↩",
    "rejected": "⊘",
    "suspense": "◇",
    "done": "✓",
    "now": "▶",
    "late": "!",
    "open": "!",
    "failed": "×",
    "later": "",
}

KINDS: Final = {
    # what a list says of money
    "payable": ("to-pay", "To pay"),
    "held": ("held", "Held"),
    "withheld": ("withheld", "Withheld"),
    "forfeited": ("forfeited", "Forfeited"),
    "not_due": ("not-due", "Not due"),
    # where a payment is
    "drafted": ("to-pay", "To pay"),
    "sealed": ("to-pay", "In a sealed file"),
    "sent": ("transit", "In transit"),
    "acknowledged": ("transit", "In transit, received by the bank"),
    "accepted": ("transit", "In transit, accepted by the bank"),
    "unknown": ("unknown", "Unknown"),
    "settled": ("paid", "Paid"),
    "returned": ("returned", "Returned"),
    "rejected": ("rejected", "Rejected"),
    "cancelled": ("rejected", "Cancelled"),
    "expired": ("rejected", "Expired"),
    # what became of a file, a job, an item
    "file_allocated": ("later", "Being written"),
    "file_sealed": ("to-pay", "Sealed"),
    "file_sent": ("done", "Sent"),
    "file_waits": ("transit", "Sent, pays later"),
    "file_today": ("now", "Sent, pays today"),
    "file_open": ("open", "Answers are missing"),
    "file_answered": ("done", "Answered"),
    "file_unknown": ("unknown", "Unknown"),
    "file_rejected": ("rejected", "Rejected"),
    "allocated": ("later", "Being written"),
    "received": ("now", "Received, not booked yet"),
    "applied": ("done", "Booked"),
    "quarantined": ("failed", "Kept apart"),
    "open": ("open", "Open"),
    "proposed": ("now", "Waits for a second officer"),
    "closed": ("done", "Closed"),
    "resolved": ("done", "Resolved"),
    "overridden": ("done", "Overridden"),
    "distinct": ("done", "Two different persons"),
    "running": ("now", "Running"),
    "done": ("done", "Done"),
    "refused": ("failed", "Refused"),
    "failed": ("failed", "Failed"),
    "interrupted": ("late", "Interrupted"),
    "met": ("done", "met"),
    "not_met": ("failed", "not met"),
    "no_information": ("open", "no report"),
    "no_info": ("open", "no report"),
    "exempt": ("not-due", "excused"),
}
"""The mark and the word of every state that pages show."""

ROLE_WORDS: Final = {
    "maker": "Maker",
    "checker": "Checker",
    "releaser": "Releaser",
    "bank_liaison": "Bank liaison",
    "auditor": "Auditor",
    "analyst": "Programme analyst",
    "case_worker": "Case worker",
    "adjudicator": "Adjudicator",
    "centre_staff": "Centre staff",
    "administrator": "Administrator",
}


def kind_of(pay_now: int, held: int, withheld: int, forfeited: int) -> str:
    """Return the state that a household's line shows: of the money that matters most now."""
    if pay_now:
        return "payable"
    if held:
        return "held"
    if withheld:
        return "withheld"
    return "forfeited" if forfeited else "not_due"
