"""``cct programme``: the law of a programme, its scenarios, and mistakes before they pay anyone."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from cct_engine import rulebook
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.rulebook.scenarios import RAILS, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from cct_engine.rulebook.scenarios import Scenario, ScenarioResult

__all__ = ["app"]

_DISTRICTS: Final = 15
"""How many districts a terminal is shown; the page and the tables have all."""

app = typer.Typer(help="The law of a programme.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_programmes(*, as_json: AsJson = False) -> None:
    """List the rulebooks shipped with the engine, each version with the days it holds."""
    rows = [
        {
            "code": code,
            "title": law.law.title,
            "currency": law.currency,
            "in_force": law.validity,
            "digest": law.digest,
        }
        for code in rulebook.programmes()
        for law in rulebook.versions(code)
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            "Programmes",
            ["code", "title", "currency", "in force", "law"],
            [[r["code"], r["title"], r["currency"], r["in_force"], r["digest"][:16]] for r in rows],
        )


@app.command("test")
def run_scenarios(
    programmes: Annotated[
        list[str] | None,
        typer.Argument(help="Codes, or files of rulebooks. Default: all, and the payment rails."),
    ] = None,
    scenarios: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Another file of scenarios or cases."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Say what the family of one scenario is told, and why."),
    ] = None,
    language: Annotated[
        Literal["en", "hi", "pt", "es"] | None,
        typer.Option(help="With --explain: as a family reads it."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run scenarios through the statement that pays people. Exit code 1 if one fails.

    Cases of the payment rails ("rail") are played on a scratch PostgreSQL through the bank's and
    the ledger's own doors. A case that cannot be expressed is a failed one, never left out.
    """
    if explain is not None:
        _explain(programmes or [], scenarios, explain, language)
        return
    results = _ran(programmes or [], scenarios)
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json(
            [
                {
                    "programme": result.programme,
                    "id": result.id,
                    "name": result.name,
                    "result": "passed" if result.passed else "failed",
                    "passed": result.passed,
                    "differences": result.differences,
                }
                for result in results
            ]
        )
    else:
        for result in results:
            word = "passed" if result.passed else "FAILED"
            say(f"{word}  {result.programme} {result.id}: {result.name}")
            for difference in result.differences:
                say(f"          {difference}")
        say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


def _draft(file: Path, language: str) -> None:
    """Write the sentences to fill in beside a law; what somebody wrote is never written over."""
    law = rulebook.load(file)
    path = file.with_name(f"{law.stem}.texts.{language}.yaml")
    try:
        with path.open("x", encoding="utf-8") as fresh:
            fresh.write(rulebook.draft(law, language))
    except FileExistsError as error:
        message = f"{path.name} is there already; the check says what it lacks."
        raise typer.BadParameter(message, param_hint="--draft") from error
    say(f"Wrote {path.name}: fill in what stands empty.")


def _explain(chosen: list[str], path: Path | None, scenario: str, language: str | None) -> None:
    """Say what the family of one scenario is told, cycle by cycle, and how the amounts came."""
    if len(chosen) != 1 or not chosen[0].endswith(".yaml"):
        raise typer.BadParameter("Name the file of one rulebook.", param_hint="PROGRAMMES")
    for told in rulebook.explain_beside(Path(chosen[0]), scenario, path, language=language):
        say(told.text())
        say("")


def _ran(chosen: list[str], path: Path | None) -> list[ScenarioResult]:
    """Run what was asked for: programmes, rulebook files, or a file of many cases."""
    own = [Path(word) for word in chosen if word.endswith(".yaml")]
    chosen = [word for word in chosen if not word.endswith(".yaml")]
    if own:
        beside = [result for law in own for result in rulebook.run_beside(law, path)]
        return beside + (_ran(chosen, None) if chosen else [])
    wanted = [code for code in chosen if code != RAILS]
    for code in wanted:
        if code not in rulebook.programmes():
            known = ", ".join(rulebook.programmes())
            raise typer.BadParameter(
                f"No programme {code!r} ships with the engine; known: {known}. A law of your own is"
                " named by its file, which ends in .yaml.",
                param_hint="PROGRAMMES",
            )
    if path is not None:
        file = read_file(path)
        if file.programme and file.programme != RAILS:
            of_one = wanted or [file.programme]
            return [result for code in of_one for result in rulebook.run_scenarios(code, path)]
        of = {*chosen} or {case.programme for case in file.scenarios}
        cases = tuple(case for case in file.scenarios if case.programme in of)
        ran = rulebook.run_cases(replace(file, scenarios=cases))
        return _with_rails(ran, [case for case in cases if case.programme == RAILS])
    results = [r for code in wanted or _all(chosen) for r in rulebook.run_scenarios(code)]
    if not chosen or RAILS in chosen:
        results += _trials().play(_trials().own_cases())
    return results


