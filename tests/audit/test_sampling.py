"""A sample is drawn again by anybody who knows its seed; no payment is out of its reach."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.audit import unit_choices

if TYPE_CHECKING:
    from demo_plays import Books, Cct


@given(total=st.integers(1, 10**15), size=st.integers(1, 500), seed=st.integers(0, 2**32))
def test_one_unit_is_chosen_in_each_of_equal_intervals(total: int, size: int, seed: int) -> None:
    choices = unit_choices(total, size, random.Random(seed))
    assert list(choices) == sorted(choices)
    assert len(choices) == min(size, total)
    assert all(0 <= choice < total for choice in choices)
    for step, choice in enumerate(choices):
        if total >= size:
            assert total * step // size <= choice < total * (step + 1) // size


@pytest.mark.parametrize("method", ["mus", "random"])
def test_the_same_seed_draws_the_same_payments_and_another_does_not(
    method: str, finished: Books, cct: Cct
) -> None:
    words = ("--demo", "audit", "sample", "--method", method, "--size", "20", "--json")
    first = cct(finished, *words, "--seed", "7")
    assert first.exit_code == 0, first
    assert cct(finished, *words, "--seed", "7").value == first.value
    assert cct(finished, *words, "--seed", "8").value != first.value
    for sample in first.value:
        assert sum(one["hits"] for one in sample["payments"]) == 20
        assert sample["population_minor"] > sum(one["amount_minor"] for one in sample["payments"])


def test_a_payment_larger_than_an_interval_is_always_taken(finished: Books, cct: Cct) -> None:
    ran = cct(finished, "--demo", "audit", "sample", "--size", "100000", "--json")
    assert ran.exit_code == 0, ran
    for sample in ran.value:
        assert len(sample["payments"]) == sample["population_count"]


def test_a_sample_may_be_larger_than_the_population(finished: Books, cct: Cct) -> None:
    words = ("--demo", "audit", "sample", "--method", "random", "--size", "99999", "--json")
    ran = cct(finished, *words, "--cycle", "dilli_annashree-2026-09")
    assert ran.exit_code == 0, ran
    (sample,) = ran.value
    assert len(sample["payments"]) == sample["population_count"]
    assert {one["cycle"] for one in sample["payments"]} == {"dilli_annashree-2026-09"}
