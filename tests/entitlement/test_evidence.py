"""What an auditor reads: the verdict on a condition, and the fact it stands on, by its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cct_engine.entitlement import SealBroken, UnknownHousehold, evidence, fact_at, verdicts

if TYPE_CHECKING:
    from conftest import Desk


def test_a_verdict_can_be_followed_to_the_fact_by_its_hash(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    run = desk.calculate(snapshot)
    first, second = verdicts(run, 50)
    assert (first.subject_id, second.subject_id) == (5001, 5002)
    assert (first.verdict, first.numerator, first.denominator) == ("not_met", 10, 20)
    facts = evidence(snapshot, 50)
    assert [fact.member_id for fact in facts] == [5001, 5002]
    assert [fact_at(snapshot, fact.address) for fact in facts] == list(facts)
    sha256, _, _ = facts[0].address.partition(":")
    assert sha256 in {seal.sha256 for seal in snapshot.shard_of(50).files}


def test_a_fact_whose_file_was_changed_is_no_evidence(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    (fact,) = evidence(snapshot, 49)
    path = snapshot.folder / "fact" / "00002.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SealBroken, match=r"fact/00002\.parquet"):
        fact_at(snapshot, fact.address)


def test_an_address_of_another_snapshot_is_refused(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    with pytest.raises(SealBroken, match="another cycle"):
        fact_at(snapshot, f"{'0' * 64}:0")


def test_a_household_without_facts_has_no_verdict_and_an_unknown_one_is_refused(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    run = desk.calculate(snapshot)
    assert verdicts(run, 3) == ()
    assert evidence(snapshot, 3) == ()
    with pytest.raises(UnknownHousehold, match="91"):
        verdicts(run, 91)
