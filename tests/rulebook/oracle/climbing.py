"""The ladders of one household: the state before, the step taken, and what is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .judging import in_force
from .law import first_day

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope


def climb(law: PlainLaw, home: Home, scope: Scope, *, eligible: bool) -> dict[tuple[str, int], Row]:
    """Return each ladder's new row by (ladder, subject)."""
    found: dict[tuple[str, int], Row] = {}
    for name, ladder in law.section("ladders").items():
        subjects = [(0, scope)]
        if ladder["each"] == "member":
            subjects = [(m["member_id"], scope.of("member", m)) for m in home.members]
        for subject, here in subjects:
            named = (name, ladder)
            found[name, subject] = _step(law, home, named, subject, here, eligible=eligible)
    return found


def _step(
    law: PlainLaw,
    home: Home,
    named: tuple[str, Row],
    subject: int,
    scope: Scope,
    *,
    eligible: bool,
) -> Row:
    name, ladder = named
    now = scope.cycle
    row = _before(home, named, subject, scope)
    conditions = law.section("conditions").items()
    tripping = {c for c, entry in conditions if entry["breach"].get("ladder") == name}
    verdicts = [
        v["code"]
        for v in home.verdicts
        if v["condition"] in tripping
        and not v["back"]
        and (ladder["each"] == "household" or v["subject_id"] == subject)
    ]
    breach, judged = "not_met" in verdicts, bool({"met", "not_met"} & set(verdicts))
    counters = _counters(law, ladder, row, scope, breach=breach, judged=judged)
    words = {"breach": breach, "judged": judged, **{k: v for k, (_, v) in counters.items()}}
    since, phase = row["since"], row["phase"]
    words["months_in_state"] = now - (now if since is None else since)
    words["months_in_phase"] = now - (now if phase is None else phase)
    here = replace(scope, extras=words)
    off = _switched_off(law, ladder, here)
    row |= {"off": off, "stored": [stored for stored, _ in counters.values()]}
    row |= {"breach": breach, "judged": judged}
    if eligible and not off:
        for step in ladder["steps"]:
            if row["state"] in step["from"] and here.test(step["when"]):
                _take(law, ladder, row, step["to"], now)
                break
    state = ladder["states"][row["state"]]
    running = not off and (row["until"] is None or row["until"] >= now)
    row["effect"] = state["money"] if running else "none"
    after = row["until"] is not None and row["until"] < now and "shows_after" in state
    shown = state["shows_after"] if after else state.get("shows", row["state"])
    row["shows"] = "" if row["state"] == "none" else shown
    return row


def remembered_step(row: Row) -> tuple[Any, ...]:
    """Return what the next cycle, and whoever asks, knows of a ladder."""
    months = (row["since"], row["until"], row["last"], row["phase"])
    counters = [*row["stored"], 0, 0, 0][:3]
    return (row["state"], *months, *counters, row["shows"], row["breach"], row["judged"])


def _before(home: Home, named: tuple[str, Row], subject: int, scope: Scope) -> Row:
    name, ladder = named
    now = scope.cycle
    stored = next(
        (s for s in home.states if s["ladder"] == name and s["subject_id"] == subject), None
    )
    if stored is None:
        stored = {"state": "none", "cycle_month": 0}
    row = {
        "state": stored["state"],
        "since": stored.get("since_month"),
        "until": stored.get("until_month"),
        "last": stored.get("last_effect_month"),
        "phase": stored.get("phase_since_month"),
        "cycle_month": stored["cycle_month"],
        "counts": [stored.get(f"counter_{n}", 0) for n in (1, 2, 3)],
        "forgotten": False,
    }
    state = ladder["states"][row["state"]]
    then = row["state"]
    on = home.row.get("enrolled_on_month")
    on = scope.cycle if on is None else on
    if "ends" in state and row["since"] is not None and on > row["since"]:
        then = "none"
    elif "then" in state:
        over = row["until"] is not None and row["until"] < now
        if "until" in state:
            over = scope.test(state["until"])
        then = state["then"] if over else then
    memory = ladder.get("memory")
    if memory is not None and then != "none":
        clock = row["last"]
        if memory["from"] == "effect_end" and row["until"] is not None:
            clock = row["until"]
        if clock is not None and now - clock > int(memory["months"]):
            row |= {"forgotten": True, "last": None}
            then = memory["then"]
    if then != row["state"]:
        row |= {"state": then, "since": now, "until": None, "phase": None}
    return row


def _counters(
    law: PlainLaw, ladder: Row, row: Row, scope: Scope, *, breach: bool, judged: bool
) -> dict[str, tuple[int, int]]:
    """Return by name what is stored of each counter, and what it says."""
    found: dict[str, tuple[int, int]] = {}
    for place, (name, counter) in enumerate(ladder.get("counters", {}).items()):
        before = 0 if row["forgotten"] else row["counts"][place]
        if counter.get("consecutive") == "true":
            idle = before if counter.get("not_judged", "keep") == "keep" else 0
            number = before + 1 if breach else 0 if judged else idle
            found[name] = (number, number)
        elif "last" in counter:
            length = int(counter["last"].split()[0])
            bits = (before * 2 + breach) % 2**length
            found[name] = (bits, bits.bit_count())
        else:
            start = scope.cycle - scope.cycle % 12
            if counter["within"] == "school_year":
                start = law.school_year_start(scope.cycle)
            number = (before if row["cycle_month"] >= start else 0) + breach
            found[name] = (number, number)
    return found


def _switched_off(law: PlainLaw, ladder: Row, scope: Scope) -> bool:
    household = replace(scope, subject="household")
    frozen = any(
        override.get("ladders") == "frozen"
        and in_force(override, first_day(scope.cycle))
        and household.test(override.get("where", "TRUE"))
        for override in law.many("overrides")
    )
    return frozen or ("switched_off_when" in ladder and scope.test(ladder["switched_off_when"]))


def _take(law: PlainLaw, ladder: Row, row: Row, target: str, now: int) -> None:
    state = ladder["states"][target]
    before = ladder["states"][row["state"]].get("phase")
    phase = None
    if "phase" in state:
        same = before == state["phase"] and row["phase"] is not None
        phase = row["phase"] if same else now
    months = None
    if "cycles" in state:
        months = int(state["cycles"]) * law.span
    elif "months" in state:
        months = int(state["months"])
    until = None if months is None else now + months - 1
    row |= {"state": target, "since": now, "last": now, "until": until, "phase": phase}
