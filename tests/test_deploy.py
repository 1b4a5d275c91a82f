"""What the way to production names is there, and is what the engine answers to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import typer

from cct_engine.cli.main import app
from cct_engine.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "production.md").read_text()


def test_every_file_the_page_names_is_there() -> None:
    named = set(re.findall(r"deploy/([\w.-]+)", PAGE)) | {
        name for name in re.findall(r"`([\w.-]+)`", PAGE) if (DEPLOY / name).suffix == ".service"
    }
    assert {"backup.sh", "restore.sh", "cct-console.service"} <= named
    assert all((DEPLOY / name).is_file() for name in named)


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"CCT_{name.upper()}" for name in Settings.model_fields}
    for text in (PAGE, *(path.read_text() for path in DEPLOY.iterdir())):
        assert set(re.findall(r"\bCCT_[A-Z_]+[A-Z]\b", text)) <= known


def test_the_services_start_verbs_and_options_that_there_are() -> None:
    group = typer.main.get_command(app)
    for unit in DEPLOY.glob("*.service"):
        words = re.search(r"^ExecStart=\S+/cct (.+)$", unit.read_text(), re.MULTILINE)
        assert words is not None
        names = [word for word in words[1].split() if re.fullmatch(r"[a-z]+", word)]
        command = group
        for name in names:
            found = command.get_command(None, name)  # type: ignore[attr-defined]
            command = found if found is not None else command
        options = {option for one in command.params for option in one.opts}
        assert set(re.findall(r"--[a-z-]+", words[1])) <= options


def test_every_figure_to_watch_is_one_of_the_figures() -> None:
    folder = ROOT / "cct_engine" / "metrics"
    written = "".join(path.read_text() for path in folder.glob("*.py"))
    for name in set(re.findall(r"`(cct_[a-z_]+)", PAGE)) - {"cct_engine"}:
        if name not in {"cct_owner", "cct_app", "cct_auditor"}:
            assert f'"{name}"' in written


def test_the_scripts_are_shell() -> None:
    for script in DEPLOY.glob("*.sh"):
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
        assert script.stat().st_mode & 0o100
