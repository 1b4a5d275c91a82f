"""Facts summed over windows, and the verdict of each subject in each window."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import NEVER_HOLDS, NotCompiled
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
)
from cct_engine.rulebook.compiler.windows import Judged, judged_windows

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.months import Month

__all__ = ["EXEMPT_REASONS", "MET", "NOT_MET", "NO_INFORMATION", "Judging", "Verdicts", "judge"]

MET, NOT_MET, NO_INFORMATION = 1, 2, 3
EXEMPT_REASONS = {10: "waived", 11: "override", 12: "justified", 13: "supply_side", 14: "annulled"}
_WAIVED, _OVERRIDE, _JUSTIFIED, _SUPPLY_SIDE, _ANNULLED = EXEMPT_REASONS
_OWN_REASONS = 20
_MISSING = {"met": MET, "not_met": NOT_MET, "no_effect": NO_INFORMATION}


@dataclass(frozen=True, slots=True)
class Judging:
    """One condition judged in one window of this cycle: column ``v<number>`` of its subjects.

    0 = not subject, 1 met, 2 not met, 3 no information, 10 and above exempt by a reason.
    """

    number: int
    name: str
    condition: Condition
    window: Judged
    subject_test: str
    fact: str

    @property
    def column(self) -> str:
        """Return the verdict's column."""
        return f"v{self.number}"

    @property
    def told_of_household(self) -> bool:
        """Return whether the household's row must know of a breach."""
        breach = self.condition.breach
        return breach.scope in {"household", "household_month"} or breach.shows is not None

    def reasons(self) -> dict[int, str]:
        """Return the exempting reasons by their number in the column."""
        own = self.condition.exempt_when
        named = ["deemed"] if isinstance(own, str) else [exemption.reason for exemption in own]
        return EXEMPT_REASONS | {_OWN_REASONS + n: reason for n, reason in enumerate(named)}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All judgings of a cycle, and the layers that make them."""

    judgings: tuple[Judging, ...]
    layers: tuple[Layer, ...]

    def of(self, each: str) -> tuple[Judging, ...]:
        """Return the judgings whose subjects are households, or members."""
        return tuple(judging for judging in self.judgings if judging.condition.each == each)


@dataclass(frozen=True, slots=True)
class _FactGroup:
    """Facts of one kind over one window, summed once for all conditions that read them."""

    alias: str
    kind: str
    each: str
    months: tuple[Month, ...]
    worst: dict[str, str]

    def severity(self, sql: str) -> str:
        """Return the column that holds the worst shortfall of one threshold."""
        return self.worst.setdefault(sql, f"{self.alias}_w{len(self.worst) + 1}")


def judge(plan: Plan) -> Verdicts:
    """Return the verdicts of a cycle; a condition not judged in it leaves no SQL."""
    groups: dict[tuple[str, str, tuple[Month, ...]], _FactGroup] = {}
    columns: dict[str, list[str]] = {"member": [], "household": []}
    judgings: list[Judging] = []
    for name, condition in plan.law.conditions.items():
        by_month = condition.grain == "month"
        for window in judged_windows(
            plan.law, condition.window, by_month=by_month, moment=plan.moment
        ):
            key = (condition.fact, condition.each, window.months)
            group = groups.setdefault(
                key,
                _FactGroup(
                    f"f{len(groups) + 1}", condition.fact, condition.each, window.months, {}
                ),
            )
            moment = plan.moment.in_month(window.for_month).through(window.first, window.last)
            test = plan.test("conditions", name, "where", subject=condition.each, moment=moment)
            if test == NEVER_HOLDS:
                continue
            judging = Judging(len(judgings) + 1, name, condition, window, test, group.alias)
            judgings.append(judging)
            value = _verdict(plan, judging, group, moment)
            columns[condition.each].append(f"{value} AS {judging.column}")
    layers = [_fact_layer(plan, group) for group in groups.values()]
    layers += _annulments(judgings)
    layers += _judged_layers(columns, judgings)
    return Verdicts(tuple(judgings), tuple(layers))


def _fact_layer(plan: Plan, group: _FactGroup) -> Layer:
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
    where = f"kind = {literal(group.kind)} AND {months}"
    if plan.law.facts[group.kind].of == "household":
        where += " AND member_id = 0"
    return Layer(f"fact_{alias}", select(columns, "src_fact", where=where, group_by=key))


def _annulments(judgings: list[Judging]) -> list[Layer]:
    if not judgings:
        return []
    names = dict.fromkeys(judging.name for judging in judgings)
    columns = ["household_id", "subject_id"]
    for name in names:
        hit = f"MAX(CASE WHEN detail IN ('', {literal(name)}) THEN 1 ELSE 0 END)"
        columns.append(f"{bigint(hit)} AS a_{name}")
    months = dict.fromkeys(judging.window.for_month.number for judging in judgings)
    where = f"code = 'annul' AND for_month IN ({', '.join(map(str, months))})"
    sql = select(columns, "src_event", where=where, group_by="household_id, subject_id")
    return [Layer("annulled", sql)]


def _verdict(plan: Plan, judging: Judging, group: _FactGroup, moment: Moment) -> str:
    condition, alias, name = judging.condition, judging.fact, judging.name
    branches = [(f"NOT ({judging.subject_test})", "0")]
    if judging.subject_test == "1 = 1":
        branches = []
    if condition.waive_first_cycles:
        waived = f"h_cycles_since_enrolment < {condition.waive_first_cycles}"
        branches.append((waived, str(_WAIVED)))
    branches += [(test, str(_OVERRIDE)) for test in _overrides(plan, moment)]
    branches.append((f"COALESCE(ah.a_{name}, 0) = 1", str(_ANNULLED)))
    if condition.each == "member":
        branches.append((f"COALESCE(am.a_{name}, 0) = 1", str(_ANNULLED)))
    branches += _exemptions(plan, name, condition, moment)
    measure = plan.law.facts[condition.fact].measure
    silent = f"COALESCE({alias}_{'d' if measure == 'ratio' else 'c'}, 0) = 0"
    branches.append((f"{silent} AND COALESCE({alias}_x, 0) = 1", str(_SUPPLY_SIDE)))
    branches.append((silent, str(_MISSING[condition.missing])))
    satisfied, short = _tests(plan, condition, alias, moment)
    branches.append((satisfied, str(MET)))
    worst = group.severity(_severity(condition, short))
    branches.append((f"{worst} = 2", str(_JUSTIFIED)))
    branches.append((f"{worst} = 1", str(_SUPPLY_SIDE)))
    return bigint(case(branches, str(NOT_MET)))


def _overrides(plan: Plan, moment: Moment) -> list[str]:
    tests = []
    for number, override in enumerate(plan.law.overrides):
        on = moment.month.first_day
        if override.conditions == "exempt" and override.from_ <= on <= override.to:
            tests.append(plan.test("overrides", number, "where"))
    return tests


def _exemptions(
    plan: Plan, name: str, condition: Condition, moment: Moment
) -> list[tuple[str, str]]:
    each = condition.each
    if isinstance(condition.exempt_when, str):
        test = plan.test("conditions", name, "exempt_when", subject=each, moment=moment)
        return [(test, str(_OWN_REASONS))]
    return [
        (
            plan.test("conditions", name, "exempt_when", n, "when", subject=each, moment=moment),
            str(_OWN_REASONS + n),
        )
        for n in range(len(condition.exempt_when))
    ]


def _tests(plan: Plan, condition: Condition, alias: str, moment: Moment) -> tuple[str, str]:
    """Return the test that the window satisfies, and the test that one fact falls short."""
    kind, threshold = _threshold(plan, condition, moment)
    measure = plan.law.facts[condition.fact].measure
    if measure == "date":
        raise NotCompiled("a condition on a fact of dates")
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
    raise NotCompiled("a condition without a threshold")


def _severity(condition: Condition, short: str) -> str:
    """Return how bad a fact is: 0 not short, 1 the supply's fault, 2 justified, 3 not excused."""
    supply = disjunction(["waived = 1", _is_one_of(condition.supply_side)])
    excuses = [(supply, "1"), (_is_one_of(condition.justified_by), "2")]
    return f"CASE WHEN {short} THEN {case(excuses, '3')} ELSE 0 END"


def _is_one_of(codes: tuple[str, ...]) -> str:
    return f"reason IN ({', '.join(literal(code) for code in codes)})" if codes else NEVER_HOLDS


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
