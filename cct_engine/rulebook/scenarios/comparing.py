"""Expected and found, key by key; a key that nobody understands is a difference too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.reasons import lost_reason, waiting_reason
from cct_engine.rulebook.scenarios.days import day_differences
from cct_engine.rulebook.scenarios.episode_answers import EPISODE_ANSWERS
from cct_engine.rulebook.scenarios.outcome import Outcome, together
from cct_engine.rulebook.scenarios.scenario import listed
from cct_engine.rulebook.values import format_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["differences"]

_AMOUNTS = {
    "gross": "gross",
    "pay_now": "pay_now",
    "held": "held",
    "withheld_share": "withheld",
    "released": "released",
    "pay_now_extra": "released",
    "lapsed": "lapsed",
    "arrears": "arrears",
    "recovery": "recovery",
    "forfeited": "forfeited",
}
_BALANCES = {"overpayment_balance": "recoverable", "withheld_balance": "withheld"}
_NO_CALCULATION = frozenset({"calendar", "stale", "lag"})


def differences(world: World, outcomes: Mapping[Month, Outcome]) -> list[str]:
    """Return every difference, in words, with what was expected and what came out."""
    scenario, expect = world.scenario, world.scenario.expect
    if scenario.kind in _NO_CALCULATION:
        return list(day_differences(world, expect))
    found: list[str] = []
    for month, outcome in outcomes.items():
        found += (f"{month}: {text}" for text in _identities(outcome))
    shown = _asked(world, outcomes)
    for key, wanted in expect.items():
        if key == "timeline":
            for entry in listed(expect, "timeline"):
                found += _row(world, outcomes, entry)
        elif key in EPISODE_ANSWERS or key.startswith("instalment_"):
            found += _answer(world, key, wanted, outcomes)
        else:
            found += _one(world, shown, key, wanted)
    return found


def _asked(world: World, outcomes: Mapping[Month, Outcome]) -> Outcome:
    """Return the last cycle; the months asked for alone, or some components, where so said."""
    scenario = world.scenario
    shown = outcomes[max(outcomes)]
    if scenario.only:
        months = {month.number for month in scenario.only}
        shown = together([outcomes[month] for month in sorted(outcomes)]).of_months(months)
    if scenario.components:
        shown = shown.of_components(scenario.components)
    return shown


def _answer(
    world: World, key: str, wanted: Any, outcomes: Mapping[Month, Outcome]
) -> Iterator[str]:
    answer = EPISODE_ANSWERS.get(key, EPISODE_ANSWERS["instalment"])
    found = answer(world, key, [outcomes[month] for month in sorted(outcomes)])
    if found != wanted:
        yield f"{key}: expected {wanted}, found {found}"


def _row(world: World, outcomes: Mapping[Month, Outcome], entry: Entry) -> Iterator[str]:
    month = Month.parse(str(entry["month"]))
    if month not in outcomes:
        yield f"{month}: was not calculated"
        return
    for key, wanted in entry.items():
        if key != "month":
            for text in _one(world, outcomes[month], key, wanted):
                yield f"{month}: {text}"


def _identities(outcome: Outcome) -> Iterator[str]:
    row = outcome.household
    left = row["gross"] + row["arrears"] + row["released"] - row["recovery"]
    right = row["pay_now"] + row["held"] + row["withheld"] + row["forfeited"]
    if left != right:
        yield f"gross + arrears + released - recovery = {left}, but paid + kept + lost = {right}"
    for line in outcome.lines:
        parts = line["payable"] + line["held"] + line["withheld"] + line["forfeited"]
        if line["due"] != parts:
            yield f"{line['component']}: due {line['due']}, but its parts are {parts}"
    lines = [line for line in outcome.lines if line["source"] == "due"]
    late = [line for line in outcome.lines if line["source"] == "arrears"]
    for key, column, counted in (
        ("due", "gross", lines),
        ("forfeited", "forfeited", lines),
        ("withheld", "withheld", lines),
        ("held", "held", lines + late),
    ):
        found = sum(line[key] for line in counted)
        if found != row[column]:
            yield f"the lines' {key} is {found}, but the household's {column} is {row[column]}"


def _one(world: World, outcome: Outcome, key: str, wanted: Any) -> Iterator[str]:
    if key in _AMOUNTS:
        yield from _amount(world, key, wanted, outcome.household[_AMOUNTS[key]])
    elif key == "components":
        yield from _components(world, outcome, wanted)
    elif key == "by_month":
        for month, amount in wanted.items():
            lines = outcome.of_months({Month.parse(str(month)).number})
            yield from _amount(world, f"{key} {month}", amount, lines.household["gross"])
    elif key in _BALANCES:
        yield from _amount(world, key, wanted, _open(world, _BALANCES[key]))
    elif key == "compliance":
        yield from _compliance(world, outcome, wanted)
    elif key == "selected":
        yield from _selected(world, outcome, wanted)
    elif key in _FACTS:
        found = _FACTS[key](world, outcome)
        if found != wanted:
            yield f"{key}: expected {wanted}, found {found}"
    else:
        yield f"{key}: nobody understands this expectation"


def _amount(world: World, key: str, wanted: Any, found: int) -> Iterator[str]:
    if world.money(wanted) != found:
        yield f"{key}: expected {wanted}, found {_shown(world, found)}"


def _shown(world: World, amount: int) -> str:
    return format_minor(amount, currency=world.rulebook.currency)


def _components(world: World, outcome: Outcome, wanted: Any) -> Iterator[str]:
    codes = {component.code for component in world.rulebook.law.components}
    named: set[str] = set()
    for key, amount in (wanted or {}).items():
        code, _, person = key.partition("_")
        if key in codes:
            code, person = key, ""
        named.add(code)
        if code not in codes:
            yield f"{key}: no such component"
            continue
        found = outcome.due(code, world.person(person) if person else None)
        yield from _amount(world, key, amount, found)
    for code in sorted(codes - named):
        yield from _amount(world, code, 0, outcome.due(code))


def _compliance(world: World, outcome: Outcome, wanted: Any) -> Iterator[str]:
    """A single word: nobody worse than that; by person: each one's verdict."""
    if isinstance(wanted, dict):
        for person, word in wanted.items():
            mine = {
                _word(row) for row in outcome.verdicts if row["subject_id"] == world.person(person)
            }
            if mine != {word}:
                yield f"compliance of {person}: expected {word}, found {sorted(mine) or 'none'}"
        return
    words = {_word(row) for row in outcome.verdicts}
    if wanted in {"met", "no_information"}:
        good = words == {wanted}
    else:
        good = wanted in words if words else wanted == "exempt"
    if not good:
        yield f"compliance: expected {wanted}, found {sorted(words) or 'nobody judged'}"