def _all(chosen: list[str]) -> tuple[str, ...]:
    return rulebook.programmes() if not chosen else ()


def _with_rails(ran: list[ScenarioResult], cases: list[Scenario]) -> list[ScenarioResult]:
    played = {result.id: result for result in (_trials().play(cases) if cases else [])}
    return [played.get(result.id, result) for result in ran]


def _trials() -> ModuleType:
    """The trials need the whole engine; who only checks a law need not wait for it."""
    from cct_engine import trials

    return trials


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    draft: Annotated[
        Literal["en", "hi", "pt", "es"] | None,
        typer.Option(help="First write a file of the law's sentences in this language to fill in."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Find mistakes in a rulebook, all in one pass, with place and what to write instead."""
    if draft is not None:
        _draft(file, draft)
    problems = rulebook.check(file)
    if as_json:
        print_json(problems)
    else:
        for problem in problems:
            say(str(problem))
        say(f"{len(problems)} problem(s) in {file.name}.")
    if problems:
        raise typer.Exit(1)


@app.command("simulate")
def simulate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The law to try.")],
    against: Annotated[str, typer.Option(metavar="CYCLE", help="A calculated cycle.")],
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Write page, tables and JSON here.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Try a law against a cycle's sealed inputs: who gains, who loses, by how much. Pays nobody."""
    from cct_engine import simulation
    from cct_engine.cli.place import opened
    from cct_engine.reports import words

    law = rulebook.load(file)
    with opened(context) as books, books.database.transaction() as connection:
        found = simulation.simulate(connection, books.settings.home, against, law)
    written = simulation.write_out(found, out) if out else ()
    if as_json:
        print_json(found.as_dict())
        return
    say(found.headline())
    number = partial(words.count, currency=found.currency)
    print_table(
        "Families",
        ["what happens", "families", f"difference ({found.currency})"],
        [
            [simulation.KINDS[one.kind], number(one.family_count), change]
            for one, (_, _, change) in _costs(found.kinds, found.currency)
        ],
        right=(1, 2),
    )
    print_table(
        "Cost by component",
        ["component", f"before ({found.currency})", "after", "difference"],
        [
            [f"{one.title} ({one.component})", *costs]
            for one, costs in _costs(found.components, found.currency)
        ],
        right=(1, 2, 3),
    )
    shown = found.districts[:_DISTRICTS]
    print_table(
        f"Cost by district, the largest difference first ({len(shown)} of {len(found.districts)})",
        ["district", "gain", "lose", f"before ({found.currency})", "after", "difference"],
        [
            [one.district, number(one.gaining_count), number(one.losing_count), *costs]
            for one, costs in _costs(shown, found.currency)
        ],
        right=(1, 2, 3, 4, 5),
    )
    for path in written:
        say(f"  {path}")


def _costs(rows: Sequence[Any], currency: str) -> Iterator[tuple[Any, tuple[str, str, str]]]:
    """Return each row with its cost before, its cost after, and the difference with its sign."""
    from cct_engine.reports import words

    for one in rows:
        before, after = (words.amount(m, currency) for m in (one.before_minor, one.after_minor))
        yield one, (before, after, words.signed(one.change_minor, currency))


@app.command("reference")
def write_reference(*, as_json: AsJson = False) -> None:
    """Print the reference of the rulebook language, as Markdown."""
    from cct_engine.rulebook.reference import reference

    if as_json:
        print_json({"markdown": reference()})
    else:
        sys.stdout.write(reference())
