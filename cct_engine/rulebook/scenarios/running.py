"""Scenarios run as the engine runs: the compiled statement, cycle after cycle, all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyarrow as pa

from cct_engine.rulebook.compiler import Compiled, Unwritable, compile_cycle
from cct_engine.rulebook.scenarios.appealing import (
    annul,
    annulled_cycles,
    recorded,
    settle_appeal,
)
from cct_engine.rulebook.scenarios.carrying import carry
from cct_engine.rulebook.scenarios.comparing import differences
from cct_engine.rulebook.scenarios.evidence import add_evidence, add_favourable
from cct_engine.rulebook.scenarios.outcome import Outcome
from cct_engine.rulebook.scenarios.past import add_past
from cct_engine.rulebook.scenarios.people import add_people
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, placed, school_cycle
from cct_engine.rulebook.scenarios.world import World
from cct_engine.rulebook.shards import calculate_tables, connect
from cct_engine.rulebook.sources import BUILT_IN, shard_schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import Scenario, ScenarioFile

__all__ = ["ScenarioResult", "Trace", "run"]

_OUTLETS = ("household", "line", "verdict", "state")
_Watch: TypeAlias = "Callable[[World, Compiled, Mapping[str, pa.Table]], None]"
_NO_CALCULATION = frozenset({"calendar", "stale", "lag"})


class Trace(NamedTuple):
    """What a run walked through: for the coverage of a rulebook by its scenarios."""

    components: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, int]] = frozenset()
    verdicts: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario and every difference between what was expected and what came out."""

    id: str
    name: str
    differences: tuple[str, ...]
    trace: Trace = field(default_factory=Trace)
    programme: str = ""

    @property
    def passed(self) -> bool:
        """Return whether everything came out as expected."""
        return not self.differences


@dataclass(slots=True)
class _Walk:
    """One household on its way through its cycles; ``shadow`` is itself as recorded earlier."""

    world: World
    cycles: tuple[Month, ...] = ()
    shadow: _Walk | None = None
    outcomes: dict[Month, Outcome] = field(default_factory=dict)
    problem: str = ""


def run(
    rulebook: Rulebook,
    file: ScenarioFile,
    scenarios: Sequence[Scenario],
    *,
    watch: _Watch | None = None,
) -> list[ScenarioResult]:
    """Run scenarios of one programme; the results stand in the order of the scenarios.

    A law that cannot be compiled for a cycle fails the scenarios that need that cycle. ``watch``
    is shown each household with its cycle's statement and inputs.
    """
    walks = [_walk(rulebook, file, s, 2 * n) for n, s in enumerate(scenarios, start=1)]
    moving = walks + [walk.shadow for walk in walks if walk.shadow is not None]
    months = sorted({month for walk in moving for month in walk.cycles})
    with connect(threads=1) as connection:
        # A few households need no optimised plan, and planning is most of the cost.
        connection.execute("PRAGMA disable_optimizer")
        for month in months:
            here = [walk for walk in moving if month in walk.cycles and not walk.problem]
            _cycle(connection, rulebook, month, here, watch)
    return [_result(walk) for walk in walks]


def _walk(rulebook: Rulebook, file: ScenarioFile, scenario: Scenario, number: int) -> _Walk:
    """Return the household before its first cycle; what cannot be read is its problem."""
    try:
        scenario = placed(scenario, rulebook, file)
        world = World.of(scenario, file, rulebook, number)
        add_people(world)
        add_past(world)
        if scenario.kind in _NO_CALCULATION:
            return _Walk(world)
        return _ready(world)
    except (UnreadableScenario, KeyError, ValueError, LookupError) as error:
        return _Walk(World(scenario, file, rulebook, number), problem=_said(error))


def _said(error: Exception) -> str:
    return f"`{error.args[0]}` is not said" if isinstance(error, KeyError) else str(error)


def _ready(world: World) -> _Walk:
    earlier = annulled_cycles(world)
    add_evidence(world)
    shadow = None
    if earlier:
        then = recorded(world, earlier, world.household_id + 1)
        add_favourable(then, earlier)
        shadow = _Walk(then, earlier)
        annul(world)
    cycles = [*(earlier or _lead_in(world)), *world.scenario.months]
    while world.later is not None and cycles[-1].plus(world.rulebook.cycle_months) <= world.later:
        cycles.append(cycles[-1].plus(world.rulebook.cycle_months))
    add_favourable(world, cycles)
    return _Walk(world, tuple(cycles), shadow)


def _lead_in(world: World) -> tuple[Month, ...]:
    """Return the cycles before the first asked for, from the first one the case speaks of."""
    told = [c for entry in world.entries("noncompliant_cycles") for c in _texts(entry["cycles"])]
    if not told:
        return ()
    cycle, found = min(school_cycle(world.rulebook, text) for text in told), []
    while cycle < world.first:
        found.append(cycle)
        cycle = cycle.plus(world.rulebook.cycle_months)
    return tuple(found)


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _cycle(
    connection: duckdb.DuckDBPyConnection,
    rulebook: Rulebook,
    month: Month,
    walks: list[_Walk],
    watch: _Watch | None,
) -> None:
    """Calculate one cycle of all scenarios that have it, and hand each its own rows."""
    try:
        compiled = compile_cycle(rulebook, month=month)
    except Unwritable as error:
        for walk in walks:
            walk.problem = str(error)
        return
    for walk in walks:
        _begin(walk, month)
    sources = _sources(rulebook, walks)
    outlets = _calculated(connection, compiled, sources)
    for walk in walks:
        if watch is not None:
            watch(walk.world, compiled, sources)
        mine = outlets[walk.world.household_id]
        walk.outcomes[month] = Outcome.of(mine)
        carry(walk.world, mine, month)


def _begin(walk: _Walk, month: Month) -> None:
    walk.world.reach(month)
    if walk.shadow is not None and month == walk.world.first:
        settle_appeal(walk.world, walk.shadow.outcomes, walk.outcomes)


def _sources(rulebook: Rulebook, walks: list[_Walk]) -> dict[str, pa.Table]:
    schemas = shard_schemas(rulebook)
    sources = {}
    for table in BUILT_IN:
        rows = [row for walk in walks for row in walk.world.rows[table]]
        sources[table] = pa.Table.from_pylist(rows, schema=schemas[table])
    return sources


def _calculated(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, sources: Mapping[str, pa.Table]
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    given = calculate_tables(connection, compiled, sources, _OUTLETS)
    by_household: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for outlet, table in given.items():
        for row in table.to_pylist():
            mine = by_household.setdefault(row["household_id"], {name: [] for name in _OUTLETS})
            mine[outlet].append(row)
    return by_household


def _result(walk: _Walk) -> ScenarioResult:
    scenario = walk.world.scenario
    outcomes = walk.outcomes.values()
    trace = Trace(
        frozenset(line["component"] for o in outcomes for line in o.lines if line["due"] != 0),
        frozenset((row["ladder"], row["step"]) for o in outcomes for row in o.states),
        frozenset((row["condition"], row["verdict"]) for o in outcomes for row in o.verdicts),
    )
    if walk.problem:
        found = [walk.problem]
    else:
        asked = {m: o for m, o in walk.outcomes.items() if m >= walk.world.first}
        try:
            found = differences(walk.world, asked)
        except (UnreadableScenario, KeyError, ValueError, LookupError) as error:
            found = [_said(error)]
    return ScenarioResult(scenario.id, scenario.name, tuple(found), trace, scenario.programme)
