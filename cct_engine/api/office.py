"""Who asks, work under way, the calendar, what everybody did, and what problems mean."""

from __future__ import annotations

import time
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Query

from cct_engine import schedule
from cct_engine.api.caller import Asking
from cct_engine.api.problems import KINDS, Trouble
from cct_engine.api.routes import ANYBODY, SIGNED_IN, Router, letters
from cct_engine.api.values.base import Number
from cct_engine.api.values.office import (
    ActivityFilter,
    ActPage,
    CalendarValue,
    KindPage,
    Me,
    Wait,
)
from cct_engine.api.values.work import Job
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import office as reading
from cct_engine.console.routes import EVERY_ROLE
from cct_engine.console.works import job_of
from cct_engine.cycle import law
from cct_engine.people import Role
from cct_engine.schedule import next_period, timetable

__all__ = ["router"]

router = Router()

_ALL_ACTS: Final = (Role.AUDITOR, Role.ADMINISTRATOR)
_LOOK_EVERY_SECONDS: Final = 0.2


@router.reads("/problems", ANYBODY, None)
def list_problems() -> KindPage:
    """Every kind of problem, and what to do about it."""
    return KindPage.model_validate(
        {"items": [kind._asdict() | {"word": word} for word, kind in KINDS.items()]}
    )


@router.reads("/me", SIGNED_IN, None)
def read_me(caller: Asking) -> Me:
    """Who asks: the program, the officer it acts for, and what both together may."""
    client = caller.client
    return Me(
        client=client.client,
        token_id=client.token_id,
        login=client.login,
        scopes=sorted(client.scopes),
        roles=sorted(client.roles),
        ends_at=client.ends_at,
    )


@router.reads("/jobs/{job}", EVERY_ROLE, None)
def read_job(caller: Asking, job: Number, query: Annotated[Wait, Query()]) -> Job:
    """How far a piece of work is; with ``seconds``, wait for its end that long."""
    until = time.monotonic() + query.seconds
    while True:
        with caller.reading() as connection:
            found = job_of(connection, job)
        is_theirs = found is not None and (
            found.officer_id == caller.officer_id or caller.has(Role.AUDITOR)
        )
        if found is None or not is_theirs:
            raise Trouble("not_there", f"There is no job {job} of this officer.")
        if found.state != "running" or time.monotonic() >= until:
            return Job.of(found)
        time.sleep(_LOOK_EVERY_SECONDS)


@router.reads("/calendar", letters("MCRBAND"))
def read_calendar(caller: Asking) -> CalendarValue:
    """What is due, what comes, what ran: computed from the law's calendar."""
    home = caller.place.home
    with caller.reading() as connection:
        due = [
            one
            for one in schedule.due(connection, caller.at, home=home)
            if not one.programme or caller.sees(one.programme)
        ]
        newest: dict[str, Any] = {}
        for cycle in cycles_reading.in_scope(connection, caller.scope):
            newest.setdefault(cycle.programme, cycle)
        zones, ran = cycles_reading.zones(connection), reading.ran(connection)
    coming: list[dict[str, object]] = []
    for programme, last in sorted(newest.items()):
        rules, zone = law.in_force(programme, home), ZoneInfo(zones[programme])
        period, table = next_period(rules, last.period), timetable(programme)
        for verb, at in (
            ("open", table.opens_at(rules, period, zone)),
            ("freeze", table.freezes_at(rules, period, zone)),
        ):
            coming.append({"at": at, "verb": verb, "programme": programme, "period": period})
    return CalendarValue.model_validate({"due": due, "coming": coming, "ran": ran})


@router.reads("/activity", EVERY_ROLE)
def list_activity(caller: Asking, query: Annotated[ActivityFilter, Query()]) -> ActPage:
    """Who did, who saw, who was refused; one's own, or everybody's for who audits."""
    with caller.reading() as connection:
        rows = reading.activity(
            connection,
            officer_id=None if caller.has(*_ALL_ACTS) else caller.officer_id,
            subject=query.subject,
            verb=query.verb,
            refused=query.refused,
            before=query.before,
            most=query.limit + 1,
        )
        page = rows[: query.limit]
        return ActPage.model_validate(
            {
                "items": page,
                "next": page[-1]["act_id"] if len(rows) > query.limit else None,
            }
        )
