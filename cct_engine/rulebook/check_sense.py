"""What can be calculated and cannot have been meant: asked once a law is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.check_effects import check_effects
from cct_engine.rulebook.check_limits import check_limits
from cct_engine.rulebook.check_lists import check_lists
from cct_engine.rulebook.check_rungs import check_rungs
from cct_engine.rulebook.check_tests import check_tests
from cct_engine.rulebook.check_used import check_used
from cct_engine.rulebook.checked import Checked
from cct_engine.rulebook.reading import read_text

if TYPE_CHECKING:
    from cct_engine.rulebook.problems import Problem
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["without_sense"]


def without_sense(rulebook: Rulebook) -> list[Problem]:
    """Return names that nothing reads, rungs that nobody leaves, tests that decide nothing.

    A cycle can be calculated with them, so a law in force is not refused for them; one that is to
    be approved is.
    """
    document = read_text(rulebook.text, file=rulebook.file)
    checked = Checked(rulebook.law, document)
    check_used(checked, rulebook.expressions)
    check_rungs(checked, rulebook.expressions)
    check_tests(checked, rulebook)
    check_limits(checked)
    check_lists(checked)
    check_effects(checked, rulebook.expressions)
    return document.problems
