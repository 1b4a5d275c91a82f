"""The same orders get the same answers: bytes, however often and however interrupted."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bank_adapters.simulator import FailureMix

if TYPE_CHECKING:
    from tests.simulator.conftest import Desk

OTHER_SEED = 8
DAY = date(2026, 9, 18)
LATER = DAY + timedelta(days=5)


class KilledError(Exception):
    """Stands for the death of the bank at a named place."""


class Killer:
    """Raises at the n-th passage of any named place."""

    def __init__(self, passage: int) -> None:
        self.left = passage

    def __call__(self, _place: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise KilledError


def _release(desk: Desk) -> None:
    desk.release("a.xml", 120, "PIX-0001", tag="A")
    desk.release("b.xml", 80, "PIX-0002", tag="B")


def _bytes(answers: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in answers.glob("*.xml")}


def _answered(desk: Desk, name: str) -> dict[str, bytes]:
    answers = desk.outbox.parent / name
    for on in (DAY, LATER):
        desk.simulate(answers=answers, mix=FailureMix.STRESS, on=on)
    return _bytes(answers)


def test_two_banks_with_one_seed_write_the_same_bytes(desk: Desk) -> None:
    _release(desk)
    assert _answered(desk, "one") == _answered(desk, "two")


def test_another_seed_gives_other_answers(desk: Desk) -> None:
    _release(desk)
    first = _answered(desk, "one")
    other = desk.outbox.parent / "other"
    desk.simulate(answers=other, seed=OTHER_SEED, mix=FailureMix.STRESS, on=DAY)
    assert _bytes(other).items() - first.items()


def test_a_second_run_of_the_day_returns_the_same_files_and_writes_none(
    desk: Desk,
) -> None:
    _release(desk)
    first = desk.simulate(mix=FailureMix.STRESS, on=DAY)
    written = {path: path.stat().st_mtime_ns for path in first}
    second = desk.simulate(mix=FailureMix.STRESS, on=DAY)
    assert second == first
    assert {path: path.stat().st_mtime_ns for path in second} == written


def test_answers_that_were_collected_are_not_delivered_again(desk: Desk) -> None:
    _release(desk)
    for path in desk.simulate(mix=FailureMix.STRESS, on=DAY):
        path.unlink()
    assert desk.simulate(mix=FailureMix.STRESS, on=DAY) == []


def test_asking_every_day_or_once_at_the_end_gives_the_same_answers(
    desk: Desk,
) -> None:
    _release(desk)
    at_once = _answered(desk, "one")
    daily = desk.outbox.parent / "daily"
    for days in range((LATER - DAY).days + 1):
        on = DAY + timedelta(days=days)
        desk.simulate(answers=daily, mix=FailureMix.STRESS, on=on)
    assert _bytes(daily) == at_once


@pytest.mark.parametrize("passage", [1, 2, 3, 4, 7, 10, 13, 18])
def test_a_bank_killed_at_any_place_delivers_the_same_bytes_after_its_restart(
    desk: Desk, passage: int
) -> None:
    _release(desk)
    expected = _answered(desk, "untouched")
    with pytest.raises(KilledError):
        desk.simulate(mix=FailureMix.STRESS, on=DAY, hit=Killer(passage))
    for on in (DAY, LATER):
        desk.simulate(mix=FailureMix.STRESS, on=on)
    assert _bytes(desk.answers) == expected
    assert not list(desk.answers.glob(".*.part"))


MEMORY = """
import sys
from datetime import date
from pathlib import Path
from bank_adapters.simulator import FailureMix, simulate
folder = Path(sys.argv[1])
simulate(folder / "outbox", folder / "answers", seed=1, mix=FailureMix.STRESS, on=date(2026, 9, 18))
status = Path("/proc/self/status").read_text().split()
print(status[status.index("VmHWM:") + 1])
"""


def test_the_bank_needs_no_more_memory_for_a_file_twenty_times_as_long(
    tmp_path: Path, desk: Desk
) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc")
    peaks = []
    for count in (1_000, 20_000):
        folder = tmp_path / str(count)
        (folder / "outbox").mkdir(parents=True)
        order = desk.release("a.xml", count, "PIX-0001")
        order.rename(folder / "outbox" / "a.xml")
        run = subprocess.run(
            [sys.executable, "-c", MEMORY, str(folder)], check=True, capture_output=True, text=True
        )
        peaks.append(int(run.stdout))
    assert peaks[1] - peaks[0] < 6_000  # KiB; the longer file has 8 MB
