"""Programmes with their law; feeds taken in, their coverage and their reject files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Path, Query
from starlette.responses import FileResponse

from cct_engine import compliance, registry, rulebook
from cct_engine.api.caller import Acting, Asking
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.base import Number
from cct_engine.api.values.office import (
    Coverage,
    CoverageFilter,
    FeedDetail,
    FeedPage,
    ProgrammeDetail,
    ProgrammePage,
    TakenIn,
    TrialValue,
    Tried,
)
from cct_engine.api.values.work import Job
from cct_engine.console import trying
from cct_engine.console.forms import plain_name
from cct_engine.console.reading import cycles as cycles_reading
from cct_engine.console.reading import office as reading
from cct_engine.console.reading import rules as rules_reading
from cct_engine.cycle import law
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cct_engine.cycle import Desk

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCANWF")
Programme = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
_HANDS: Final = letters("MWF")


@router.reads("/programmes", _MAY)
def list_programmes(caller: Asking) -> ProgrammePage:
    """Programmes, one's own first."""
    with caller.reading() as connection:
        rows = rules_reading.programmes(connection, caller.scope)
        return ProgrammePage.model_validate({"items": rows})


@router.reads("/programmes/{programme}", _MAY)
def read_programme(caller: Asking, programme: Programme) -> ProgrammeDetail:
    """The law of a programme: its values with dates and articles."""
    with caller.reading() as connection:
        is_known = programme in rulebook.programmes() or rules_reading.is_own(connection, programme)
        if not is_known or not caller.sees(programme):
            raise Trouble("not_there", "There is no such programme in this officer's scope.")
        rules = law.in_force(programme, caller.place.home)
        return ProgrammeDetail.model_validate(
            {
                "code": programme,
                "title": rules.law.title,
                "currency": rules.currency,
                "digest": rules.digest,
                "components": [one.code for one in rules.law.components],
                "conditions": [str(getattr(one, "code", one)) for one in rules.law.conditions],
                "parameters": _parameters(rules),
                "versions": rules_reading.versions(connection, programme),
            }
        )


@router.acts("/programmes/{programme}/scenarios", letters("NC"), Scope.READ, takes="")
def run_scenarios(caller: Acting, programme: Programme) -> Job:
    """Run the scenarios of policy people against the law."""
    if programme not in rulebook.programmes() or not caller.sees(programme):
        raise Trouble("not_there", "There is no such programme in this officer's scope.")
    return caller.work(
        "run scenarios", f"programme/{programme}", lambda _desk: trying.scenarios_said(programme)
    )


@router.acts(
    "/programmes/{programme}/trials", letters("NC"), Scope.READ, takes="application/octet-stream"
)
def try_law(caller: Acting, programme: Programme, query: Annotated[Tried, Query()]) -> Job:
    """Try a law, handed in as YAML, over a cycle: who gains, who loses; nothing is booked."""
    with caller.reading() as connection:
        known = cycles_reading.in_scope(connection, caller.scope)
    if query.cycle not in {one.code for one in trying.calculated(known, programme)}:
        raise Trouble("not_there", f"There is no calculated cycle {query.cycle} of {programme}.")
    upload = caller.upload
    if upload is None or not upload.byte_count:
        raise Trouble("malformed", "The body is the law; it is empty.")
    if upload.byte_count > trying.LAW_MAX:
        raise Trouble("too_large", f"A law has at most {trying.LAW_MAX} bytes. Nothing was tried.")
    trial = trying.hand_in(caller.place.home, query.cycle, upload.path)
    return caller.work(
        "try a law", f"whatif/{trial.run}", lambda desk: trying.tried(desk, trial, query.name)
    )


@router.reads("/whatif/{run}", letters("NCA"))
def read_trial(caller: Asking, run: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]) -> TrialValue:
    """What a trial found, by the run that its job names: before, after, who gains, who loses."""
    found = trying.found(caller.place.home, run)
    if found is None or not caller.sees(found["programme"]):
        raise Trouble("not_there", f"There is no trial {run} in this officer's scope.")
    return TrialValue.model_validate(found)


