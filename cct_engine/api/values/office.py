"""Programmes, feeds, the calendar, what everybody did, and who asks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from cct_engine.api.values.base import Count, Line, Minor, Query, Value

__all__ = [
    "ActPage",
    "ActivityFilter",
    "CalendarValue",
    "Coverage",
    "CoverageFilter",
    "FeedDetail",
    "FeedPage",
    "KindPage",
    "KindValue",
    "Me",
    "ProgrammeDetail",
    "ProgrammePage",
    "TakenIn",
    "TrialValue",
    "Tried",
    "Wait",
]


class Me(Value):
    """Who asks: the program, the officer it acts for, and what both together may."""

    client: str
    token_id: int
    login: str
    scopes: list[str]
    roles: list[str]
    ends_at: datetime


class Wait(Query):
    """How long to wait for the end of a job."""

    seconds: Annotated[int, Field(ge=0, le=20)] = 0


class KindValue(Value):
    """A kind of problem."""

    word: str
    status: int
    title: str
    advice: str


class KindPage(Value):
    """Every kind of problem."""

    items: list[KindValue]


class ProgrammeValue(Value):
    """A programme."""

    code: str
    title: str
    kind: str
    currency: str | None
    time_zone: str | None
    department: str
    cycles: Count
    families: Count


class ProgrammePage(Value):
    """Programmes, one's own first."""

    items: list[ProgrammeValue]


class ParameterValue(Value):
    """A value of the law since a day."""

    name: str
    value: str
    from_on: date
    law: str


class VersionValue(Value):
    """A version of the law that cycles used."""

    digest: str
    loaded_at: datetime
    cycles: Count


class ProgrammeDetail(Value):
    """The law of a programme."""

    code: str
    title: str
    currency: str
    digest: str
    components: list[str]
    conditions: list[str]
    parameters: list[ParameterValue]
    versions: list[VersionValue]


class TakenIn(Query):
    """Which feed a file is, and what it is called."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,40}$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.(csv|xlsx|parquet)$")]


class Tried(Query):
    """The cycle a law is tried over, and what the file is called."""

    cycle: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}-[0-9]{4}-[0-9]{2}$")]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.ya?ml$")]


class TrialValue(Value):
    """What a law would change over a cycle's sealed inputs."""

    programme: str
    title: str
    cycle: str
    currency: str
    household_count: Count
    before_minor: Minor
    after_minor: Minor
    change_minor: Minor
    gaining_count: Count
    losing_count: Count
    kinds: list[dict[str, Any]]
    components: list[dict[str, Any]]
    districts: list[dict[str, Any]]


class FeedValue(Value):
    """A file that was taken in: rows = loaded + rejected + repeated."""

    feed_file_id: int
    feed: str
    file_name: str
    source: str
    taken_in_at: datetime
    login: str
    row_count: Count
    loaded_count: Count
    rejected_count: Count
    repeated_count: Count
    has_rejects: bool


class FeedPage(Value):
    """Files, newest first."""

    items: list[FeedValue]


class RejectedRow(Value):
    """Why a row did not pass; the row itself is in the reject file."""

    row_number: int
    column_name: str
    rule: str


class FeedDetail(FeedValue):
    """A file with the reasons of its rejected rows."""

    sha256: str
    rejected: list[RejectedRow]


class CoverageFilter(Query):
    """Of which reports, of which month."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,40}$")] = "attendance"
    month: Annotated[str, Field(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")] = ""


class FacilityValue(Value):
    """How much of what a facility should report has come."""

    facility_code: str
    title: str
    expected: Count
    reported: Count
    missing: int
    file_count: Count


class Coverage(Value):
    """Coverage by facility, the worst first."""

    kind: str
    month: date | None
    items: list[FacilityValue]


class DueValue(Value):
    """Something the engine may do now."""

    verb: str
    programme: str
    period: date | None
    cycle: str
    since: datetime


class ComingValue(Value):
    """Something the calendar says of the next cycle."""

    at: datetime
    verb: Literal["open", "freeze"]
    programme: str
    period: date


class RanValue(Value):
    """Something that was done by the calendar."""

    at: datetime
    verb: str
    subject: str
    outcome: str
    login: str


class CalendarValue(Value):
    """What is due, what comes, what ran."""

    due: list[DueValue]
    coming: list[ComingValue]
    ran: list[RanValue]


class ActivityFilter(Query):
    """Which acts."""

    subject: Line = ""
    verb: Line = ""
    refused: bool = False
    before: Annotated[int, Field(ge=0, le=2**40)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class ActValue(Value):
    """An act of the chained record."""

    act_id: int
    at: datetime
    login: str
    verb: str
    subject: str
    outcome: Literal["done", "refused"]
    detail: dict[str, Any]
    digest: str


class ActPage(Value):
    """Acts, newest first; ``next`` is the ``before`` of the next page."""

    items: list[ActValue]
    next: int | None
