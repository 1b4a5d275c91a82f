"""Exceptions: what the checks found, and overrides by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query

from cct_engine import cycle as steps
from cct_engine import registry
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.bank import (
    ExceptionFilter,
    ExceptionPage,
    ExceptionValue,
    Override,
)
from cct_engine.api.values.base import Number
from cct_engine.api.values.work import Job
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import exceptions as reading
from cct_engine.cycle.checks.policy import policy
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCANW")


@router.reads("/exceptions", _MAY)
def list_exceptions(caller: Asking, query: Annotated[ExceptionFilter, Query()]) -> ExceptionPage:
    """What the checks found, blocking ones first."""
    with caller.reading() as connection:
        rows = reading.exceptions(
            connection,
            caller.scope,
            cycle=query.cycle,
            code=query.code,
            state=query.state,
            after=query.after,
            most=query.limit + 1,
        )
        names = cycles_reading.logins(connection)
        page = rows[: query.limit]
        return ExceptionPage.model_validate(
            {
                "items": [_shown(row, names) for row in page],
                "next": page[-1]["finding_id"] if len(rows) > query.limit else None,
            }
        )


@router.reads("/exceptions/{finding}", _MAY)
def read_exception(caller: Asking, finding: Number) -> ExceptionValue:
    """One finding: what was found, what it stops, and its override."""
    with caller.reading() as connection:
        row = _of(caller, connection, finding)
        return ExceptionValue.model_validate(_shown(row, cycles_reading.logins(connection)))


@router.acts("/exceptions/{finding}/overrides", letters("MW"), Scope.EXCEPTIONS)
def propose_override(caller: Acting, finding: Number, asked: Override) -> Job:
    """Propose to pay although the finding stands."""
    with caller.reading() as connection:
        row = _of(caller, connection, finding)
    return caller.work(
        "propose override",
        f"finding/{finding}",
        lambda desk: (
            steps.propose_override(desk, row["cycle"], finding, reason=asked.reason).sentence
        ),
    )


@router.acts("/exceptions/{finding}/confirmations", letters("C"), Scope.EXCEPTIONS, takes="")
def confirm_override(caller: Acting, finding: Number) -> Job:
    """Confirm an override as the second person."""
    with caller.reading() as connection:
        row = _of(caller, connection, finding)
    return caller.work(
        "confirm override",
        f"finding/{finding}",
        lambda desk: steps.confirm_override(desk, row["cycle"], finding).sentence,
    )


def _of(caller: Caller, connection: sa.Connection, finding_id: int) -> dict[str, Any]:
    row = reading.exception(connection, finding_id)
    if row is None or not caller.sees(row["programme"]):
        raise Trouble("not_there", f"There is no finding {finding_id}.")
    paid, held = row["pay_now_minor"], row["held_minor"]
    return row | {"amount_minor": None if paid is None else paid + held}


def _shown(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    rule = policy(row["programme"], row["currency"]).get(row["code"])
    return row | {
        "household": registry.number_of(row["household_id"]) if row["household_id"] else None,
        "meaning": rule.meaning if rule else row["code"],
        "proposed_by": names.get(row["proposed_by"] or 0),
        "confirmed_by": names.get(row["confirmed_by"] or 0),
    }
