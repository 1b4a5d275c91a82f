"""What was before a scenario's first cycle: states, open money, lines, decisions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month, minus_years
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario
from cct_engine.rulebook.values import read_date

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.rulebook.model_rules import State
    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["add_history", "add_past", "youngest"]


def add_past(world: World) -> None:
    """Add the memory, the decisions and the open money that a scenario begins with."""
    given = world.scenario.given
    protection = given.get("protection")
    if isinstance(protection, dict):
        since = Month.parse(str(protection["started"])).number
        _state(world, "standing", 0, "grace", since=since)
    if not world.entries("appeals"):
        add_history(world)
    interruption = given.get("interruption_of_effects")
    if isinstance(interruption, dict):
        world.event("effects_interrupted", Month.parse(str(interruption["applies_from"])))
    for event in world.entries("events"):
        if "date" not in event:
            _add_event(world, event)
    notice = given.get("written_notice")
    if notice is not None:
        _add_notice(world, read_date(str(notice)))
    _add_money(world)


def add_history(world: World) -> None:
    """Add the stored states that the history's effects left behind."""
    for (name, person), entries in _histories(world).items():
        _add_ladder(world, name, person, entries)


def _add_event(world: World, event: Entry) -> None:
    until = event.get("until")
    world.event(
        str(event["event"]),
        Month.parse(str(event["from"])),
        until=None if until is None else Month.parse(str(until)),
        subject=world.person(event["person"]) if "person" in event else 0,
    )


def _add_notice(world: World, on: date) -> None:
    """A household that was written to stands where the step that asks for the letter leads."""
    start = Month.of(on)
    world.event("written_notice", start, on_date=on)
    for name, ladder in world.rulebook.law.ladders.items():
        for step in ladder.steps:
            if "none" in step.from_ and "'written_notice'" in step.when:
                since = start.number
                _state(world, name, 0, step.to, since=since, last=since)


def _add_money(world: World) -> None:
    given, law = world.scenario.given, world.rulebook.law
    debt = given.get("overpayment")
    if isinstance(debt, dict):
        _check_share(world, debt)
        start = Month.parse(str(debt["collect_from"]).partition("..")[0]).plus(-1)
        _balance(world, "recoverable", law.components[0].code, debt["open"], start)
    for held in world.entries("held"):
        month = Month.parse(str(held["month"]))
        reason = str(held["reason"])
        _balance(world, "held", str(held["component"]), held["amount"], month, reason=reason)
    for share in world.entries("withheld_by_month"):
        month, person = Month.parse(str(share["month"])), youngest(world)
        code = law.withholding[0].of[0] if law.withholding else law.components[0].code
        _balance(world, "withheld", code, share["amount"], month, person=person)
    if "accepted" in world.scenario.expect:
        _add_waiting(world)
    count = given.get("nursing_instalment")
    for paid in range(int(str(count)) - 1 if count is not None else 0):
        for name, born in world.born.items():
            if born > minus_years(world.first_day, 1):
                month = world.first.plus(-1 - paid)
                _line(world, world.file.nursing, world.members[name], month)
    for paid_line in world.entries("paid"):
        person = world.person(paid_line["person"]) if "person" in paid_line else 0
        months = Month.parse(str(paid_line["month"]))
        _line(world, str(paid_line["component"]), person, months)


def _add_waiting(world: World) -> None:
    """A certificate is accepted if it releases: a unit of its year waits for it."""
    withholding = world.rulebook.law.withholding[0]
    year = str(world.scenario.given["withheld_year"])
    told = world.scenario.given.get("deadline_override")
    deadline = withholding.deadline
    exceptions = () if deadline == "never" else deadline.exceptions
    moved = [e.until.isoformat() for e in exceptions if str(e.earned) == year]
    if isinstance(told, dict) and told.get("date") not in moved:
        raise UnreadableScenario(f"{world.scenario.id}: the law moves no deadline to that day.")
    december = Month.parse(f"{year}-12")
    code, person = withholding.of[0], youngest(world)
    _balance(world, "withheld", code, 1, december, person=person)


def _check_share(world: World, debt: Entry) -> None:
    """A case that gives the most one cycle takes back must give the law's own share."""
    share, recovery = debt.get("cap_share_of_gross"), world.rulebook.law.recovery
    if share is None:
        return
    if recovery is None or recovery.of != "gross" or recovery.most != Fraction(str(share)):
        raise UnreadableScenario(
            f"{world.scenario.id}: takes back {share} of gross, the law says another share."
        )


def youngest(world: World) -> int:
    """Return the youngest member: the child a share was withheld for where nobody is named."""
    return world.members[max(world.born, key=lambda name: world.born[name])]


def _balance(
    world: World,
    kind: str,
    component: str,
    amount: Any,
    month: Month,
    *,
    reason: str = "",
    person: int = 0,
) -> None:
    world.row(
        "balance",
        kind=kind,
        component=component,
        person_id=person,
        pregnancy_id=0,
        for_month=month.number,
        origin_month=month.number,
        amount=world.money(amount),
        reason_code=reason,
    )


def _line(world: World, component: str, person: int, month: Month) -> None:
    world.row(
        "history",
        component=component,
        person_id=person,
        pregnancy_id=0,
        for_month=month.number,
        due=1,
        payable=1,
    )


def _state(world: World, ladder: str, subject: int, state: str, **months: int | None) -> None:
    before = world.first.plus(-world.rulebook.cycle_months).number
    world.row(
        "state",
        ladder=ladder,
        subject_id=subject,
        cycle_month=before,
        state=state,
        since_month=months.get("since"),
        until_month=months.get("until"),
        last_effect_month=months.get("last"),
        phase_since_month=months.get("phase"),
        counter_1=0,
        counter_2=0,
        counter_3=0,
    )


def _histories(world: World) -> dict[tuple[str, int], list[Entry]]:
    found: dict[tuple[str, int], list[Entry]] = {}
    for entry in world.entries("history"):
        ladder, state = _ladder_of(world, str(entry["state"]))
        each = world.rulebook.law.ladders[ladder].each
        subject = world.person(entry["person"]) if each == "member" else 0
        found.setdefault((ladder, subject), []).append({**entry, "state": state})
    return found


def _ladder_of(world: World, state: str) -> tuple[str, str]:
    """Return the ladder and state behind a shown word: a state, a label, ladder:state."""
    prefix, _, rest = state.rpartition(":")
    for name, ladder in world.rulebook.law.ladders.items():
        if prefix not in {"", name} or (prefix == "" and ladder.each != "household"):
            continue
        for code, entry in ladder.states.items():
            if rest in {code, entry.shows_after}:
                return name, code
    raise UnreadableScenario(f"{world.scenario.id}: no ladder knows the state `{state}`.")


def _add_ladder(world: World, name: str, person: int, entries: list[Entry]) -> None:
    states = world.rulebook.law.ladders[name].states
    phase: int | None = None
    before: State | None = None
    first, until, length = 0, 0, 0
    for entry in entries:
        month = Month.parse(str(entry.get("month", entry.get("from")))).number
        state = states[str(entry["state"])]
        length = state.months or (state.cycles or 0) * world.rulebook.cycle_months
        same = before is not None and before.phase == state.phase
        phase = (phase if same else month) if state.phase else None
        if before is not state or month > until:  # else another month of the same effect
            first, until = month, month + length - 1
        before = state
    last = entries[-1]
    if "to" in last:
        until = Month.parse(str(last["to"])).number
        first = until - length + 1 if length else until
    _state(
        world,
        name,
        person,
        str(last["state"]),
        since=first,
        until=until if length else None,
        last=first,
        phase=phase,
    )
