"""Check that what must be one number for everybody does not differ between households."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path

__all__ = ["check_shared"]

_INSTEAD = {
    "conditions": "Two conditions, each with its own `where` and threshold.",
    "limits": "Two limits over components with a `where` each.",
    "withholding": "Two components with a `where` each, and a share of each.",
    "budget": "A ceiling without `fixed_by`.",
}


def check_shared(checked: Checked) -> None:
    """Refuse a parameter with ``fixed_by`` where one number for everybody is read."""
    parameters = checked.law.parameters
    for path, name in _read(checked):
        if name in parameters and parameters[name].fixed_by is not None:
            checked.refuse(
                path,
                "RB-036",
                f"`{name}` differs between households, and one number for all is asked.",
                _INSTEAD[str(path[0])],
            )


def _read(checked: Checked) -> Iterator[tuple[Path, str]]:
    law = checked.law
    for name, condition in law.conditions.items():
        for key in ("at_least", "at_most", "less_than"):
            yield ("conditions", name, key), str(getattr(condition, key))
    for number, limit in enumerate(law.limits):
        yield ("limits", number, "at_most"), str(limit.at_most)
    for number, withholding in enumerate(law.withholding):
        yield ("withholding", number, "share"), withholding.share
    if law.budget is not None:
        yield ("budget", "ceiling"), law.budget.ceiling
