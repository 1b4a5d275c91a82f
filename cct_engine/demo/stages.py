"""Which stages of a demo are done: kept on disk, so that a demo that was killed goes on.

A stage may be repeated as long as the next has not begun; each of its parts does nothing when it
was done before. The file is replaced whole, never edited.
"""

from __future__ import annotations

import dataclasses
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cct_engine.measure import Cost, measured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.demo.plan import DemoPlan

__all__ = ["Stages"]


class Stages:
    """The stages of one demo in the order they were done, with what each cost."""

    def __init__(self, path: Path, plan: DemoPlan) -> None:
        self.path = path
        self.plan: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(plan)))
        kept = json.loads(path.read_text()) if path.exists() else {"plan": self.plan, "done": []}
        self.is_same_plan = kept["plan"] == self.plan
        self.is_finished = bool(kept.get("finished"))
        self.costs = [Cost(**cost) for cost in kept["done"]]

    @contextmanager
    def stage(self, name: str) -> Iterator[bool]:
        """Give True when the stage is to be done; remember it when the block ends without error."""
        if any(cost.step == name for cost in self.costs):
            yield False
            return
        with measured(name) as cost:
            yield True
        self.costs.append(cost)
        self._keep(finished=False)

    def finish(self) -> None:
        """Remember that the whole demo is done."""
        self._keep(finished=True)

    def _keep(self, *, finished: bool) -> None:
        text = json.dumps(
            {
                "plan": self.plan,
                "done": [dataclasses.asdict(cost) for cost in self.costs],
                "finished": finished,
            },
            indent=1,
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".part")
        with draft.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self.is_finished = finished
