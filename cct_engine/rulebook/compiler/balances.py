"""Open money of earlier cycles: what is released, lapses, is paid late or taken back now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.ladders import EFFECTS
from cct_engine.rulebook.compiler.money import together
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import (
    Range,
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
    rounded,
    total,
)
from cct_engine.rulebook.compiler.standing import RECERTIFY
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.money import Retro, Split

__all__ = ["pay_layers"]


def pay_layers(
    plan: Plan, parts: Mapping[str, Split], retro: list[Retro], last: str
) -> list[Layer]:
    """Return the layers to ``pay``: the household's totals and what is paid now.

    ``pay_3`` has everything that decided, for the explanation; ``pay`` what the outlets read.
    """
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
        Layer("open_money", _open_money(plan), stored=True),
        Layer("pay_1", select(columns, last)),
        Layer("pay_2", _with_balances(plan)),
        Layer("pay_3", _paid()),
        Layer("pay", "FROM pay_3", stored=True, choice=_kept_columns(plan, split, retro)),
        Layer("recovered", _recovered()),
    ]


def _kept_columns(
    plan: Plan, split: list[Split], retro: list[Retro]
) -> tuple[tuple[str, str], ...]:
    """Return the columns that an outlet may read; those that none reads are left out."""
    names = ["household_id", "enrolment_id", "h_size", "eligible", "blocked", "registration"]
    names += ["standing", "standing_label", "excluded", "payee_person_id", "payee_digit"]
    names += ["no_payee", "incomplete", "eh_review_hold", "gross", "forfeited", "withheld"]
    names += ["held", "arrears", "released", "lapsed", "recovery", "pay_now"]
    names += [f"{stem}_{name}" for name in plan.law.ladders for stem in ("shows", "x", "s")]
    texts = [
        text for part in split for text in (part.due, part.forfeited, part.held, part.withheld)
    ]
    names += re.findall(r'"[^"]+"|\bh[lfhrvw][0-9]+\b', " ".join(texts))
    names += [late.column for late in retro]
    names += [f"{stem}{number}" for stem in ("hr", "hl", "hv", "hw") for number in range(1, 100)]
    return tuple((name, name) for name in dict.fromkeys(names))


def _open_money(plan: Plan) -> str:
    """Return each open balance with what becomes of it: released, lapsed, arrears, or nothing."""
    released, joins = _releases(plan)
    lapsed = _lapses(plan)
    what = case(
        [
            (conjunction(["kind = 'held'", lapsed]), literal("lapsed")),
            ("blocked = 1", literal("")),
            (conjunction(["kind = 'held'", released]), literal("released")),
            ("kind = 'arrears'", literal("arrears")),
        ],
        literal(""),
    )
    columns = [
        "b.household_id AS household_id",
        "b.kind AS kind",
        "b.component AS component",
        "b.person_id AS person_id",
        "b.pregnancy_id AS pregnancy_id",
        "b.for_month AS for_month",
        "b.origin_month AS origin_month",
        "b.amount AS amount",
        "b.reason_code AS reason_code",
        f"{what} AS becomes",
    ]
    source = f"src_balance AS b\nJOIN eff ON eff.household_id = b.household_id{joins}"
    return select(columns, source)


def _releases(plan: Plan) -> tuple[str, str]:
    """Return the test that the reason of a hold is over, and the joins it needs."""
    tests = [
        "reason_code = 'no_payee'",
        "reason_code = 'incomplete'",
        "reason_code = 'review_hold'",
    ]
    if plan.law.recertify is not None:
        tests.append("reason_code = 'recertify:hold'")
    for stop in plan.law.stops:
        cleared = plan.needs.event("household", f"cleared_{stop.name}")
        tests.append(f"reason_code = {literal(f'stop:{stop.name}')} AND {cleared} = 1")
    joins = ""
    for name, ladder in plan.law.ladders.items():
        holding = [(code, state) for code, state in ladder.states.items() if state.money == "hold"]
        if not holding:
            continue
        effect, current, since = f"x_{name}", f"s_{name}", f"since_{name}"
        if ladder.each == "member":
            alias = f"lb_{name}"
            effect, current = f"COALESCE({alias}.effect, 0)", f"COALESCE({alias}.state, 'none')"
            since = f"COALESCE({alias}.since_month, 0)"
            joins += (
                f"\nLEFT JOIN ladder_{name} AS {alias} ON {alias}.household_id = b.household_id"
                f" AND {alias}.subject_id = b.person_id"
            )
        for code, state in holding:
            mine = f"reason_code = {literal(f'ladder:{name}:{code}')}"
            held = f"{effect} = {EFFECTS['hold']}"
            still = f"{held} AND {current} = {literal(code)} AND {since} <= b.origin_month"
            over = f"NOT ({still})" if state.release == "next_cycle" else f"{effect} = 0"
            tests.append(f"{mine} AND {over}")
    return disjunction(tests), joins


def _lapses(plan: Plan) -> str:
    recertify = plan.law.recertify
    if recertify is None or recertify.held_at_cancel == "keep":
        return "1 = 0"
    return f"reason_code = 'recertify:hold' AND registration = {RECERTIFY['cancel']}"


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
        "CASE WHEN recoverable <= recovery_most AND recoverable <= payable_now THEN recoverable"
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
