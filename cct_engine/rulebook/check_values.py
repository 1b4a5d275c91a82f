"""Checks of what is written as a value: parameters, tables, attributes, windows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cct_engine.rulebook.model_rules import RollingWindow
from cct_engine.rulebook.months import MONTH_NAMES
from cct_engine.rulebook.values import month_range, read_date, read_minor, read_percent, read_power

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_values import Attribute

__all__ = ["check_values"]

_DATE_WORDS = ("cycle", "never", "long_ago", "error")
_YEAR = 12
_OLDEST, _LATEST = 1800, 2200
_ABSENT = {
    "date": "`never`, `long_ago`, `cycle` (its first day)",
    "money": "A whole number",
    "int": "A whole number",
    "bool": "`true`, `false`",
}


def check_values(checked: Checked) -> None:
    """Refuse values that cannot be read, dates out of order, absences of another type."""
    law = checked.law
    _check_cycle(checked)
    for name, parameter in law.parameters.items():
        path: Path = ("parameters", name, "values")
        for number, dated in enumerate(parameter.values):
            _check_value(checked, parameter.type, dated.value, (*path, number, "value"))
        _check_order(checked, name, [dated.from_ for dated in parameter.values], path)
    for name, table in law.tables.items():
        if table.missing != "error":
            _check_value(checked, table.type, table.missing, ("tables", name, "missing"))
        path = ("tables", name, "values")
        _check_order(checked, name, [rows.from_ for rows in table.values], path)
        for number, rows in enumerate(table.values):
            keys = len(table.keys)
            _check_rows(checked, table.type, rows.rows, (*path, number, "rows"), keys=keys)
    for noun in ("household", "member", "pregnancy"):
        for name, attribute in getattr(law.attributes, noun).items():
            _check_absent(checked, name, attribute, ("attributes", noun, name, "absent"))
    _check_windows(checked)


def _check_cycle(checked: Checked) -> None:
    """Refuse cycles that leave a month out or pay for one twice: money has one cycle a month."""
    cycle = checked.law.cycle
    starts = sorted(MONTH_NAMES.index(name) for name in set(cycle.starts))
    paid = [(start + n) % _YEAR for start in starts for n in range(cycle.months)]
    if sorted(paid) == list(range(_YEAR)):
        return
    first = MONTH_NAMES.index(cycle.starts[0]) if "starts" in cycle.model_fields_set else 0
    right = ", ".join(MONTH_NAMES[(first + n) % _YEAR] for n in range(0, _YEAR, cycle.months))
    lost = ", ".join(name for n, name in enumerate(MONTH_NAMES) if n not in paid)
    why = f"no cycle pays for {lost}" if lost else "some months lie in two cycles"
    instead = f"starts: [{right}]; months that pay nothing are left out by `season` of a component."
    checked.refuse(("cycle",), "RB-039", f"Every `{cycle.every}`: {why}.", instead)


def _check_order(checked: Checked, name: str, days: Sequence[date], path: Path) -> None:
    for number, day in enumerate(days):
        if not _OLDEST <= day.year <= _LATEST:
            message = f"`{name}` has a value from {day} on, a year that no law speaks of."
            checked.refuse((*path, number), "RB-022", message, f"A day from {_OLDEST} on.")
    for number, (before, after) in enumerate(pairwise(days), start=1):
        if after <= before:
            message = f"`{name}`: {after} stands after {before}."
            if after == before:
                message = f"`{name}` has two values from {after} on."
            checked.refuse(
                (*path, number), "RB-022", message, "Values in date order, each day once."
            )


def _check_value(checked: Checked, kind: str, value: object, path: Path) -> None:
    if value is None:
        return
    text = str(value)
    try:
        if kind == "money":
            read_minor(text, currency=checked.law.currency)
        elif kind == "percent":
            read_percent(text)
        elif kind == "power":
            read_power(text)
        elif kind == "date":
            read_date(text)
        elif not isinstance(value, int) or isinstance(value, bool):
            checked.refuse(path, "RB-006", f"`{text}` is not a whole number.", "24")
    except ValueError as error:
        checked.refuse(path, "RB-021" if kind == "percent" else "RB-006", str(error), "")


def _check_rows(checked: Checked, kind: str, rows: object, path: Path, *, keys: int) -> None:
    if keys == 0:
        _check_value(checked, kind, rows, path)
    elif isinstance(rows, dict):
        for key, below in rows.items():
            _check_rows(checked, kind, below, (*path, key), keys=keys - 1)
    else:
        message = "A row has fewer keys than the table."
        checked.refuse(path, "RB-006", message, "One level per key.")


def _check_absent(checked: Checked, name: str, attribute: Attribute, path: Path) -> None:
    absent = attribute.absent
    whole = isinstance(absent, int) and not isinstance(absent, bool)
    fits = {
        "date": absent in _DATE_WORDS,
        "code": isinstance(absent, str)
        and (absent == "error" or not attribute.values or absent in attribute.values),
        "money": whole or absent == "error",
        "int": whole or absent == "error",
        "bool": isinstance(absent, bool) or absent == "error",
    }
    listed = ", ".join(f"`{code}`" for code in attribute.values)
    shown = "''" if absent == "" else absent
    if not fits[attribute.type]:
        checked.refuse(
            path,
            "RB-004",
            f"`{name}` is a {attribute.type}; `absent: {shown}` is none.",
            f"{_ABSENT.get(attribute.type, listed)}, or `error`.",
        )


def _check_windows(checked: Checked) -> None:
    for name, window in checked.law.windows.items():
        path: Path = ("windows", name)
        if isinstance(window, RollingWindow):
            if window.observe == "school_year" and checked.law.school_year is None:
                checked.refuse(
                    path, "RB-005", "No `school_year` is declared.", "school_year: {starts: Sep}"
                )
            continue
        for number, row in enumerate(window):
            try:
                month_range(row.observe)
            except ValueError as error:
                checked.refuse((*path, number, "observe"), "RB-006", str(error), "")
            if row.judge not in MONTH_NAMES:
                checked.refuse(
                    (*path, number, "judge"), "RB-006", f"`{row.judge}` is no month.", "May"
                )
