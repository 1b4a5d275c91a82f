"""Facts summed over windows, and the verdict of each subject in each window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.evidence import (
    FactGroup,
    fact_layer,
    severity,
    threshold_tests,
)
from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
)
from cct_engine.rulebook.compiler.unwritable import standing_at
from cct_engine.rulebook.compiler.verdict_codes import (
    EXEMPT_REASONS,
    MET,
    NO_INFORMATION,
    NOT_MET,
    WAITING,
)
from cct_engine.rulebook.compiler.windows import Judged, judged_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.months import Month

__all__ = ["Judging", "Verdicts", "judge"]

_WAIVED, _OVERRIDE, _JUSTIFIED, _SUPPLY_SIDE, _ANNULLED = EXEMPT_REASONS
_OWN_REASONS = 20
_MISSING = {"met": MET, "not_met": NOT_MET, "no_effect": NO_INFORMATION, "hold": WAITING}


@dataclass(frozen=True, slots=True)
class Judging:
    """One condition judged in one window of this cycle: column ``v<number>`` of its subjects.

    0 = not subject, 1 met, 2 not met, 3 no information, 4 the same and the money waits for it, 10
    and above exempt by a reason. ``back``: judged again, that many cycles later, because money
    still waits for its report; such a judging decides about that money alone.
    """

    number: int
    name: str
    condition: Condition
    window: Judged
    subject_test: str
    fact: str
    back: int = 0

    @property
    def column(self) -> str:
        """Return the verdict's column."""
        return f"v{self.number}"

    @property
    def reported(self) -> str:
        """Return the column of what was reported in the window, added up."""
        return f"{self.fact}_n"

    @property
    def annulled(self) -> str:
        """Return the column that says that an appeal took this verdict away."""
        return f"a_{self.name}_{self.window.for_month.number}"

    @property
    def told_of_household(self) -> bool:
        """Return whether the household's row must know of a breach."""
        breach = self.condition.breach
        if self.condition.missing == "hold":
            return True
        return breach.scope in {"household", "household_month"} or breach.shows is not None

    def reasons(self) -> dict[int, str]:
        """Return the exempting reasons by their number in the column."""
        own = self.condition.exempt_when
        named = ["deemed"] if isinstance(own, str) else [exemption.reason for exemption in own]
        return EXEMPT_REASONS | {_OWN_REASONS + n: reason for n, reason in enumerate(named)}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All judgings of a cycle, those made again for money that waits, and their layers."""

    judgings: tuple[Judging, ...]
    layers: tuple[Layer, ...]
    again: tuple[Judging, ...] = ()

    def of(self, each: str) -> tuple[Judging, ...]:
        """Return the judgings whose subjects are households, or members."""
        return tuple(judging for judging in self.judgings if judging.condition.each == each)


def judge(plan: Plan) -> Verdicts:
    """Return the verdicts of a cycle; a condition not judged in it leaves no SQL."""
    groups: dict[tuple[str, str, tuple[Month, ...]], FactGroup] = {}
    columns: dict[str, list[str]] = {"member": [], "household": []}
    judgings: list[Judging] = []
    above: list[tuple[Judging, str]] = []
    for name, condition, back in _asked(plan):
        for judging, place in _windows(plan, name, condition, back, (groups, above)):
            numbered = replace(judging, number=len(judgings) + 1)
            group = next(g for g in groups.values() if g.alias == numbered.fact)
            try:
                value = _verdict(plan, numbered, group, place)
            except NotInForce:
                if not back:
                    raise
                continue  # before the law began no money was held for a report
            judgings.append(numbered)
            columns[condition.each].append(f"{value} AS {numbered.column}")
            if not back:
                above.append((numbered, value))
    layers = [fact_layer(plan, group) for group in groups.values()]
    layers += _annulments(judgings)
    layers += _judged_layers(columns, judgings)
    now = tuple(judging for judging in judgings if not judging.back)
    return Verdicts(now, tuple(layers), tuple(judging for judging in judgings if judging.back))


def _asked(plan: Plan) -> Iterator[tuple[str, Condition, int]]:
    """Yield each condition of this cycle, then those of earlier cycles that money waits for."""
    for name, condition in plan.law.conditions.items():
        yield name, condition, 0
    for name, condition in plan.law.conditions.items():
        for back in range(1, condition.hold.cycles + 1 if condition.hold else 1):
            yield name, condition, back


def _windows(
    plan: Plan,
    name: str,
    condition: Condition,
    back: int,
    known: tuple[dict[tuple[str, str, tuple[Month, ...]], FactGroup], list[tuple[Judging, str]]],
) -> Iterator[tuple[Judging, Place]]:
    """Yield each window's judging and where its expressions stand.

    ``known``: the sums of facts, and the verdicts so far, which a condition may ask for.
    """
    groups, above = known
    span = plan.rulebook.cycle_months
    cycle = Moment.of_cycle(plan.cycle.plus(-back * span), span)
    by_month = condition.grain == "month"
    for window in judged_windows(plan.law, condition.window, by_month=by_month, moment=cycle):
        moment = cycle.in_month(window.for_month).through(window.first, window.last)
        place = Place(condition.each, moment, monthly=by_month, above=tuple(above))
        test = _test(plan, place, name, "where")
        if test == NEVER_HOLDS:
            continue
        key = (condition.fact, condition.each, window.months)
        alias = f"f{len(groups) + 1}"
        group = groups.setdefault(
            key, FactGroup(alias, condition.fact, condition.each, window.months, {})
        )
        yield Judging(0, name, condition, window, test, group.alias, back), place


def _test(plan: Plan, place: Place, name: str, *path: str | int) -> str:
    return plan.emitter.test(plan.rulebook.expression("conditions", name, *path), place)


def _annulments(judgings: list[Judging]) -> list[Layer]:
    """Return who had which verdict of which month annulled; one month never takes another."""
    if not judgings:
        return []
    columns = {}
    for judging in judgings:
        month = judging.window.for_month.number
        detail = f"detail IN ('', {literal(judging.name)})"
        hit = f"MAX(CASE WHEN for_month = {month} AND {detail} THEN 1 ELSE 0 END)"
        columns[judging.annulled] = f"{bigint(hit)} AS {judging.annulled}"
    months = dict.fromkeys(judging.window.for_month.number for judging in judgings)
    where = f"code = 'annul' AND for_month IN ({', '.join(map(str, months))})"
    key = ["household_id", "subject_id"]
    sql = select([*key, *columns.values()], "src_event", where=where, group_by=", ".join(key))
    return [Layer("annulled", sql)]


def _verdict(plan: Plan, judging: Judging, group: FactGroup, place: Place) -> str:
    condition, alias, name = judging.condition, judging.fact, judging.name
    moment = place.moment
    branches = [(f"NOT ({judging.subject_test})", "0")]
    if judging.subject_test == "1 = 1":
        branches = []
    if condition.waive_first_cycles:
        waived = f"h_cycles_since_enrolment < {condition.waive_first_cycles + judging.back}"
        branches.append((waived, str(_WAIVED)))
    branches += [(test, str(_OVERRIDE)) for test in _overrides(plan, moment)]
    branches.append((f"COALESCE(ah.{judging.annulled}, 0) = 1", str(_ANNULLED)))
    if condition.each == "member":
        branches.append((f"COALESCE(am.{judging.annulled}, 0) = 1", str(_ANNULLED)))
    branches += _exemptions(plan, name, condition, place)
    measure = plan.law.facts[condition.fact].measure
    silent = f"COALESCE({alias}_{'d' if measure == 'ratio' else 'c'}, 0) = 0"
    branches.append((f"{silent} AND COALESCE({alias}_x, 0) = 1", str(_SUPPLY_SIDE)))
    branches.append((silent, str(_MISSING[condition.missing])))
    with standing_at("conditions", name):
        satisfied, short = threshold_tests(plan, condition, alias, moment)
    branches.append((satisfied, str(MET)))
    worst = group.severity(severity(condition, short))
    branches.append((f"{worst} = 2", str(_JUSTIFIED)))
    branches.append((f"{worst} = 1", str(_SUPPLY_SIDE)))
    return bigint(case(branches, str(NOT_MET)))


def _overrides(plan: Plan, moment: Moment) -> list[str]:
    tests = []
    for number, override in enumerate(plan.law.overrides):
        if override.conditions == "exempt" and override.holds_on(moment.month.first_day):
            tests.append(plan.test("overrides", number, "where"))
    return tests


def _exemptions(plan: Plan, name: str, condition: Condition, place: Place) -> list[tuple[str, str]]:
    if isinstance(condition.exempt_when, str):
        return [(_test(plan, place, name, "exempt_when"), str(_OWN_REASONS))]
    return [
        (_test(plan, place, name, "exempt_when", n, "when"), str(_OWN_REASONS + n))
        for n in range(len(condition.exempt_when))
    ]


_SUBJECTS = {
    "member": ("mem", "mem.member_id", "mem\nJOIN stand ON stand.household_id = mem.household_id"),
    "household": ("stand", "CAST(0 AS BIGINT)", "stand"),
}


def _judged_layers(columns: dict[str, list[str]], judgings: list[Judging]) -> list[Layer]:
    layers = []
    for each, verdicts in columns.items():
        mine = [judging for judging in judgings if judging.condition.each == each]
        if not mine:
            continue
        facts = dict.fromkeys(judging.fact for judging in mine)
        owner, key, source = _SUBJECTS[each]
        of_household = f"household_id = {owner}.household_id"
        for fact in facts:
            same = f"fact_{fact}.{of_household}"
            if each == "member":
                same += f" AND fact_{fact}.member_id = mem.member_id"
            source += f"\nLEFT JOIN fact_{fact} ON {same}"
        source += f"\nLEFT JOIN annulled AS ah ON ah.{of_household} AND ah.subject_id = 0"
        if each == "member":
            same = f"am.{of_household} AND am.subject_id = mem.member_id"
            source += f"\nLEFT JOIN annulled AS am ON {same}"
        shown = [f"{owner}.household_id AS household_id", f"{key} AS subject_id"]
        for fact in facts:
            shown += [f"COALESCE({fact}_n, 0) AS {fact}_n", f"COALESCE({fact}_d, 0) AS {fact}_d"]
        subjects = disjunction(judging.subject_test for judging in mine)
        where = conjunction(["eligible = 1", subjects])
        layers.append(
            Layer(f"judged_{each}", select([*shown, *verdicts], source, where=where), stored=True)
        )
    return layers
