"""A small law in which a test writes one place otherwise, and what is told of it."""

from __future__ import annotations

from pathlib import Path

from cct_engine.rulebook import parse
from cct_engine.rulebook.check_sense import without_sense

__all__ = ["LAW", "PARAMETERS", "told"]

LAW = (Path(__file__).parent / "laws" / "village_grant.yaml").read_text(encoding="utf-8")
LAW = LAW.replace("  visit: {of: household, per: month, measure: count}\n", "")
PARAMETERS = "parameters:\n"


def told(right: str, wrong: str) -> list[str]:
    """Return what is told of a law that is written otherwise in one place."""
    assert right in LAW
    law = parse(LAW.replace(right, wrong, 1), file="law.yaml")
    return [f"{p.place.path}: {p.code} {p.message} {p.instead}" for p in without_sense(law)]
