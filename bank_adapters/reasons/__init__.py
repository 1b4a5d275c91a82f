"""What a bank's reason code means for us, and what a clerk is told, in four languages.

Every list is a dictionary of its own: AC14 says one thing in the status list of ISO 20022 and
another in its return list, and 02 is one thing with NPCI and another in CNAB. So the table is
keyed by (list, code). A code that is not in it is UNCLASSIFIED: it waits for a person and is never
retried silently.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

__all__ = ["LANGUAGES", "Action", "Reason", "ReasonList", "action_for", "reason_for", "reasons"]

LANGUAGES: Final = ("en", "hi", "pt", "es")
_UNKNOWN: Final = "unknown"


class ReasonList(StrEnum):
    """Which dictionary a code is from."""

    STATUS = "STATUS"  # ExternalStatusReason1Code, in pain.002 and pacs.002
    RETURN = "RETURN"  # ExternalReturnReason1Code, in camt.05x and pacs.004
    NPCI = "NPCI"  # circular 274: returns of banks, rejects of NPCI
    CNAB_G059 = "CNAB_G059"  # FEBRABAN's occurrences
    NACHA = "NACHA"  # returns R… and notifications of change C…
    SPEI = "SPEI"  # causa de devolución
    PROPRIETARY = "PROPRIETARY"  # a bank's own: its profile says what they mean


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
def reasons(language: str = "en") -> dict[tuple[str, str], Reason]:
    """Return the whole table by (list, code), its texts in one of ``LANGUAGES``.

    English tells each ISO code in its own words; the other languages tell its meaning.
    """
    meanings, exact = _loaded("meanings"), _exact() if language == "en" else {}
    found = {}
    for name, of_list in _loaded("codes").items():
        for meaning, codes in of_list.items():
            told = meanings[meaning]
            for code in str(codes).split():
                text = exact.get((name, code), told[language])
                found[name, code] = Reason(name, code, Action(told["action"]), text)
    return found


@cache
def _loaded(name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only for those who look a reason up

    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = YAML(typ="safe").load(text)
    return table


def _exact() -> dict[tuple[str, str], str]:
    return {
        (name, str(code)): words
        for name, actions in _loaded("iso_external").items()
        for codes in actions.values()
        for code, words in codes.items()
    }


def reason_for(reason_list: str | None, reason: str | None, *, language: str = "en") -> Reason:
    """Return the row of a code; an unknown one is UNCLASSIFIED with a text that says so.

    A language we do not speak is told in English.
    """
    spoken = language if language in LANGUAGES else "en"
    known = reasons(spoken).get((reason_list or "", reason or ""))
    if known is not None:
        return known
    text = _loaded("meanings")[_UNKNOWN][spoken]
    return Reason(reason_list or "", reason or "", Action.UNCLASSIFIED, text)


def action_for(reason_list: str | None, reason: str | None) -> Action:
    """Return what to do on a code of a list."""
    return reason_for(reason_list, reason).action
