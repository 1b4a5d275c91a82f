"""Random households for any law: nulls, leap days, and values on and beside every threshold."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cct_engine.rulebook import shard_schemas

from .judging import months_minus, windows
from .law import first_day, last_day, month_of
from .past import add_past
from .scope import Home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook import Rulebook

    from .law import PlainLaw

Rows = dict[str, list[dict[str, Any]]]
_EPOCH = date(1970, 1, 1)


class Draw:
    """Draws from what a law says: its codes, its numbers, its ages, its lines."""

    def __init__(self, law: PlainLaw, text: str, cycle: int, seed: int) -> None:
        self.law, self.cycle = law, cycle
        self.rng = np.random.default_rng(seed)
        self.numbers = sorted({int(n) for n in re.findall(r"\b\d{1,2}\b", text)} | {0, 1, 5, 30})
        self.money = [0] + [
            law.money(dated["value"])
            for parameter in law.section("parameters").values()
            if parameter["type"] == "money"
            for dated in parameter["values"]
            if dated["value"] not in {"null", ""}
        ]
        self.shares = [
            law.typed("percent", dated["value"])
            for parameter in law.section("parameters").values()
            if parameter["type"] == "percent"
            for dated in parameter["values"]
            if dated["value"] not in {"null", ""}
        ]
        self.codes = {
            name: sorted(set(re.findall(rf"{name} = '(\w+)'", text))) or [""]
            for name in ("relationship", "area", "zone", "kind", "municipality")
        }
        self.events = sorted(set(re.findall(r"event(?:_on)?\('(\w+)'\)", text)))
        self.events += ["review_hold", "left_voluntarily"]
        self.events += [f"cleared_{stop['name']}" for stop in law.many("stops")]
        self.programmes = sorted(set(re.findall(r"in_programme\('(\w+)'\)", text)))

    def one(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def near(self, day: date) -> date:
        return day + timedelta(days=self.one((-31, -1, 0, 0, 1, 15)))

    def day(self) -> date:
        """Return a day on or beside an edge of the cycle, or a length of time before it."""
        base = self.one((first_day(self.cycle), last_day(self.cycle + self.law.span - 1)))
        back = self.one((0, 0, 0, 100, 150, 151, 180, 240, 400, 700))
        return self.near(base - timedelta(days=back))

    def born(self) -> date:
        if self.chance(0.1):
            return date(self.one(range(1940, 2025, 4)), 2, 29)
        age = self.one([n for n in self.numbers if n < 80])
        base = first_day(self.cycle - self.one((0, 0, 1, 3, 4)))
        if self.chance(0.3):
            return months_minus(base, int(self.rng.integers(0, 30))) + timedelta(
                days=self.one((-1, 0, 1))
            )
        born = months_minus(base, 12 * age) + timedelta(days=self.one((-200, -1, 0, 1)))
        return min(born, last_day(self.cycle))

    def attribute(self, declared: dict[str, Any]) -> Any:
        kind = declared["type"]
        if kind == "code":
            return self.one(declared.get("values") or ["x", "y"])
        if kind == "money":
            return max(0, int(self.one(self.money)) + self.one((0, 0, 1, -1))) if self.money else 0
        if kind == "int":
            return max(0, int(self.one(self.numbers)) + self.one((-1, 0, 1)))
        return self.day() if kind == "date" else int(self.chance(0.4))


def households(law: PlainLaw, text: str, cycle: int, seed: int, count: int) -> list[Rows]:
    """Return the rows of ``count`` households; the same seed gives the same households."""
    draw = Draw(law, text, cycle, seed)
    return [_household(draw, number) for number in range(1, count + 1)]


def put(row: dict[str, Any], name: str, day: date | None) -> None:
    """Write a date as a shard has it, three times."""
    row[name] = day
    row[f"{name}_day"] = None if day is None else (day - _EPOCH).days
    row[f"{name}_month"] = None if day is None else month_of(day)


def _fill(draw: Draw, noun: str, row: dict[str, Any]) -> None:
    for name, declared in (draw.law.section("attributes").get(noun) or {}).items():
        unknown = draw.chance(0.02 if declared["absent"] == "error" else 0.15)
        found = None if unknown else draw.attribute(declared)
        if declared["type"] == "date":
            put(row, name, found)
        else:
            row[name] = found


def _household(draw: Draw, number: int) -> Rows:
    tables = "household member pregnancy fact event state balance history enrolled_elsewhere"
    rows: Rows = {name: [] for name in tables.split()}
    key = {"household_id": number}
    size = 40 if draw.chance(0.003) else int(draw.rng.integers(0 if draw.chance(0.05) else 1, 7))
    enrolled = draw.chance(0.85)
    row: dict[str, Any] = {
        **key,
        "enrolment_id": number if enrolled else 0,
        "enrolled": int(enrolled),
        "urban": draw.one((None, 0, 1)),
        **{name: draw.one([*codes, "", None]) for name, codes in draw.codes.items()},
        "income_total": None if draw.chance(0.02) else _income(draw, size),
    }
    row.pop("relationship")
    on = draw.one((draw.day(), first_day(draw.cycle - 24), first_day(draw.cycle - 90)))
    put(row, "enrolled_on", min(on, first_day(draw.cycle)) if enrolled else None)
    back = first_day(draw.cycle - draw.one((0, 1, 3, 8, 20)))
    put(row, "entitled_from", None if draw.chance(0.6) else back)
    put(row, "applied_on", None if draw.chance(0.5) else draw.day())
    months = draw.one((0, 0, 0, 21, 22, 23, 24, 29, 30))
    updated = draw.near(first_day(draw.cycle - months))
    put(row, "updated_on", None if draw.chance(0.02) else updated)
    _fill(draw, "household", row)
    rows["household"].append(row)
    for place in range(size):
        _member(draw, rows, key, number * 100 + place)
    add_facts(draw, rows, key)
    _events(draw, rows, key)
    add_past(draw, rows, key)
    return rows


def _income(draw: Draw, size: int) -> int:
    return max(0, int(draw.one(draw.money)) * max(size, 1) + draw.one((-1, 0, 0, 1)))


def _member(draw: Draw, rows: Rows, key: dict[str, int], member_id: int) -> None:
    row: dict[str, Any] = {
        **key,
        "member_id": member_id,
        "sex": draw.one(("F", "F", "M", None)),
        "relationship": draw.one([*draw.codes["relationship"], "child", None]),
        "responsible": draw.one((None, 0, 1)),
        "is_mother": draw.one((None, 0, 1)),
        "pregnant": int(draw.chance(0.15)),
        "disability": draw.one((None, 0, 0, 1)),
        "id_digit": draw.one(("0", "7", "", None)),
    }
    row["grade"] = draw.one(("NA", None))
    put(row, "birth_date", None if draw.chance(0.01) else draw.born())
    for name in ("joined_on", "left_on", "died_on"):
        put(row, name, draw.day() if draw.chance(0.08) else None)
    _fill(draw, "member", row)
    rows["member"].append(row)
    if draw.chance(0.2):
        for place in range(1 + draw.chance(0.2)):
            pregnancy = {**key, "pregnancy_id": member_id * 10 + place, "member_id": member_id}
            for name in ("lmp_on", "registered_on", "delivery_on", "previous_delivery_on"):
                put(pregnancy, name, None if draw.chance(0.3) else draw.day())
            _fill(draw, "pregnancy", pregnancy)
            rows["pregnancy"].append(pregnancy)


def add_facts(draw: Draw, rows: Rows, key: dict[str, int]) -> None:
    """Report facts of the months that the cycle reads, of which nothing was reported before."""
    law = draw.law
    before = {(fact["kind"], fact["member_id"], fact["month"]) for fact in rows["fact"]}
    for kind, fact in law.section("facts").items():
        members = [m["member_id"] for m in rows["member"]] if fact["of"] == "member" else [0]
        months = set(range(draw.cycle - 2, draw.cycle + law.span))
        for condition in law.section("conditions").values():
            if condition["fact"] == kind:
                for seen, _ in windows(law, condition, draw.cycle):
                    months |= set(seen)
        if fact["per"] == "year":
            months = {(draw.cycle // 12 - back) * 12 for back in range(3)}
        for member in members:
            for month in sorted(months):
                if draw.chance(0.35) and (kind, member, month) not in before:
                    top, bottom = _measured(draw, fact["measure"])
                    rows["fact"].append(
                        {
                            **key,
                            "member_id": member,
                            "kind": kind,
                            "month": month,
                            "numerator": None if draw.chance(0.02) else top,
                            "denominator": None if draw.chance(0.01) else bottom,
                            "reason": draw.one([*fact.get("reasons", []), "", ""]),
                            "waived": draw.one((None, None, 0, 1)),
                        }
                    )


def _measured(draw: Draw, measure: str) -> tuple[int, int]:
    if measure == "date":
        return (draw.day() - _EPOCH).days, 1
    if measure != "ratio":
        return int(draw.one((0, 0, 1, 3, 4, 12))), 1
    bottom = int(draw.one((0, 20, 20, 1000)))
    share = draw.one([*draw.shares, 0, 1])
    top = int(share * bottom) + draw.one((-1, 0, 0, 1))
    return min(max(top, 0), bottom), bottom


def _events(draw: Draw, rows: Rows, key: dict[str, int]) -> None:
    for code in draw.events:
        if not draw.chance(0.04 if code in {"review_hold", "left_voluntarily"} else 0.3):
            continue
        start = draw.cycle - draw.one((0, 0, 1, 11, 12, 13))
        event = {
            **key,
            "subject_id": 0,
            "code": code,
            "from_month": start,
            "until_month": draw.one((None, None, draw.cycle, draw.cycle - 1)),
            "for_month": None,
            "detail": "",
        }
        put(event, "on_date", first_day(start) + timedelta(days=9))
        rows["event"].append(event)
    names = list(draw.law.section("conditions"))
    if names and draw.chance(0.1):
        subjects = [0, *(m["member_id"] for m in rows["member"])]
        event = {
            **key,
            "subject_id": draw.one(subjects),
            "code": "annul",
            "from_month": draw.cycle,
            "until_month": None,
            "for_month": draw.cycle + draw.one(range(draw.law.span)),
            "detail": draw.one(("", draw.one(names))),
        }
        put(event, "on_date", first_day(draw.cycle))
        rows["event"].append(event)
    for programme in draw.programmes:
        if draw.chance(0.1):
            rows["enrolled_elsewhere"].append(
                {
                    **key,
                    "person_id": 0,
                    "programme": programme,
                    "from_month": draw.cycle - draw.one((0, 3, -1)),
                    "until_month": draw.one((None, draw.cycle - 1, draw.cycle)),
                }
            )


def shard(rulebook: Rulebook, drawn: Sequence[Rows]) -> dict[str, pa.Table]:
    """Return the households as the tables of a shard."""
    schemas = shard_schemas(rulebook)
    found = {}
    for name, schema in schemas.items():
        rows = [row for rows in drawn for row in rows[name]]
        known = set(schema.names)
        kept = [{key: cell for key, cell in row.items() if key in known} for row in rows]
        found[name] = pa.Table.from_pylist(kept, schema=schema)
    return found


def home(rows: Rows) -> Home:
    """Return a household's rows as the plain reading takes them."""
    return Home(
        row=rows["household"][0],
        members=list(rows["member"]),
        pregnancies=list(rows["pregnancy"]),
        events=rows["event"],
        facts=rows["fact"],
        states=rows["state"],
        balances=rows["balance"],
        history=rows["history"],
        elsewhere=rows["enrolled_elsewhere"],
    )
