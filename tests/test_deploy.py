"""What the way to production names is there, and is what the engine answers to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from command_lines import mistakes

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
    for unit in DEPLOY.glob("*.service"):
        words = re.search(r"^ExecStart=\S+/cct (.+)$", unit.read_text(), re.MULTILINE)
        assert words is not None
        assert mistakes(words[1]) == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_has_nothing_to_say_about_the_services(tmp_path: Path) -> None:
    for unit in DEPLOY.glob("*.service"):
        there = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE
        )
        (tmp_path / unit.name).write_text(there)
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


def _instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def test_every_step_of_the_container_file_is_one_that_can_be_done() -> None:
    stages: list[str] = []
    for word, rest in _instructions():
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim", image)
            stages.append(name)
        elif word == "RUN":
            assert subprocess.run(["sh", "-nc", rest], check=False).returncode == 0
        elif word == "COPY" and rest.startswith("--from="):
            assert rest.partition("=")[2].split()[0] in stages
        else:
            assert word in {"COPY", "ENV", "USER", "VOLUME", "EXPOSE", "WORKDIR", "HEALTHCHECK"} | {
                "ENTRYPOINT",
                "CMD",
            }
    version = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version
    assert any(f"uv=={version[1]}" in rest for _, rest in _instructions())
    assert ".*" in (ROOT / ".dockerignore").read_text().split()  # no environment of ours goes in


def test_the_image_runs_the_console_as_nobody_in_particular_and_looks_at_its_health() -> None:
    said = {word: rest for word, rest in _instructions() if word != "RUN"}
    assert said["USER"] == "cct"
    assert json.loads(said["ENTRYPOINT"]) == ["cct"]
    options = json.loads(said["CMD"])
    assert mistakes(" ".join(options)) == []
    program, flag, look = json.loads(said["HEALTHCHECK"].partition("CMD ")[2])
    assert (program, flag) == ("python", "-c")
    compile(look, "HEALTHCHECK", "exec")
    assert f"127.0.0.1:{said['EXPOSE']}/health" in look
    assert options[options.index("--port") + 1] == said["EXPOSE"]


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
