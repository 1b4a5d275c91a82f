"""`once` counted more widely than the claim: per mother, or per household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import Layer, select

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.instances import Instances

__all__ = ["once_layers"]


def once_layers(instances: Instances, sources: dict[str, str]) -> list[Layer]:
    """Return the layers that leave one claim where a law gives one to several subjects.

    What was paid in earlier cycles is asked in the claim itself; here only claims of this cycle
    stand beside each other. The lowest pregnancy id, then the lowest member id, comes first.
    """
    layers = []
    for each in ("member", "pregnancy"):
        mine = [i for i in instances.of_kind(each) if "o" in instances.stages(i)]
        if not mine:
            continue
        ids = "member_id" if each == "member" else "pregnancy_id, member_id"
        columns = [f"{sources[each]}.*"]
        for instance in mine:
            once = instance.component.once
            per = "household_id" if once and once.per == "household" else "household_id, member_id"
            claimed = instance.part("o")
            nth = (
                f"ROW_NUMBER() OVER (PARTITION BY {per}, CASE WHEN {claimed} <> 0 THEN 1 ELSE 0 END"
                f" ORDER BY {ids})"
            )
            columns.append(
                f"CASE WHEN {nth} = 1 THEN {claimed} ELSE CAST(0 AS BIGINT) END"
                f" AS {instances.after(instance, 'o')}"
            )
        layers.append(Layer(f"once_{each}", select(columns, sources[each])))
        sources[each] = f"once_{each}"
    return layers
