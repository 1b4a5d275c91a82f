"""A random law: every section drawn, every name declared, so that it checks and compiles."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .judging import draw_judging
from .more import draw_more
from .paying import draw_paying
from .words import MONTHS, Place, Words

__all__ = ["SPANS", "draw_law", "draw_tree", "written"]

SPANS = {"month": 1, "two_months": 2, "quarter": 3, "four_months": 4, "half_year": 6, "year": 12}


def draw_law(seed: int) -> tuple[str, int]:
    """Return a law's text and the month number of the first cycle to calculate."""
    law, start = draw_tree(seed)
    return written(law), start


def draw_tree(seed: int) -> tuple[dict[str, Any], int]:
    """Return a law's sections and the month number of the first cycle to calculate."""
    words = Words(np.random.default_rng(seed))
    every = words.one(("month", "month", "month", "two_months", "two_months", "quarter"))
    span = SPANS[every]
    start = 2023 * 12 + int(words.rng.integers(0, 24))
    start -= start % span
    law: dict[str, Any] = {
        "programme": "drawn",
        "title": f"Drawn law {seed}",
        "currency": words.one(("INR", "INR", "BRL", "CLP", "KWD")),
        "cycle": {"every": every, "starts": [MONTHS[m] for m in range(0, 12, span)]},
        "school_year": {"starts": words.one(MONTHS)},
        "conventions": _conventions(words),
        "attributes": _attributes(words),
    }
    law["facts"] = _facts(words)
    _values(words, law, start, span)
    law["definitions"] = _definitions(words)
    law["standing"] = _standing(words)
    codes = _codes(words)
    words.codes = tuple(code for code, _ in codes)
    law |= draw_judging(words, law, codes, start)
    law |= draw_paying(words, law, codes, (start, span))
    draw_more(words, law)
    return law, start


def written(law: dict[str, Any]) -> str:
    """Return a law's sections as a file; a currency without decimals has larger units."""
    text = "".join(_section(name, value) for name, value in law.items() if value not in ({}, []))
    if law["currency"] == "CLP":
        for unit, larger in (("0.01", "1"), ("0.05", "5"), ("0.25", "2")):
            text = text.replace(unit, larger)
    return text


def _section(name: str, value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{name}:\n" + "".join(f"  - {_flow(entry)}\n" for entry in value)
    if isinstance(value, dict) and name not in {"cycle", "school_year", "recovery"}:
        return f"{name}:\n" + "".join(f"  {key}: {_flow(entry)}\n" for key, entry in value.items())
    return f"{name}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _conventions(words: Words) -> dict[str, Any]:
    spans = ("full", "full", "none", "by_days")
    found = {
        "leap_birthday": words.one(("mar_1", "feb_28")),
        "month_of_death": words.one(("due", "not_due", "by_days")),
        "entry_month": words.one(spans),
        "exit_month": words.one(spans),
        "new_payee": words.one(("at_once", "at_once", "next_cycle")),
        "rounding": {
            "mode": words.one(("half_up", "half_even", "down", "up")),
            "unit": words.one(("0.01", "0.01", "1", "0.25", "10")),
        },
    }
    if words.chance(0.15):
        found["counted"] = words.one(("relationship <> 'lodger'", "age_at(cycle.last_day) < 60"))
    return found


def _attributes(words: Words) -> dict[str, Any]:
    """Declare a few own attributes of each noun, and tell the words of them."""
    built_in: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
        "household": {
            "size": ("int", ()),
            "urban": ("bool", ()),
            "income_total": ("money", ()),
            "per_capita_income": ("money", ()),
            "enrolled_on": ("date", ()),
            "applied_on": ("date", ()),
            "updated_on": ("date", ()),
            "cycles_since_enrolment": ("int", ()),
        },
        "member": {
            "sex": ("code", ("F", "M")),
            "pregnant": ("bool", ()),
            "disability": ("bool", ()),
            "responsible": ("bool", ()),
            "birth_date": ("date", ()),
            "joined_on": ("date", ()),
            "left_on": ("date", ()),
            "died_on": ("date", ()),
        },
        "pregnancy": {
            "lmp_on": ("date", ()),
            "registered_on": ("date", ()),
            "delivery_on": ("date", ()),
            "previous_delivery_on": ("date", ()),
        },
    }
    absent = {
        "money": (0, 0, "error"),
        "int": (0, 3, "error"),
        "bool": (False, True, "error"),
        "date": ("never", "long_ago", "cycle", "error"),
        "code": ("n", "error"),
    }
    own: dict[str, Any] = {}
    for noun, letter in (("household", "h"), ("member", "m"), ("pregnancy", "p")):
        words.attributes[noun] = built_in[noun]
        own[noun] = {}
        for kind in ("money", "int", "bool", "date", "code"):
            if noun == "pregnancy" and kind in {"money", "code"}:
                continue
            if words.chance(0.6):
                name = f"{letter}_{kind}"
                values = ("a", "b", "n") if kind == "code" else ()
                options = absent[kind]
                own[noun][name] = {"type": kind, "absent": words.one(options)}
                own[noun][name] |= {"values": list(values)} if values else {}
                words.attributes[noun][name] = (kind, values)
        if not own[noun]:
            own[noun][f"{letter}_int"] = {"type": "int", "absent": 0}
            words.attributes[noun][f"{letter}_int"] = ("int", ())
    return own


