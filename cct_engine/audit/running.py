"""Running the controls: every question, of one cycle or of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cct_engine.audit.as_known import AS_KNOWN
from cct_engine.audit.chains import CHAINS
from cct_engine.audit.compliance_reference import COMPLIANCE_REFERENCE
from cct_engine.audit.control import Ask, Control, Result, sql_controls
from cct_engine.audit.emergencies import EMERGENCIES
from cct_engine.audit.querying import answer
from cct_engine.audit.recomputed import RECOMPUTED
from cct_engine.audit.unanswerable import UNANSWERABLE

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import sqlalchemy as sa


__all__ = ["Audit", "controls", "run"]


@dataclass(frozen=True, slots=True)
class Audit:
    """The answers of all controls. ``cycle`` is None when every cycle was asked about."""

    cycle: str | None
    cycle_id: int | None
    as_of: date
    results: tuple[Result, ...]

    @property
    def is_clean(self) -> bool:
        """True if no control found anything."""
        return all(result.holds for result in self.results)

    def as_dict(self) -> dict[str, Any]:
        """Return the answers for machines; amounts are minor units."""
        return {
            "cycle": self.cycle,
            "as_of": self.as_of,
            "clean": self.is_clean,
            "controls": [
                {
                    "control": result.control.code,
                    "findings": result.control.findings,
                    "asks": result.control.asks,
                    "holds": result.holds,
                    "sentence": result.sentence,
                    "count": result.evidence.found_count,
                    "amounts": result.evidence.amounts,
                    "evidence": [
                        dict(zip(result.evidence.columns, row, strict=True))
                        for row in result.evidence.rows
                    ],
                    "query": result.control.sql,
                }
                for result in self.results
            ],
            "not_answerable": UNANSWERABLE,
        }


def controls() -> tuple[Control, ...]:
    """Return every control, in the order of the findings they answer."""
    every = (
        *(CHAINS, EMERGENCIES, AS_KNOWN, RECOMPUTED, COMPLIANCE_REFERENCE),
        *sql_controls(answer),
    )
    return tuple(sorted(every, key=lambda control: (control.findings[:1], control.code)))


def run(
    connection: sa.Connection,
    *,
    home: Path,
    as_of: date,
    cycle: tuple[int, str] | None = None,
    row_max: int = 1_000,
) -> Audit:
    """Ask every control, of one cycle (number and code) or of all of them.

    It only reads; call in a READ ONLY transaction. At most ``row_max`` lines of evidence are kept
    of each control; count and amounts are always those of all lines.
    """
    ask = Ask(connection, home, as_of, cycle[0] if cycle else None, row_max)
    results = tuple(Result(control, control.run(ask)) for control in controls())
    number, code = cycle or (None, None)
    return Audit(code, number, as_of, results)
