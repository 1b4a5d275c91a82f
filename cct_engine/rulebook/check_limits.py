"""Checks of numbers that decide nothing: a threshold that all reach, a count of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.model_rules import RollingWindow
from cct_engine.rulebook.months import MONTH_NAMES
from cct_engine.rulebook.values import month_range, read_percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_rules import Condition

__all__ = ["check_limits"]

_WHOLE, _YEAR = 1, 12
_OF_NO_MATTER = {"law", "unsure"}


def check_limits(checked: Checked) -> None:
    """Refuse thresholds that nobody or everybody reaches, and numbers of which nothing is left."""
    for name, condition in checked.law.conditions.items():
        _check_threshold(checked, name, condition)
    _check_again(checked)
    _check_windows(checked)
    for path, written, what in _counts(checked):
        for at, value in _values(checked, written, path):
            if isinstance(value, int) and value < 1:
                message = f"{what} is `{value}`, so nothing is paid."
                checked.refuse(at, "RB-060", message, "1 or more; `null` where it does not hold.")


def _values(checked: Checked, written: object, path: Path) -> Iterator[tuple[Path, int | Fraction]]:
    """Yield the numbers that a key has over time, each with the entry that says it."""
    if isinstance(written, int):
        yield path, written
    parameter = checked.law.parameters.get(str(written))
    if parameter is None:
        return
    for number, dated in enumerate(parameter.values):
        at: Path = ("parameters", str(written), "values", number, "value")
        if parameter.type == "percent" and dated.value is not None:
            yield at, read_percent(dated.value)
        elif isinstance(dated.value, int):
            yield at, dated.value


def _counts(checked: Checked) -> Iterator[tuple[Path, object, str]]:
    law = checked.law
    for number, limit in enumerate(law.limits):
        yield ("limits", number, "at_most"), limit.at_most, f"The most of limit `{limit.name}`"
    for number, component in enumerate(law.components):
        if component.instalments is not None:
            most = component.instalments.most
            told = f"The most instalments of `{component.code}`"
            yield ("components", number, "instalments", "most"), most, told
    if law.standing.time_limit is not None:
        yield (
            ("standing", "time_limit", "months"),
            law.standing.time_limit.months,
            "The most months of a stay",
        )


def _check_threshold(checked: Checked, name: str, condition: Condition) -> None:
    fact = checked.law.facts[condition.fact]
    most = _WHOLE if fact.measure == "ratio" else None
    for key in ("at_least", "at_most", "less_than"):
        path: Path = ("conditions", name, key)
        for at, value in _values(checked, getattr(condition, key), path):
            over = most is not None and value > most
            full = most is not None and value >= most
            never = {"at_least": over, "at_most": value < 0, "less_than": value <= 0}[key]
            always = {"at_least": value <= 0, "at_most": full, "less_than": over}[key]
            if never or always:
                whom = "nobody can meet" if never else "everybody meets"
                checked.refuse(
                    at,
                    "RB-042",
                    f"A threshold of `{key}` that {whom}: `{name}` decides nothing.",
                    "A share between 0 % and 100 %." if most else "Another number.",
                )


def _check_again(checked: Checked) -> None:
    """Two conditions that ask the same and do the same: one was to be changed and was not."""
    seen: dict[str, str] = {}
    for name, condition in checked.law.conditions.items():
        said = repr(condition.model_dump(exclude=_OF_NO_MATTER))
        first = seen.setdefault(said, name)
        if first != name:
            message = f"`{name}` asks what `{first}` asks, and does what it does."
            checked.refuse(("conditions", name), "RB-002", message, "One of them, or a difference.")


def _check_windows(checked: Checked) -> None:
    """What is observed lies before it is judged."""
    cycle = checked.law.cycle
    ends = [MONTH_NAMES.index(name) + cycle.months - 1 for name in cycle.starts]
    for name, window in checked.law.windows.items():
        for number, row in enumerate(() if isinstance(window, RollingWindow) else window):
            start, end = month_range(row.observe)
            last = end + (_YEAR if end < start else 0)
            judged = MONTH_NAMES.index(row.judge)
            # A cycle judges when all its months are over.
            judged += min((at - judged) % _YEAR for at in ends)
            if last > judged + 1 + (_YEAR if row.year == "next" else 0):
                checked.refuse(
                    ("windows", name, number, "judge"),
                    "RB-023",
                    f"{row.observe} is not over when {row.judge} judges it: nothing is known then.",
                    "`year: next`, or a later month.",
                )