def _facts(words: Words) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("attendance", "visit", "meeting", "absence"):
        of = "household" if name == "meeting" else "member"
        measure = {"attendance": "ratio", "absence": "sum"}.get(name, words.one(("count", "sum")))
        found[name] = {"of": of, "per": "month", "measure": measure}
        if words.chance(0.6):
            found[name]["reasons"] = ["ILL", "CLOSED"]
    found["paper"] = {"of": words.one(("member", "household")), "per": "year", "measure": "date"}
    return found


def _values(words: Words, law: dict[str, Any], start: int, span: int) -> None:
    """Declare parameters and tables; some change in the middle of the months calculated."""
    parameters: dict[str, Any] = {}
    zero = law["currency"] == "CLP"
    later = [_day(start + n) for n in range(1, 3 * span + 1)]

    def money() -> Any:
        whole = int(words.one((1, 7, 50, 100, 333, 600, 1000)))
        return whole if zero or words.chance(0.5) else f"{whole}.{words.one(('03', '5', '99'))}"

    def dated(value: Any, *, gap: bool = False) -> list[dict[str, Any]]:
        found = [{"from": "2000-01-01", "value": value(), "law": "s. 1"}]
        if words.chance(0.3):
            found.append({"from": words.one(later), "value": value(), "law": "s. 2"})
        if gap and words.chance(0.5):
            found = [entry for entry in found if entry["from"] > "2001"] or found
            known = {entry["from"] for entry in found}
            day = words.one([day for day in later if day not in known] or ["2035-01-01"])
            found.append({"from": day, "value": None, "law": "s. 3"})
            found.sort(key=lambda entry: str(entry["from"]))
        return found

    kinds = {
        "money": money,
        "percent": lambda: words.one(("50 %", "33.3 %", "85 %", "12.5 %", "100 %", "0 %", "7 %")),
        "int": lambda: int(words.rng.integers(0, 7)),
        "divisor": lambda: int(words.rng.integers(1, 9)),
        "date": lambda: words.one(("2023-12-31", "2024-02-29", "2024-06-15", "2020-01-01")),
    }
    for kind, value in kinds.items():
        for number in range(int(words.rng.integers(1, 4 if kind == "money" else 3))):
            name = f"{kind}_{number}"
            real = "int" if kind == "divisor" else kind
            parameters[name] = {"type": real, "values": dated(value)}
            words.parameters.setdefault(kind, []).append(name)
        if kind in {"money", "percent"} and words.chance(0.4):
            name = f"{kind}_gap"
            parameters[name] = {"type": kind, "values": dated(value, gap=True)}
            words.gaps.setdefault(kind, []).append(name)
        if kind in {"money", "percent", "int"} and words.chance(0.3):
            name = f"{kind}_kept"
            own = [a for a, (k, _) in words.attributes["household"].items() if k == "date"]
            own = [f"household.{name}" for name in own]
            parameters[name] = {
                "type": kind,
                "fixed_by": words.one([*own, "standing.grace_started_on"]),
                "values": [
                    {"from": "2000-01-01", "value": value(), "law": "s. 4"},
                    {
                        "from": _day(start - int(words.rng.integers(0, 14))),
                        "value": value(),
                        "law": "s. 5",
                    },
                    {"from": words.one(later), "value": value(), "law": "s. 6"},
                ],
            }
            words.fixed.setdefault(kind, []).append(name)
    law["parameters"] = parameters
    law["tables"] = _tables(words, money, later)


