"""Killed at any named place of a cycle and run again, the demo ends as if nothing had been.

The process dies at once, as by ``kill -9``; then the same command is run again. Compared are the
ledger's head, every payment file and every other file of the data folder: snapshots, runs, the
bank's answers, reject files and reports. One line of a report may differ: it seals the record of
acts, and an act that was begun twice, such as reading accounts for a file, stands there twice.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from demo_plays import DEMO, facts_of, hashes_below

import bank_adapters
import cct_engine
import ledger
import reconciliation

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_plays import Books, Cct, Played

RECORD_OF_ACTS = re.compile(rb"Record of acts, newest before the closing.*?[0-9a-f]{64}", re.DOTALL)

PLACES = {
    "before its feeds": ["take_in.before_commit", "take_in.after_commit", "demo.after_stage@23"],
    "feeds": [
        "correct.before_commit",
        "correct.after_commit",
        "freeze.after_shard",
        "freeze.before_commit",
        "freeze.after_commit",
        "calculate.after_shard",
        "calculate.before_commit",
        "calculate.after_commit",
    ],
    "calculate and check": ["approve.before_commit", "approve.after_commit"],
    "submit and approve": ["demo.before_confirm"],
    "treasury pays in": [
        "release.draft.before_commit",
        "release.draft.after_commit",
        "bank.write.opened",
        "bank.write.chunk",
        "bank.write.before_fsync",
        "bank.write.before_check",
        "bank.write.before_rename",
        "bank.write.linked",
        "bank.write.after_rename",
        "bank.write.sealed",
        "release.file.before_commit",
        "release.file.after_commit",
        "release.book.before_commit",
        "release.book.after_commit",
        "release.deliver.before_begin",
        "release.deliver.after_begin",
        "release.deliver.after_rename",
        "release.before_commit",
        "release.after_commit",
    ],
    "release": [
        "demo.after_answer",
        "inbox.after_events",
        "reconcile.before_commit",
        "reconcile.after_commit",
    ],
    "account corrections": ["close.before_commit", "close.after_commit"],
}
"""Where the engine can be killed, by what was done before it in the demo's last month."""

AT_THE_BANK = {"simulate.after_order", "simulate.before_rename", "simulate.after_rename"}
"""Places of the simulated bank, which is not ours to be killed; its own tests do."""


@pytest.mark.parametrize(
    ("place", "moment"),
    [(place, moment) for moment, places in PLACES.items() for place in places],
    ids=[place for places in PLACES.values() for place in places],
)
def test_killed_and_resumed_the_demo_ends_with_the_same_head_and_the_same_files(
    place: str,
    moment: str,
    moments: dict[str, Books],
    undisturbed: Played,
    cct: Cct,
    copied: Callable[[Books], Books],
) -> None:
    books = copied(moments[moment])
    name, _, passage = place.partition("@")
    killed = cct(books, *DEMO, failpoints=f"{name}=kill@{passage or 1}")
    assert killed.exit_code == -9
    _assert_ends_like(undisturbed, books, cct)


def test_killed_twice_the_second_time_while_resuming_it_ends_the_same(
    moments: dict[str, Books], undisturbed: Played, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["treasury pays in"])
    for place in ("release.file.after_commit", "release.deliver.after_begin"):
        assert cct(books, *DEMO, failpoints=f"{place}=kill").exit_code == -9
    _assert_ends_like(undisturbed, books, cct)


def test_killed_again_and_again_at_the_same_place_it_ends_the_same(
    moments: dict[str, Books], undisturbed: Played, cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["release"])
    for _ in range(3):
        assert cct(books, *DEMO, failpoints="reconcile.before_commit=kill").exit_code == -9
    _assert_ends_like(undisturbed, books, cct)


def test_no_named_place_of_the_engine_is_left_out() -> None:
    named = set()
    for package in (cct_engine, ledger, bank_adapters, reconciliation):
        for source in Path(str(package.__file__)).parent.rglob("*.py"):
            named |= set(
                re.findall(r'^\s*(?:\w+\.)?hit\("([a-z_.]+)"\)', source.read_text(), re.MULTILINE)
            )
    killed = {place.partition("@")[0] for places in PLACES.values() for place in places}
    assert named - AT_THE_BANK == killed


def _assert_ends_like(undisturbed: Played, books: Books, cct: Cct) -> None:
    resumed = cct(books, *DEMO)
    assert resumed.exit_code == 0, resumed.errors
    assert facts_of(resumed) == undisturbed.facts
    found = hashes_below(books.corner, less=RECORD_OF_ACTS)
    assert found == hashes_below(undisturbed.corner, less=RECORD_OF_ACTS)
