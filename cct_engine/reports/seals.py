"""Who signed a cycle, and the digests under which everything about it can be found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

import ledger
from cct_engine.people import acts
from cct_engine.reports.values import Seal, Signature

if TYPE_CHECKING:
    from cct_engine.cycle.record import Cycle

__all__ = ["seals_of", "signatures_of"]


def signatures_of(cycle: Cycle) -> tuple[Signature, ...]:
    """Return who answered for each step, in the order of the steps."""
    signed = (
        ("Opened", cycle.opened_by, cycle.opened_at),
        ("Prepared and submitted", cycle.prepared_by, cycle.submitted_at),
        ("Approved", cycle.approved_by, cycle.approved_at),
        ("Released to the bank", cycle.released_by, cycle.released_at),
        ("Closed", cycle.closed_by, cycle.closed_at),
    )
    return tuple(
        Signature(act, officer_id, at)
        for act, officer_id, at in signed
        if officer_id is not None and at is not None
    )


def seals_of(connection: sa.Connection, cycle: Cycle) -> tuple[Seal, ...]:
    """Return the digests of a cycle, from its inputs to the books and the record of acts."""
    kept = connection.execute(
        sa.text(
            "SELECT (SELECT digest FROM cycle.snapshot WHERE cycle_id = :cycle_id) AS snapshot,"
            " (SELECT digest FROM cycle.run WHERE cycle_id = :cycle_id"
            "  ORDER BY number DESC LIMIT 1) AS run,"
            " (SELECT digest FROM bank.manifest ORDER BY position DESC LIMIT 1) AS manifest"
        ),
        {"cycle_id": cycle.cycle_id},
    ).one()
    head = acts.head(connection)
    named = (
        ("Law as it was used", cycle.rulebook_digest),
        ("Frozen inputs", kept.snapshot),
        ("Statement that calculated", cycle.statement_digest),
        ("Results of the calculation", kept.run),
        ("List that was submitted and approved", cycle.list_digest),
        ("Payment files, all so far", kept.manifest),
        ("Proof", cycle.proof_digest),
        ("Ledger, newest seal", ledger.head(connection)),
        ("Record of acts, newest before the closing", head.digest if head else None),
    )
    return tuple(Seal(what, digest) for what, digest in named if digest)
