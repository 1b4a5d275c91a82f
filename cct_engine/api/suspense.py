"""Suspense: bank money without a home, whose it is, and two persons to place it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query

import reconciliation
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.bank import (
    Proposal,
    Refusal,
    SuspenseDetail,
    SuspenseFilter,
    SuspensePage,
)
from cct_engine.api.values.base import Number
from cct_engine.console.reading import bank as reading
from cct_engine.people import acts
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCBA")


@router.reads("/suspense", _MAY)
def list_suspense(caller: Asking, query: Annotated[SuspenseFilter, Query()]) -> SuspensePage:
    """Lines of suspense, oldest first."""
    with caller.reading() as connection:
        rows = reading.suspense(
            connection, caller.scope, view=query.view, officer_id=caller.officer_id
        )
        return SuspensePage.model_validate({"items": [_aged(caller, row) for row in rows]})


@router.reads("/suspense/{item}", _MAY)
def read_suspense(caller: Asking, item: Number) -> SuspenseDetail:
    """One line of the bank beside what it could be."""
    with caller.reading() as connection:
        return _detail(caller, connection, item)


@router.acts("/suspense/{item}/takings", letters("B"), Scope.BANK, takes="", is_work=False)
def take_item(caller: Acting, item: Number) -> SuspenseDetail:
    """Take a line: it is this officer's from now on."""

    def taken(connection: sa.Connection) -> None:
        connection.execute(
            sa.text(
                "INSERT INTO console.taken (item_id, officer_id, taken_at) "
                "VALUES (:item_id, :officer_id, :at) ON CONFLICT (item_id) DO UPDATE SET "
                "officer_id = :officer_id, taken_at = :at"
            ),
            {"item_id": item, "officer_id": caller.officer_id, "at": caller.at},
        )

    return _done(caller, item, "suspense.take", taken)


@router.acts("/suspense/{item}/proposals", letters("B"), Scope.BANK, is_work=False)
def propose_item(caller: Acting, item: Number, asked: Proposal) -> SuspenseDetail:
    """Propose what the line was; nothing is booked until a second person confirms."""

    def proposed(connection: sa.Connection) -> None:
        reconciliation.propose(
            connection,
            item,
            resolution=asked.resolution,
            remark=asked.reason,
            officer_id=caller.officer_id,
            at=caller.at,
            instruction_id=asked.payment,
        )

    return _done(caller, item, "suspense.propose", proposed)


@router.acts("/suspense/{item}/confirmations", letters("C"), Scope.BANK, takes="", is_work=False)
def confirm_item(caller: Acting, item: Number) -> SuspenseDetail:
    """Confirm what another officer proposed, and book it."""

    def confirmed(connection: sa.Connection) -> None:
        reconciliation.confirm(connection, item, officer_id=caller.officer_id, at=caller.at)

    return _done(caller, item, "suspense.confirm", confirmed)


@router.acts("/suspense/{item}/rejections", letters("C"), Scope.BANK, is_work=False)
def reject_item(caller: Acting, item: Number, asked: Refusal) -> SuspenseDetail:
    """Refuse what another officer proposed; the line is open again."""

    def rejected(connection: sa.Connection) -> None:
        reconciliation.reject(connection, item, officer_id=caller.officer_id, remark=asked.reason)

    return _done(caller, item, "suspense.reject", rejected)


def _done(
    caller: Caller, item: int, verb: str, act: Callable[[sa.Connection], None]
) -> SuspenseDetail:
    """Do it in one transaction: the key, the act, its line in the record, the answer."""

    def do(connection: sa.Connection) -> SuspenseDetail:
        _row(caller, connection, item)
        act(connection)
        acts.record(
            connection,
            at=caller.at,
            officer_id=caller.officer_id,
            verb=verb,
            subject=f"suspense/{item}",
            outcome="done",
        )
        return _detail(caller, connection, item)

    return caller.act(do)


def _row(caller: Caller, connection: sa.Connection, item: int) -> dict[str, Any]:
    row = reading.item(connection, item)
    if row is None or (row["programme"] and not caller.sees(row["programme"])):
        raise Trouble("not_there", f"There is no line {item} of suspense.")
    return row


def _detail(caller: Caller, connection: sa.Connection, item: int) -> SuspenseDetail:
    row = _row(caller, connection, item)
    fitting = [
        name
        for name, one in reconciliation.RESOLUTIONS.items()
        if one.direction in {None, row["direction"]} and one.booked == row["booked"]
    ]
    open_now = row["state"] != "closed"
    return SuspenseDetail.model_validate(
        _aged(caller, row)
        | {
            "resolutions": fitting if open_now else [],
            "candidates": reading.candidates(connection, row) if open_now else [],
        }
    )


def _aged(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"age_days": max((caller.at.date() - row["opened_on"]).days, 0)}
