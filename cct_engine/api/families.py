"""The payment list, one family's payment, and a family in a single window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query

from cct_engine import entitlement, registry
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.base import Code, household_path
from cct_engine.api.values.families import (
    ExplanationFilter,
    ExplanationValue,
    Household,
    PaymentDetail,
    PaymentFilter,
    PaymentPage,
)
from cct_engine.api.values.people import FoundPage, Looked
from cct_engine.console.marks import kind_of
from cct_engine.console.reading import households as houses
from cct_engine.console.reading import payments as reading
from cct_engine.console.reading import reasons
from cct_engine.cycle import State
from cct_engine.people import acts
from cct_engine.people.tokens import Scope
from cct_engine.plain import jsonable

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cct_engine.cycle import Cycle

__all__ = ["router"]

router = Router()

_PAYMENTS: Final = letters("MCRBANW")
_FAMILIES: Final = letters("MCANWF")
_CLEAR: Final = letters("MCWF")
_READERS_DAYS: Final = 30
_FACTS_DAYS: Final = 200

HouseholdNumber = Annotated[str, household_path]


@router.reads("/cycles/{code}/payments", _PAYMENTS)
def list_payments(
    caller: Asking, code: Code, query: Annotated[PaymentFilter, Query()]
) -> PaymentPage:
    """Who gets how much, and what is different from last time."""
    with caller.reading() as connection:
        cycle = _calculated(caller, connection, code)
        rows = reading.listed(
            connection,
            cycle,
            difference=query.difference,
            state=query.state,
            place=query.place,
            component=query.component,
            household_id=_id_of(query.household) if query.household else None,
            after=_id_of(query.after) if query.after else 0,
            most=query.limit + 1,
        )
        items = _shown(cycle, rows[: query.limit])
        return PaymentPage.model_validate(
            {
                "cycle": cycle.code,
                "currency": cycle.currency,
                "items": items,
                "next": items[-1]["household"] if len(rows) > query.limit else None,
            }
        )


@router.reads("/cycles/{code}/payments/{household}", _PAYMENTS)
def read_payment(caller: Asking, code: Code, household: HouseholdNumber) -> PaymentDetail:
    """One family's payment: the sum, the lines behind it, every attempt."""
    household_id = _id_of(household)
    with caller.reading() as connection:
        cycle = _calculated(caller, connection, code)
        rows = reading.listed(
            connection, cycle, household_id=household_id, after=household_id - 1, most=1
        )
        if not rows:
            raise Trouble("not_there", f"{code} has no payment of this household.")
        return PaymentDetail.model_validate(
            _shown(cycle, rows)[0]
            | {
                "cycle": cycle.code,
                "currency": cycle.currency,
                "lines": reading.lines(connection, cycle, household_id),
                "attempts": reading.sent_of(connection, cycle, household_id),
            }
        )


@router.acts("/lookups", letters("MCWF"), Scope.HOUSEHOLDS, is_work=False)
def look_up_household(caller: Acting, asked: Looked) -> FoundPage:
    """Look a family up by a name or a number of a person: recorded, never part of an address."""

    def looked(connection: sa.Connection) -> FoundPage:
        found = houses.looked_up(
            connection,
            asked.asked,
            token_key=caller.place.settings.token_key.get_secret_value().encode(),
            centres=caller.centres,
        )
        acts.record(
            connection,
            at=caller.at,
            officer_id=caller.officer_id,
            verb="household.lookup",
            subject=f"token/{caller.client.token_id}",
            outcome="done",
            detail={"found": len(found)},
        )
        rows = [(one, houses.profile(connection, one)) for one in found]
        return FoundPage.model_validate(
            {"items": [row | {"household": registry.number_of(one)} for one, row in rows if row]}
        )

    return caller.act(looked)


@router.reads("/households/{household}", _FAMILIES, Scope.HOUSEHOLDS)
def read_household(caller: Asking, household: HouseholdNumber) -> Household:
    """One family: every programme, every payment, every condition."""
    household_id = _id_of(household)
    with caller.reading() as connection:
        row = _family(caller, connection, household_id)
        clear = caller.opens(row["centre_id"], _CLEAR)
        since = caller.at - timedelta(days=_READERS_DAYS)
        readers = houses.recent_readers(connection, household, since=since)
        if clear:
            _note_read(caller, connection, household)
        members = houses.members(connection, household_id, clear=clear)
        first = (caller.at - timedelta(days=_FACTS_DAYS)).date().replace(day=1)
        enrolled = houses.enrolments(connection, household_id)
        return Household.model_validate(
            row
            | {
                "household": household,
                "readers_30_days": readers,
                "members": [one | {"account_end": one["last4"]} for one in members],
                "programmes": houses.programmes(connection, household_id, enrolled),
                "conditions": houses.conditions(
                    connection, [one["person_id"] for one in members], since=first
                ),
                "payments": houses.payments(connection, household_id, cycle_ids=None),
            }
        )


@router.reads("/households/{household}/explanation", _FAMILIES, Scope.HOUSEHOLDS)
def explain_household(
    caller: Asking, household: HouseholdNumber, query: Annotated[ExplanationFilter, Query()]
) -> ExplanationValue:
    """Why a family gets what it gets in a cycle, run again over the sealed inputs."""
    household_id = _id_of(household)
    with caller.reading() as connection:
        cycle = _calculated(caller, connection, query.cycle)
        _family(caller, connection, household_id)
        try:
            found = entitlement.explain(
                connection,
                caller.place.home,
                household_id,
                cycle.code,
                language=query.language,
            )
        except entitlement.UnknownHousehold as unknown:
            raise Trouble("not_there", str(unknown)) from unknown
        return ExplanationValue.model_validate(jsonable(found) | {"household": household})


def _calculated(caller: Caller, connection: sa.Connection, code: str) -> Cycle:
    cycle = caller.cycle(connection, code)
    if cycle.state in {State.OPENED, State.FROZEN}:
        raise Trouble("not_there", f"{code} is {cycle.state.value}: it has no list yet.")
    return cycle


def _id_of(number: str) -> int:
    try:
        return registry.id_of(number)
    except ValueError as miscopied:
        raise Trouble("not_there", str(miscopied)) from miscopied


def _family(caller: Caller, connection: sa.Connection, household_id: int) -> dict[str, Any]:
    row = houses.profile(connection, household_id)
    if row is None or not caller.opens(row["centre_id"], caller.roles):
        raise Trouble("not_there", "There is no such household in this officer's scope.")
    return row


def _note_read(caller: Caller, connection: sa.Connection, household: str) -> None:
    acts.record(
        connection,
        at=caller.at,
        officer_id=caller.officer_id,
        verb="household.read",
        subject=f"household/{household}",
        outcome="done",
        detail={"token": caller.client.token_id},
    )


def _shown(cycle: Cycle, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    checks = reasons.meanings(cycle)
    names = ("pay_now_minor", "held_minor", "withheld_minor", "forfeited_minor", "last_minor")
    shown = []
    for row in rows:
        sums = {name: row[name] or 0 for name in names}
        state = kind_of(*(sums[name] for name in names[:4]))
        shown.append(
            row
            | sums
            | {
                "household": registry.number_of(row["household_id"]),
                "state": state,
                "why": reasons.why(row["reason_code"], checks),
                "place": row["municipality"] or row["zone"],
            }
        )
    return shown
