"""What random laws and broken files found, each reduced to the smallest law that shows it."""

from __future__ import annotations

import pytest
from sqlglot import exp

from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.grammar import parse_expression


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_of_the_language_is_mistaken_for_one_of_sql(name: str) -> None:
    """`months_between` was: the reference had it, and every law that used it was refused."""
    read = parse_expression(f"{name}(x, y)")
    assert isinstance(read, exp.Anonymous)
    assert read.this == name
