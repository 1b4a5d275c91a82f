"""The tutorial, followed word by word, gives the answers and amounts it promises."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from cct_engine.cli.programmes import app

if TYPE_CHECKING:
    import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "rulebook" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)[ ]?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(folder: Path, what: str, how: str, text: str) -> None:
    """Do what one block of the page says."""
    if what == "console":
        asked, _, answer = text.partition("\n")
        words = shlex.split(asked.removeprefix("$ cct programme "))
        assert CliRunner().invoke(app, words).output == answer, asked
        return
    act, *section, name = how.split()
    path = folder / name
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if act == "write":
        after = text
    elif act == "append":
        after = before + text
    elif act == "replace":
        own = re.compile(rf"^{section[0]}:\n(?:[ -].*\n|#.*\n)*", re.MULTILINE)
        assert own.search(before)
        after = own.sub(lambda _: text, before, count=1)
    else:
        good, _, bad = text.strip().partition(" => ")
        assert good in before
        after = before.replace(good, bad)
    path.write_text(after, encoding="utf-8")


def test_following_the_tutorial_gives_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))
    assert sum(what == "console" for what, _, _ in blocks) >= 5
    for what, how, text in blocks:
        follow(tmp_path, what, how, text)


def test_every_example_the_tutorial_names_ships_with_the_engine() -> None:
    named = set(re.findall(r"`(\w+\.yaml)`", TUTORIAL.read_text(encoding="utf-8")))
    programmes = Path(__file__).parents[2] / "cct_engine" / "programmes"
    own = {name for name in named if name.startswith("river_grant")}
    assert {name for name in named - own if not (programmes / name).is_file()} == set()
