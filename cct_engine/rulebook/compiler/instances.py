"""Components unrolled: one instance per component, or per component and month of the cycle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.counting import count_tests, own_tests
from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.past import recorded_sums
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.presence import counted_then
from cct_engine.rulebook.compiler.prorating import days_present, prorated
from cct_engine.rulebook.compiler.sqltext import (
    Range,
    bigint,
    case,
    conjunction,
    literal,
    negated,
    quoted,
)
from cct_engine.rulebook.compiler.unwritable import NotCompiled
from cct_engine.rulebook.compiler.windows import in_season

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Component
    from cct_engine.rulebook.months import Month

__all__ = ["Earlier", "Instance", "Instances"]

_MEMBERS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Instance:
    """A component in one month of the cycle, or in the cycle as a whole.

    ``late``: in a month before the cycle, which an enrolment brings with it.
    """

    order: int
    component: Component
    moment: Moment
    monthly: bool
    late: bool = False

    @property
    def code(self) -> str:
        """Return the component's code."""
        return self.component.code

    @property
    def month(self) -> Month:
        """Return the month the line is for."""
        return self.moment.month if self.monthly else self.moment.cycle_first

    @property
    def column(self) -> str:
        """Return the column of the amount due: ``"BRC"``, or ``"EDU 2025-02"`` by month."""
        if self.late:
            return quoted(f"{self.code} {self.month} arrears")
        return quoted(f"{self.code} {self.month}" if self.monthly else self.code)

    def part(self, letter: str) -> str:
        """Return the column of a part of the amount.

        f forfeited, h held, w withheld, r the reason of these, q of what waits where a share was
        lost, x and y of what a component's subjects lost and what waits; n the reason of a refusal;
        o before `once`, u before limits, g before caps; t whether the month's place is taken.
        """
        return quoted(f"{self.column[1:-1]} {letter}")


@dataclass(slots=True)
class Instances:
    """All instances of a cycle, in the order of the list, with the range each amount can have."""

    plan: Plan
    late: bool = False
    found: list[Instance] = field(default_factory=list)
    ranges: dict[str, Range] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, *, late: bool = False) -> Instances:
        """Return the instances that can be due in the plan's cycle."""
        instances = cls(plan, late)
        for order, component in enumerate(plan.law.components):
            unrolled = _unrolled(order, component, plan.moment)
            instances.found += [replace(instance, late=late) for instance in unrolled]
        return instances

    def of_kind(self, each: str) -> list[Instance]:
        """Return the instances of household, member or pregnancy components."""
        return [i for i in self.found if i.component.each == each]

    def stages(self, instance: Instance) -> list[str]:
        """Return what an amount passes before it is due: o `once`, u limits, g caps."""
        law, code = self.plan.law, instance.code
        once = instance.component.once
        asked = {
            "o": once is not None and once.per != instance.component.each,
            "u": any(code in limit.over for limit in law.limits),
            "g": any(code in cap.reduce.lines for cap in law.caps),
        }
        return [letter for letter, passes in asked.items() if passes]

    def before(self, instance: Instance, letter: str) -> str:
        """Return the column that enters a stage; ``""``: the amount as it is first written."""
        if letter:
            return instance.part(letter)
        stages = self.stages(instance)
        return instance.part(stages[0]) if stages else instance.column

    def after(self, instance: Instance, letter: str) -> str:
        """Return the column that leaves a stage."""
        stages = self.stages(instance)
        later = stages[stages.index(letter) + 1 :]
        return instance.part(later[0]) if later else instance.column

    def read_name(self, instance: Instance) -> str:
        """Return the column that later components read: what is due before a cap."""
        return instance.part("g") if "g" in self.stages(instance) else instance.column

    def above(self, instance: Instance) -> list[str]:
        """Return the lines above a deduction: those of its month, if it comes by month."""
        return [
            i.column
            for i in self.found
            if i.order < instance.order
            and (not instance.monthly or (i.monthly and i.month == instance.month))
        ]

    def amount(
        self, instance: Instance, words: dict[str, str] | None = None
    ) -> tuple[str, frozenset[str]] | None:
        """Return the SQL of what an instance is due and the columns of components it reads.

        None: the law has no amount for it in this month.
        """
        plan, component = self.plan, instance.component
        place, earlier = self._place(instance, words)
        amount = plan.rulebook.expression("components", instance.order, "amount")
        try:
            tests = [
                self._where(instance, place),
                *count_tests(plan, instance, self._same(instance)),
            ]
            tests += [negated(test) for test, _ in self.refusals(instance, place)]
            tests += self._entered(instance)
            if instance.late and component.each == "member":
                tests.append(counted_then(plan.emitter, plan.moment))
            value = plan.emitter.value(amount, place)
            bounds = plan.emitter.range(amount, place)
        except NotInForce:
            return None
        test = conjunction(tests)
        if test == NEVER_HOLDS:
            # Refused to everybody in this month is not paid, and everybody is told why.
            refused = component.unless and tests[0] != NEVER_HOLDS and not instance.late
            return (bigint("0"), frozenset()) if refused else None
        days = days_present(plan, instance)
        if days is not None:
            value = prorated(plan, value, days, bounds)
        self.ranges[instance.column] = bounds.with_(Range(0, 0))
        sql = value if test == "1 = 1" else case([(test, value)], "0")
        if component.instalments is not None:
            earlier.columns |= set(self._same(instance))
        return bigint(sql), frozenset(earlier.columns)

    def refusal(self, instance: Instance) -> str | None:
        """Return the SQL of the reason for which a line is refused; empty if it is not."""
        if not instance.component.unless or instance.late:
            return None
        place, _ = self._place(instance, None)
        try:
            where = self._where(instance, place)
            refused = [
                (conjunction([where, test]), literal(f"refused:{reason}"))
                for test, reason in self.refusals(instance, place)
            ]
        except NotInForce:
            return None
        return case(refused, literal(""))

    def refusals(self, instance: Instance, place: Place) -> list[tuple[str, str]]:
        """Return the tests that refuse a line, each with its reason."""
        law = self.plan.rulebook
        return [
            (
                self.plan.emitter.test(
                    law.expression("components", instance.order, "unless", n, "when"), place
                ),
                refusal.reason,
            )
            for n, refusal in enumerate(instance.component.unless)
        ]

    def drop(self, instance: Instance) -> None:
        """Forget an instance that cannot be due in this cycle."""
        self.found.remove(instance)

    def _place(self, instance: Instance, words: dict[str, str] | None) -> tuple[Place, Earlier]:
        earlier = Earlier(self, instance.monthly)
        above = [i.component.kind for i in self.found if i.order < instance.order]
        positive = frozenset({"subtotal"} if "deduction" not in above else ())
        each = instance.component.each
        place = Place(
            each, instance.moment, words or {}, earlier, positive, monthly=instance.monthly
        )
        where = self.plan.rulebook.expression("components", instance.order, "where")
        if any(table.missing == "error" for table in self.plan.law.tables.values()):
            place = replace(place, asked=own_tests(self.plan, where, place))
        return place, earlier

    def _where(self, instance: Instance, place: Place) -> str:
        where = self.plan.rulebook.expression("components", instance.order, "where")
        return self.plan.emitter.test(where, place)

    def _same(self, instance: Instance) -> list[str]:
        """Return the columns of the same component in earlier months of the cycle."""
        return [
            self.before(i, "")
            for i in self.found
            if i.code == instance.code and i.month < instance.month
        ]

    def _entered(self, instance: Instance) -> list[str]:
        """With ``entry_month: none`` the month of the enrolment is not due (it may come late)."""
        if self.plan.law.conventions.entry_month != "none" or instance.late:
            return []
        if instance.component.kind == "deduction":
            return []
        return [f"(h_enrolled = 0 OR h_enrolled_on_month < {instance.month.number})"]


