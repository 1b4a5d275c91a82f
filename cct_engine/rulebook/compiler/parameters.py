"""Values of the law at a moment, and the record of which were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from cct_engine.rulebook.compiler.unwritable import Unwritable
from cct_engine.rulebook.values import read_date, read_minor, read_percent, read_power

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from cct_engine.rulebook.model_values import Dated, DatedRows, Parameter, Table
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["NotInForce", "ParameterRead", "Parameters", "Value"]

Value: TypeAlias = "int | Fraction | date"
_T = TypeVar("_T", "Dated", "DatedRows")


class NotInForce(Unwritable):
    """A parameter has no value on the day asked for; whatever needs it is not due."""

    def __init__(self, name: str, on: date, *, kind: str = "parameters") -> None:
        self.name = name
        self.on = on
        self.at = (kind, name)
        super().__init__(
            f"RB-024 `{name}` has no value on {on}. "
            "A value with an earlier `from`, or `null` = not in force."
        )


@dataclass(frozen=True, slots=True, order=True)
class ParameterRead:
    """A value a statement used: what it was, since when, by which law, and what is unsure."""

    name: str
    from_on: date
    value: str
    law: str
    unsure: str = ""


@dataclass(slots=True)
class Parameters:
    """Looks up values by day and remembers each one that was read."""

    rulebook: Rulebook
    read: set[ParameterRead] = field(default_factory=set)

    def at(self, name: str, on: date) -> Value:
        """Return the value in force on a day, or raise :class:`NotInForce`."""
        parameter = self.rulebook.law.parameters[name]
        dated = _in_force(parameter.values, on)
        if dated is None or dated.value is None:
            raise NotInForce(name, on)
        return self._noted(name, parameter, dated)

    def over_time(self, name: str, until: date) -> tuple[tuple[date, Value], ...]:
        """Return all values that began by a day, each with its first day, oldest first."""
        parameter = self.rulebook.law.parameters[name]
        begun = [dated for dated in parameter.values if dated.from_ <= until]
        found = [d for d in begun if d.value is not None]
        if not found:
            raise NotInForce(name, until)
        return tuple((dated.from_, self._noted(name, parameter, dated)) for dated in found)

    def rows(self, name: str, on: date) -> list[tuple[tuple[str, ...], int]]:
        """Return a table's rows in force on a day: the codes of its keys and the value."""
        table = self.rulebook.law.tables[name]
        dated = _in_force(table.values, on)
        if dated is None:
            raise NotInForce(name, on, kind="tables")
        self.read.add(ParameterRead(name, dated.from_, "table", dated.law, dated.unsure))
        rows: list[tuple[tuple[str, ...], int]] = []
        self._flatten(dated.rows, (), table, rows)
        return rows

    def missing(self, name: str) -> int:
        """Return the value of a table for codes it does not list."""
        table = self.rulebook.law.tables[name]
        return self._cell(table, table.missing)

    def _flatten(
        self,
        rows: object,
        keys: tuple[str, ...],
        table: Table,
        into: list[tuple[tuple[str, ...], int]],
    ) -> None:
        if isinstance(rows, dict):
            for key, below in rows.items():
                self._flatten(below, (*keys, str(key)), table, into)
        elif isinstance(rows, int | str):
            into.append((keys, self._cell(table, rows)))

    def _cell(self, table: Table, value: int | str) -> int:
        if table.type == "money":
            return read_minor(value, currency=self.rulebook.currency)
        return int(value)

    def _noted(self, name: str, parameter: Parameter, dated: Dated) -> Value:
        if dated.value is None:
            raise NotInForce(name, dated.from_)
        self.read.add(ParameterRead(name, dated.from_, str(dated.value), dated.law, dated.unsure))
        if parameter.type == "money":
            return read_minor(dated.value, currency=self.rulebook.currency)
        if parameter.type == "percent":
            return read_percent(dated.value)
        if parameter.type == "power":
            return read_power(dated.value)
        return read_date(dated.value) if parameter.type == "date" else int(dated.value)


def _in_force(values: tuple[_T, ...], on: date) -> _T | None:
    found = [dated for dated in values if dated.from_ <= on]
    return found[-1] if found else None
