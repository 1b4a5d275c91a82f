"""The demo does not depend on when, where or how often it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_plays import hashes_below

if TYPE_CHECKING:
    from demo_plays import Played


def test_the_demo_run_twice_from_nothing_gives_the_same_files_and_the_same_ledger_head(
    genuine: Played, undisturbed: Played
) -> None:
    assert genuine.facts["ledger_head"] == undisturbed.facts["ledger_head"]
    assert [file["sha256"] for file in genuine.facts["files"]] == [
        file["sha256"] for file in undisturbed.facts["files"]
    ]
    assert genuine.facts == undisturbed.facts


def test_every_file_of_a_demo_is_the_same_to_the_byte_in_another_folder_and_time_zone(
    genuine: Played, undisturbed: Played
) -> None:
    first, second = hashes_below(genuine.corner), hashes_below(undisturbed.corner)
    assert first == second
    kinds = {name.split("/")[0] for name in first}
    assert {"feeds", "cycles", "bank", "reports", "rejects"} <= kinds
