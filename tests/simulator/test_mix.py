"""The bank's decisions: shares, reasons, and that they depend on nothing but the references."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_adapters.simulator import FailureMix, Outcome, Verdict, attempt_of, verdict_of

COUNT = 40_000


def _verdicts(mix: FailureMix, *, attempt: int = 1) -> list[Verdict]:
    return [verdict_of(11, f"CCT202609{n:020d}", attempt, mix) for n in range(COUNT)]


@pytest.mark.parametrize(
    ("mix", "low", "high"),
    [(FailureMix.NORMAL, 0.027, 0.033), (FailureMix.STRESS, 0.154, 0.166)],
    ids=["normal", "stress"],
)
def test_three_per_cent_fail_in_a_normal_and_sixteen_in_a_stressed_month(
    mix: FailureMix, low: float, high: float
) -> None:
    failed = sum(verdict.outcome is not Outcome.CREDITED for verdict in _verdicts(mix))
    assert low < failed / COUNT < high


def test_the_reasons_of_failures_have_their_published_shares() -> None:
    failed = [v for v in _verdicts(FailureMix.STRESS) if v.outcome is not Outcome.CREDITED]
    causes = Counter(verdict.cause for verdict in failed)
    for reason in FailureMix.STRESS.reasons:
        assert causes[reason.name] / len(failed) == pytest.approx(reason.percent / 100, abs=0.015)


def test_a_rejection_has_a_code_of_the_status_list_and_a_return_one_of_the_return_list() -> None:
    codes = {reason.name: reason for reason in FailureMix.STRESS.reasons}
    for verdict in _verdicts(FailureMix.STRESS):
        if verdict.outcome is Outcome.RETURNED:
            assert verdict.code == codes[verdict.cause].return_code
        elif verdict.outcome is Outcome.REJECTED:
            assert verdict.code == codes[verdict.cause].status_code
            assert verdict.days == 0


def test_most_failures_are_returns_and_one_return_in_ten_is_late() -> None:
    failed = [v for v in _verdicts(FailureMix.STRESS) if v.outcome is not Outcome.CREDITED]
    returned = [verdict for verdict in failed if verdict.outcome is Outcome.RETURNED]
    assert 0.80 < len(returned) / len(failed) < 0.90
    late = [verdict.days for verdict in returned if verdict.days]
    assert 0.08 < len(late) / len(returned) < 0.12
    assert set(late) == {1, 2, 3}


def test_a_second_attempt_mostly_succeeds() -> None:
    failed = sum(
        verdict.outcome is not Outcome.CREDITED
        for verdict in _verdicts(FailureMix.STRESS, attempt=2)
    )
    assert 0.04 < failed / COUNT < 0.06


def test_nothing_fails_at_a_bank_without_failures() -> None:
    assert {verdict.outcome for verdict in _verdicts(FailureMix.NONE)} == {Outcome.CREDITED}


@given(seed=st.integers(0, 2**31), reference=st.text("ABC123-", min_size=1, max_size=33))
def test_a_decision_depends_only_on_seed_references_and_mix(seed: int, reference: str) -> None:
    first = verdict_of(seed, reference, 1, FailureMix.STRESS)
    verdict_of(seed + 1, reference, 2, FailureMix.STRESS)
    assert verdict_of(seed, reference, 1, FailureMix.STRESS) == first


@given(reference=st.text("ABCXYZ0123456789", min_size=1, max_size=29), attempt=st.integers(1, 35))
def test_the_attempt_is_read_from_the_instruction_id(reference: str, attempt: int) -> None:
    suffix = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[attempt]
    assert attempt_of(reference, f"{reference}-{suffix}") == attempt
    assert attempt_of(reference, "") == 1
    assert attempt_of(reference, "another form") == 1


def test_reasons_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 65 per cent"):
        replace(FailureMix.NORMAL, reasons=FailureMix.NORMAL.reasons[1:])


def test_a_share_above_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="failures_per_100k"):
        replace(FailureMix.NORMAL, failures_per_100k=100_001)
