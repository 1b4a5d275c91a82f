"""A rulebook as plain dictionaries of text, and what holds on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ruamel.yaml import YAML

from .language import read

NEVER, LONG_AGO = date(9999, 12, 31), date(1, 1, 1)
DIGITS = {"CLP": 0, "KWD": 3}
BUILT_IN: dict[str, dict[str, Any]] = {
    "household": {
        **dict.fromkeys(("kind", "area", "zone", "municipality"), ""),
        **dict.fromkeys(("urban", "enrolled"), False),
        **dict.fromkeys(("enrolled_on", "applied_on"), "cycle"),
        "entitled_from": NEVER,
        "income_total": "error",
        "updated_on": "error",
    },
    "member": {
        **dict.fromkeys(("sex", "relationship", "grade"), ""),
        **dict.fromkeys(("responsible", "is_mother", "pregnant", "disability"), False),
        **dict.fromkeys(("left_on", "died_on"), NEVER),
        "joined_on": LONG_AGO,
        "birth_date": "error",
    },
    "pregnancy": {
        "lmp_on": LONG_AGO,
        "registered_on": "cycle",
        "delivery_on": NEVER,
        "previous_delivery_on": LONG_AGO,
    },
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPANS = {"month": 1, "two_months": 2, "quarter": 3, "four_months": 4, "half_year": 6, "year": 12}


class NotInForceError(Exception):
    """A parameter has no value on the day."""


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return date.fromordinal(first_day(month + 1).toordinal() - 1)


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


class PlainLaw:
    """A law's sections as text, with readers for its values."""

    def __init__(self, text: str) -> None:
        self.law: dict[str, Any] = YAML(typ="base").load(text)
        self.span = SPANS[self.law["cycle"]["every"]]
        self.components: list[dict[str, Any]] = list(self.law.get("components", []))
        for ladder in self.section("ladders").values():
            if "like" in ladder:
                model = self.section("ladders")[ladder["like"]]
                ladder |= {key: found for key, found in model.items() if key not in ladder}
        self.trees: dict[str, Any] = {}
        self.asked: dict[int, Any] = {}

    def needed(self, cycle: int) -> Any:
        """Return what the law asks in a cycle, walked once."""
        from .needed import Needed  # noqa: PLC0415 - it reads laws itself

        if cycle not in self.asked:
            self.asked[cycle] = Needed(self, cycle).asked()
        return self.asked[cycle]

    def section(self, name: str) -> dict[str, Any]:
        return self.law.get(name) or {}

    def many(self, name: str) -> list[dict[str, Any]]:
        return self.law.get(name) or []

    def tree(self, text: Any) -> Any:
        key = str(text)
        if key not in self.trees:
            self.trees[key] = read(key)
        return self.trees[key]

    def money(self, text: Any) -> int:
        return int(Decimal(str(text)).scaleb(DIGITS.get(self.law["currency"], 2)))

    def typed(self, kind: str, text: Any) -> Any:
        if kind == "money":
            return self.money(text)
        if kind == "percent":
            return Fraction(Decimal(str(text).replace("%", "").strip())) / 100
        if kind == "power":
            return Decimal(text)
        if kind == "date":
            return date.fromisoformat(text)
        return {"int": int, "bool": lambda t: t == "true"}.get(kind, str)(text)

    def parameter(self, name: str, on: date) -> Any:
        entry = self.section("parameters")[name]
        begun = [dated for dated in entry["values"] if date.fromisoformat(dated["from"]) <= on]
        if not begun or begun[-1]["value"] in {"null", ""}:
            raise NotInForceError(name)
        return self.typed(entry["type"], begun[-1]["value"])

    def oldest(self, name: str) -> date:
        return date.fromisoformat(self.section("parameters")[name]["values"][0]["from"])

    def lookup(self, name: str, keys: list[str], on: date) -> int | None:
        """Return a cell of a table; None where `missing: error` and it lists no such code."""
        entry = self.section("tables")[name]
        begun = [dated for dated in entry["values"] if date.fromisoformat(dated["from"]) <= on]
        if not begun:
            raise NotInForceError(name)
        rows: Any = begun[-1]["rows"]
        for key in keys:
            rows = rows.get(key) if isinstance(rows, dict) else None
        if rows is None:
            missing = entry["missing"]
            return None if missing == "error" else int(self.typed(entry["type"], missing))
        return int(self.typed(entry["type"], rows))

    @property
    def convention(self) -> tuple[str, int]:
        rounding = self.law["conventions"]["rounding"]
        return rounding["mode"], self.money(rounding["unit"])

    def absent(self, noun: str, name: str) -> Any:
        """Return what a missing attribute is taken for, or the word ``error``."""
        own = (self.section("attributes").get(noun) or {}).get(name)
        if own is None:
            return BUILT_IN[noun][name]
        words = {"never": NEVER, "long_ago": LONG_AGO}
        if own["absent"] in {"error", "cycle"} or own["absent"] in words:
            return words.get(own["absent"], own["absent"])
        return self.typed(own["type"], own["absent"])

    def kind(self, noun: str, name: str) -> str:
        own = (self.section("attributes").get(noun) or {}).get(name)
        if own is not None:
            return str(own["type"])
        known = BUILT_IN[noun][name]
        if name == "income_total":
            return "money"
        if isinstance(known, bool):
            return "bool"
        return "date" if isinstance(known, date) or name.endswith(("_on", "date")) else "code"

    def knows(self, noun: str, name: str) -> bool:
        return name in BUILT_IN[noun] or name in (self.section("attributes").get(noun) or {})

    def school_year_start(self, month: int) -> int:
        starts = MONTHS.index(self.section("school_year").get("starts", "Jan"))
        return month - (month - starts) % 12
