"""``cct programme``: the law of a programme, its scenarios, and mistakes before they pay anyone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cct_engine import rulebook
from cct_engine.cli.output import AsJson, print_json, print_table, say

__all__ = ["app"]

app = typer.Typer(help="The law of a programme.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_programmes(*, as_json: AsJson = False) -> None:
    """List the rulebooks shipped with the engine."""
    rows = [
        {"code": code, "title": law.law.title, "currency": law.currency, "digest": law.digest}
        for code in rulebook.programmes()
        for law in [rulebook.programme(code)]
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            "Programmes",
            ["code", "title", "currency", "law"],
            [[r["code"], r["title"], r["currency"], r["digest"][:16]] for r in rows],
        )


@app.command("test")
def run_scenarios(
    programmes: Annotated[list[str] | None, typer.Argument(help="Default: all.")] = None,
    scenarios: Annotated[
        Path | None, typer.Option(exists=True, help="Another file of scenarios.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run scenarios through the statement that pays people. Exit code 1 if one fails."""
    ran = [
        (code, result)
        for code in programmes or rulebook.programmes()
        for result in rulebook.run_scenarios(code, scenarios)
    ]
    failed = [(code, result) for code, result in ran if not result.passed]
    if as_json:
        print_json(
            [
                {
                    "programme": code,
                    "id": result.id,
                    "name": result.name,
                    "passed": result.passed,
                    "differences": result.differences,
                }
                for code, result in ran
            ]
        )
    else:
        for code, result in failed:
            say(f"{code} {result.id}: {result.name}")
            say("\n".join(f"  {difference}" for difference in result.differences))
        say(f"{len(ran) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], *, as_json: AsJson = False
) -> None:
    """Find mistakes in a rulebook, all in one pass, with place and what to write instead."""
    problems = rulebook.check(file)
    if as_json:
        print_json(problems)
    else:
        for problem in problems:
            say(str(problem))
        say(f"{len(problems)} problem(s) in {file.name}.")
    if problems:
        raise typer.Exit(1)
