"""Expected and found, key by key; a key that nobody understands is a difference too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.calendar import pay_calendar, stale_after
from cct_engine.rulebook.months import Month
from cct_engine.rulebook.scenarios.scenario import Entry, listed
from cct_engine.rulebook.values import format_minor, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["Outcome", "differences"]

_Rows = list[dict[str, Any]]
_AMOUNTS = {
    "gross": "gross",
    "pay_now": "pay_now",
    "held": "held",
    "withheld_share": "withheld",
    "released": "released",
    "lapsed": "lapsed",
    "arrears": "arrears",
    "recovery": "recovery",
    "forfeited": "forfeited",
}
_BALANCES = {"overpayment_balance": "recoverable", "withheld_balance": "withheld"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of one household in one cycle."""

    household: dict[str, Any]
    lines: _Rows
    verdicts: _Rows
    states: _Rows

    @classmethod
    def of(cls, outlets: Mapping[str, _Rows]) -> Outcome:
        """Return the outcome of one household's rows by outlet."""
        return cls(outlets["household"][0], outlets["line"], outlets["verdict"], outlets["state"])

    def due(self, component: str, person: int | None = None) -> int:
        """Return what a component is due in all, or for one person."""
        return sum(
            line["due"]
            for line in self.lines
            if line["source"] == "due"
            and line["component"] == component
            and person in {None, line["person_id"]}
        )


def differences(rulebook: Rulebook, world: World, outcomes: Mapping[Month, Outcome]) -> list[str]:
    """Return every difference, in words, with what was expected and what came out."""
    expect = world.scenario.expect
    found: list[str] = []
    if world.scenario.kind in {"calendar", "stale", "lag"}:
        return list(_days(rulebook, world, expect))
    for month, outcome in outcomes.items():
        found += (f"{month}: {text}" for text in _identities(outcome))
    last = outcomes[max(outcomes)]
    for key, wanted in expect.items():
        if key == "timeline":
            for entry in listed(expect, "timeline"):
                found += _row(world, outcomes, entry)
        else:
            found += _one(world, last, key, wanted)
    return found


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
    elif key in _BALANCES:
        yield from _amount(world, key, wanted, _open(world, _BALANCES[key]))
    elif key == "compliance":
        yield from _compliance(world, outcome, wanted)
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


def _reason(world: World, outcome: Outcome) -> str:
    del world
    reasons = {row["reason"] for row in outcome.verdicts if row["reason"]}
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
    """Return what is open after the last cycle that was calculated."""
    return sum(b["amount"] for b in world.rows["balance"] if b["kind"] == kind)


def _lost_reason(world: World, outcome: Outcome) -> list[str]:
    del world
    return sorted({line["reason_code"] for line in outcome.lines if line["reason_code"]})


def _standing(world: World, outcome: Outcome) -> str:
    del world
    return str(outcome.household["standing"])


_FACTS: dict[str, Callable[[World, Outcome], object]] = {
    "sanction_state": _sanction,
    "eligible": _eligible,
    "reason": _reason,
    "payee": _payee,
    "priority_return_until": _return_until,
    "reasons": _lost_reason,
    "standing": _standing,
}


def _days(rulebook: Rulebook, world: World, expect: Entry) -> Iterator[str]:
    given = world.scenario.given
    found: dict[str, Any] = {}
    if "dates" in expect:
        calendar = pay_calendar(rulebook, world.scenario.months[0])
        wanted = expect["dates"] if isinstance(expect["dates"], dict) else {}
        found["dates"] = {str(d): calendar.pay_on(str(d)).isoformat() for d in wanted}
    if "pay_date" in expect:
        found["pay_date"] = pay_calendar(rulebook, world.scenario.months[0]).first.isoformat()
    if "available_from" in given:
        found |= _staleness(rulebook, world, expect)
    for key, value in expect.items():
        if key not in found:
            yield f"{key}: nobody understands this expectation"
        elif found[key] != value:
            yield f"{key}: expected {value}, found {found[key]}"


def _staleness(rulebook: Rulebook, world: World, expect: Entry) -> dict[str, Any]:
    given = world.scenario.given
    last = stale_after(
        rulebook,
        channel=str(given.get("channel", rulebook.law.unclaimed[0].channel)),
        available_on=read_date(str(given["available_from"])),
    )
    days = expect.get("status_on")
    rule = rulebook.law.unclaimed[0]
    status = {
        day: "available" if last is None or read_date(day) <= last else "stale"
        for day in (days if isinstance(days, dict) else {})
    }
    gone = last is not None and not given.get("withdrawn", False)
    back = rule.then == "return_to_programme" and gone
    return {
        "status_on": status,
        "expires": None if last is None else last.isoformat(),
        "returned_to_treasury": given.get("amount") if back else 0,
        "reissuable": rule.reissue == "on_request",
    }
