"""How often a component may come: once in a span of time, or a number of instalments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.past import school_year_start
from cct_engine.rulebook.functions import GROUPED
from cct_engine.rulebook.tree import AllOf, Call, Defined, Name, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.place import Place
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.tree import Node

__all__ = ["count_tests", "own_tests"]


def count_tests(plan: Plan, instance: Instance, same: Sequence[str]) -> list[str]:
    """Return the tests that a line is not one too many.

    ``same``: the columns of the same component in earlier months of the cycle, which count too.
    """
    component, needs = instance.component, plan.needs
    tests = []
    if component.instalments is not None:
        measure = f"{component.instalments.counted}_count"
        past = needs.past(component.each, component.code, measure)
        counted = [past, *(f"CASE WHEN {column} <> 0 THEN 1 ELSE 0 END" for column in same)]
        most = plan.value(
            "components", instance.order, "instalments", "most", moment=instance.moment
        )
        tests.append(f"{' + '.join(counted)} < {most}")
    if component.once is not None:
        measure = {
            "life": "due_count",
            "calendar_year": f"since_{plan.cycle.year * 12}",
            "school_year": f"since_{school_year_start(plan)}",
        }[component.once.in_]
        of: str = component.once.per
        if of == "member" and component.each == "pregnancy":
            of = "mother"
        tests.append(f"{needs.past(of, component.code, measure)} = 0")
    return tests


_NOT_ITS_OWN = frozenset({"event", "in_programme", "is_met", "is_judged", "reported"}) | GROUPED


def own_tests(plan: Plan, where: Node, place: Place) -> tuple[str, ...]:
    """Return those parts of a test that the subject alone decides, before anything is judged."""
    while isinstance(where, Defined):
        where = where.node
    parts = where.parts if isinstance(where, AllOf) else (where,)
    own = {place.subject, "cycle", "month", "parameter"}
    return tuple(
        plan.emitter.test(part, place)
        for part in parts
        if all(node.of in own for node in walk(part) if isinstance(node, Name))
        and not any(isinstance(n, Call) and n.function in _NOT_ITS_OWN for n in walk(part))
    )