def _tables(words: Words, money: Any, later: list[str]) -> dict[str, Any]:
    keys = [
        (name, values)
        for noun in ("household", "member")
        for name, (kind, values) in words.attributes[noun].items()
        if kind == "code"
    ]
    found: dict[str, Any] = {}
    for kind, value in (("money", money), ("int", lambda: int(words.rng.integers(0, 9)))):
        if not words.chance(0.5):
            continue
        chosen = words.some(keys, 2)

        def rows(left: list[Any]) -> Any:
            if not left:
                return value()  # noqa: B023 - called before the next kind
            listed = [v for v in left[0][1] if words.chance(0.8)] or [left[0][1][0]]
            return {code: rows(left[1:]) for code in listed}

        name = f"table_{kind}"
        found[name] = {
            "keys": [key for key, _ in chosen],
            "type": kind,
            "missing": words.one((0, value(), "error")),
            "values": [{"from": "2000-01-01", "law": "s. 7", "rows": rows(chosen)}],
        }
        if words.chance(0.4):
            found[name]["values"].append(
                {"from": words.one(later), "law": "s. 8", "rows": rows(chosen)}
            )
        words.tables[name] = (tuple(key for key, _ in chosen), kind)
    return found


def _day(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}-01"


def _definitions(words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for subject in ("household", "member"):
        place = Place(subject, standing=False, moments=("cycle",))
        for kind, draw in (("bool", words.test), ("int", words.number), ("money", words.money)):
            if words.chance(0.3):
                name = f"{subject}_{kind}"
                found[name] = draw(place, 1)
                words.definitions.setdefault((subject, kind), []).append(name)
    return found


def _standing(words: Words) -> dict[str, Any]:
    place = Place(standing=False)
    test = lambda: words.test(place, 1)  # noqa: E731 - said once, drawn many times
    easy = f"({test()} OR household.size >= 2)"
    found: dict[str, Any] = {
        "apply": words.one(("TRUE", easy)),
        "keep": words.one(("TRUE", "same", "same", f"({test()} OR household.size >= 3)")),
    }
    if words.chance(0.2):
        found["excluded"] = [
            {"when": f"({test()} AND household.size = 2)", "reason": "out", "law": "s."}
        ]
    if words.chance(0.5):
        found["grace"] = {
            "shows": "protection",
            "while": words.one(("TRUE", words.test(Place(standing=False), 1))),
            "months": words.one((1, 3, *words.parameters["int"])),
            "otherwise": "exited_income",
            "then": "exited_end",
        }
    if words.chance(0.3):
        found["time_limit"] = {
            "months": words.one((24, 90, *words.fixed.get("int", []))),
            "from": words.one(("household.enrolled_on", "enrolled_on", "household.applied_on")),
            "shows": "exited_time",
        }
    return found


def _codes(words: Words) -> list[tuple[str, str]]:
    """Return the components' codes in their order, with what each is paid for."""
    count = int(words.rng.integers(2, 7))
    kinds = ("household", "member", "member", "pregnancy")
    return [(f"{chr(65 + n)}{n}", str(words.one(kinds))) for n in range(count)]
