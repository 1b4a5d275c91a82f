"""The words a scenario may use: those of its form, and every name the law itself knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.scenarios.scenario import check_keys
from cct_engine.rulebook.sources import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import Entry

__all__ = ["attributes_of", "check_words"]

_SAID_OTHERWISE = frozenset({"enrolled", "enrolled_on", "entitled_from", "applied_on", "id_digit"})


def attributes_of(rulebook: Rulebook, noun: str) -> dict[str, str]:
    """Return the attributes of a noun that a scenario may tell, by name, with their types.

    The built-in ones that a registry has, then the law's own. What the engine computes (sizes,
    sums) is not told, and dates of the enrolment stand under ``given``.
    """
    built_in = {
        name: "bool" if kind == "flag" else kind
        for name, kind in BUILT_IN[noun]
        if kind != "id" and name not in _SAID_OTHERWISE
    }
    own = {name: declared.type for name, declared in rulebook.own_attributes(noun).items()}
    return built_in | own


def check_words(
    scenario: str,
    speaker: str,
    entry: Entry | Mapping[str, object],
    known: Collection[str],
    silent: Collection[str] = (),
) -> None:
    """Raise :class:`UnreadableScenario` for the first key that nobody reads, with what is meant.

    ``silent`` are words that may be said and decide nothing; they are not offered.
    """
    check_keys(scenario, speaker, entry, {*known}, silent)
