"""Components unrolled: one instance per component, or per component and month of the cycle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.place import NEVER_HOLDS, NotCompiled, Place
from cct_engine.rulebook.compiler.sqltext import Range, bigint, case, conjunction, quoted
from cct_engine.rulebook.compiler.windows import in_season

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Component
    from cct_engine.rulebook.months import Month

__all__ = ["Instance", "Instances"]

_MEMBERS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Instance:
    """A component in one month of the cycle, or in the cycle as a whole."""

    order: int
    component: Component
    moment: Moment
    monthly: bool

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
        return quoted(f"{self.code} {self.month}" if self.monthly else self.code)

    def part(self, letter: str) -> str:
        """Return the column of a part of the amount: f forfeited, h held, w withheld."""
        return quoted(f"{self.column[1:-1]} {letter}")


@dataclass(slots=True)
class Instances:
    """All instances of a cycle, in the order of the list, with the range each amount can have."""

    plan: Plan
    found: list[Instance] = field(default_factory=list)
    ranges: dict[str, Range] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Instances:
        """Return the instances that can be due in the plan's cycle."""
        instances = cls(plan)
        for order, component in enumerate(plan.law.components):
            instances.found += _unrolled(order, component, plan.moment)
        return instances

    def of_kind(self, each: str) -> list[Instance]:
        """Return the instances of household, member or pregnancy components."""
        return [i for i in self.found if i.component.each == each]

    def amount(
        self, instance: Instance, words: dict[str, str] | None = None
    ) -> tuple[str, frozenset[str]] | None:
        """Return the SQL of what an instance is due and the columns of components it reads.

        None: the law has no amount for it in this month.
        """
        plan, component = self.plan, instance.component
        earlier = _Earlier(self, instance)
        above = [i.component.kind for i in self.found if i.order < instance.order]
        positive = frozenset({"subtotal"} if "deduction" not in above else ())
        place = Place(component.each, instance.moment, words or {}, earlier, positive)
        where = plan.rulebook.expression("components", instance.order, "where")
        amount = plan.rulebook.expression("components", instance.order, "amount")
        try:
            tests = [plan.emitter.test(where, place), *self._counted(component)]
            value = plan.emitter.value(amount, place)
            bounds = plan.emitter.range(amount, place)
        except NotInForce:
            return None
        test = conjunction(tests)
        if test == NEVER_HOLDS:
            return None
        self.ranges[instance.column] = bounds.with_(Range(0, 0))
        sql = value if test == "1 = 1" else case([(test, value)], "0")
        return bigint(sql), frozenset(earlier.columns)

    def drop(self, instance: Instance) -> None:
        """Forget an instance that cannot be due in this cycle."""
        self.found.remove(instance)

    def _counted(self, component: Component) -> list[str]:
        tests = []
        needs = self.plan.needs
        if component.instalments is not None:
            measure = f"{component.instalments.counted}_count"
            past = needs.past(component.each, component.code, measure)
            tests.append(f"{past} < {component.instalments.most}")
        if component.once is not None:
            measure = "due_count" if component.once.in_ == "life" else "due_year"
            if component.once.in_ == "school_year":
                raise NotCompiled("once in a school year")
            if component.once.per != component.each:
                raise NotCompiled(
                    f"once per {component.once.per} of a {component.each}'s component"
                )
            tests.append(f"{needs.past(component.each, component.code, measure)} = 0")
        return tests


@dataclass(slots=True)
class _Earlier:
    """The components above one instance, as its expression reads them."""

    instances: Instances
    reader: Instance
    columns: set[str] = field(default_factory=set)

    def read(self, code: str, *, subject: str, moment: Moment) -> tuple[str, Range]:
        """Return the line of the same month, or the sum over the cycle's months."""
        mine = [i for i in self.instances.found if i.code == code]
        if self.reader.monthly and any(i.monthly for i in mine):
            mine = [i for i in mine if i.month == moment.month]
        if any(i.component.each != subject for i in mine) and subject != "household":
            raise NotCompiled(f"a {subject}'s component that reads {code} of another subject")
        columns = [i.column for i in mine]
        self.columns |= set(columns)
        total = Range(0, 0)
        for instance in mine:
            single = self.instances.ranges.get(instance.column, Range(0, 0))
            many = subject == "household" and instance.component.each != "household"
            total = total.plus(single.times(Range(0, _MEMBERS_MAX)) if many else single)
        return (f"({' + '.join(columns)})" if columns else "0"), total


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