@router.reads("/feeds", _MAY)
def list_feeds(caller: Asking) -> FeedPage:
    """Files taken in, newest first, with their control totals."""
    with caller.reading() as connection:
        rows = reading.feeds(connection)
        return FeedPage.model_validate({"items": [_fed(row) for row in rows]})


@router.acts("/feeds", _HANDS, Scope.FEEDS, takes="application/octet-stream")
def take_in_feed(caller: Acting, query: Annotated[TakenIn, Query()]) -> Job:
    """Take a file in: good rows load, bad rows come back with a reason."""
    upload = caller.upload
    if query.kind not in {*registry.feeds, *compliance.feeds}:
        raise Trouble("not_there", "There is no such kind of feed. Nothing was taken in.")
    if upload is None or not upload.byte_count:
        raise Trouble("malformed", "The body is the file; it is empty.")
    folder = caller.place.home / "feeds" / "handed-in"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{caller.at:%Y%m%dT%H%M%S%f}-{query.name}"
    upload.path.rename(path)

    def take(desk: Desk) -> str:
        report = _taken_in(desk, query.kind, path)
        return (
            f"{query.name}: {report.rows} rows = {report.loaded} loaded + {report.rejected} "
            f"rejected + {report.repeated} repeated."
        )

    return caller.work("take in", f"feed/{path.name}", take)


@router.reads("/feeds/coverage", _MAY)
def read_coverage(caller: Asking, query: Annotated[CoverageFilter, Query()]) -> Coverage:
    """Coverage by facility, the worst first; without a month, the newest of which we know."""
    with caller.reading() as connection:
        if query.kind not in rules_reading.kinds(connection):
            raise Trouble("not_there", "Nobody reports that kind of fact.")
        month = (
            date.fromisoformat(f"{query.month}-01")
            if query.month
            else rules_reading.newest_month(connection, query.kind, on=caller.at.date())
        )
        covered = (
            compliance.coverage(connection, kind=query.kind, month=month, as_of_known=caller.at)
            if month
            else ()
        )
        return Coverage.model_validate({"kind": query.kind, "month": month, "items": covered})


@router.reads("/feeds/{feed}", _MAY)
def read_feed(caller: Asking, feed: Number) -> FeedDetail:
    """One file, and why each rejected row did not pass."""
    with caller.reading() as connection:
        row = _feed(connection, feed)
        rejected = reading.rejected_rows(connection, feed)
        return FeedDetail.model_validate(_fed(row) | {"rejected": rejected})


@router.reads("/feeds/{feed}/rejects", _HANDS, Scope.FEEDS, gives="text/csv")
def read_rejects(caller: Asking, feed: Number) -> FileResponse:
    """The rejected rows as they came, to be corrected and handed in again."""
    with caller.reading() as connection:
        row = _feed(connection, feed)
    name = plain_name(str(row["reject_file"]))
    path = caller.place.home / "rejects" / name
    fetches = reading.may_fetch_rejects(row, centres=caller.centres, officer_id=caller.officer_id)
    if not fetches or name != row["reject_file"] or not path.is_file():
        raise Trouble("not_there", f"Feed {feed} has no rejected rows.")
    return FileResponse(path, media_type="text/csv", filename=name)


def _feed(connection: sa.Connection, feed: int) -> dict[str, Any]:
    row = reading.feed(connection, feed)
    if row is None:
        raise Trouble("not_there", f"There is no feed {feed}.")
    return row


def _fed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"has_rejects": bool(row["reject_file"])}


def _parameters(rules: Any) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "value": str(value.value),
            "from_on": value.from_.isoformat(),
            "law": str(value.law),
        }
        for name, one in rules.law.parameters.items()
        for value in one.values
    ]


def _taken_in(desk: Desk, kind: str, path: Any) -> Any:
    at, rejects = desk.clock.now(), desk.home / "rejects"
    with desk.database.transaction() as connection:
        if kind in compliance.feeds:
            return compliance.take_in(
                connection,
                path,
                compliance.feed(kind),
                at=at,
                officer_id=desk.officer_id,
                rejects_folder=rejects,
            )
        return registry.take_in(
            connection,
            path,
            registry.feed(kind),
            at=at,
            officer_id=desk.officer_id,
            rejects_folder=rejects,
            token_key=desk.settings.token_key.get_secret_value().encode(),
        )
