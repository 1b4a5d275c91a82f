"""Laws handed in to be tried: a trial is a file in the data folder, named by law and cycle.

The same law over the same cycle is the same trial. Nothing is booked or paid by it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cct_engine import rulebook, simulation
from cct_engine.cycle import CycleError, State
from cct_engine.cycle.states import is_past

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cct_engine.cycle import Cycle, Desk

__all__ = ["LAW_MAX", "Trial", "calculated", "found", "hand_in", "scenarios_said", "tried"]

LAW_MAX: Final = 512 * 1024
"""Bytes of a law, at most."""


class Trial(NamedTuple):
    """A law that lies ready to be tried over a cycle."""

    run: str
    cycle: str
    law: Path


def calculated(cycles: Iterable[Cycle], programme: str) -> list[Cycle]:
    """Return the cycles of a programme that a law can be tried over."""
    return [
        one for one in cycles if one.programme == programme and is_past(one.state, State.CALCULATED)
    ]


def hand_in(home: Path, cycle: str, file: Path) -> Trial:
    """Take a law from where it was handed in."""
    run = hashlib.sha256(cycle.encode() + b"\0" + file.read_bytes()).hexdigest()[:16]
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    law = folder / f"{run}.yaml"
    file.rename(law)
    return Trial(run, cycle, law)


def tried(desk: Desk, trial: Trial, name: str) -> str:
    """Try it and keep what was found; return the outcome in a sentence."""
    try:
        law = rulebook.load(trial.law)
        with desk.database.transaction() as connection:
            outcome = simulation.simulate(connection, desk.home, trial.cycle, law)
    except (rulebook.RefusedRulebook, rulebook.Unwritable, ValueError) as wrong:
        raise CycleError(f"{name} was not tried. {wrong}") from wrong
    body = json.dumps(outcome.as_dict() | {"file": name}, ensure_ascii=False, default=str)
    fresh = trial.law.with_suffix(".part")
    fresh.write_text(body, encoding="utf-8")
    fresh.replace(trial.law.with_suffix(".json"))
    return f"{outcome.headline()} Nothing was booked, and nobody is paid by it."


def found(home: Path, run: str) -> dict[str, Any] | None:
    """Return what a trial found; None: there is none."""
    path = _folder(home) / f"{run}.json"
    if not re.fullmatch(r"[0-9a-f]{16}", run) or not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def scenarios_said(programme: str) -> str:
    """Run the scenarios of policy people against a law; return in a sentence how they ended."""
    results = rulebook.run_scenarios(programme)
    wrong = [one for one in results if not one.passed]
    said = f"{len(results) - len(wrong)} of {len(results)} scenarios hold."
    return " ".join([said, *(f"{one.id} differs: {'; '.join(one.differences)}." for one in wrong)])


def _folder(home: Path) -> Path:
    return home / "console" / "whatif"
