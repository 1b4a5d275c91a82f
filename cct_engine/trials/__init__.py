"""Trials of the payment rails: cases worked out by hand, played on a scratch PostgreSQL.

Nothing here stands in for anything: families come in by feeds, cycles by their three officers, the
bank's words through the reconciliation, and what a case is asked is read from the books. A case
that the engine cannot play is a failed one.
"""

from __future__ import annotations

import logging
import tempfile
import uuid
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from cct_engine.database import Database, embedded, migrate
from cct_engine.demo.office import Office
from cct_engine.rulebook.scenarios import RAILS, ScenarioResult, read_scenarios
from cct_engine.settings import Settings
from cct_engine.trials.cases import CASES
from cct_engine.trials.office import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cct_engine.rulebook.scenarios import Scenario

__all__ = ["own_cases", "play"]


def own_cases() -> tuple[Scenario, ...]:
    """Return the cases of the payment rails that ship with the engine."""
    name = "rails.scenarios.yaml"
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    return read_scenarios(text, file=name).scenarios


def play(cases: Iterable[Scenario]) -> list[ScenarioResult]:
    """Play cases of the rails, each on a database of its own; return them in their order."""
    wanted = list(cases)
    if not wanted:
        return []
    with tempfile.TemporaryDirectory(prefix="cct-trials-") as folder, _quietly():
        home = Path(folder)
        with embedded.running(home, throwaway=True) as server:
            template = f"trials_{uuid.uuid4().hex[:12]}"
            server.create_database(template)
            migrate(server.url(template, role="cct_owner"))
            homes = [home / f"{number}" for number in range(len(wanted))]
            return [_played(c, server, template, h) for c, h in zip(wanted, homes, strict=True)]


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the canonical lines of trial cycles out of the log: no real cycle did these steps."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)


def _played(case: Scenario, server: embedded.Server, template: str, home: Path) -> ScenarioResult:
    play_case = CASES.get(case.id)
    if play_case is None:
        told = f"the engine has no step that a trial could ask for {sorted(case.expect)}"
        return ScenarioResult(case.id, case.name, (told,), programme=RAILS)
    name = f"trial_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=template)
    home.mkdir()
    try:
        with Database(server.url(name, role="cct_app")) as database:
            settings = Settings(home=home, shard_households=100)
            found = play_case(Trial(Office(database, settings)), case)
    finally:
        server.drop_database(name)
    return ScenarioResult(case.id, case.name, tuple(_differences(case, found)), programme=RAILS)


def _differences(case: Scenario, found: dict[str, Any]) -> Iterator[str]:
    for key, wanted in case.expect.items():
        if key not in found:
            yield f"{key}: nobody understands this expectation"
        elif found[key] != wanted:
            yield f"{key}: expected {wanted}, found {found[key]}"
