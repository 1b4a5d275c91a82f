"""The reading layers of persons: members counted, pregnancies, and sums over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.past import past_names, subject_joins
from cct_engine.rulebook.compiler.place import ALWAYS
from cct_engine.rulebook.compiler.plan import Layer, select
from cct_engine.rulebook.compiler.presence import counted
from cct_engine.rulebook.compiler.sqltext import bigint, disjunction, flag, literal
from cct_engine.rulebook.compiler.succession import named_keys, named_member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.payees import PayeeChoice
    from cct_engine.rulebook.compiler.plan import Plan

__all__ = [
    "aggregate_layers",
    "asked_of_members",
    "counted_test",
    "member_layers",
    "member_names",
    "pregnancy_layers",
]


def asked_of_members(plan: Plan, payee: PayeeChoice) -> list[str]:
    """Return the texts that are written for members before their household's row is there."""
    needs = plan.needs
    texts = [payee.key, *needs.unlisted["member"], *needs.unlisted["pregnancy"]]
    texts += [sql for group in needs.aggregates.values() for sql in group]
    texts += needs.mothers_then.values()
    return [*texts, counted_test(plan)]


def counted_test(plan: Plan) -> str:
    """Return the law's own test that a member counts."""
    if plan.law.conventions.counted is None:
        return ALWAYS
    return plan.test("conventions", "counted", subject="member", early=True)


def member_layers(plan: Plan, payee: PayeeChoice, home: Sequence[Layer]) -> list[Layer]:
    """Return the layers to ``mem``: one row per member counted.

    ``home``: the layers of what members read of their household, if they read anything.
    """
    own = [f"{sql} AS {alias}" for alias, sql in plan.needs.columns["member"].items()]
    joins, extra = subject_joins(plan, "member")
    first = ["s.household_id AS household_id", "s.member_id AS member_id", *own, *extra]
    named, more = named_member(plan)
    first += more
    source = f"src_member AS s{joins}{named}"
    own_rule = plan.law.conventions.counted
    inner = select(first, source, where=counted(plan.law, plan.moment) if own_rule is None else "")
    rest = "FROM mem_0"
    if own_rule is not None:
        rest += f"\nWHERE {counted_test(plan)}"
    if home:
        rest = rest.replace("FROM mem_0", "FROM mem_0\nJOIN home USING (household_id)")
    choice = [("household_id", "household_id"), ("member_id", "member_id")]
    choice += [(name, name) for name in member_names(plan)]
    choice += [(column, column) for column in ("m_here", "m_named") if more]
    choice.append(("payee_rank", bigint(payee.key)))
    layers = [Layer("mem_0", inner), *home]
    return [*layers, Layer("mem", rest, stored=True, choice=tuple(choice))]


def member_names(plan: Plan) -> list[str]:
    """Return the columns of ``mem`` that expressions may read."""
    return [*plan.needs.columns["member"], *past_names(plan, "member")]


def pregnancy_layers(plan: Plan, home: Sequence[Layer]) -> list[Layer]:
    """Return ``preg``, one row per pregnancy of a member counted, where the law asks about any."""
    needs = plan.needs
    asked = needs.columns["pregnancy"] or needs.aggregates["pregnancy"]
    if not (asked or any(c.each == "pregnancy" for c in plan.law.components)):
        return []
    first, last = (
        literal(plan.moment.cycle_first.first_day),
        literal(plan.moment.cycle_last.last_day),
    )
    is_open = (
        f"(registered_on IS NULL OR registered_on <= {last})"
        f" AND (delivery_on IS NULL OR delivery_on >= {first})"
    )
    own = [f"{sql} AS {alias}" for alias, sql in needs.columns["pregnancy"].items()]
    joins, extra = subject_joins(plan, "pregnancy")
    columns = [
        "s.household_id AS household_id",
        "s.pregnancy_id AS pregnancy_id",
        "s.member_id AS member_id",
        f"{flag(is_open)} AS p_open",
        *own,
        *extra,
    ]
    mother = "mem.household_id = s.household_id AND mem.member_id = s.member_id"
    counted = f"EXISTS (SELECT 1 FROM mem WHERE {mother})"
    beside = " JOIN home USING (household_id)" if home else ""
    for alias, test in needs.mothers_then.items():
        then = f"EXISTS (SELECT 1 FROM mem{beside} WHERE {mother} AND {test})"
        columns.append(f"{flag(then)} AS {alias}")
    return [Layer("preg", select(columns, f"src_pregnancy AS s{joins}", where=counted))]


def aggregate_layers(plan: Plan, payee: PayeeChoice, home: Sequence[Layer]) -> list[Layer]:
    """Return the sums over members and pregnancies that the household's expressions read."""
    needs = plan.needs
    beside = "\nJOIN home USING (household_id)" if home else ""
    columns = ["household_id", f"{bigint('COUNT(*)')} AS h_size"]
    columns += [f"{bigint(sql)} AS {alias}" for sql, alias in needs.aggregates["member"].items()]
    columns += _missing(plan, "member")
    columns.append(f"{bigint('MIN(payee_rank)')} AS payee_key")
    columns += named_keys(plan, payee)
    layers = [Layer("agg_member", select(columns, f"mem{beside}", group_by="household_id"))]
    pregnant = [f"{bigint(sql)} AS {alias}" for sql, alias in needs.aggregates["pregnancy"].items()]
    pregnant += _missing(plan, "pregnancy")
    if pregnant:
        sql = select(["household_id", *pregnant], f"preg{beside}", group_by="household_id")
        layers.append(Layer("agg_pregnancy", sql))
    return layers


def _missing(plan: Plan, of: str) -> list[str]:
    """Return the column that says that something must be known of a subject and is not."""
    needs = plan.needs
    tests = [f"{needs.known(of, name)} = 0" for name in needs.incomplete[of]]
    test = disjunction([*tests, *needs.unlisted[of]])
    if test == "1 = 0":
        return []
    return [f"{bigint(f'MAX(CASE WHEN {test} THEN 1 ELSE 0 END)')} AS {of[0]}_incomplete"]
