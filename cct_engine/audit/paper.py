"""What an audit found, as a paper to read and as files with every line of evidence."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from cct_engine.audit.control import Ask
from cct_engine.audit.unanswerable import UNANSWERABLE
from cct_engine.dates import day
from cct_engine.papers import (
    Column,
    Kind,
    Money,
    Paper,
    Section,
    Table,
    to_csv,
    to_html,
    to_pdf,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.audit.control import Result
    from cct_engine.audit.running import Audit
    from cct_engine.papers import Cell

__all__ = ["paper_of", "write_evidence"]

ROWS_SHOWN: Final = 50
_HIDDEN: Final = frozenset({"currency"})


def paper_of(audit: Audit, *, at: datetime) -> Paper:
    """Return the paper of an audit: what was found, what holds, and what could not be asked."""
    return Paper(
        title="Audit of the controls",
        subtitle=f"{audit.cycle or 'all cycles'}, as of {day(audit.as_of)}",
        as_of=at,
        sections=(*_overview(audit), *_found(audit), *_rest()),
        verdict=_verdict(audit),
    )


def write_evidence(connection: sa.Connection, audit: Audit, folder: Path, *, at: datetime) -> None:
    """Write the paper, and for each control that found something every line of its evidence.

    The folder is made and must not be there yet. Queries are run again, without a limit, so call in
    the transaction the audit was run in.
    """
    folder.mkdir(parents=True)
    paper = paper_of(audit, at=at)
    (folder / "audit.html").write_text(to_html(paper), encoding="utf-8")
    (folder / "audit.pdf").write_bytes(to_pdf(paper))
    every = Ask(connection, folder, audit.as_of, None, sys.maxsize - 1)
    for result in audit.results:
        if result.holds:
            continue
        evidence = result.evidence
        if result.control.sql and evidence.found_count > len(evidence.rows):
            evidence = result.control.run(replace(every, cycle_id=audit.cycle_id))
        table = _evidence(result, evidence.rows)
        one = Paper(result.control.title, result.control.asks, at, (Section("", (), (table,)),))
        path = folder / f"{result.control.code}.csv"
        path.write_text(to_csv(one), encoding="utf-8", newline="")


def _verdict(audit: Audit) -> tuple[bool, str]:
    wrong = sum(not result.holds for result in audit.results)
    if not wrong:
        return True, f"All {len(audit.results)} controls hold; nothing was found."
    verb = "control has" if wrong == 1 else "controls have"
    return False, f"{wrong} of {len(audit.results)} {verb} findings."


def _overview(audit: Audit) -> Iterator[Section]:
    ordered = sorted(audit.results, key=lambda result: result.holds)
    table = Table(
        "Each control, its answer in one sentence, and the audit findings of other programmes it "
        "answers (by number)",
        (
            Column("Control"),
            Column("Answer"),
            Column("Found", Kind.NUMBER),
            Column("Findings"),
        ),
        tuple(
            (
                result.control.title,
                result.sentence,
                result.evidence.found_count,
                ", ".join(str(number) for number in result.control.findings) or "–",
            )
            for result in ordered
        ),
        marked=frozenset(index for index, result in enumerate(ordered) if not result.holds),
    )
    yield Section("Answers", (), (table,))


def _found(audit: Audit) -> Iterator[Section]:
    for result in audit.results:
        if result.holds:
            continue
        limits = (result.control.limits,) if result.control.limits else ()
        yield Section(
            result.control.title,
            (result.control.asks, *limits),
            (_evidence(result, result.evidence.rows[:ROWS_SHOWN]),),
            (False, result.sentence),
            anchor=result.control.code,
        )


def _evidence(result: Result, rows: tuple[tuple[Any, ...], ...]) -> Table:
    count, columns = result.evidence.found_count, result.evidence.columns
    left_out = f" (the first {len(rows):,} of {count:,})" if len(rows) < count else ""
    return Table(
        f"Evidence: {result.control.code}{left_out}",
        _columns(columns),
        tuple(_cells(columns, row) for row in rows),
    )


def _rest() -> Iterator[Section]:
    yield Section(
        "What was not asked",
        ("Three findings of other programmes cannot be answered from these books:",),
        (
            Table(
                "Findings without a control",
                (Column("Finding", Kind.NUMBER), Column("Question"), Column("Why not")),
                tuple((one.finding, one.asks, one.reason) for one in UNANSWERABLE),
            ),
        ),
    )


def _columns(names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(_heading(name), _kind(name)) for name in names if name not in _HIDDEN)


def _heading(name: str) -> str:
    words = name.removesuffix("_minor").removesuffix("_id").removesuffix("_on").replace("_", " ")
    return words[:1].upper() + words[1:]


def _kind(name: str) -> Kind:
    if name.endswith("_minor"):
        return Kind.MONEY
    if name.endswith("_on"):
        return Kind.DATE
    number = name.endswith(("_days", "days_after", "days_between")) or name in {"families", "times"}
    return Kind.NUMBER if number else Kind.TEXT


def _cells(columns: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Cell, ...]:
    currency = row[columns.index("currency")] if "currency" in columns else ""
    return tuple(
        _cell(name, value, currency)
        for name, value in zip(columns, row, strict=True)
        if name not in _HIDDEN
    )


def _cell(name: str, value: Any, currency: str) -> Cell:
    if value is None:
        return None
    if name.endswith("_minor"):
        return Money(int(value), currency or "XXX")
    if isinstance(value, date) or (isinstance(value, int) and _kind(name) is Kind.NUMBER):
        return value
    return str(value)
