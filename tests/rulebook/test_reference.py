"""The reference that analysts read is the one the model writes."""

from __future__ import annotations

from pathlib import Path

from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.reference import reference

WRITTEN = Path(__file__).parents[2] / "docs" / "rulebook" / "reference.md"


def test_the_reference_is_up_to_date() -> None:
    told = "Write it anew: cct programme reference > docs/rulebook/reference.md"
    assert WRITTEN.read_text(encoding="utf-8") == reference(), told


def test_every_function_and_section_is_explained() -> None:
    text = reference()
    functions = text[text.index("## Expressions") :].splitlines()
    for name in FUNCTIONS:
        (row,) = [line for line in functions if line.startswith(f"| `{name}` | ")]
        assert row.removeprefix(f"| `{name}` | ").rstrip(" |")
    for title in ("Component", "Ladder", "Withholding", "Cap", "Standing", "Override"):
        assert f"\n## {title}\n" in text
