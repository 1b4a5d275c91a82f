"""Who is in: eligible in full, in grace, not eligible, or out and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.base import household_names
from cct_engine.rulebook.compiler.grace import grace_began, grace_names, grace_over
from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import case, flag, literal
from cct_engine.rulebook.compiler.succession import succession_names
from cct_engine.rulebook.months import minus_months
from cct_engine.rulebook.tree import Name

if TYPE_CHECKING:
    from cct_engine.rulebook.values import Duration

__all__ = ["LEFT", "RECERTIFY", "WAITING_LIST", "stand_names", "standing_layers", "standing_shows"]

LEFT = "left_voluntarily"
WAITING_LIST = "waiting_list"
"""The event of a household that a budget's queue did not reach in this cycle."""
_OPEN = ("full", "grace", "not_eligible")
RECERTIFY = {"none": 0, "warn": 1, "hold": 2, "cancel": 3}
"""How old the registration is, as the column ``registration`` says it."""
EXPIRED = "registration_expired"


def standing_layers(plan: Plan) -> list[Layer]:
    """Return the layers from ``hh`` to ``stand`` (standing, its label, eligible or not)."""
    standing = plan.law.standing
    exclusions = [
        (plan.test("standing", "excluded", number, "when"), literal(exclusion.reason))
        for number, exclusion in enumerate(standing.excluded)
    ]
    if plan.law.budget is not None:
        waits = f"{plan.needs.event('household', WAITING_LIST)} = 1"
        exclusions.append((waits, literal(plan.law.budget.reason)))
    first = [
        "stand_0.*",
        f"{flag(plan.test('standing', 'keep'))} AS keep_ok",
        f"{flag(plan.test('standing', 'apply'))} AS apply_ok",
        f"{case(exclusions, literal(''))} AS excluded",
        f"{_registration(plan)} AS registration",
    ]
    second = ["stand_1.*", f"{_label(plan)} AS standing_label"]
    open_ = ", ".join(literal(label) for label in _OPEN)
    kind = f"CASE WHEN standing_label IN ({open_}) THEN standing_label ELSE 'exited' END"
    choice = [(name, name) for name in stand_names(plan) if name not in {"standing", "eligible"}]
    choice += [("standing", kind), ("eligible", flag(_ELIGIBLE))]
    return [
        Layer("stand_0", select(["hh.*", f"{grace_began(plan)} AS grace_month"], "hh")),
        Layer("stand_1", select(first, "stand_0")),
        Layer("stand_2", select(second, "stand_1")),
        Layer("stand", "FROM stand_2", stored=True, choice=tuple(choice)),
    ]


def stand_names(plan: Plan) -> list[str]:
    """Return the columns of ``stand``."""
    names = ["household_id", "enrolment_id", *household_names(plan)]
    names += ["payee_key", "incomplete", "past_label", "past_since", "excluded", "grace_month"]
    names += [*grace_names(plan), "keep_ok"] if grace_names(plan) else []
    names += succession_names(plan)
    return list(dict.fromkeys([*names, "registration", "standing_label", "standing", "eligible"]))


_ELIGIBLE = "standing_label IN ('full', 'grace')"


def _registration(plan: Plan) -> str:
    """Return how old the registration is: months completed on the cycle's first day."""
    recertify = plan.law.recertify
    if recertify is None:
        return "CAST(0 AS BIGINT)"
    source = plan.value("recertify", "from")
    # A day that nobody knows is no old day: the money is held as incomplete, nobody is put out.
    branches = [(f"{source} = {literal(date.min)}", str(RECERTIFY["none"]))]
    for rung in ("cancel", "hold", "warn"):
        span: Duration | None = getattr(recertify.ladder, rung)
        if span is not None:
            oldest = minus_months(plan.cycle.first_day, span.length)
            branches.append((f"{source} <= {literal(oldest)}", str(RECERTIFY[rung])))
    return f"CAST({case(branches, '0')} AS BIGINT)"


def _label(plan: Plan) -> str:
    open_ = ", ".join(literal(label) for label in (*_OPEN, ""))
    branches = [("excluded <> ''", literal("not_eligible")), ("h_size = 0", literal("no_members"))]
    for name, ladder in plan.law.ladders.items():
        if ladder.each == "household" and any(s.ends for s in ladder.states.values()):
            still = f"ended_{name} <> '' AND h_enrolled_on_month <= ended_{name}_since"
            branches.append((still, f"ended_{name}"))
    left = plan.needs.event("household", LEFT)
    branches += [
        (f"{left} = 1", literal(LEFT)),
        (
            f"past_label NOT IN ({open_}) AND h_enrolled = 1 AND h_enrolled_on_month <= past_since",
            "past_label",
        ),
        (f"registration = {RECERTIFY['cancel']}", literal(EXPIRED)),
    ]
    branches += [
        *_time_limit(plan),
        ("h_enrolled = 1 AND keep_ok = 1", literal("full")),
        ("h_enrolled = 0 AND apply_ok = 1", literal("full")),
        ("h_enrolled = 0", literal("not_eligible")),
    ]
    return case(*_grace(plan, branches))


def _time_limit(plan: Plan) -> list[tuple[str, str]]:
    """Return the branch of the most months a household may stay, where such a law is in force."""
    limit = plan.law.standing.time_limit
    source = plan.rulebook.expressions.get(("standing", "time_limit", "from"))
    if limit is None or not isinstance(source, Name):
        return []
    try:
        months = plan.value("standing", "time_limit", "months")
    except NotInForce:
        return []
    start = plan.needs.column("household", source.name, "_month")
    return [(f"{plan.cycle.number} - {start} >= {months}", literal(limit.shows))]


def _grace(plan: Plan, branches: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], str]:
    grace = plan.law.standing.grace
    if grace is None:
        return branches, literal("exited")
    within = plan.test("standing", "grace", "while")
    months = plan.value("standing", "grace", "months")
    branches = [
        *branches,
        (f"NOT ({within})", literal(grace.otherwise)),
        (grace_over(plan, months), literal(grace.then)),
    ]
    return branches, literal("grace")


def standing_shows(plan: Plan) -> str:
    """Return what is shown of the standing: empty while the household is in, or never was."""
    grace = plan.law.standing.grace
    branches = [("standing_label IN ('full', 'not_eligible')", literal(""))]
    if grace is not None:
        branches.append(("standing_label = 'grace'", literal(grace.shows)))
    return case(branches, "standing_label")
