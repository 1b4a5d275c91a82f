"""Checks of a whole law that no single section can make: names, dates, ladders, order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.check_calendar import check_calendar
from cct_engine.rulebook.check_conditions import check_conditions
from cct_engine.rulebook.check_ladders import check_ladders
from cct_engine.rulebook.check_money import check_money
from cct_engine.rulebook.check_names import check_names
from cct_engine.rulebook.check_shared import check_shared
from cct_engine.rulebook.check_tables import check_tables
from cct_engine.rulebook.check_units import check_units
from cct_engine.rulebook.check_values import check_values
from cct_engine.rulebook.checked import Checked
from cct_engine.rulebook.values import month_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.reading import Document
    from cct_engine.rulebook.tree import Node

__all__ = ["check_law"]


def check_law(law: Law, expressions: Mapping[Path, Node], document: Document) -> None:
    """Refuse in ``document`` whatever contradicts itself, is left open or is not compiled."""
    checked = Checked(law, document)
    check_values(checked)
    check_tables(checked, expressions)
    check_conditions(checked)
    check_shared(checked)
    check_ladders(law, expressions, document)
    _check_components(checked)
    check_money(checked)
    check_calendar(checked)
    check_units(checked, expressions)
    check_names(checked, expressions)


def _check_components(checked: Checked) -> None:
    seen: set[str] = set()
    for number, component in enumerate(checked.law.components):
        path: Path = ("components", number)
        if component.code in seen:
            checked.refuse(
                path, "RB-002", f"Component `{component.code}` is given twice.", "One entry."
            )
        seen.add(component.code)
        if component.kind == "deduction" and component.each != "household":
            checked.refuse(
                path,
                "RB-033",
                f"Deduction `{component.code}` must be of the household.",
                "each: household",
            )
        if component.once is not None and component.months is not None:
            message = f"`{component.code}` comes once, and in each month of the cycle."
            checked.refuse(path, "RB-038", message, "Leave out `months`.")
        for season in component.season:
            try:
                month_range(season)
            except ValueError as error:
                checked.refuse((*path, "season"), "RB-006", str(error), "")
