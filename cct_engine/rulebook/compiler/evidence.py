"""Facts summed over windows, and the tests that a sum satisfies or a single fact falls short of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import NEVER_HOLDS
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import bigint, case, disjunction, literal
from cct_engine.rulebook.compiler.unwritable import NotCompiled

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.months import Month

__all__ = ["FactGroup", "fact_layer", "severity", "threshold_tests"]


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts of one kind over one window, summed once for all conditions that read them."""

    alias: str
    kind: str
    each: str
    months: tuple[Month, ...]
    worst: dict[str, str]

    def severity(self, sql: str) -> str:
        """Return the column that holds the worst shortfall of one threshold."""
        return self.worst.setdefault(sql, f"{self.alias}_w{len(self.worst) + 1}")


def fact_layer(plan: Plan, group: FactGroup) -> Layer:
    """Return the facts of a group summed per subject, with the worst shortfalls asked for."""
    alias = group.alias
    columns = ["household_id"] + (["member_id"] if group.each == "member" else [])
    key = ", ".join(columns)
    columns += [
        f"{bigint('SUM(numerator)')} AS {alias}_n",
        f"{bigint('SUM(denominator)')} AS {alias}_d",
        f"{bigint('COUNT(*)')} AS {alias}_c",
        f"{bigint('MAX(COALESCE(waived, 0))')} AS {alias}_x",
    ]
    columns += [f"{bigint(f'MAX({sql})')} AS {name}" for sql, name in group.worst.items()]
    numbers = [month.number for month in group.months]
    contiguous = numbers == list(range(numbers[0], numbers[-1] + 1))
    months = (
        f"month BETWEEN {numbers[0]} AND {numbers[-1]}"
        if contiguous
        else f"month IN ({', '.join(map(str, numbers))})"
    )
    # A report without its numbers says nothing: it neither passes a threshold nor fails it.
    where = f"kind = {literal(group.kind)} AND {months}"
    where += " AND numerator IS NOT NULL AND denominator IS NOT NULL"
    if plan.law.facts[group.kind].of == "household":
        where += " AND member_id = 0"
    return Layer(f"fact_{alias}", select(columns, "src_fact", where=where, group_by=key))


def threshold_tests(
    plan: Plan, condition: Condition, alias: str, moment: Moment
) -> tuple[str, str]:
    """Return the test that the window satisfies, and the test that one fact falls short."""
    kind, threshold = _threshold(plan, condition, moment)
    measure = plan.law.facts[condition.fact].measure
    if measure == "date":
        raise NotCompiled("A condition on a fact of dates", "A fact with `measure: count`.")
    if measure == "ratio":
        share = Fraction(threshold)
        sign, short = {"at_least": (">=", "<"), "at_most": ("<=", ">"), "less_than": ("<", ">=")}[
            kind
        ]
        top, bottom = share.numerator, share.denominator
        return (
            f"{alias}_n * {bottom} {sign} {top} * {alias}_d",
            f"numerator * {bottom} {short} {top} * denominator",
        )
    if kind == "at_least":
        return f"{alias}_n >= {threshold}", "numerator = 0"
    sign = "<=" if kind == "at_most" else "<"
    return f"{alias}_n {sign} {threshold}", "numerator > 0"


def _threshold(plan: Plan, condition: Condition, moment: Moment) -> tuple[str, int | Fraction]:
    for kind in ("at_least", "at_most", "less_than"):
        written: str | int | None = getattr(condition, kind)
        if isinstance(written, int):
            return kind, written
        if written is not None:
            value = plan.parameters.at(written, moment.month.first_day)
            if isinstance(value, int | Fraction):
                return kind, value
    raise NotCompiled("A condition without a threshold", "`at_least: 1`.")


def severity(condition: Condition, short: str) -> str:
    """Return how bad a fact is: 0 not short, 1 the supply's fault, 2 justified, 3 not excused."""
    supply = disjunction(["waived = 1", _is_one_of(condition.supply_side)])
    excuses = [(supply, "1"), (_is_one_of(condition.justified_by), "2")]
    return f"CASE WHEN {short} THEN {case(excuses, '3')} ELSE 0 END"


def _is_one_of(codes: tuple[str, ...]) -> str:
    return f"reason IN ({', '.join(literal(code) for code in codes)})" if codes else NEVER_HOLDS
