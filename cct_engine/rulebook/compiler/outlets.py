"""The last SELECTs: what a statement gives out. All of them read the same chain of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.compiler.money import split
from cct_engine.rulebook.compiler.plan import Plan, select
from cct_engine.rulebook.compiler.sqltext import bigint, case, literal
from cct_engine.rulebook.compiler.standing import standing_shows
from cct_engine.rulebook.compiler.verdicts import MET, NO_INFORMATION, NOT_MET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.money import Retro, Split
    from cct_engine.rulebook.compiler.verdicts import Judging, Verdicts

__all__ = ["explain_outlet", "household_outlet", "line_outlet", "state_outlet", "verdict_outlet"]

_ZERO = "CAST(0 AS BIGINT)"
_LINE = (
    "household_id",
    "source",
    "component",
    "component_order",
    "person_id",
    "pregnancy_id",
    "for_month",
    "due",
    "payable",
    "held",
    "withheld",
    "forfeited",
    "origin_month",
    "reason_code",
)


class _Select(NamedTuple):
    columns: list[str]
    source: str
    where: str


def line_outlet(
    plan: Plan,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    splits: Mapping[str, Split],
    retro: list[Retro],
) -> str:
    """Return one row per line: due = payable + held + withheld + forfeited in each."""
    selects: list[_Select] = []
    for instance in instances.found:
        mine = effects[instance.column]
        if instance.component.each == "household":
            selects.append(_household_line(plan, instance, mine, splits[instance.column]))
        else:
            selects.append(_subject_line(plan, instance, mine))
    selects += [_late_line(plan, late) for late in retro]
    selects += _balance_lines(plan)
    numbered = "\nUNION ALL\n".join(
        select([*columns, f"{bigint(str(place))} AS place"], source, where=where)
        for place, (columns, source, where) in enumerate(selects)
    )
    order = "household_id, place, component_order, person_id, pregnancy_id, for_month, origin_month"
    return select(list(_LINE), f"(\n{numbered}\n) AS lines") + f"\nORDER BY {order}"


def _line(plan: Plan, keys: dict[str, str], amounts: dict[str, str], reason: str) -> list[str]:
    origin = keys.pop("origin_month", str(plan.cycle.number))
    columns = [f"{sql} AS {name}" for name, sql in keys.items()]
    states = ("due", "payable", "held", "withheld", "forfeited")
    columns += [f"{bigint(amounts.get(name, '0'))} AS {name}" for name in states]
    columns.append(f"CAST({origin} AS INTEGER) AS origin_month")
    columns.append(f"{reason} AS reason_code")
    return columns


def _keys(source: str, instance: Instance, **more: str) -> dict[str, str]:
    return {
        "household_id": more.get("household_id", "household_id"),
        "source": literal(source),
        "component": literal(instance.code),
        "component_order": bigint(str(instance.order)),
        "person_id": more.get("person_id", _ZERO),
        "pregnancy_id": more.get("pregnancy_id", _ZERO),
        "for_month": f"CAST({instance.month.number} AS INTEGER)",
    }


def _amounts(part: Split) -> dict[str, str]:
    return {
        "due": part.due,
        "payable": part.payable,
        "held": part.held,
        "withheld": part.withheld,
        "forfeited": part.forfeited,
    }


def _household_line(plan: Plan, instance: Instance, effects: LineEffects, part: Split) -> _Select:
    reason = _reason(instance, effects, owner=None)
    where = f"{instance.column} <> 0"
    if instance.component.keep_zero:
        where = f"{where} OR (eligible = 1 AND gross <> 0)"
    return _Select(_line(plan, _keys("due", instance), _amounts(part), reason), "pay", where)


def _subject_line(plan: Plan, instance: Instance, effects: LineEffects) -> _Select:
    each = instance.component.each
    part = split(plan, instance, effects, owner="c.")
    person = "c.member_id"
    pregnancy = "c.pregnancy_id" if each == "pregnancy" else _ZERO
    keys = _keys(
        "due", instance, household_id="c.household_id", person_id=person, pregnancy_id=pregnancy
    )
    reason = _reason(instance, effects, owner="c.")
    source = f"claim_{each} AS c\nJOIN eff ON eff.household_id = c.household_id"
    where = f"c.{instance.column} <> 0 AND {effects.live}"
    return _Select(_line(plan, keys, _amounts(part), reason), source, where)


def _reason(instance: Instance, effects: LineEffects, *, owner: str | None) -> str:
    household, own = effects.household, effects.own
    branches = [(effect.test, effect.reason) for effect in household.forfeits]
    branches += [(effect.test, effect.reason) for effect, _ in household.reductions]
    if owner is not None and (own.forfeits or own.reductions):
        branches.append((f"{owner}{instance.part('f')} <> 0", f"{owner}{instance.part('r')}"))
    branches += [(effect.test, effect.reason) for effect in household.holds]
    if owner is not None and own.holds:
        branches.append((f"{owner}{instance.part('h')} <> 0", f"{owner}{instance.part('r')}"))
    return case(branches, literal(""))


def _late_line(plan: Plan, late: Retro) -> _Select:
    """A past month that comes with the enrolment; held whole if nothing can go out now."""
    held = f"CASE WHEN blocked = 1 THEN {late.column} ELSE 0 END"
    amounts = {"due": late.column, "payable": f"{late.column} - {held}", "held": held}
    reasons = [
        ("no_payee = 1", literal("no_payee")),
        ("incomplete = 1", literal("incomplete")),
        ("eh_review_hold = 1", literal("review_hold")),
        ("blocked = 1", literal("recertify:hold")),
    ]
    keys = _keys("arrears", late.instance)
    keys["for_month"] = f"CAST({late.month.number} AS INTEGER)"
    columns = _line(plan, keys, amounts, case(reasons, literal("")))
    return _Select(columns, "pay", f"{late.column} <> 0")


def _balance_lines(plan: Plan) -> list[_Select]:
    orders = {component.code: n for n, component in enumerate(plan.law.components)}
    order = case(
        [(f"component = {literal(c)}", str(n)) for c, n in orders.items()], str(len(orders))
    )
    selects = []
    for source, amounts in {
        "released": {"due": "amount", "payable": "amount"},
        "arrears": {"due": "amount", "payable": "amount"},
        "lapsed": {"due": "amount", "forfeited": "amount"},
    }.items():
        reason = "reason_code" if source == "arrears" else "kind || ':' || reason_code"
        columns = _line(plan, _balance_keys(source, order), amounts, reason)
        selects.append(_Select(columns, "open_money", f"becomes = {literal(source)}"))
    taken = {"due": "-taken", "payable": "-taken"}
    columns = _line(plan, _balance_keys("recovery", order), taken, "reason_code")
    selects.append(_Select(columns, "recovered", "taken > 0"))
    return selects


def _balance_keys(source: str, order: str) -> dict[str, str]:
    return {
        "household_id": "household_id",
        "source": literal(source),
        "component": "component",
        "component_order": bigint(order),
        "person_id": "person_id",
        "pregnancy_id": "pregnancy_id",
        "for_month": "CAST(for_month AS INTEGER)",
        "origin_month": "origin_month",
    }


def household_outlet(plan: Plan, verdicts: Verdicts) -> str:
    """Return one row per household, both identities in it."""
    columns = ["household_id", "enrolment_id", "h_size AS size"]
    columns += ["gross", "arrears", "released", "recovery", "pay_now", "held", "withheld"]
    columns += ["forfeited", "lapsed", "standing"]
    columns.append(
        "CASE WHEN excluded <> '' THEN excluded ELSE standing_label END AS standing_reason"
    )
    columns.append(f"{sanction_state(plan, verdicts)} AS sanction_state")
    digit = "CASE WHEN payee_digit > 9 THEN '' ELSE CAST(payee_digit AS VARCHAR) END"
    columns += ["payee_person_id", f"{digit} AS id_digit", "registration AS registration_age"]
    return select(columns, "pay") + "\nORDER BY household_id"


def sanction_state(plan: Plan, verdicts: Verdicts) -> str:
    """Return the SQL of what is shown: the standing, else the ladders, else a direct forfeit."""
    shown = standing_shows(plan)
    branches = [(f"({shown}) <> ''", shown)]
    for each in ("household", "member"):
        branches += [
            (f"shows_{name} <> ''", f"shows_{name}")
            for name, ladder in plan.law.ladders.items()
            if ladder.each == each
        ]
    for judging in verdicts.judgings:
        shows = judging.condition.breach.shows
        if shows is None:
            continue
        what = literal(f"{shows}:{judging.condition.breach.forfeit[0]}")
        if judging.condition.each == "member":
            what = f"{literal(f'{shows}:')} || CAST(hw{judging.number} AS VARCHAR)"
        branches.append((f"hv{judging.number} = 1", what))
    return case(branches, literal("none"))


def explain_outlet(plan: Plan) -> str:
    """Return one row per household with everything that decided, and what was known of it."""
    known = [
        f"CAST({sql} AS VARCHAR) AS {alias.replace('h_', 'known_', 1)}"
        for alias, sql in plan.needs.columns["household"].items()
        if not alias.endswith(("_day", "_month"))
    ]
    inner = select(["household_id AS known_id", *known], "src_household")
    source = f"pay_3\nJOIN ({inner}) AS known ON known.known_id = pay_3.household_id"
    return select(["pay_3.*", "known.*"], source) + "\nORDER BY household_id"


def verdict_outlet(verdicts: Verdicts) -> str:
    """Return one row per subject, condition and window judged."""
    selects = [_verdicts(judging) for judging in verdicts.judgings]
    if not selects:
        columns = [
            "household_id",
            "'' AS condition",
            f"{_ZERO} AS subject_id",
            "CAST(0 AS INTEGER) AS window_first_month",
            "CAST(0 AS INTEGER) AS window_last_month",
            f"{_ZERO} AS numerator",
            f"{_ZERO} AS denominator",
            "'' AS verdict",
            "'' AS reason",
        ]
        return select(columns, "stand", where="1 = 0")
    order = "household_id, condition, subject_id, window_first_month"
    return "\nUNION ALL\n".join(selects) + f"\nORDER BY {order}"


def _verdicts(judging: Judging) -> str:
    column = judging.column
    verdict = case(
        [
            (f"{column} = {MET}", literal("met")),
            (f"{column} = {NOT_MET}", literal("not_met")),
            (f"{column} = {NO_INFORMATION}", literal("no_information")),
        ],
        literal("exempt"),
    )
    reasons = [(f"{column} = {n}", literal(reason)) for n, reason in judging.reasons().items()]
    columns = [
        "household_id",
        f"{literal(judging.name)} AS condition",
        "subject_id",
        f"CAST({judging.window.first.number} AS INTEGER) AS window_first_month",
        f"CAST({judging.window.last.number} AS INTEGER) AS window_last_month",
        f"{judging.fact}_n AS numerator",
        f"{judging.fact}_d AS denominator",
        f"{verdict} AS verdict",
        f"{case(reasons, literal(''))} AS reason",
    ]
    return select(columns, f"judged_{judging.condition.each}", where=f"{column} <> 0")


_STATE_MONTHS = ("since_month", "until_month", "last_effect_month", "phase_since_month")


def state_outlet(plan: Plan) -> str:
    """Return the new memory: one row per ladder and subject that has one, and per standing."""
    selects = [_standing_state(plan)]
    for name in plan.law.ladders:
        columns = ["household_id", f"{literal(name)} AS ladder", "subject_id", "state"]
        columns += [*_STATE_MONTHS, "counter_1", "counter_2", "counter_3"]
        columns += ["shows", "breach", "judged", "why", "step"]
        memory = "counter_1 <> 0 OR counter_2 <> 0 OR counter_3 <> 0"
        where = f"state <> 'none' OR a_state <> 'none' OR breach = 1 OR {memory}"
        selects.append(select(columns, f"ladder_{name}", where=where))
    return "\nUNION ALL\n".join(selects) + "\nORDER BY household_id, ladder, subject_id"


def _standing_state(plan: Plan) -> str:
    now = plan.cycle.number
    since = [
        ("standing_label = 'grace'", "grace_month"),
        ("standing_label = past_label", "past_since"),
    ]
    until = "NULL"
    priority = plan.law.standing.return_priority
    since_sql = case(since, str(now))
    if priority is not None:
        after = ", ".join(literal(label) for label in priority.after)
        later = f"({since_sql}) + {priority.months}"
        until = case([(f"standing_label IN ({after})", later)], "NULL")
    columns = [
        "household_id",
        "'standing' AS ladder",
        f"{_ZERO} AS subject_id",
        "standing_label AS state",
        f"CAST({since_sql} AS INTEGER) AS since_month",
        f"CAST({until} AS INTEGER) AS until_month",
        "CAST(NULL AS INTEGER) AS last_effect_month",
        "CAST(NULL AS INTEGER) AS phase_since_month",
        *(f"{_ZERO} AS counter_{n}" for n in (1, 2, 3)),
        f"{standing_shows(plan)} AS shows",
        f"{_ZERO} AS breach",
        f"{_ZERO} AS judged",
        "excluded AS why",
        f"{_ZERO} AS step",
    ]
    where = "standing_label <> 'full' OR (past_label <> '' AND past_label <> 'full')"
    return select(columns, "stand", where=where)
