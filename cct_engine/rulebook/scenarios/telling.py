"""What a family of a scenario would be told, cycle by cycle, before the law pays anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.explaining import Explanation, explain
from cct_engine.rulebook.scenarios.running import run
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from cct_engine.rulebook.compiler import Compiled
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import ScenarioFile
    from cct_engine.rulebook.scenarios.world import World
    from cct_engine.rulebook.texts import Texts
    from cct_engine.rulebook.wording import Wording

__all__ = ["explain_scenario"]


def explain_scenario(
    rulebook: Rulebook,
    file: ScenarioFile,
    scenario_id: str,
    *,
    texts: Texts,
    wording: Wording | None = None,
) -> list[Explanation]:
    """Explain the household of one scenario in each of its cycles, in their order.

    Persons are called as the scenario calls them. Raises ``UnreadableScenario`` for an id that the
    file has not, or a scenario that cannot be calculated.
    """
    chosen = [scenario for scenario in file.scenarios if scenario.id == scenario_id]
    if not chosen:
        known = ", ".join(scenario.id for scenario in file.scenarios)
        raise UnreadableScenario(f"There is no scenario {scenario_id}; there are {known}.")
    found: list[Explanation] = []
    asked = placed(chosen[0], rulebook, file).months

    def tell(world: World, compiled: Compiled, sources: Mapping[str, pa.Table]) -> None:
        if compiled.month not in asked:
            return  # a cycle before those the scenario asks for, or as it was recorded then
        names = {number: name for name, number in world.members.items()}
        told = explain(
            compiled,
            sources,
            world.household_id,
            rulebook=rulebook,
            texts=texts,
            names=names,
            wording=wording,
        )
        found.append(told)

    [result] = run(rulebook, file, chosen, watch=tell)
    if not found:
        raise UnreadableScenario("; ".join(result.differences))
    return found
