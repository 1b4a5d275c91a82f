"""Checks of a whole law that no single section can make: names, dates, ladders, order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.business_days import business_calendars
from cct_engine.rulebook.check_conditions import check_conditions
from cct_engine.rulebook.check_ladders import check_ladders
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
    check_conditions(checked)
    check_ladders(law, expressions, document)
    _check_components(checked)
    _check_money_sections(checked)
    _check_compiled(checked)


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
        for season in component.season:
            try:
                month_range(season)
            except ValueError as error:
                checked.refuse((*path, "season"), "RB-006", str(error), "")


def _check_money_sections(checked: Checked) -> None:
    law = checked.law
    codes = checked.components
    listed: list[tuple[Path, tuple[str, ...]]] = [
        (("limits", n), limit.over) for n, limit in enumerate(law.limits)
    ]
    listed += [(("caps", n), (*cap.of, *cap.reduce.lines)) for n, cap in enumerate(law.caps)]
    listed += [(("withholding", n), share.of) for n, share in enumerate(law.withholding)]
    listed += [
        (("stops", n), () if stop.lines == "all" else stop.lines)
        for n, stop in enumerate(law.stops)
    ]
    for path, words in listed:
        for word in words:
            checked.known(word, codes, path, "component")
    calendar = law.calendar
    if calendar.digit_of is not None and calendar.order is None:
        checked.refuse(
            ("calendar",), "RB-034", "`digit_of` without `order`.", 'order: "1234567890"'
        )
    if calendar.days is not None:
        days: Path = ("calendar", "days", "business")
        checked.known(calendar.days.business, business_calendars(), days, "business calendar")
    if calendar.days is None and not calendar.table:
        checked.refuse(
            ("calendar",), "RB-034", "The calendar has no days.", "days: {…} or table: […]"
        )


def _check_compiled(checked: Checked) -> None:
    """Refuse what the language has but this compiler has not, rather than leave it out silently."""
    law = checked.law
    refused: list[tuple[Path, str]] = []
    refused += [
        (("conditions", name, "missing"), "missing: hold")
        for name, condition in law.conditions.items()
        if condition.missing == "hold"
    ]
    for number, component in enumerate(law.components):
        if law.arrears is not None and component.each != "household":
            refused.append((("components", number), "arrears of members' components"))
        if component.kind == "deduction" and component.months is not None:
            refused.append((("components", number), "a deduction per month"))
    refused += [
        (("tables", name, "missing"), "missing: error")
        for name, table in law.tables.items()
        if table.missing == "error"
    ]
    refused += [(("caps", number), "caps") for number in range(len(law.caps))]
    refused += [(("withholding", number), "withholding") for number in range(len(law.withholding))]
    for path, what in refused:
        checked.refuse(
            path, "RB-090", f"`{what}` is not compiled yet.", "Another form of the rule."
        )
