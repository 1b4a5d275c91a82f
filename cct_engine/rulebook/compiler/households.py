"""The household's row before its money: payee, ladders, direct forfeits, and the shared gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.effects import kept_effects
from cct_engine.rulebook.compiler.payees import FIRST_DAY, NO_DIGIT
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import bigint, case, disjunction, flag, literal
from cct_engine.rulebook.compiler.standing import stand_names
from cct_engine.rulebook.compiler.targeting import target_columns
from cct_engine.rulebook.compiler.verdict_codes import NOT_MET, WAITING

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.effects import Gates
    from cct_engine.rulebook.compiler.payees import PayeeChoice
    from cct_engine.rulebook.compiler.verdicts import Verdicts

__all__ = ["effect_layers"]

_Columns = list[tuple[str, str]]


def effect_layers(plan: Plan, verdicts: Verdicts, payee: PayeeChoice, gates: Gates) -> list[Layer]:
    """Return the layers to ``eff``: what is known of a household before any amount."""
    nobody = "payee_key < 0"
    added: _Columns = [
        ("payee_person_id", f"CASE WHEN {nobody} THEN {bigint('0')} ELSE {payee.person_id} END"),
        ("payee_digit", _digit(plan, nobody, payee)),
        ("no_payee", flag(nobody)),
    ]
    joins, ladders = _ladders(plan)
    more, forfeits = _verdicts(plan, verdicts)
    summed, sums = _judged_sums(plan)
    added += [*ladders, *forfeits, *sums]
    columns = ["stand.*", *(f"{sql} AS {name}" for name, sql in added)]
    names = dict.fromkeys([*stand_names(plan), *(name for name, _ in added)])
    choice = [(name, name) for name in names]
    choice += [*gates.columns.items(), ("blocked", flag(_blocked(plan)))]
    choice += target_columns(plan)
    return [
        *summed,
        Layer("eff_0", select(columns, f"stand{joins}{more}{_JUDGED if sums else ''}")),
        Layer("eff", "FROM eff_0", stored=True, choice=tuple(choice)),
    ]


def _digit(plan: Plan, nobody: str, payee: PayeeChoice) -> str:
    """Return the last digit of the payee's id; ``FIRST_DAY`` where an override says so."""
    first = [
        plan.test("overrides", number, "where")
        for number, override in enumerate(plan.law.overrides)
        if override.calendar is not None and override.holds_on(plan.cycle.first_day)
    ]
    branches = [(disjunction(first), bigint(FIRST_DAY)), (nobody, bigint(NO_DIGIT))]
    return case(branches if first else branches[1:], payee.digit)


def _blocked(plan: Plan) -> str:
    """Return the test that nothing goes to this household now, whatever it is for."""
    return disjunction(effect.test for effect in kept_effects(plan))


def _ladders(plan: Plan) -> tuple[str, _Columns]:
    """Return the joins of the ladders and what they do and show on the household's row."""
    joins, columns = "", []
    for name, ladder in plan.law.ladders.items():
        alias, source = f"l_{name}", f"ladder_{name}"
        if ladder.each == "household":
            columns += [
                (f"x_{name}", f"COALESCE({alias}.effect, 0)"),
                (f"s_{name}", f"COALESCE({alias}.state, 'none')"),
                (f"shows_{name}", f"COALESCE({alias}.shows, '')"),
                (f"since_{name}", f"COALESCE({alias}.since_month, 0)"),
            ]
        else:
            worst = ["household_id", f"{bigint('MAX(place)')} AS place"]
            source = f"({select(worst, source, group_by='household_id')})"
            shown = [
                (f"{alias}.place = {number}", literal(state.shows or f"{name}:{code}"))
                for number, (code, state) in enumerate(ladder.states.items())
                if code != "none"
            ]
            columns.append((f"shows_{name}", case(shown, literal(""))))
        joins += f"\nLEFT JOIN {source} AS {alias} ON {alias}.household_id = stand.household_id"
    return joins, columns


def _verdicts(plan: Plan, verdicts: Verdicts) -> tuple[str, _Columns]:
    """Bring to the household's row what it must know of verdicts.

    ``hv`` somebody breached; ``hw`` the lowest id of those who did; ``hi`` somebody is silent, and
    the line waits for a report; ``v`` the household's own verdict, where an expression reads it.
    """
    joins, columns = "", []
    asked = plan.emitter.verdicts_read
    for each in ("member", "household"):
        mine = [j for j in verdicts.of(each) if j.told_of_household]
        own = [j for j in verdicts.of(each) if each == "household" and j.column in asked]
        if not mine and not own:
            continue
        alias, found = f"jh_{each}", {}
        for judging in mine:
            hit, number = f"{judging.column} = {NOT_MET}", judging.number
            silent = f"{judging.column} = {WAITING}"
            found[f"hv{number}"] = f"MAX(CASE WHEN {hit} THEN 1 ELSE 0 END)"
            found[f"hw{number}"] = f"MIN(CASE WHEN {hit} THEN subject_id END)"
            if judging.condition.missing == "hold":
                found[f"hi{number}"] = f"MAX(CASE WHEN {silent} THEN 1 ELSE 0 END)"
        found |= {judging.column: f"MAX({judging.column})" for judging in own}
        told = [judging.reported for judging in own if judging.reported in asked]
        found |= {column: f"MAX({column})" for column in told}
        hits = ["household_id", *(f"{bigint(sql)} AS {name}" for name, sql in found.items())]
        columns += [(name, f"COALESCE({alias}.{name}, 0)") for name in found]
        inner = select(hits, f"judged_{each}", group_by="household_id")
        joins += f"\nLEFT JOIN ({inner}) AS {alias} ON {alias}.household_id = stand.household_id"
    return joins, columns


_JUDGED = "\nLEFT JOIN agg_judged AS gj ON gj.household_id = stand.household_id"


def _judged_sums(plan: Plan) -> tuple[list[Layer], _Columns]:
    """Return the sums over members that ask for verdicts: one of the children met, how many did.

    They are made after the verdicts, and only where a component of the household asks for them.
    """
    sums = plan.needs.judged_sums
    if not sums:
        return [], []
    asked = [c for c, each in plan.emitter.verdicts_read.items() if each == "member"]
    columns = ["mem.*", *(f"COALESCE(j.{column}, 0) AS {column}" for column in sorted(asked))]
    same = "j.household_id = mem.household_id AND j.subject_id = mem.member_id"
    source = f"mem\nLEFT JOIN judged_member AS j ON {same}"
    added = ["household_id", *(f"{bigint(sql)} AS {name}" for sql, name in sums.items())]
    layers = [
        Layer("mem_judged", select(columns, source if asked else "mem")),
        Layer("agg_judged", select(added, "mem_judged", group_by="household_id")),
    ]
    return layers, [(name, f"COALESCE(gj.{name}, 0)") for name in sums.values()]
