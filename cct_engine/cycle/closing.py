"""Closing a cycle: only when every sum ties and nothing is unexplained, with a report to keep."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cct_engine import failpoints, reports
from cct_engine.cycle import law
from cct_engine.cycle.checks.policy import policy
from cct_engine.cycle.desk import run
from cct_engine.cycle.record import CycleError
from cct_engine.money import format_minor
from reconciliation import Proof, proof

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.cycle.desk import Desk, StepReport, Work

__all__ = ["close", "report_of"]


def report_of(home: Path, code: str) -> Path:
    """Return where the report of a closed cycle lies."""
    return home / "reports" / f"{code}.html"


def close(desk: Desk, code: str) -> StepReport:
    """Prove the cycle, close it, and write its report; refuse in plain words otherwise.

    The report is written before the cycle counts as closed, from the same transaction's figures:
    there is no closed cycle without one.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            shown = proof(connection, work.cycle.cycle_id)
            _refuse_untied(work, shown)
            work.detail["proof_digest"] = shown.digest
            work.money["awaiting_reissue"] = shown.awaiting_reissue_minor
            work.move(
                connection,
                closed_by=desk.officer_id,
                closed_at=work.at,
                proof_digest=shown.digest,
            )
            _written(report_of(desk.home, code), _page(connection, work, shown))
            failpoints.hit("close.before_commit")
        failpoints.hit("close.after_commit")
        work.sentence = f"{code} is closed: every sum ties. The report is {code}.html."

    return run(desk, code, "close", body)


def _page(connection: sa.Connection, work: Work, shown: Proof) -> str:
    checks = policy(work.cycle.programme, work.cycle.currency)
    meanings = {code: check.meaning for code, check in checks.items()}
    components = {}
    if work.cycle.rulebook_digest is not None:
        named = law.of_cycle(connection, work.cycle).law.components
        components = {component.code: component.title for component in named}
    report = reports.gather(
        connection,
        work.cycle,
        at=work.at,
        shown=shown,
        meanings=meanings,
        components=components,
    )
    return reports.render(report)


def _refuse_untied(work: Work, shown: Proof) -> None:
    reasons = [
        f"{identity.name}: {identity.left} and {identity.right} differ by "
        f"{format_minor(identity.difference_minor, work.cycle.currency)}"
        for identity in shown.identities
        if identity.difference_minor
    ]
    reasons += [
        f"{blocker.count} {blocker.text.rstrip(':.')}"
        f" ({format_minor(blocker.amount_minor, work.cycle.currency)}"
        + (f", oldest of {blocker.oldest_on:%d %b %Y})" if blocker.oldest_on else ")")
        for blocker in shown.blockers
    ]
    if reasons:
        raise CycleError(
            f"{work.cycle.code} stays open. {'; '.join(reasons)}. "
            "Nothing was closed; resolve these, reconcile, and close again."
        )


def _written(path: Path, page: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
