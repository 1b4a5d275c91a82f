"""The bridge from the bank: take in what lies in the inbox folder, and reconcile it.

A file is received once by its SHA-256 and then moved aside, so that an emptied folder means that
everything was taken in. What cannot be trusted is quarantined whole and named.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import structlog

from cct_engine import failpoints
from cct_engine.cycle import record
from cct_engine.cycle.answers import account_tokens, described_answers
from cct_engine.cycle.states import State, permission
from cct_engine.people import Refused, acts, authorise, record_refusal
from reconciliation import InboxFile, Outcome, receive
from reconciliation import reconcile as apply_messages

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cct_engine.cycle.desk import Desk

__all__ = ["BridgeReport", "inbox_of", "reconcile", "waiting_files"]

_ACT = "cycle.reconcile"


class BridgeReport(NamedTuple):
    """What a look into the inbox came to. ``quarantined`` names the files nobody could trust."""

    received_count: int
    repeated_count: int
    quarantined: tuple[str, ...]
    applied_count: int
    suspense_count: int
    posted_minor: int
    sentence: str


def inbox_of(home: Path) -> Path:
    """Return the folder the bank's answers are laid into."""
    return home / "bank" / "inbox"


def waiting_files(home: Path) -> list[Path]:
    """Return the files that lie in the inbox, in the order of their names; no half-written ones."""
    folder = inbox_of(home)
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".part"
    )


def reconcile(desk: Desk) -> BridgeReport:
    """Take in every waiting file of the bank and book what can be matched.

    Each file is received in a transaction of its own; matching and booking are one transaction
    after it. A repeat receives nothing and books nothing. Raises ``Refused`` for an officer who
    prepared or released a cycle that is under way.
    """
    started = time.perf_counter()
    at = desk.clock.now()
    _authorise(desk, at)
    received = [_taken_in(desk, path, at) for path in waiting_files(desk.home)]
    outcome = _applied(desk, received, at)
    new = [one for one in received if not one.is_repeat]
    quarantined = tuple(one.name for one in new if one.state == "quarantined")
    report = BridgeReport(
        received_count=len(new),
        repeated_count=len(received) - len(new),
        quarantined=quarantined,
        applied_count=outcome.applied_count,
        suspense_count=outcome.suspense_count,
        posted_minor=sum(seal.total_minor for seal in outcome.seals),
        sentence=(
            f"{len(new)} file(s) of the bank taken in, {len(quarantined)} of them quarantined; "
            f"{outcome.applied_count} payments moved on, {outcome.suspense_count} lines wait for "
            "an explanation."
        ),
    )
    structlog.get_logger().info(
        "cycle.step",
        step="reconcile",
        seconds=round(time.perf_counter() - started, 3),
        officer_id=desk.officer_id,
        received_count=report.received_count,
        repeated_count=report.repeated_count,
        quarantined_count=len(quarantined),
        applied_count=report.applied_count,
        suspense_count=report.suspense_count,
        posted_minor=report.posted_minor,
    )
    return report


def _authorise(desk: Desk, at: datetime) -> None:
    """Refuse who prepared or released any cycle whose answers are still coming."""
    try:
        with desk.database.transaction() as connection:
            under_way = [c for c in record.cycles(connection) if c.state is State.RELEASED]
            authorise(
                connection,
                permission("reconcile"),
                officer_id=desk.officer_id,
                at=at,
                earlier={
                    "prepared": [cycle.prepared_by for cycle in under_way],
                    "released": [cycle.released_by for cycle in under_way],
                },
            )
    except Refused as refusal:
        record_refusal(
            desk.database,
            refusal,
            at=at,
            officer_id=desk.officer_id,
            verb=_ACT,
            subject="bank/inbox",
        )
        raise


def _taken_in(desk: Desk, path: Path, at: datetime) -> InboxFile:
    tokens = account_tokens(desk.settings.token_key.get_secret_value().encode())
    answers = described_answers(desk.home)
    with desk.database.transaction() as connection:
        file = receive(connection, path, at=at, hit=failpoints.hit, tokens=tokens, answers=answers)
    aside = desk.home / "bank" / ("quarantine" if file.state == "quarantined" else "received")
    aside.mkdir(parents=True, exist_ok=True)
    path.rename(aside / f"{file.inbox_file_id:06d}-{path.name}")
    return file


def _applied(desk: Desk, received: list[InboxFile], at: datetime) -> Outcome:
    with desk.database.transaction() as connection:
        outcome = apply_messages(connection, at=at)
        if outcome.file_count or any(not one.is_repeat for one in received):
            acts.record(
                connection,
                at=at,
                officer_id=desk.officer_id,
                verb=_ACT,
                subject="bank/inbox",
                outcome="done",
                detail={
                    "sha256": [one.sha256 for one in received],
                    "applied": outcome.applied_count,
                    "suspense": outcome.suspense_count,
                },
            )
        failpoints.hit("reconcile.before_commit")
    failpoints.hit("reconcile.after_commit")
    return outcome
