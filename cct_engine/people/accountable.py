"""One transaction for one act: recorded when it is done, and recorded when it is refused."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.people import acts
from cct_engine.people.permissions import ENGINE, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import sqlalchemy as sa

    from cct_engine.database import Database

__all__ = ["Deed", "accountable", "record_refusal"]


@dataclass(slots=True)
class Deed:
    """An act under way: its transaction, and what will be recorded with it."""

    connection: sa.Connection
    detail: dict[str, object] = field(default_factory=dict)
    recorded: bool = True
    """Set to False by an act that finds itself done already: nothing new is recorded."""


@contextmanager
def accountable(
    database: Database,
    *,
    at: datetime,
    officer_id: int,
    verb: str,
    subject: str,
    refusals: tuple[type[Exception], ...] = (Refused,),
) -> Iterator[Deed]:
    """Open the act's transaction; record it as done, or undo it and record it as refused.

    ``refusals`` are the exceptions that mean "may not"; any other exception undoes the transaction
    and records nothing, because nobody decided anything.
    """
    try:
        with database.transaction() as connection:
            deed = Deed(connection)
            yield deed
            if deed.recorded:
                acts.record(
                    connection,
                    at=at,
                    officer_id=officer_id,
                    verb=verb,
                    subject=subject,
                    outcome="done",
                    detail=deed.detail,
                )
    except refusals as refusal:
        record_refusal(database, refusal, at=at, officer_id=officer_id, verb=verb, subject=subject)
        raise


def record_refusal(
    database: Database,
    refusal: Exception,
    *,
    at: datetime,
    officer_id: int,
    verb: str,
    subject: str,
) -> None:
    """Record, in a transaction of its own, that an act was refused and by which rule.

    A stranger has no row to be recorded under: the engine answers, and the number claimed is kept.
    """
    rule = getattr(refusal, "rule", type(refusal).__name__)
    with database.transaction() as connection:
        known = rule != "unknown"
        acts.record(
            connection,
            at=at,
            officer_id=officer_id if known else ENGINE,
            verb=verb,
            subject=subject,
            outcome="refused",
            detail={"rule": rule} if known else {"rule": rule, "claimed_officer": officer_id},
        )
