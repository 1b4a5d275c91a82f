"""A command starts with what it needs: nobody waits for libraries of another."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
import typer

STARTED = """
import sys
from cct_engine.cli.main import app
try:
    app(["--help"], prog_name="cct")
except SystemExit:
    print("of the list", *sorted({"pandas", "duckdb", "pyarrow", "sqlalchemy"} & set(sys.modules)))
from cct_engine.cli import bank, cycles, demo, explain, feeds, proof, schedules
print("of the verbs", *({"pandas"} & set(sys.modules)))
"""


def test_the_list_of_commands_loads_no_library_and_a_step_of_a_cycle_no_pandas() -> None:
    command = [sys.executable, "-c", STARTED]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "The steps of a cycle." in said
    assert said.splitlines()[-2:] == ["of the list", "of the verbs"]


def test_the_list_of_commands_says_of_each_noun_what_it_says_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = import_module("cct_engine.cli.main")
    command: Any = typer.main.get_command(root.app)
    context = command.make_context("cct", ["--help"], resilient_parsing=True)
    with pytest.raises(SystemExit):
        root.app(["--help"], prog_name="cct")
    listed = " ".join(capsys.readouterr().out.split())
    for noun in command.list_commands(context):
        itself = command.get_command(context, noun).get_short_help_str(200)
        assert f" {noun} {itself}" in listed, noun
