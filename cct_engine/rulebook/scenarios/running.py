"""Scenarios run as the engine runs: the compiled statement, cycle after cycle, all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from cct_engine.rulebook.compiler import Compiled, compile_cycle
from cct_engine.rulebook.scenarios.comparing import Outcome, differences
from cct_engine.rulebook.scenarios.evidence import add_evidence
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario
from cct_engine.rulebook.scenarios.world import World
from cct_engine.rulebook.shards import calculate_tables, connect
from cct_engine.rulebook.sources import BUILT_IN, shard_schemas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import Scenario, ScenarioFile

__all__ = ["ScenarioResult", "Trace", "run"]

_OUTLETS = ("household", "line", "verdict", "state")
_NO_CALCULATION = frozenset({"calendar", "stale", "lag"})


class Trace(NamedTuple):
    """What a run walked through: for the coverage of a rulebook by its scenarios."""

    components: frozenset[str]
    steps: frozenset[tuple[str, int]]
    verdicts: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario and every difference between what was expected and what came out."""

    id: str
    name: str
    differences: tuple[str, ...]
    trace: Trace

    @property
    def passed(self) -> bool:
        """Return whether everything came out as expected."""
        return not self.differences


@dataclass(slots=True)
class _Walk:
    """One scenario on its way through its cycles."""

    world: World
    outcomes: dict[Month, Outcome] = field(default_factory=dict)
    problem: str = ""


def run(
    rulebook: Rulebook, file: ScenarioFile, scenarios: Sequence[Scenario]
) -> list[ScenarioResult]:
    """Run scenarios of one programme; the results stand in the order of the scenarios."""
    walks = [_walk(rulebook, file, scenario, n) for n, scenario in enumerate(scenarios, start=1)]
    months = sorted({m for w in walks if _calculates(w) for m in w.world.scenario.months})
    step = rulebook.cycle_months
    with connect(threads=1) as connection:
        for month in months:
            here = [w for w in walks if _calculates(w) and _bears(w, month, step)]
            _cycle(connection, compile_cycle(rulebook, month=month), rulebook, here)
    return [_result(rulebook, walk) for walk in walks]


def _walk(rulebook: Rulebook, file: ScenarioFile, scenario: Scenario, number: int) -> _Walk:
    try:
        world = World.of(scenario, file, rulebook, number)
        add_evidence(world)
    except (UnreadableScenario, KeyError, ValueError) as error:
        empty = World(scenario, file, rulebook, number)
        return _Walk(empty, problem=str(error))
    return _Walk(world)


def _calculates(walk: _Walk) -> bool:
    return not walk.problem and walk.world.scenario.kind not in _NO_CALCULATION


def _bears(walk: _Walk, month: Month, step: int) -> bool:
    months = walk.world.scenario.months
    return month in months and (month.number - months[0].number) % step == 0


def _cycle(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    rulebook: Rulebook,
    walks: list[_Walk],
) -> None:
    """Calculate one cycle of all scenarios that have it, and hand each its own rows."""
    schemas = shard_schemas(rulebook)
    sources = {}
    for table in BUILT_IN:
        rows = [row for walk in walks for row in walk.world.rows[table]]
        sources[table] = pa.Table.from_pylist(rows, schema=schemas[table])
    given = calculate_tables(connection, compiled, sources, _OUTLETS)
    by_household: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for outlet, table in given.items():
        for row in table.to_pylist():
            mine = by_household.setdefault(row["household_id"], {name: [] for name in _OUTLETS})
            mine[outlet].append(row)
    for walk in walks:
        outlets = by_household[walk.world.household_id]
        walk.outcomes[compiled.month] = Outcome.of(outlets)
        _carry(walk.world, outlets, compiled.month)


def _carry(world: World, outlets: dict[str, list[dict[str, Any]]], month: Month) -> None:
    """Write what the next cycle reads: the new states, the open money, the lines recorded."""
    fresh = {(row["ladder"], row["subject_id"]): row for row in outlets["state"]}
    old = [r for r in world.rows["state"] if (r["ladder"], r["subject_id"]) not in fresh]
    world.rows["state"] = old + [{**row, "cycle_month": month.number} for row in outlets["state"]]
    balances = world.rows["balance"]
    for line in outlets["line"]:
        if line["source"] in {"released", "lapsed", "arrears", "recovery"}:
            _settle(balances, line)
        if line["held"] > 0:
            balances.append(_balance(line, "held", line["held"], month))
        if line["withheld"] > 0:
            balances.append(_balance(line, "withheld", line["withheld"], month))
        if line["source"] in {"due", "arrears"} and line["due"] != 0:
            keys = ("household_id", "component", "person_id", "pregnancy_id", "for_month")
            row = {key: line[key] for key in (*keys, "due", "payable")}
            world.rows["history"].append(row)


_BALANCE_OF = {
    "released": {"held", "withheld"},
    "lapsed": {"held", "withheld"},
    "arrears": {"arrears"},
    "recovery": {"recoverable"},
}
_BALANCE_KEYS = (
    "component",
    "person_id",
    "pregnancy_id",
    "for_month",
    "origin_month",
)


def _settle(balances: list[dict[str, Any]], line: dict[str, Any]) -> None:
    left = abs(line["due"])
    for balance in list(balances):
        same = all(balance[key] == line[key] for key in _BALANCE_KEYS)
        if same and balance["kind"] in _BALANCE_OF[line["source"]] and left:
            taken = min(left, balance["amount"])
            balance["amount"] -= taken
            left -= taken
            if balance["amount"] == 0:
                balances.remove(balance)


def _balance(line: dict[str, Any], kind: str, amount: int, month: Month) -> dict[str, Any]:
    keys = ("household_id", "component", "person_id", "pregnancy_id", "for_month", "reason_code")
    return {key: line[key] for key in keys} | {
        "kind": kind,
        "amount": amount,
        "origin_month": month.number,
    }


def _result(rulebook: Rulebook, walk: _Walk) -> ScenarioResult:
    scenario = walk.world.scenario
    outcomes = walk.outcomes.values()
    trace = Trace(
        frozenset(line["component"] for o in outcomes for line in o.lines if line["due"] != 0),
        frozenset((row["ladder"], row["step"]) for o in outcomes for row in o.states),
        frozenset((row["condition"], row["verdict"]) for o in outcomes for row in o.verdicts),
    )
    found = (walk.problem,) if walk.problem else differences(rulebook, walk.world, walk.outcomes)
    return ScenarioResult(scenario.id, scenario.name, tuple(found), trace)
