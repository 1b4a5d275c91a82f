"""What was before: states, balances and lines of earlier cycles, drawn at their edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .households import Draw, Rows


def add_past(draw: Draw, rows: Rows, key: dict[str, int]) -> None:
    law, members = draw.law, [m["member_id"] for m in rows["member"]]
    before = draw.cycle - law.span
    for name, ladder in law.section("ladders").items():
        for subject in [0] if ladder["each"] == "household" else members:
            if draw.chance(0.5 if subject == 0 else 0.25):
                rows["state"].append(_state(draw, key, (name, subject), ladder, before))
    if draw.chance(0.2):
        grace = "grace" in law.law["standing"]
        label = draw.one(["full", "not_eligible"] + ["grace"] * 6 * grace + ["exited"])
        since = draw.cycle - draw.one((1, 2, 6, 11, 12, 23, 24))
        row = {**key, "ladder": "standing", "subject_id": 0, "cycle_month": before}
        row |= {"state": label, "since_month": since, **_no_counts()}
        rows["state"].append(row | _had_grace(draw, label, since))
    if law.law["conventions"]["new_payee"] == "next_cycle" and draw.chance(0.7):
        since = draw.one((before, before, draw.cycle - 30))
        row = {**key, "ladder": "payee", "subject_id": 0, "cycle_month": since, "state": "named"}
        named = int(draw.one([*members, 999]))
        rows["state"].append({**row, "since_month": since, **_no_counts(), "counter_1": named})
    _balances(draw, rows, key, members)
    for component in law.components:
        _history(draw, rows, key, component)


def _history(draw: Draw, rows: Rows, key: dict[str, int], component: dict[str, Any]) -> None:
    per = component["each"]
    for member in [0] if per == "household" else [m["member_id"] for m in rows["member"]]:
        if draw.chance(0.3):
            pregnancies = [p for p in rows["pregnancy"] if p["member_id"] == member]
            pregnancy = pregnancies[0]["pregnancy_id"] if pregnancies else 0
            due = draw.one((100, 100, 10000, 25000))
            if component.get("kind") == "deduction":
                due = -due
            for back in range(1, 1 + int(draw.one((1, 2, 8)))):
                rows["history"].append(
                    {
                        **key,
                        "component": component["code"],
                        "person_id": member,
                        "pregnancy_id": pregnancy if per == "pregnancy" else 0,
                        "for_month": draw.cycle - back,
                        "due": due,
                        "payable": draw.one((0, due, due // 5 * 3)),
                    }
                )


def _had_grace(draw: Draw, label: str, since: int) -> dict[str, int | None]:
    """Return when the household had a grace before, and whether an exclusion interrupts it."""
    rules = draw.law.law["standing"]
    if "grace" not in rules:
        return {}
    began = since - draw.one((0, 1, 5))
    waits = label == "not_eligible" and "excluded" in rules and draw.chance(0.7)
    had = rules["grace"].get("again", "always") != "always" and (waits or draw.chance(0.7))
    return {
        "last_effect_month": began if had else None,
        "phase_since_month": began if waits else None,
    }


def _no_counts() -> dict[str, int]:
    return {"counter_1": 0, "counter_2": 0, "counter_3": 0}


def _state(
    draw: Draw, key: dict[str, int], named: tuple[str, int], ladder: dict[str, Any], before: int
) -> dict[str, Any]:
    code = draw.one(list(ladder["states"]))
    state = ladder["states"][code]
    last = draw.cycle - draw.one((1, 1, 2, 5, 6, 7, 12))
    months = int(state.get("months", 0)) or int(state.get("cycles", 0)) * draw.law.span
    phase = last - draw.one((0, 4, 11, 12)) if "phase" in state else None
    return {
        **key,
        "ladder": named[0],
        "subject_id": named[1],
        "cycle_month": before,
        "state": code,
        "since_month": last,
        "until_month": last + months - 1 if months else None,
        "last_effect_month": last,
        "phase_since_month": phase,
        **{f"counter_{n}": int(draw.one((0, 0, 1, 2, 3))) for n in (1, 2, 3)},
    }


def _balances(draw: Draw, rows: Rows, key: dict[str, int], members: list[int]) -> None:
    law = draw.law
    reasons = ["no_payee", "incomplete", "review_hold", "recertify:hold"]
    reasons += ["new_payee"] * 2 * (law.law["conventions"]["new_payee"] == "next_cycle")
    for name, ladder in law.section("ladders").items():
        reasons += [
            f"ladder:{name}:{code}"
            for code, state in ladder["states"].items()
            if state["money"] == "hold"
        ] * 3
    reasons += [f"stop:{stop['name']}" for stop in law.many("stops")]
    for component in law.components:
        for kind in ("held", "withheld", "recoverable", "arrears"):
            if not draw.chance(0.08 if kind != "withheld" else 0.3):
                continue
            long_ago = (1, 1, 2, 3, 12, 13, 24, 25)
            month = draw.cycle - draw.one(long_ago if kind == "withheld" else (1, 2)) * law.span
            waits = [
                f"missing:{name}"
                for name, condition in law.section("conditions").items()
                if "hold" in condition
                and component["code"] in condition["breach"].get("forfeit", [])
            ]
            of_member = component["each"] == "member" and members
            rows["balance"].append(
                {
                    **key,
                    "kind": kind,
                    "component": component["code"],
                    "person_id": draw.one(members) if of_member else 0,
                    "pregnancy_id": 0,
                    "for_month": month,
                    "origin_month": month,
                    "amount": int(draw.one((1, 333, 10000))),
                    "reason_code": draw.one([*reasons, *waits * 3]) if kind == "held" else "",
                }
            )
