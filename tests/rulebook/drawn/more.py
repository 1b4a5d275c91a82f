"""Forms drawn after everything else, so that a seed's law stays what it was but for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .words import Place

if TYPE_CHECKING:
    from .words import Words

__all__ = ["draw_more"]


def draw_more(words: Words, law: dict[str, Any]) -> None:
    """Add forms to a law already drawn."""
    grace = law["standing"].get("grace")
    if grace is not None:
        grace["again"] = words.one(("always", "once", "once", "once_per_enrolment"))
    _largest_judged(words, law)
    _asks_another(words, law["conditions"])
    _asks_when(words, law["components"])
    _budget(words, law)


def _asks_another(words: Words, conditions: dict[str, Any]) -> None:
    """Let a condition ask what came of those above it."""
    for place, (name, entry) in enumerate(conditions.items()):
        above = [n for n in list(conditions)[:place] if conditions[n]["each"] == entry["each"]]
        if not above or entry["missing"] == "hold" or words.chance(0.3):
            continue
        asked = f"{words.one(('is_met', 'is_met', 'is_judged'))}({words.one(above)})"
        asked = f"NOT {asked}" if words.chance(0.3) else asked
        key = words.one(("where", "exempt_when"))
        before = entry.get(key)
        if key == "exempt_when":
            entry[key] = words.one((asked, [{"when": asked, "reason": f"asked_{name}"}]))
        else:
            entry[key] = f"({before}) {words.one(('AND', 'OR'))} {asked}" if before else asked


def _largest_judged(words: Words, law: dict[str, Any]) -> None:
    """Let a household's amount read the largest or smallest of what its members achieved."""
    conditions = law["conditions"]
    asked = [name for name, entry in conditions.items() if entry["each"] == "member"]
    own = [one for one in law["components"] if one["each"] == "household" and "kind" not in one]
    if not asked or not own or words.chance(0.4):
        return
    condition, component = words.one(asked), words.one(own)
    largest = words.one(("max_of", "min_of"))
    place = Place("member", grouped=True, standing=False, home=False)
    among = f", {words.test(place, 1)}" if words.chance(0.3) else ""
    more, less = (words.one(words.parameters["money"]) for _ in range(2))
    met = f"{words.one(('is_met', 'is_judged'))}({condition})"
    found = f"{largest}(members, CASE WHEN {met} THEN {more} ELSE {less} END{among})"
    adds_up = law["facts"][conditions[condition]["fact"]]["measure"] in {"count", "sum"}
    if adds_up and words.chance(0.5):
        found = f"({more} * {largest}(members, reported({condition}){among}))"
    component["amount"] = f"({component['amount']} + {found})"


def _asks_when(words: Words, components: list[dict[str, Any]]) -> None:
    """Let a component ask when something was decided, or a day that a CASE chooses."""
    component = words.one(components)
    if component["each"] == "pregnancy" or words.chance(0.5):
        return
    place = Place(component["each"])
    decided = f"event_on('{words.one(words.events)}')"
    day, other = words.day(place), f"household.{words.one(('enrolled_on', 'applied_on'))}"
    chosen = f"CASE WHEN {words.test(place, 0)} THEN {decided} ELSE {other} END"
    asked = words.one(
        (
            f"{decided} {words.one(('<', '<=', '=', '<>', '>'))} {words.one((day, other))}",
            f"days_between({day}, {decided}) <= 30",
            f"months_since({chosen}) >= {int(words.rng.integers(0, 13))}",
        )
    )
    before = component.get("where")
    component["where"] = f"({before}) {words.one(('AND', 'OR'))} {asked}" if before else asked


def _budget(words: Words, law: dict[str, Any]) -> None:
    """Let a law cost no more than a budget, for some of which it is not enough."""
    if words.chance(0.8):
        return
    value = words.one((300, 2000, 9000, 40000))
    ceiling = {"type": "money", "values": [{"from": "2000-01-01", "value": value, "law": "s. 20"}]}
    law["parameters"]["ceiling"] = ceiling
    known = [name for name in words.attributes["household"] if name != "cycles_since_enrolment"]
    order = [f"{name} {words.one(('ASC', 'DESC'))}" for name in words.some(known, 2)]
    law["budget"] = {
        "ceiling": "ceiling",
        "counts": words.one(("gross", "pay_now")),
        "of": words.one(("applicants", "all")),
        "when_full": words.one(("stop", "skip")),
        "queue": order,
        "reason": "no_money_left",
        "law": "s. 20",
    }
