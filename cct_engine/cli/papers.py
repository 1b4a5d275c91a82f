"""How a verb hands a paper over: on the terminal, as JSON, or as a file of the wanted kind."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import sqlalchemy as sa
import typer

from cct_engine.cli.output import print_json, print_table, say
from cct_engine.clock import SystemClock
from cct_engine.papers import Kind, Paper, shown, to_csv, to_html, to_pdf, to_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.papers import Cell

__all__ = ["AsOf", "Format", "Out", "asked_day", "hand_over", "month_of"]


class Format(StrEnum):
    """The forms a paper is handed over in."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"


AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last day that counts; today if unset."),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="The file to write; a new one.", dir_okay=False)
]

_BINARY: Final = {Format.XLSX, Format.PDF}
_DEMO_DAY: Final = sa.text("""
    SELECT CAST(greatest((SELECT max(recorded_at) FROM ledger.batch),
                         (SELECT max(closed_at) FROM cycle.cycle)) AT TIME ZONE 'UTC' AS date)
""")


def asked_day(context: typer.Context, connection: sa.Connection, as_of: datetime | None) -> date:
    """Return the day asked for, else today; the demo's day is the last it played on."""
    if as_of is not None:
        return as_of.date()
    today = SystemClock().now().date()
    played = connection.execute(_DEMO_DAY).scalar() if context.obj["demo"] else None
    return played or today


def month_of(period: str | None) -> date | None:
    """Return the first day of a month such as 2026-09."""
    if period is None:
        return None
    try:
        return date.fromisoformat(f"{period}-01")
    except ValueError:
        raise typer.BadParameter(f"{period!r} is no month; write it like 2026-09.") from None


def hand_over(paper: Paper, form: Format, out: Path | None, *, as_json: bool) -> None:
    """Print a paper, or write it to a file that must not be there yet."""
    form = Format.JSON if as_json else form
    if out is None and form in _BINARY:
        raise typer.BadParameter(f"{form.value} is written to a file: add --out FILE.")
    if out is not None and form is Format.TABLE:
        raise typer.BadParameter("A table is printed; for a file choose csv, xlsx, html or pdf.")
    if out is None:
        _print(paper, form)
        return
    if out.exists():
        raise FileExistsError(17, "A file is never overwritten; name another one", str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    _write(paper, form, out)
    say(f"{paper.title}, {paper.subtitle}: written to {out}.")


def _write(paper: Paper, form: Format, out: Path) -> None:
    if form is Format.XLSX:
        to_xlsx(paper, out)
    elif form is Format.PDF:
        out.write_bytes(to_pdf(paper))
    elif form is Format.HTML:
        out.write_text(to_html(paper), encoding="utf-8")
    elif form is Format.CSV:
        out.write_text(to_csv(paper), encoding="utf-8", newline="")
    else:
        import json

        from cct_engine.cli.output import jsonable

        text = json.dumps(jsonable(paper.as_dict()), ensure_ascii=False, indent=1)
        out.write_text(text, encoding="utf-8")


def _print(paper: Paper, form: Format) -> None:
    if form is Format.JSON:
        print_json(paper.as_dict())
    elif form is Format.CSV:
        typer.echo(to_csv(paper), nl=False)
    elif form is Format.HTML:
        typer.echo(to_html(paper), nl=False)
    else:
        _print_words(paper)


def _print_words(paper: Paper) -> None:
    say(f"{paper.title}, {paper.subtitle}")
    if paper.verdict:
        say(f"{'✓' if paper.verdict[0] else '!'} {paper.verdict[1]}")
    for section in paper.sections:
        for sentence in section.sentences:
            say(sentence)
        for table in section.tables:
            if not table.rows:
                say(f"{table.caption}: {table.nothing}")
                continue
            kinds = [column.kind for column in table.columns]
            print_table(
                table.caption,
                [column.heading for column in table.columns],
                _lines(table.rows + table.totals, kinds),
                right=[index for index, kind in enumerate(kinds) if kind.is_number],
            )


def _lines(rows: tuple[tuple[Cell, ...], ...], kinds: list[Kind]) -> Iterator[list[str]]:
    for row in rows:
        yield [shown(value, kind) for value, kind in zip(row, kinds, strict=True)]
