"""Ladders as a fold: the stored row of the cycle before and this period's trip give the new row.

Each ladder is a chain of small CASE layers over few rows: the subjects with a memory or a breach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.base import household_names
from cct_engine.rulebook.compiler.counters import counted, ladder_words
from cct_engine.rulebook.compiler.members import member_names
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.plan import Layer, Plan, named_in, select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    conjunction,
    disjunction,
    flag,
    literal,
)
from cct_engine.rulebook.compiler.trips import trip_layers
from cct_engine.rulebook.tree import AllOf, Name

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.verdicts import Verdicts
    from cct_engine.rulebook.model_rules import Ladder, State

__all__ = ["EFFECTS", "ladder_layers", "state_months"]

EFFECTS = {"none": 0, "hold": 1, "forfeit": 2, "not_due": 3, "reduce": 4}
"""What a ladder does to the money this period, as the column ``effect`` says it."""


def ladder_layers(plan: Plan, verdicts: Verdicts) -> list[Layer]:
    """Return the layers of all ladders; the last of each is ``ladder_<name>``."""
    layers: list[Layer] = []
    for name, ladder in plan.law.ladders.items():
        layers += trip_layers(name, ladder, verdicts)
        layers += _fold(plan, name, ladder)
    return layers


def state_months(plan: Plan, state: State) -> int | None:
    """Return how many months a state's effect lasts; None: until it changes."""
    if state.cycles is not None:
        return state.cycles * plan.rulebook.cycle_months
    return state.months


def _fold(plan: Plan, name: str, ladder: Ladder) -> list[Layer]:
    stem = f"ladder_{name}"
    layers = [
        Layer(f"{stem}_1", _effect_over(plan, name, ladder)),
        Layer(f"{stem}_2", _memory_over(plan, name, ladder)),
        Layer(f"{stem}_3", _step(plan, name, ladder)),
        Layer(f"{stem}_4", _after(plan, name, ladder)),
        Layer(stem, _shown(plan, name, ladder), stored=True),
    ]
    texts = [layer.sql for layer in layers]
    return [Layer(f"{stem}_0", _before(plan, name, ladder, texts)), *layers]


def _needs_everybody(plan: Plan, name: str, ladder: Ladder) -> bool:
    """Return whether a first step may be taken without a breach, so that all are subjects."""
    for number, step in enumerate(ladder.steps):
        if "none" not in step.from_:
            continue
        tree = plan.rulebook.expression("ladders", name, "steps", number, "when")
        parts = tree.parts if isinstance(tree, AllOf) else (tree,)
        if not any(isinstance(part, Name) and part.name == "breach" for part in parts):
            return True
    return False


def _before(plan: Plan, name: str, ladder: Ladder, texts: list[str]) -> str:
    """Read the stored row and this period's trip of every subject that has one.

    ``texts``: the layers that follow, which say what they read of the subject.
    """
    own = member_names(plan)
    known = [*household_names(plan), "eligible", "standing", "grace_month"]
    read = named_in([*known, *own], texts)
    if _needs_everybody(plan, name, ladder):
        keys = (
            "SELECT household_id, CAST(0 AS BIGINT) AS subject_id FROM stand"
            if ladder.each == "household"
            else "SELECT household_id, member_id AS subject_id FROM mem"
        )
    else:
        keys = (
            f"SELECT household_id, subject_id FROM src_state WHERE ladder = {literal(name)}"
            f"\nUNION\nSELECT household_id, subject_id FROM trip_{name} WHERE breach = 1"
        )
    columns = [
        "k.household_id AS household_id",
        "k.subject_id AS subject_id",
        *(f"stand.{name}" for name in known if name in read),
        "COALESCE(past.state, 'none') AS a_state",
        "COALESCE(past.cycle_month, 0) AS a_month",
        "past.since_month AS a_since",
        "past.until_month AS a_until",
        "past.last_effect_month AS a_last",
        "past.phase_since_month AS a_phase",
        *(f"COALESCE(past.counter_{n}, 0) AS a_{n}" for n in (1, 2, 3)),
        "COALESCE(trip.breach, 0) AS breach",
        "COALESCE(trip.judged, 0) AS judged",
        "COALESCE(trip.why, '') AS why",
    ]
    source = (
        f"({keys}) AS k"
        "\nJOIN stand ON stand.household_id = k.household_id"
        "\nLEFT JOIN src_state AS past ON past.household_id = k.household_id"
        f" AND past.subject_id = k.subject_id AND past.ladder = {literal(name)}"
        f"\nLEFT JOIN trip_{name} AS trip ON trip.household_id = k.household_id"
        " AND trip.subject_id = k.subject_id"
    )
    if ladder.each == "member":
        columns += [f"mem.{alias}" for alias in own if alias in read]
        source += "\nJOIN mem ON mem.household_id = k.household_id AND mem.member_id = k.subject_id"
    return select(columns, source)


def _place(plan: Plan, ladder: Ladder, words: dict[str, str]) -> Place:
    return Place(ladder.each, plan.moment, words)


def _effect_over(plan: Plan, name: str, ladder: Ladder) -> str:
    """A state whose time is up goes on to its ``then``; a new enrolment starts from none."""
    now = plan.cycle.number
    branches: list[tuple[str, str]] = []
    for code, state in ladder.states.items():
        if state.ends is not None:
            renewed = f"a_state = {literal(code)} AND h_enrolled_on_month > a_since"
            branches.append((renewed, literal("none")))
        if state.then is None:
            continue
        over = "a_until < " + str(now)
        if state.until is not None:
            tree = plan.rulebook.expression("ladders", name, "states", code, "until")
            over = plan.emitter.test(tree, _place(plan, ladder, {}))
        is_over = conjunction([f"a_state = {literal(code)}", over])
        branches.append((is_over, literal(state.then)))
    stem = f"ladder_{name}_0"
    return select([f"{stem}.*", f"{case(branches, 'a_state')} AS b_state"], stem)


