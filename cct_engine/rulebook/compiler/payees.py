"""Who receives: the first rule with a candidate wins, then the order, then the lowest id.

The order is packed into one number per candidate (rule, ordering values, id, digit of the
calendar's id), so that the choice is one MIN over the members and needs no window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.sqltext import case, conjunction
from cct_engine.rulebook.compiler.succession import is_delayed
from cct_engine.rulebook.compiler.unwritable import NotCompiled, standing_at
from cct_engine.rulebook.tree import Type

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["FIRST_DAY", "NO_DIGIT", "PayeeChoice", "payee_choice"]

FIRST_DAY, NO_DIGIT = "10", "15"
"""What stands for a digit where the first pay day is meant, and where a payee has no id."""

_ID_SPAN = 2**36  # person ids stay below 68 billion
_DIGIT_SPAN = 16  # 0 to 9, and 15 for none
_DAY_SPAN = 2**17  # days from 1850-01-01 to 2208
_DAY_ZERO = 43829  # 1850-01-01 is day -43829
_BUDGET = 2**62


@dataclass(frozen=True, slots=True)
class PayeeChoice:
    """The packed key of a candidate, over the columns of ``mem_0``."""

    key: str

    @property
    def person_id(self) -> str:
        """Return the SQL of the payee's id in the household's lowest key."""
        with_rank = f"CAST(DIV(payee_key, {_DIGIT_SPAN}) AS BIGINT)"
        rank = f"CAST(DIV(payee_key, {_ID_SPAN * _DIGIT_SPAN}) AS BIGINT)"
        return f"{with_rank} - {rank} * {_ID_SPAN}"

    @staticmethod
    def packed(rank: str) -> str:
        """Return the SQL of a member's key, whose place among all is ``rank``."""
        return f"({rank} * {_ID_SPAN} + member_id) * {_DIGIT_SPAN} + m_id_digit"

    @property
    def digit(self) -> str:
        """Return the SQL of the last digit of the payee's id; ``NO_DIGIT`` for none."""
        return f"payee_key - CAST(DIV(payee_key, {_DIGIT_SPAN}) AS BIGINT) * {_DIGIT_SPAN}"


def payee_choice(plan: Plan) -> PayeeChoice:
    """Return how the payee of each household is found."""
    orders = []
    for number, rule in enumerate(plan.law.payee):
        with standing_at("payee", number, "by"):
            orders.append(_order(plan, rule.by))
    if not orders:
        return PayeeChoice("NULL")
    span = max(span for _, span in orders)
    if span * len(orders) * _ID_SPAN * _DIGIT_SPAN >= _BUDGET:
        with standing_at("payee"):
            raise NotCompiled(
                "A payee ordered by more than a date and a few flags",
                "Fewer words after `by:`, or several rules with `where`.",
            )
    branches = []
    for number, (order, _) in enumerate(orders):
        test = plan.test("payee", number, "where", subject="member", early=True)
        if is_delayed(plan):
            test = conjunction(["m_here = 1", test])
        branches.append((test, PayeeChoice.packed(f"({number * span} + {order})")))
    digit = (
        "CASE WHEN id_digit IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')"
        f" THEN CAST(id_digit AS BIGINT) ELSE {NO_DIGIT} END"
    )
    plan.needs.columns["member"].setdefault("m_id_digit", digit)
    return PayeeChoice(case(branches, "NULL"))


def _order(plan: Plan, by: tuple[str, ...]) -> tuple[str, int]:
    """Return the ordering values as one number, and how many values it can take."""
    order, span = "0", 1
    for entry in by:
        name, _, direction = entry.partition(" ")
        if name in {"member_id", "id"}:
            continue
        value, size = _ranked(plan, name)
        if direction == "DESC":
            value = f"({size - 1} - {value})"
        order, span = f"({order}) * {size} + {value}" if span > 1 else value, span * size
    return order, span


def _ranked(plan: Plan, name: str) -> tuple[str, int]:
    known = plan.needs.attributes["member"].get(name)
    if known is None:
        raise _unordered(name)
    if known.type is Type.BOOL:
        return plan.needs.column("member", name), 2
    if known.type is Type.DATE:
        day = f"({plan.needs.column('member', name, '_day')} + {_DAY_ZERO})"
        clipped = [(f"{day} < 0", "0"), (f"{day} >= {_DAY_SPAN}", str(_DAY_SPAN - 1))]
        return case(clipped, day), _DAY_SPAN
    if known.type is Type.CODE and known.values:
        column = plan.needs.column("member", name)
        ranks = [(f"{column} = '{code}'", str(n)) for n, code in enumerate(sorted(known.values))]
        return case(ranks, str(len(ranks))), len(ranks) + 1
    raise _unordered(name)


def _unordered(name: str) -> NotCompiled:
    return NotCompiled(f"A payee ordered by `{name}`", "A date, a flag, or a code with `values:`.")