@dataclass(slots=True)
class Earlier:
    """The components above an expression, as it reads them: by month, or summed over the cycle."""

    instances: Instances
    by_month: bool
    columns: set[str] = field(default_factory=set)

    def read(self, code: str, *, subject: str, moment: Moment) -> tuple[str, Range]:
        """Return the line of the same month, or the sum over the cycle's months."""
        mine = [i for i in self.instances.found if i.code == code]
        if self.by_month and any(i.monthly for i in mine):
            mine = [i for i in mine if i.month == moment.month]
        if any(i.component.each != subject for i in mine) and subject != "household":
            what = f"A {subject}'s component that reads {code}, paid for another subject,"
            raise NotCompiled(what, f"A component of the household that reads {code}.")
        if subject != "household" and any(self._chosen(i) for i in mine):
            what = f"A {subject}'s component that reads {code}, which is under a limit,"
            raise NotCompiled(what, f"A component of the household that reads {code}.")
        columns = [self.instances.read_name(i) for i in mine]
        self.columns |= set(columns)
        if self.instances.late:
            months = (moment.month,) if self.by_month else moment.cycle_months
            columns += recorded_sums(self.instances.plan, code, months, of=subject)
        total = Range(0, 0)
        for instance in mine:
            single = self.instances.ranges.get(instance.column, Range(0, 0))
            many = subject == "household" and instance.component.each != "household"
            one = single.times(Range(0, _MEMBERS_MAX)) if many else single
            total = total.plus(one if not instance.late else one.plus(one))
        return (f"({' + '.join(columns)})" if columns else "0"), total

    def _chosen(self, instance: Instance) -> bool:
        return bool({"o", "u"} & set(self.instances.stages(instance)))


def _unrolled(order: int, component: Component, moment: Moment) -> list[Instance]:
    months = moment.cycle_months
    if component.months == "each":
        due = [m for m in months if in_season(component.season, m) and _in_force(component, m)]
        return [Instance(order, component, moment.in_month(m), monthly=True) for m in due]
    seasonal = any(in_season(component.season, month) for month in months)
    if seasonal and _in_force(component, moment.cycle_first):
        return [Instance(order, component, moment, monthly=False)]
    return []


def _in_force(component: Component, month: Month) -> bool:
    day = month.first_day
    started = component.from_ is None or component.from_ <= day
    return started and (component.until is None or day <= component.until)
