"""Open money of earlier cycles: what is released, lapses, is paid late or taken back now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.open_money import open_money
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.retro import late_of
from cct_engine.rulebook.compiler.splitting import together
from cct_engine.rulebook.compiler.sqltext import (
    Range,
    bigint,
    rounded,
    total,
)
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.retro import Retro
    from cct_engine.rulebook.compiler.splitting import Split
    from cct_engine.rulebook.compiler.verdicts import Verdicts

__all__ = ["pay_layers"]


def pay_layers(
    plan: Plan,
    verdicts: Verdicts,
    parts: Mapping[str, Split],
    told: list[str],
    row: tuple[list[Retro], str],
) -> list[Layer]:
    """Return the layers to ``pay``: the household's totals and what is paid now.

    ``told``: columns of the row that outlets read besides the amounts; ``row``: the months paid
    late, and the layer that has all columns. ``pay_3`` has everything that decided, for the
    explanation; ``pay`` what the outlets read.
    """
    retro, last = row
    split, groups = list(parts.values()), together(parts.values())
    columns = [
        f"{last}.*",
        f"{bigint(total(s.due for s in groups))} AS gross",
        f"{bigint(total(s.forfeited for s in groups))} AS forfeited",
        f"{bigint(total(s.held for s in groups))} AS held_now",
        f"{bigint(total(s.withheld for s in groups))} AS withheld",
        f"{bigint(total(late.column for late in retro))} AS late",
    ]
    return [
        Layer("open_money", open_money(plan, verdicts), stored=True),
        Layer("pay_1", select(columns, last)),
        Layer("pay_2", _with_balances(plan)),
        Layer("pay_3", _paid()),
        Layer("pay", "FROM pay_3", stored=True, choice=_kept_columns(plan, split, retro, told)),
        Layer("recovered", _recovered()),
    ]


def _kept_columns(
    plan: Plan, split: list[Split], retro: list[Retro], told: list[str]
) -> tuple[tuple[str, str], ...]:
    """Return the columns that an outlet may read; those that none reads are left out."""
    names = ["household_id", "enrolment_id", "h_size", "eligible", "blocked", "registration"]
    names += ["standing", "standing_label", "excluded", "payee_person_id", "payee_digit"]
    names += ["no_payee", "incomplete", "eh_review_hold", "payee_waits"]
    names += ["gross", "forfeited", "withheld", "held", "arrears"]
    names += ["released", "lapsed", "recovery", "pay_now"]
    names += [f"{stem}_{name}" for name in plan.law.ladders for stem in ("shows", "x", "s")]
    texts = [
        text
        for part in split
        for text in (part.due, part.forfeited, part.held, part.withheld, part.reason)
    ]
    names += re.findall(r'"[^"]+"|\bh[lfhrvw][0-9]+\b', " ".join(texts))
    names += told
    names += [late.column for late in late_of(retro, "household")]
    gates = ("hf", "hh", "hl", "hr", "hv", "hw")
    names += [f"{stem}{number}" for stem in gates for number in range(1, 100)]
    return tuple((name, name) for name in dict.fromkeys(names))


def _with_balances(plan: Plan) -> str:
    sums = ["household_id"]
    for name, test in {
        "released": "becomes = 'released'",
        "paid_late": "becomes = 'arrears'",
        "lapsed": "becomes = 'lapsed'",
        "recoverable": "kind = 'recoverable'",
    }.items():
        sums.append(f"{bigint(f'SUM(CASE WHEN {test} THEN amount ELSE 0 END)')} AS {name}")
    inner = select(sums, "open_money", group_by="household_id")
    columns = ["pay_1.*"]
    columns += [
        f"COALESCE(b.{name}, 0) AS {name}"
        for name in ("released", "paid_late", "lapsed", "recoverable")
    ]
    columns.append("gross - forfeited - held_now - withheld AS payable_now")
    columns.append(f"{bigint(_most_recovered(plan))} AS recovery_most")
    source = f"pay_1\nLEFT JOIN ({inner}) AS b ON b.household_id = pay_1.household_id"
    return select(columns, source)


def _most_recovered(plan: Plan) -> str:
    recovery = plan.law.recovery
    if recovery is None:
        return "0"
    convention = plan.law.conventions.rounding
    base = "gross" if recovery.of == "gross" else "(gross - forfeited - held_now - withheld)"
    unit = read_minor(convention.unit, currency=plan.rulebook.currency)
    return rounded(base, recovery.most, mode="down", unit=unit, bounds=Range(0, 10**14))


def _paid() -> str:
    """Return the totals; gross + arrears + released - recovery = paid + held + withheld + lost."""
    least = (
        "CASE WHEN payable_now <= 0 OR recovery_most <= 0 THEN 0"
        " WHEN recoverable <= recovery_most AND recoverable <= payable_now THEN recoverable"
        " WHEN recovery_most <= payable_now THEN recovery_most ELSE payable_now END"
    )
    late_held = "CASE WHEN blocked = 1 THEN late ELSE 0 END"
    paid = f"payable_now + late - {late_held} + paid_late + released - ({least})"
    columns = [
        "pay_2.*",
        "late + paid_late AS arrears",
        f"{bigint(least)} AS recovery",
        f"{bigint(f'held_now + {late_held}')} AS held",
        f"{bigint(paid)} AS pay_now",
    ]
    return select(columns, "pay_2")


def _recovered() -> str:
    """Return what each overpayment gives back now, the oldest first."""
    before = (
        "SUM(amount) OVER (PARTITION BY open_money.household_id ORDER BY origin_month, for_month,"
        " component, person_id, pregnancy_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    inner = select(
        [
            "open_money.*",
            "pay.recovery AS recovery",
            f"{bigint(f'COALESCE({before}, 0)')} AS older",
        ],
        "open_money\nJOIN pay ON pay.household_id = open_money.household_id",
        where="kind = 'recoverable'",
    )
    taken = (
        "CASE WHEN recovery <= older THEN 0"
        " WHEN recovery - older >= amount THEN amount ELSE recovery - older END"
    )
    return select(["r.*", f"{bigint(taken)} AS taken"], f"({inner}) AS r")
