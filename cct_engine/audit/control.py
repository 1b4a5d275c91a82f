"""Controls as values: a question an auditor asks, how it is answered, and what the answer means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cct_engine.money import format_minor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.papers import Money

__all__ = ["Ask", "Control", "Evidence", "Result", "from_sql", "sql_controls"]

_NUMBER: Final = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")
_HEAD: Final = re.compile(r"^-- (findings|title|asks|found|clean|limits): (.+)$")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a control is run on: the books, a cycle or all (None), and the day ages count to."""

    connection: sa.Connection
    home: Path
    as_of: date
    cycle_id: int | None
    row_max: int


class Evidence(NamedTuple):
    """What a control found: how much in all, and the first lines of it."""

    found_count: int
    amounts: tuple[Money, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One question. ``findings`` are the numbers of the audit findings it answers.

    ``found`` and ``clean`` are the sentences of the two answers, with ``[one|many]`` where a number
    decides; ``limits`` is what it cannot see. ``sql`` is the query, or for a control that is more
    than one, empty; ``run`` answers it.
    """

    code: str
    findings: tuple[int, ...]
    title: str
    asks: str
    found: str
    clean: str
    limits: str
    sql: str
    run: Callable[[Ask], Evidence]


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of one control."""

    control: Control
    evidence: Evidence

    @property
    def holds(self) -> bool:
        """True if nothing was found."""
        return self.evidence.found_count == 0

    @property
    def sentence(self) -> str:
        """The answer in one plain sentence."""
        if self.holds:
            return self.control.clean
        amounts = " and ".join(_written(amount) for amount in self.evidence.amounts) or "no money"
        count = self.evidence.found_count
        said = _NUMBER.sub(r"\1" if count == 1 else r"\2", self.control.found)
        return said.format(count=f"{count:,}", amount=amounts)


def _written(amount: Money) -> str:
    return format_minor(amount.amount_minor, amount.currency)


def from_sql(code: str, text: str, run: Callable[[str, Ask], Evidence]) -> Control:
    """Read a control from its SQL file, whose first lines say what it is."""
    head: dict[str, str] = {"limits": ""}
    body: list[str] = []
    for line in text.splitlines():
        matched = _HEAD.match(line)
        if matched and not body:
            head[matched[1]] = matched[2]
        else:
            body.append(line)
    statement = "\n".join(body).strip()
    bound = statement.replace(":cycle_id", "CAST(:cycle_id AS integer)")
    bound = bound.replace(":as_of", "CAST(:as_of AS date)")
    return Control(
        code=code,
        findings=tuple(int(number) for number in head["findings"].split(", ")),
        title=head["title"],
        asks=head["asks"],
        found=head["found"],
        clean=head["clean"],
        limits=head["limits"],
        sql=statement,
        run=lambda ask: run(bound, ask),
    )


@cache
def sql_controls(run: Callable[[str, Ask], Evidence]) -> tuple[Control, ...]:
    """Return the controls that are one query each, by their codes."""
    folder = resources.files("cct_engine.audit") / "controls"
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        from_sql(name.removesuffix(".sql"), file.read_text(encoding="utf-8"), run)
        for name, file in files
    )
