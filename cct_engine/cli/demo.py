"""``cct demo``: three months of two programmes, from feeds to closed and proven books."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cct_engine import logs
from cct_engine.cli.output import AsJson, print_json, print_table, say
from cct_engine.demo import DemoPlan, Listener, play, stage_count
from cct_engine.money import format_minor
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.cycle import Progress as StepProgress
    from cct_engine.demo import DemoFacts

__all__ = ["app"]

app = typer.Typer()


@app.command()
def demo(
    households: Annotated[
        int, typer.Option(min=100, max=20_000_000, help="Families in the registry.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another world.")] = 2026,
    *,
    as_json: AsJson = False,
) -> None:
    """Play three monthly cycles of Bolsa Família and Dilli Annashree on a seeded registry.

    A demo that was interrupted goes on; a finished one is played anew.
    """
    settings = Settings()
    logs.configure(level=settings.log_level, file=settings.home / "demo.log")
    plan = DemoPlan(households=households, seed=seed)
    with _listening(plan, quiet=as_json) as listener:
        facts = play(settings, plan, listener)
    if as_json:
        print_json(facts)
    else:
        _tell(facts, settings)
    if not facts.proof.ties:
        raise typer.Exit(1)


@contextmanager
def _listening(plan: DemoPlan, *, quiet: bool) -> Iterator[Listener]:
    """Show stages as a bar on a terminal, as lines elsewhere, and not at all when quiet."""
    console = Console(stderr=True, quiet=quiet)
    bar = Progress(
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[within]}"),
        console=console,
        disable=quiet or not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=stage_count(plan), within="")

        def begins(name: str) -> None:
            bar.update(task, description=name, within="")
            if not console.is_terminal:
                console.print(name)

        def ends(_name: str) -> None:
            bar.advance(task)

        def tells(step: StepProgress) -> None:
            of_total = f" of {step.total:,}" if step.total else ""
            bar.update(task, within=f"{step.what} {step.done:,}{of_total}")

        yield Listener(begins=begins, ends=ends, tells=tells)


_WHERE = [
    "entitled",
    "from before",
    "held",
    "withheld",
    "paid",
    "returned",
    "unsent",
    "in suspense",
]


def _tell(facts: DemoFacts, settings: Settings) -> None:
    _print_money(facts)
    _print_late_evidence(facts)
    _print_files(facts)
    _say_where_it_ended(facts, settings)


def _print_money(facts: DemoFacts) -> None:
    """Say where the money of each cycle is; what no cycle has is a sentence, not a column."""
    used = [place for place in range(len(_WHERE)) if any(c.money[place] for c in facts.cycles)]
    print_table(
        f"{facts.households:,} families, {facts.persons:,} persons",
        ["cycle", "state", *(_WHERE[place] for place in used)],
        [
            [
                f"{cycle.programme} {cycle.period}",
                cycle.state,
                *(format_minor(cycle.money[place], cycle.currency) for place in used),
            ]
            for cycle in facts.cycles
        ],
        right=range(2, 2 + len(used)),
    )
    if len(used) < len(_WHERE):
        say(f"Nothing is {' or '.join(w for i, w in enumerate(_WHERE) if i not in used)}.")


def _print_late_evidence(facts: DemoFacts) -> None:
    late = [cycle for cycle in facts.cycles if cycle.corrected.replayed]
    print_table(
        "Late evidence brought into closed cycles",
        ["found for", "families replayed", "changed", "paid late", "to be taken back"],
        [
            [
                f"{cycle.programme} {cycle.period}",
                f"{cycle.corrected.replayed:,}",
                f"{cycle.corrected.families:,}",
                format_minor(cycle.corrected.arrears_minor, cycle.currency),
                format_minor(cycle.corrected.recoverable_minor, cycle.currency),
            ]
            for cycle in late
        ],
        right=range(1, 5),
    )


def _print_files(facts: DemoFacts) -> None:
    print_table(
        "Payment files",
        ["name", "payments", "sum", "SHA-256"],
        [
            [
                file.name,
                f"{file.count:,}",
                format_minor(file.sum_minor, file.currency),
                file.sha256[:16],
            ]
            for file in facts.files
        ],
        right=(1, 2),
    )


def _say_where_it_ended(facts: DemoFacts, settings: Settings) -> None:
    slowest = max(facts.steps, key=lambda cost: cost.seconds)
    home = settings.home / "demo"
    say(
        "Every unit is in one named state: the proof ties and the ledger verifies."
        if facts.proof.ties
        else "The books do not tie; read the proof of each cycle.",
        {
            "ledger head": facts.ledger_head,
            "took": f"{sum(cost.seconds for cost in facts.steps):.0f} s, longest {slowest.step} "
            f"({slowest.seconds:.1f} s), peak {max(cost.peak_mb for cost in facts.steps)} MB",
            "reports": home / "reports",
            "log": settings.home / "demo.log",
            "bank files": home / "bank" / "outbox",
        },
    )
    last = facts.cycles[-1]
    say(
        f"\nNext: cct --demo serve · cct --demo proof {last.programme}-{last.period} · "
        f"cct --demo explain 1 {facts.cycles[0].programme}-{facts.cycles[0].period}"
    )
