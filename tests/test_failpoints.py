"""The places where tests stop the engine."""

import errno
import subprocess
import sys

import pytest

from cct_engine import failpoints


def test_a_place_does_nothing_where_only_another_is_armed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CCT_FAILPOINTS", "elsewhere=enospc")
    failpoints.hit("anywhere")
    with pytest.raises(OSError, match="elsewhere"):
        failpoints.hit("elsewhere")


def test_an_armed_place_acts_at_the_passage_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCT_FAILPOINTS", "third.passage=enospc@3")
    failpoints.hit("third.passage")
    failpoints.hit("third.passage")
    with pytest.raises(OSError, match=r"third\.passage") as full:
        failpoints.hit("third.passage")
    assert full.value.errno == errno.ENOSPC


def test_a_kill_leaves_no_time_for_cleaning_up() -> None:
    code = "from cct_engine import failpoints; failpoints.hit('here'); print('survived')"
    died = subprocess.run(
        [sys.executable, "-c", code],
        env={"CCT_FAILPOINTS": "here=kill"},
        capture_output=True,
        check=False,
    )
    assert died.returncode == -9
    assert died.stdout == b""


def test_an_unknown_act_is_refused_with_the_acts_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCT_FAILPOINTS", "place=explode")
    with pytest.raises(ValueError, match="Use kill or enospc"):
        failpoints.hit("place")
