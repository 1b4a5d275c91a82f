"""Everything that is asked of a rulebook before it may be approved, in one call."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from cct_engine.rulebook.check_amounts import below_zero
from cct_engine.rulebook.check_scenarios import scenario_problems
from cct_engine.rulebook.check_sense import without_sense
from cct_engine.rulebook.compiler import Unwritable, compile_cycle
from cct_engine.rulebook.loading import check_text, load, programme, versions
from cct_engine.rulebook.months import Month
from cct_engine.rulebook.problems import Place, Problem, RefusedRulebook
from cct_engine.rulebook.reading import file_text, read_text
from cct_engine.rulebook.scenarios import (
    Scenario,
    ScenarioFile,
    ScenarioResult,
    UnreadableScenario,
    explain_scenario,
    read_file,
    read_scenarios,
    run,
)
from cct_engine.rulebook.texts import Texts, check_texts, read_texts
from cct_engine.rulebook.tree import Name, walk
from cct_engine.rulebook.wording import LANGUAGES, LocalWording, PlainWording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from cct_engine.rulebook.explaining import Explanation
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["check", "explain_beside", "run_beside", "run_cases", "run_scenarios", "unsure"]

_PACKAGE = "cct_engine.programmes"


def check(path: Path) -> list[Problem]:
    """Return every problem of a rulebook file and of the scenarios and sentences beside it.

    The rulebook must read, compile for every month in which a value changes, pass its scenarios,
    have a scenario for each component, step and verdict, and a sentence for whatever it may say: in
    English, and in each other language that has a file beside it. An empty list is the answer an
    approver waits for.
    """
    try:
        return _checked(path)
    except RefusedRulebook as refused:
        return list(refused.problems)


def _checked(path: Path) -> list[Problem]:
    rulebook, problems = check_text(file_text(path), file=path.name)
    if rulebook is None:
        return list(problems)
    stem = path.name.removesuffix(".yaml")
    not_compiled = list(_not_compiled(rulebook))
    found = [*without_sense(rulebook), *not_compiled]
    for language in LANGUAGES:
        texts = path.with_name(f"{stem}.texts.{language}.yaml")
        if language == "en" or texts.is_file():
            found += check_texts(rulebook, texts)
    scenarios = path.with_name(f"{stem}.scenarios.yaml")
    if not scenarios.is_file():
        place = Place(scenarios.name, 1, 1, "")
        found.append(
            Problem(place, "RB-070", "There are no scenarios.", f"Write {scenarios.name}.")
        )
        return found
    text = file_text(scenarios)
    document = read_text(text, file=scenarios.name)
    if document.problems:
        return [*found, *document.problems]
    try:
        file = read_scenarios(text, file=scenarios.name, programme=rulebook.programme)
    except UnreadableScenario as error:
        place = document.place(error.at)
        return [*found, Problem(place, "RB-000", error.message, "")]
    if not not_compiled:
        found += scenario_problems(rulebook, file, document)
    return found


def run_scenarios(code: str, path: Path | None = None) -> list[ScenarioResult]:
    """Run the scenarios of every version of a shipped programme's law, or those of a file.

    A file of cases that name their programmes is run for this programme's cases alone. Raises
    ``UnreadableScenario`` for a file of another programme's scenarios.
    """
    if path is not None:
        file = read_file(path, programme=code)
        return run(programme(code), file, file.scenarios) if file.programme else run_cases(file)
    results: list[ScenarioResult] = []
    for law in versions(code):
        file = _beside(law)
        results += run(law, file, file.scenarios)
    return results


def run_beside(path: Path, scenarios: Path | None = None) -> list[ScenarioResult]:
    """Run a rulebook file's own scenarios, those beside it or those of another file.

    Raise ``RefusedRulebook`` for a file with problems, ``UnreadableScenario`` where none are or
    where those are of another programme.
    """
    law = load(path)
    beside = scenarios or path.with_name(f"{law.stem}.scenarios.yaml")
    if not beside.is_file():
        raise UnreadableScenario(f"There are no scenarios beside {path.name}; write {beside.name}.")
    file = read_file(beside, programme=law.programme)
    return run(law, file, file.scenarios)


def explain_beside(
    path: Path, scenario: str, scenarios: Path | None = None, *, language: str | None = None
) -> list[Explanation]:
    """Explain a scenario of a rulebook file, with the sentences beside it if there are any.

    ``language``: write as a family reads it; without it plain English with ISO codes. Raises as
    :func:`run_beside` does.
    """
    law = load(path)
    beside = scenarios or path.with_name(f"{law.stem}.scenarios.yaml")
    file = read_file(beside, programme=law.programme)
    said = path.with_name(f"{law.stem}.texts.{language or 'en'}.yaml")
    texts = read_texts(said) if said.is_file() else Texts(language or "en", {})
    wording = LocalWording(language, law.currency) if language else PlainWording()
    return explain_scenario(law, file, scenario, texts=texts, wording=wording)


def _beside(law: Rulebook) -> ScenarioFile:
    """Return the scenarios shipped beside a law."""
    name = f"{law.stem}.scenarios.yaml"
    text = resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return read_scenarios(text, file=name)


def _speech(law: Rulebook) -> ScenarioFile:
    """Return how the scenarios beside a law speak, without reading them all."""
    name = f"{law.stem}.scenarios.yaml"
    text = resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return read_scenarios(text.partition("\nscenarios:")[0] + "\n", file=name)


def run_cases(file: ScenarioFile) -> list[ScenarioResult]:
    """Run cases of many programmes, each by the law in force in its month; none is left out.

    A case of a programme or month without a law fails with that reason; cases of the payment rails
    are left to whoever has a bank and a ledger.
    """
    found: dict[str, ScenarioResult] = {}
    by_law: dict[str, tuple[Rulebook, list[Scenario]]] = {}
    for case in file.scenarios:
        try:
            law = _law_of(case)
        except (LookupError, RefusedRulebook) as error:
            told = str(error.args[0])
            found[case.id] = ScenarioResult(case.id, case.name, (told,), programme=case.programme)
            continue
        by_law.setdefault(law.stem, (law, []))[1].append(case)
    for law, cases in by_law.values():
        found |= {result.id: result for result in run(law, _speech(law), cases)}
    return [found[case.id] for case in file.scenarios]


def _law_of(case: Scenario) -> Rulebook:
    """Return the law in force in the first month a case speaks of; else the programme's newest."""
    known = versions(case.programme)
    year = re.match(r"[0-9]{4}", case.cycle)
    if year is None or len(known) == 1:
        return known[-1]
    month = re.match(r"[0-9]{4}-[0-9]{2}", case.cycle)
    return programme(case.programme, month=Month.parse(month[0] if month else f"{year[0]}-01"))


