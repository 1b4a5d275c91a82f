"""What a bank's reason code means for us, and what a clerk is told.

The two ISO 20022 external lists are different dictionaries: AC14 says one thing about a status
and another about a return, so the table is keyed by (list, code). A code that is not in it is
UNCLASSIFIED: it waits for a person and is never retried silently.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Action", "Reason", "ReasonList", "action_for", "reason_for", "reasons"]


class ReasonList(StrEnum):
    """Which dictionary a code is from."""

    STATUS = "STATUS"  # ExternalStatusReason1Code, in pain.002
    RETURN = "RETURN"  # ExternalReturnReason1Code, in camt.05x and pacs.004
    PROPRIETARY = "PROPRIETARY"  # a bank's own


class Action(StrEnum):
    """What the engine does with a payment that met this reason."""

    RETRY = "RETRY"
    """Send the same instruction again as a new attempt, two or three times at most."""
    FIX_ACCOUNT = "FIX_ACCOUNT"
    """Hold the payee, ask for another account, then pay."""
    OUR_FAULT = "OUR_FAULT"
    """The file or our funds were wrong: stop the batch, tell the operator, never re-send."""
    COMPLIANCE = "COMPLIANCE"
    """A case worker decides."""
    STOP_DECEASED = "STOP_DECEASED"
    """Suspend, open a life-status case, stop coming cycles."""
    UNCLASSIFIED = "UNCLASSIFIED"
    """Nobody has said what this code means here: wait for a person."""


class Reason(NamedTuple):
    """One code of one list."""

    reason_list: str
    code: str
    action: Action
    clerk_text: str


@cache
def reasons() -> dict[tuple[str, str], Reason]:
    """Return the whole table by (list, code)."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only for those who look a reason up

    text = files(__name__).joinpath("iso_external.yaml").read_text(encoding="utf-8")
    table = YAML(typ="safe").load(text)
    return {
        (name, str(code)): Reason(name, str(code), Action(action), words)
        for name, actions in table.items()
        for action, codes in actions.items()
        for code, words in codes.items()
    }


def reason_for(reason_list: str | None, reason: str | None) -> Reason:
    """Return the row of a code; an unknown one is UNCLASSIFIED with a text that says so."""
    known = reasons().get((reason_list or "", reason or ""))
    if known is not None:
        return known
    return Reason(
        reason_list or "",
        reason or "",
        Action.UNCLASSIFIED,
        "The bank gave a reason that is not in our table. Ask the bank what it means.",
    )


def action_for(reason_list: str | None, reason: str | None) -> Action:
    """Return what to do on a code of a list."""
    return reason_for(reason_list, reason).action
