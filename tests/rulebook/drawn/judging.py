"""The conditions of a random law, their windows, and the ladders they lead to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .words import MONTHS, Place, Words

__all__ = ["draw_judging"]


def draw_judging(
    words: Words, law: dict[str, Any], codes: list[tuple[str, str]], start: int
) -> dict[str, Any]:
    """Draw windows, conditions and ladders."""
    year = [
        {
            "observe": f"{MONTHS[(m - 4) % 12]}..{MONTHS[(m - 2) % 12]}",
            "judge": MONTHS[m],
            "year": "same",
        }
        for m in ((start % 12 + n) % 12 for n in range(0, 9, 2))
    ]
    for row in year:
        first, judged = MONTHS.index(row["observe"][:3]), MONTHS.index(row["judge"])
        row["year"] = "next" if first > judged else "same"
    windows: dict[str, Any] = {
        "lagged": {"observe": "month", "lag": words.one(("1 months", "2 months", "1 cycle"))},
        "now": {"observe": words.one(("month", "cycle"))},
        "table": year,
        "school": {"observe": "school_year"}
        | ({"until": "month_before_cycle"} if words.chance(0.5) else {}),
        "instead": {
            "observe": "month",
            "except": [{"months": ["Jan", "Jul"], "observe": "Mar..May", "year": "previous"}],
        },
    }
    conditions: dict[str, Any] = {}
    names = [f"cond_{n}" for n in range(int(words.rng.integers(0, 4)))]
    ladders = [f"ladder_{n}" for n in range(int(words.rng.integers(0, 3)))]
    each = {name: words.one(("household", "member")) for name in ladders}
    for name in names:
        conditions[name] = _condition(words, law, codes, list(windows), each)
    used = {entry["window"] for entry in conditions.values()}
    return {
        "windows": {name: window for name, window in windows.items() if name in used},
        "conditions": conditions,
        "ladders": {name: _ladder(words, each[name], codes) for name in ladders},
    }


def _condition(
    words: Words,
    law: dict[str, Any],
    codes: list[tuple[str, str]],
    windows: list[str],
    ladders: dict[str, str],
) -> dict[str, Any]:
    each = words.one(("member", "member", "household"))
    facts = [n for n, f in law["facts"].items() if f["measure"] != "date"]
    of_members = [n for n in facts if law["facts"][n]["of"] == "member"]
    fact = words.one(of_members if each == "member" else facts)
    window = words.one(windows)
    grain = words.one(("window", "month"))
    moments = ("cycle", "window") + (("month",) if grain == "month" else ())
    place = Place(each, moments)
    kind = words.one(("at_least", "at_least", "at_most", "less_than"))
    counts = words.parameters["percent" if law["facts"][fact]["measure"] == "ratio" else "int"]
    found: dict[str, Any] = {
        "each": each,
        "fact": fact,
        "window": window,
        "grain": grain,
        kind: words.one(counts),
        "missing": words.one(("met", "not_met", "no_effect", "hold")),
    }
    if words.chance(0.7):
        found["where"] = words.test(place, 1)
    if found["missing"] == "hold":
        found["hold"] = {
            "cycles": int(words.rng.integers(1, 4)),
            "then": words.one(("release", "forfeit")),
        }
    if law["facts"][fact].get("reasons"):
        found |= {"justified_by": ["ILL"]} if words.chance(0.6) else {}
        found |= {"supply_side": ["CLOSED"]} if words.chance(0.6) else {}
    if words.chance(0.25):
        test = f"({words.test(place, 0)} AND {words.test(place, 0)})"
        found["exempt_when"] = words.one((test, [{"when": test, "reason": "excused"}]))
    if words.chance(0.2):
        found["waive_first_cycles"] = int(words.rng.integers(1, 4))
    found["breach"] = _breach(words, codes, each, ladders)
    return found


def _breach(
    words: Words, codes: list[tuple[str, str]], each: str, ladders: dict[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    mine = [n for n, of in ladders.items() if each == "member" or of == "household"]
    if mine and words.chance(0.7):
        found["ladder"] = words.one(mine)
    if not found or words.chance(0.5):
        own = [code for code, of in codes if of == "member"]
        whole = each == "household" or not own or words.chance(0.5)
        found["forfeit"] = words.some([code for code, _ in codes] if whole else own, 3)
        scopes = ("household_month", "household") if whole else ("member_month", "member")
        found["scope"] = words.one(scopes)
        if words.chance(0.4):
            found["shows"] = "lost"
    return found


def _ladder(words: Words, each: str, codes: list[tuple[str, str]]) -> dict[str, Any]:
    counters = {
        "run": {"consecutive": True, "not_judged": words.one(("keep", "reset"))},
        "in_year": {"within": words.one(("calendar_year", "school_year"))},
        "lately": {"last": f"{int(words.rng.integers(2, 5))} cycles"},
    }
    kept = words.some(list(counters), 3) if words.chance(0.6) else []
    place = Place(
        each,
        tests=("breach", "breach", "judged"),
        counts=(*kept, "months_in_state", "months_in_phase"),
    )
    names = ["none", *(f"rung_{n}" for n in range(1, int(words.rng.integers(2, 5))))]
    states: dict[str, Any] = {"none": {"money": "none"}}
    for name in names[1:]:
        states[name] = _state(words, names, place)
    last = states[names[-1]]
    if len(names) > 1 and last["money"] != "not_due":
        last.setdefault("then", "none")  # a way out of the highest rung
    steps: list[dict[str, Any]] = []
    for before, after in pairwise(names):
        when = words.one(
            ("breach", "breach", f"breach AND {words.test(place, 1)}", words.test(place, 1))
        )
        steps.append({"from": [before], "when": when, "to": after})
    if words.chance(0.4):
        steps.append(
            {"from": words.some(names[1:]), "when": words.test(place, 1), "to": words.one(names)}
        )
    found: dict[str, Any] = {
        "each": each,
        "applies_to": words.one(("all", words.some([code for code, _ in codes], 3))),
        "states": states,
        "steps": steps,
    }
    if kept:
        found["counters"] = {name: counters[name] for name in kept}
    if words.chance(0.6):
        found["memory"] = {
            "months": int(words.rng.integers(1, 8)),
            "from": words.one(("effect_start", "effect_end")),
            "then": words.one(("none", "none", names[1])),
        }
    if words.chance(0.3):
        found["switched_off_when"] = words.test(Place(each), 1)
    return found


def _state(words: Words, names: list[str], place: Place) -> dict[str, Any]:
    money = words.one(("none", "hold", "forfeit", "not_due", "reduce"))
    found: dict[str, Any] = {"money": money}
    if money == "reduce":
        found["by"] = words.one(("50 %", "33.3 %", "10 %"))
    if money == "hold":
        found["release"] = words.one(("next_cycle", "next_payable"))
        if words.chance(0.3):
            found["hold_limit"] = words.one(("1 cycles", "2 months"))
    length = words.one((None, "months", "cycles"))
    if length:
        found[length] = int(words.rng.integers(1, 4))
    if words.chance(0.5):
        found["then"] = words.one(names)
        if words.chance(0.3):
            found["until"] = words.test(Place(place.subject), 1)
    if words.chance(0.4):
        found["phase"] = words.one(("early", "late"))
    if words.chance(0.3):
        found["shows_after"] = "was_over"
    if money == "not_due" and place.subject == "household" and words.chance(0.5):
        found["ends"] = "enrolment"
    return found
