"""Appeals upheld: the cycles that an effect touched run twice, as recorded and as corrected.

What the corrected run pays more than the recorded one is the arrears of the deciding cycle; the
ladders go on from the corrected states, so a later step is taken anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.scenarios.evidence import add_evidence
from cct_engine.rulebook.scenarios.past import add_history, add_past
from cct_engine.rulebook.scenarios.people import add_people
from cct_engine.rulebook.scenarios.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.scenarios.outcome import Outcome

__all__ = ["annul", "annulled_cycles", "recorded", "settle_appeal"]

_KEYS = ("component", "person_id", "pregnancy_id", "for_month")


def annulled_cycles(world: World) -> tuple[Month, ...]:
    """Return the cycles from the first annulled month to the one before the first asked for."""
    upheld = [a for a in world.entries("appeals") if a.get("outcome") == "upheld"]
    texts = [a["annuls"] for a in upheld]
    months = [Month.parse(str(m)) for text in texts if isinstance(text, list) for m in text]
    if not months:
        return ()
    cycle, found = world.rulebook.cycle_of(min(months)), []
    while cycle < world.first:
        found.append(cycle)
        cycle = cycle.plus(world.rulebook.cycle_months)
    return tuple(found)


def annul(world: World) -> None:
    """Add the decisions: verdicts of these months never happened, for a person or for all."""
    for appeal in world.entries("appeals"):
        subject = world.person(appeal["person"]) if "person" in appeal else 0
        months = appeal["annuls"]
        for month in months if isinstance(months, list) else []:
            number = Month.parse(str(month)).number
            world.event("annul", Month(number), subject=subject, for_month=number)


def recorded(world: World, cycles: tuple[Month, ...], household_id: int) -> World:
    """Return the same people as they were calculated then, with the effects of the history."""
    given = {k: v for k, v in world.scenario.given.items() if k != "appeals"}
    scenario = replace(world.scenario, given=given, months=cycles, only=())
    shadow = World.of(scenario, world.file, world.rulebook, household_id)
    shadow.first_person = world.first_person  # the same persons, so that their lines compare
    # People are described as of the scenario's own first cycle.
    shadow.scenario = replace(scenario, months=world.scenario.months)
    add_people(shadow)
    shadow.scenario = scenario
    ladders = [e for e in world.entries("history") if "component" not in e]
    shadow.scenario = replace(scenario, given={**given, "history": [*ladders]})
    add_history(shadow)
    shadow.scenario = replace(scenario, given={k: v for k, v in given.items() if k != "history"})
    add_past(shadow)
    shadow.scenario = scenario
    add_evidence(shadow)
    return shadow


def settle_appeal(
    world: World, then: Mapping[Month, Outcome], now: Mapping[Month, Outcome]
) -> None:
    """Open arrears for what the corrected cycles pay more than the recorded ones paid."""
    gone: set[tuple[object, ...]] = set()
    for month in then:
        paid = {tuple(li[k] for k in _KEYS): li["payable"] for li in then[month].lines}
        for line in now[month].lines:
            owed = line["payable"] - paid.get(tuple(line[k] for k in _KEYS), 0)
            if line["source"] == "due" and owed > 0:
                world.row(
                    "balance",
                    kind="arrears",
                    **{key: line[key] for key in _KEYS},
                    origin_month=month.number,
                    amount=owed,
                    reason_code="appeal",
                )
        kept = {(r["ladder"], r["subject_id"], r["since_month"]) for r in now[month].states}
        effects = {(r["ladder"], r["subject_id"], r["since_month"]) for r in then[month].states}
        gone |= effects - kept
    world.annulled = len(gone)
