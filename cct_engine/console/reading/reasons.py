"""Why, in one sentence: the codes of the list and of the checks put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.console.reading.kept import remembered
from cct_engine.cycle import law
from cct_engine.cycle.checks.policy import policy
from cct_engine.rulebook import Month, RefusedRulebook, family_texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.cycle import Cycle

__all__ = ["STANDINGS", "components", "listed", "meanings", "meanings_of", "why"]

STANDINGS: Final = {
    "full": "On the list with the full benefit",
    "grace": "In the protection period: a share of the benefit",
    "waiting": "Waits to be taken on the list",
    "suspended": "Suspended",
    "exited": "Left the programme",
    "out": "Not on the list",
}
"""Where a family stands with a programme, as the calculation names it."""

_WORDS: Final = {
    "recertify:hold": "Held until the registration is confirmed again",
    "no_payee": "Held: nobody may receive for the family yet",
    "new_payee": "Held: the new payee is paid from the next cycle on",
}


def components(
    connection: sa.Connection, cycle: Cycle, *, home: Path | None = None, language: str = "en"
) -> dict[str, str]:
    """Return the components' names as the cycle's law has them, or its sentences in a language.

    ``home``: the data folder, whose own sentences come before those that are shipped.
    """
    if cycle.rulebook_digest is None:
        return {}

    def read() -> dict[str, str]:
        try:
            named = law.of_cycle(connection, cycle).law.components
            if home is None or language == "en":
                return {one.code: one.title for one in named}
            texts = family_texts(
                home / "programmes",
                cycle.programme,
                language=language,
                month=Month.of(cycle.period),
            )
        except RefusedRulebook:  # an earlier form of the language: its codes still stand
            return {}
        said = texts.sentences
        return {one.code: said.get(("titles", one.code), one.title) for one in named}

    key = ("components", cycle.rulebook_digest, language)
    found: dict[str, str] = remembered(connection, key, read)
    return found


def listed(codes: str | None, named: Mapping[str, str]) -> str:
    """Return the titles of components whose codes stand together with commas."""
    return ", ".join(named.get(code) or code for code in codes.split(", ")) if codes else ""


def meanings(cycle: Cycle) -> dict[str, str]:
    """Return what each check of the cycle's programme means."""
    return meanings_of(cycle.programme, cycle.currency)


def meanings_of(programme: str, currency: str) -> dict[str, str]:
    """Return what each check of a programme means."""
    return {code: one.meaning for code, one in policy(programme, currency).items()}


def why(reason_code: str | None, checks: Mapping[str, str]) -> str:
    """Put a reason code into words; what is not known stays the code, which is no secret."""
    code = reason_code or ""
    released = code.startswith(("held:", "withheld:"))
    if released:
        code = code.partition(":")[2]
    if code.startswith("finding:"):
        said = checks.get(code.removeprefix("finding:"), code)
        return f"Paid now; it was held before: {said}" if released else f"Held for review: {said}"
    if code.startswith("ladder:"):
        _, ladder, state = (*code.split(":"), "", "")[:3]
        said = f"{ladder} conditions, step '{state.replace('_', ' ')}'"
        return f"Paid now; it was held before: {said}" if released else f"By the {said}"
    said = _WORDS.get(code, code.replace("_", " ").replace(":", ", "))
    return f"Paid now; before: {said.lower()}" if released and said else said
