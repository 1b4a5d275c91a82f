"""Checks of units: lengths of time in the unit that is counted, roundings to an amount, shares."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cct_engine.rulebook.model_rules import RollingWindow
from cct_engine.rulebook.months import MONTH_NAMES
from cct_engine.rulebook.tree import Call, Constant, Name, Type, walk
from cct_engine.rulebook.values import month_range, read_minor, read_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.tree import Node
    from cct_engine.rulebook.values import Duration

__all__ = ["check_units"]

_WHOLE = 1


def check_units(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse what would silently be read in another unit, or rounds to nothing."""
    for path, span, units in _lengths(checked):
        if span is not None and span.unit not in units:
            message = f"`{span.length} {span.unit}s` is counted in {units[0]}s here."
            checked.refuse(path, "RB-006", message, f"{span.length} {units[0]}s")
    for path, unit in _roundings(checked, expressions):
        _check_unit(checked, path, unit)
    _check_shares(checked)
    _check_spans(checked)
    _check_substitutes(checked)
    _check_rungs(checked)
    source = expressions.get(("standing", "time_limit", "from"))
    if source is not None and not (isinstance(source, Name) and source.of == "household"):
        message = "The months of a stay are counted from a date of the household."
        checked.refuse(("standing", "time_limit", "from"), "RB-036", message, "enrolled_on")


def _lengths(checked: Checked) -> Iterator[tuple[Path, Duration | None, tuple[str, ...]]]:
    law = checked.law
    months = ("month", "cycle")
    for name, window in law.windows.items():
        if isinstance(window, RollingWindow):
            yield ("windows", name, "lag"), window.lag, months
    for name, ladder in law.ladders.items():
        for code, state in ladder.states.items():
            yield ("ladders", name, "states", code, "hold_limit"), state.hold_limit, months
        for word, counter in ladder.counters.items():
            yield ("ladders", name, "counters", word, "last"), counter.last, ("cycle",)
    if law.arrears is not None:
        yield ("arrears", "most"), law.arrears.most, months
    if law.recertify is not None:
        for rung in ("warn", "hold", "cancel"):
            span = getattr(law.recertify.ladder, rung)
            yield ("recertify", "ladder", rung), span, ("month",)


def _roundings(checked: Checked, expressions: Mapping[Path, Node]) -> Iterator[tuple[Path, object]]:
    yield ("conventions", "rounding", "unit"), checked.law.conventions.rounding.unit
    for number, cap in enumerate(checked.law.caps):
        yield ("caps", number, "reduce", "unit"), cap.reduce.unit
    for path, tree in expressions.items():
        for node in walk(tree):
            last = node.arguments[-1] if isinstance(node, Call) and node.arguments else None
            rounds = isinstance(node, Call) and node.function in _ROUNDED
            if rounds and isinstance(last, Constant) and last.type is Type.WORD:
                yield path, last.value


_ROUNDED = frozenset({"share", "ratio_of", "round_to", "scaled"})


def _check_unit(checked: Checked, path: Path, unit: object) -> None:
    try:
        is_amount = read_minor(str(unit), currency=checked.law.currency) > 0
    except ValueError as error:
        checked.refuse(path, "RB-006", str(error), "unit: 0.01")
        return
    if not is_amount:
        message = f"Nothing can be rounded to `{unit}`."
        checked.refuse(path, "RB-006", message, "An amount above 0, such as 0.01.")


def _check_shares(checked: Checked) -> None:
    """A part that is lost, kept back or taken back is no more than the whole."""
    law = checked.law
    for name, ladder in law.ladders.items():
        for code, state in ladder.states.items():
            if state.by is not None and state.by > _WHOLE:
                _too_much(checked, ("ladders", name, "states", code, "by"))
    if law.recovery is not None and law.recovery.most > _WHOLE:
        _too_much(checked, ("recovery", "most"))
    kept = {rule.share for rule in law.withholding} & law.parameters.keys()
    for name in kept:
        for number, dated in enumerate(law.parameters[name].values):
            try:
                share = read_percent(str(dated.value)) if dated.value is not None else 0
            except ValueError:
                continue  # told where the value is read
            if share > _WHOLE:
                _too_much(checked, ("parameters", name, "values", number, "value"))


def _check_spans(checked: Checked) -> None:
    """A span that ends before it begins holds never."""
    law = checked.law
    for number, override in enumerate(law.overrides):
        if override.to < override.from_:
            _never(checked, ("overrides", number, "to"))
    for number, component in enumerate(law.components):
        if component.from_ and component.until and component.until < component.from_:
            _never(checked, ("components", number, "until"))


def _check_substitutes(checked: Checked) -> None:
    """Months that stand for others lie in one year."""
    for name, window in checked.law.windows.items():
        for number, other in enumerate(getattr(window, "except_", ())):
            path: Path = ("windows", name, "except", number)
            try:
                start, end = month_range(other.observe)
            except ValueError as error:
                checked.refuse((*path, "observe"), "RB-006", str(error), "Jul..Dec")
                continue
            if start > end:
                checked.refuse((*path, "observe"), "RB-006", "It passes New Year.", "Jul..Dec")
            for month in other.months:
                if month not in MONTH_NAMES:
                    message = f"`{month}` is no month."
                    checked.refuse((*path, "months"), "RB-006", message, "Jan")


def _check_rungs(checked: Checked) -> None:
    """A registration grows old step by step: a rung that a harder one overtakes never holds."""
    recertify = checked.law.recertify
    if recertify is None:
        return
    written = [(rung, getattr(recertify.ladder, rung)) for rung in ("warn", "hold", "cancel")]
    rungs = [(rung, span) for rung, span in written if span is not None]
    for (rung, span), (harder, later) in pairwise(rungs):
        if span.unit == later.unit and later.length <= span.length:
            checked.refuse(
                ("recertify", "ladder", rung),
                "RB-055",
                f"`{rung}` at {span.length} months never comes: `{harder}` is there from "
                f"{later.length} months on.",
                "warn before hold, hold before cancel: {warn: 22 months, hold: 24 months}.",
            )


def _never(checked: Checked, path: Path) -> None:
    checked.refuse(path, "RB-022", "This ends before it begins.", "A later day.")


def _too_much(checked: Checked, path: Path) -> None:
    checked.refuse(path, "RB-021", "This is more than the whole.", "100 % at most.")