def _memory_over(plan: Plan, name: str, ladder: Ladder) -> str:
    """What is not repeated in time is forgotten; counters take this period's trip."""
    now, stem, memory = plan.cycle.number, f"ladder_{name}_1", ladder.memory
    forgotten = NEVER_HOLDS
    state = "b_state"
    if memory is not None:
        clock = "a_last" if memory.from_ == "effect_start" else "COALESCE(a_until, a_last)"
        forgotten = f"b_state <> 'none' AND {now} - {clock} > {memory.months}"
        state = f"CASE WHEN {forgotten} THEN {literal(memory.then)} ELSE b_state END"
    changed = f"({state}) <> a_state"
    columns = [f"{stem}.*", f"{state} AS c_state"]
    columns.append(f"CASE WHEN {changed} THEN {now} ELSE a_since END AS c_since")
    columns.append(f"CASE WHEN {changed} THEN NULL ELSE a_until END AS c_until")
    columns.append(f"CASE WHEN {changed} THEN NULL ELSE a_phase END AS c_phase")
    columns.append(f"{case([(forgotten, 'NULL')], 'a_last')} AS c_last")
    for number, counter in enumerate(ladder.counters.values(), start=1):
        kept = case([(forgotten, "0")], f"a_{number}")
        columns.append(f"{bigint(counted(plan, counter, f'({kept})'))} AS c_{number}")
    return select(columns, stem)


def _step(plan: Plan, name: str, ladder: Ladder) -> str:
    """Take the first row of the table of steps that holds, one per period."""
    stem, place = f"ladder_{name}_2", _place(plan, ladder, ladder_words(plan, ladder))
    off = _frozen(plan)
    if ladder.switched_off_when is not None:
        tree = plan.rulebook.expression("ladders", name, "switched_off_when")
        off = disjunction([off, plan.emitter.test(tree, place)])
    branches = [(disjunction(["eligible = 0", off]), "0")]
    for number, step in enumerate(ladder.steps):
        tree = plan.rulebook.expression("ladders", name, "steps", number, "when")
        states = ", ".join(literal(state) for state in step.from_)
        test = conjunction([f"c_state IN ({states})", plan.emitter.test(tree, place)])
        branches.append((test, str(number + 1)))
    columns = [f"{stem}.*", f"{flag(off)} AS off", f"{bigint(case(branches, '0'))} AS step"]
    return select(columns, stem)


def _frozen(plan: Plan) -> str:
    tests = [
        plan.test("overrides", number, "where")
        for number, override in enumerate(plan.law.overrides)
        if override.ladders == "frozen" and override.holds_on(plan.cycle.first_day)
    ]
    return disjunction(tests)


def _after(plan: Plan, name: str, ladder: Ladder) -> str:
    now, stem = plan.cycle.number, f"ladder_{name}_3"
    states, untils, phases = [], [], []
    for number, step in enumerate(ladder.steps, start=1):
        taken = f"step = {number}"
        target = ladder.states[step.to]
        months = state_months(plan, target)
        states.append((taken, literal(step.to)))
        untils.append((taken, "NULL" if months is None else str(now + months - 1)))
        phases.append((taken, _phase(ladder, target, now)))
    columns = [
        f"{stem}.*",
        f"{case(states, 'c_state')} AS state",
        f"CASE WHEN step > 0 THEN {now} ELSE c_since END AS since_month",
        f"{case(untils, 'c_until')} AS until_month",
        f"CASE WHEN step > 0 THEN {now} ELSE c_last END AS last_effect_month",
        f"{case(phases, 'c_phase')} AS phase_since_month",
    ]
    return select(columns, stem)


def _phase(ladder: Ladder, target: State, now: int) -> str:
    """Keep the phase's first month while states of the same phase follow each other."""
    if target.phase is None:
        return "NULL"
    same = [literal(code) for code, state in ladder.states.items() if state.phase == target.phase]
    return f"CASE WHEN c_state IN ({', '.join(same)}) THEN COALESCE(c_phase, {now}) ELSE {now} END"


def _shown(plan: Plan, name: str, ladder: Ladder) -> str:
    now, stem = plan.cycle.number, f"ladder_{name}_4"
    running = f"off = 0 AND (until_month IS NULL OR until_month >= {now})"
    effects, labels, places, bare = [], [("state = 'none'", literal(""))], [], []
    for number, (code, state) in enumerate(ladder.states.items()):
        is_it = f"state = {literal(code)}"
        places.append((is_it, str(number)))
        if state.shows is not None:
            bare.append((is_it, literal(state.shows)))
        if state.money != "none":
            effects.append((f"{is_it} AND {running}", str(EFFECTS[state.money])))
        if state.shows_after is not None:
            labels.append((f"{is_it} AND until_month < {now}", literal(state.shows_after)))
    counters = [
        f"c_{n} AS counter_{n}"
        if n <= len(ladder.counters)
        else f"CAST(0 AS BIGINT) AS counter_{n}"
        for n in (1, 2, 3)
    ]
    columns = [
        "household_id",
        "subject_id",
        "a_state",
        "state",
        *(f"CAST({c} AS INTEGER) AS {c}" for c in _MONTHS),
        *counters,
        "breach",
        "judged",
        "why",
        "off",
        "step",
        f"{bigint(case(effects, '0'))} AS effect",
        f"{case([*labels, *bare], 'state')} AS shows",
        f"{bigint(case(places, '0'))} AS place",
    ]
    return select(columns, stem)


_MONTHS = ("since_month", "until_month", "last_effect_month", "phase_since_month")