def _word(row: dict[str, Any]) -> str:
    named = {"justified", "waived", "deemed"}
    return str(row["reason"] if row["reason"] in named else row["verdict"])


def _selected(world: World, outcome: Outcome, wanted: Any) -> Iterator[str]:
    """Who is counted under the limits: the persons with a line of a limited component."""
    limited = {code for limit in world.rulebook.law.limits for code in limit.over}
    names = {number: name for name, number in world.members.items()}
    found = {
        names[line["person_id"]]
        for line in outcome.lines
        if line["component"] in limited and line["due"] > 0
    }
    if found != set(wanted):
        yield f"selected: expected {sorted(wanted)}, found {sorted(found)}"


def _reason(world: World, outcome: Outcome) -> str:
    del world
    refused = {
        row["reason_code"].removeprefix("refused:")
        for row in outcome.lines
        if row["reason_code"].startswith("refused:")
    }
    reasons = {row["reason"] for row in outcome.verdicts if row["reason"]} | refused
    standing = outcome.household["standing_reason"]
    return str(standing if standing != "full" else ", ".join(sorted(reasons)))


def _payee(world: World, outcome: Outcome) -> str | None:
    payee = outcome.household["payee_person_id"]
    return next((name for name, number in world.members.items() if number == payee), None)


def _eligible(world: World, outcome: Outcome) -> bool:
    del world
    return outcome.household["standing"] in {"full", "grace"}


def _sanction(world: World, outcome: Outcome) -> str:
    shown = str(outcome.household["sanction_state"])
    label, _, person = shown.partition(":")
    names = {str(number): name for name, number in world.members.items()}
    return f"{label}:{names[person]}" if person in names else shown


def _return_until(world: World, outcome: Outcome) -> str | None:
    del world
    rows = [row for row in outcome.states if row["ladder"] == "standing"]
    until = rows[0]["until_month"] if rows else None
    return None if until is None else str(Month(until))


def _open(world: World, kind: str) -> int:
    """Return what is open after the last cycle; of one year where the case speaks of one."""
    year = world.scenario.given.get("withheld_year") if kind == "withheld" else None
    return sum(
        row["amount"]
        for row in world.rows["balance"]
        if row["kind"] == kind and (year is None or Month(row["for_month"]).year == year)
    )


def _lost_reason(world: World, outcome: Outcome) -> list[str]:
    del world
    return sorted(_reasons(outcome) - {""})


def _reasons(outcome: Outcome) -> set[str]:
    """Return the reasons of all lines; one of which a part is lost and the rest waits has two."""
    codes = [line["reason_code"] for line in outcome.lines]
    return {reason(code) for code in codes for reason in (lost_reason, waiting_reason)}


def _standing(world: World, outcome: Outcome) -> str:
    del world
    return str(outcome.household["standing"])


def _category(world: World, outcome: Outcome) -> str:
    del world
    return str(outcome.household.get("category", ""))


def _advanced(world: World, outcome: Outcome) -> bool:
    del world
    return any(row["step"] > 0 for row in outcome.states)


def _recorded(world: World, outcome: Outcome) -> bool:
    del world
    return any(row["verdict"] == "not_met" for row in outcome.verdicts)


def _effects(world: World, outcome: Outcome) -> int:
    """Return how many steps the ladders took: several breaches in one period are one."""
    del world
    return sum(row["step"] > 0 for row in outcome.states)


def _accepted(world: World, outcome: Outcome) -> bool:
    """Return whether a certificate came in time: what waited for it was released, not lapsed."""
    del outcome
    return _open(world, "withheld") == 0 and not world.lapsed


def _annulled(world: World, outcome: Outcome) -> int:
    del outcome
    return world.annulled


def _alert(world: World, outcome: Outcome) -> str:
    reasons = _reasons(outcome)
    alerts = [s.alert for s in world.rulebook.law.stops if f"stop:{s.name}" in reasons]
    return ", ".join(alerts)


_FACTS: dict[str, Callable[[World, Outcome], object]] = {
    "sanction_state": _sanction,
    "eligible": _eligible,
    "reason": _reason,
    "payee": _payee,
    "priority_return_until": _return_until,
    "reasons": _lost_reason,
    "standing": _standing,
    "category": _category,
    "ladder_advanced": _advanced,
    "breach_recorded": _recorded,
    "effects": _effects,
    "effects_annulled": _annulled,
    "accepted": _accepted,
    "alert": _alert,
}
