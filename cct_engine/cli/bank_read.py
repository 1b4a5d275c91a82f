"""``cct bank read`` and ``cct bank check FILE``: look at a bank file; no database is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bank_adapters import RefusedFile, inspect, load_answer
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.money import format_minor

if TYPE_CHECKING:
    import pyarrow as pa

    from bank_adapters import Inspection

__all__ = ["Described", "check_file", "read"]

UNUSABLE: Final = 3
_SHOWN_MAX: Final = 40
_MASK_KEEPS: Final = 4
_REFERENCES: Final = ("end_to_end_id", "instruction_id_text", "bank_reference", "entry_reference")

Described = Annotated[
    Path | None,
    typer.Option(
        "--answer", exists=True, dir_okay=False, help="What a bank's own delimited file looks like."
    ),
]


def read(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    answer: Described = None,
    as_json: AsJson = False,
) -> None:
    """Print a bank's file as events, without touching the books.

    A file that the inbox would quarantine is printed as far as it can be read, the reasons after
    it, and the exit code is 3.
    """
    seen = _inspected(file, answer)
    message = seen.message
    if as_json:
        print_json(
            {
                "format": message.format,
                "entries": message.entries,
                "totals": dict(message.totals),
                "events": [_masked(event) for event in message.events.to_pylist()],
                "doubts": [_told(doubt) for doubt in seen.doubts],
            }
        )
    else:
        facts = {name: f"{total:,}" for name, total in message.totals.items()}
        say(f"{file.name} is a {message.format} with {message.entries:,} entries.", facts)
        if message.events.num_rows:
            _print_events(message.events)
    for doubt in seen.doubts:
        typer.echo(str(doubt), err=True)
    if seen.doubts:
        raise typer.Exit(UNUSABLE)


def check_file(file: Path, answer: Path | None, *, as_json: bool) -> None:
    """Say whether a bank's file would be taken, and every reason why not."""
    try:
        seen = _inspected(file, answer)
    except RefusedFile as refusal:
        _tell_verdict(file, [_told(refusal)], [], as_json=as_json)
        raise typer.Exit(1) from None
    findings = [_told(doubt) for doubt in seen.doubts]
    remarks = [
        f"event {left.position}: {left.column} {left.rule}; {left.fix}"
        for left in seen.message.refusals
    ]
    remarks += [f"{name}: taken only where agreed" for name in sorted(seen.message.dialects)]
    _tell_verdict(file, findings, remarks, as_json=as_json)
    if findings:
        raise typer.Exit(1)


def _inspected(file: Path, answer: Path | None) -> Inspection:
    answers = (load_answer(answer),) if answer is not None else ()
    return inspect(file, name=file.name, answers=answers)


def _masked(event: dict[str, Any]) -> dict[str, Any]:
    """Show of a payee's account its last four characters."""
    account = event["creditor_account"]
    return event | {"creditor_account": f"…{account[-_MASK_KEEPS:]}"} if account else event


def _told(refusal: RefusedFile) -> dict[str, str]:
    return {"code": str(refusal.code), "place": refusal.place, "ask": refusal.ask}


def _tell_verdict(
    file: Path, findings: list[dict[str, str]], remarks: list[str], *, as_json: bool
) -> None:
    if as_json:
        print_json({"sound": not findings, "findings": findings, "remarks": remarks})
        return
    say(f"{file.name} is {'not ' if findings else ''}a good file.")
    for finding in findings:
        say(f"  {finding['code']} at {finding['place']}. {finding['ask']}")
    for remark in remarks:
        say(f"  {remark}")


def _print_events(events: pa.Table) -> None:
    """Print the first events; the JSON has them all."""
    shown = [_row(event) for event in events.slice(0, _SHOWN_MAX).to_pylist()]
    title = f"{len(shown)} of {events.num_rows:,} events"
    heads = ["kind", "reference", "status", "reason", "amount", "way", "booked"]
    print_table(title, heads, shown, right=(4,))


def _row(event: dict[str, Any]) -> list[str]:
    reference = next((event[name] for name in _REFERENCES if event[name]), "")
    has_amount = event["amount_minor"] is not None
    amount = format_minor(event["amount_minor"], event["currency"]) if has_amount else ""
    texts = (event["status"], event["reason"])
    return [
        event["kind"],
        reference,
        *(text or "" for text in texts),
        amount,
        event["direction"] or "",
        str(event["booked_on"] or event["value_on"] or ""),
    ]