def unsure(rulebook: Rulebook) -> tuple[tuple[str, str], ...]:
    """Return what the author could not confirm: the place in the rulebook, and the remark."""
    found: list[tuple[str, str]] = []
    law = rulebook.law
    for kind in ("parameters", "tables"):
        for name, entry in getattr(law, kind).items():
            found += [(f"{kind}.{name}", dated.unsure) for dated in entry.values]
    for kind in ("conditions", "ladders", "targeting"):
        found += [(f"{kind}.{name}", entry.unsure) for name, entry in getattr(law, kind).items()]
    found += [(f"components.{component.code}", component.unsure) for component in law.components]
    for kind in ("limits", "caps", "withholding", "stops"):
        found += [(f"{kind}.{entry.name}", entry.unsure) for entry in getattr(law, kind)]
    found += [("unclaimed", rule.unsure) for rule in law.unclaimed]
    found += [("overrides", override.unsure) for override in law.overrides]
    for section in ("in_force", "calendar", "arrears", "appeals", "recovery", "recertify"):
        entry = getattr(law, section)
        found.append((section, entry.unsure if entry is not None else ""))
    return tuple((place, remark) for place, remark in found if remark)


def _not_compiled(rulebook: Rulebook) -> Iterator[Problem]:
    """Compile around every day on which some value changes: a rulebook must hold all its life."""
    told: set[tuple[object, ...]] = set()
    law = read_text(rulebook.text, file=rulebook.file)
    for month in _changing_months(rulebook):
        try:
            compile_cycle(rulebook, month=month)
        except Unwritable as error:
            code, _, message = str(error).partition(" ")
            cause = (code, error.at or message)
            if cause not in told:
                told.add(cause)
                found = law.place(error.at)
                path = f"{found.path}, cycle {month}"
                yield Problem(Place(found.file, found.line, found.column, path), code, message, "")
        for below in below_zero(rulebook, month):
            if below not in told:
                told.add(below)
                found = law.place(below.at)
                path = f"{found.path}, cycle {month}"
                place = Place(found.file, found.line, found.column, path)
                yield Problem(place, below.code, below.message, below.instead)


def _changing_months(rulebook: Rulebook) -> tuple[Month, ...]:
    law = rulebook.law
    days = [dated.from_ for p in law.parameters.values() for dated in p.values]
    days += [rows.from_ for table in law.tables.values() for rows in table.values]
    if not days:
        return (Month.of(Month.parse("2026-01").first_day),)
    step = law.cycle.months
    last = Month.of(max(days))
    begins = _in_force_from(rulebook)
    starts = {Month.of(day) for day in days if day >= begins}
    year = {last.plus(n) for n in range(0, 13, step)}
    cycles = {rulebook.cycle_of(month) for month in starts | year}
    # A cycle that had begun before the law did is not paid by it.
    cycles = {month for month in cycles if month.first_day >= begins}
    return tuple(sorted(month for month in cycles if rulebook.holds_in(month)))


def _in_force_from(rulebook: Rulebook) -> date:
    """Return the first day on which everything that entry needs has a value."""
    needed = [
        rulebook.law.parameters[node.name].values[0].from_
        for node in walk(rulebook.expression("standing", "apply"))
        if isinstance(node, Name) and node.of == "parameter"
    ]
    law = rulebook.law
    first = [dated.values[0].from_ for dated in law.parameters.values()]
    first += [rows.values[0].from_ for rows in law.tables.values()]
    held = [rulebook.law.in_force.from_] if rulebook.law.in_force is not None else []
    return max([*needed, *held]) if needed or held else min(first)
