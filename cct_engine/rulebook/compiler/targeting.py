"""Classifications of households that a law asks for: a column each, beside the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.compiler.sqltext import bigint, quoted
from cct_engine.rulebook.tree import Type

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["target_columns", "target_names"]


def target_names(plan: Plan) -> dict[str, str]:
    """Return the column on the household's row by the classification's name."""
    return {name: quoted(f"{name} target") for name in plan.law.targeting}


def target_columns(plan: Plan) -> list[tuple[str, str]]:
    """Return the columns and their SQL over the household's row.

    What is classified is never a condition of the money: a household without a member that an
    expression asks for is not held because of it.
    """
    needs = plan.needs
    registers: tuple[dict[str, Any], ...]
    registers = (needs.empty, *needs.incomplete.values(), *needs.unlisted.values())
    before = [dict(register) for register in registers]
    columns = []
    for name, column in target_names(plan).items():
        node = plan.rulebook.expression("targeting", name)
        sql = plan.value("targeting", name)
        columns.append((column, sql if node.type is Type.CODE else bigint(sql)))
    for register, known in zip(registers, before, strict=True):
        register.clear()
        register.update(known)
    return columns
