"""One request that passed the gate: which program asks for whom, and what it may see and do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from cct_engine import cycle as cycles
from cct_engine.api import once
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import BASE
from cct_engine.api.values.work import Job
from cct_engine.console.works import job_of
from cct_engine.cycle import CycleError, Desk
from cct_engine.people import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import sqlalchemy as sa

    from cct_engine.console.visit import Place, Upload
    from cct_engine.cycle import Cycle, Progress
    from cct_engine.people.tokens import Client

__all__ = ["Acting", "Asking", "Caller"]

WAIT_SECONDS: Final = 2.0
"""Work that takes no longer is answered with its outcome."""

M = TypeVar("M", bound=BaseModel)


@dataclass
class Caller:
    """Who asks, when, and by which of the officer's roles."""

    place: Place
    at: datetime
    client: Client
    roles: frozenset[Role]
    key: once.Key | None = None
    upload: Upload | None = None
    response: Response = field(default_factory=Response)

    @property
    def officer_id(self) -> int:
        """The officer for whom the client acts."""
        return self.client.officer_id

    @property
    def scope(self) -> list[str] | None:
        """The programmes in scope as a bound value; None: all."""
        programmes = self.client.programmes_of(self.roles)
        return None if programmes is None else sorted(programmes)

    @property
    def centres(self) -> frozenset[int] | None:
        """The centres whose households are in scope; None: every one."""
        return self.client.centres_of(self.roles)

    def opens(self, centre_id: int | None, roles: frozenset[Role]) -> bool:
        """Tell whether one of the roles opens the households of a centre."""
        centres = self.client.centres_of(roles)
        return centres is None or centre_id in centres

    def sees(self, programme: str) -> bool:
        """Tell whether a programme is in scope."""
        return self.scope is None or programme in self.scope

    def has(self, *roles: Role) -> bool:
        """Tell whether the officer has one of the roles, in any programme."""
        return bool(self.client.roles & set(roles))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction to read in."""
        with self.place.database.transaction() as connection:
            yield connection

    def cycle(self, connection: sa.Connection, code: str) -> Cycle:
        """Return a cycle in scope; what is not looks like what does not exist."""
        try:
            found = cycles.by_code(connection, code)
        except CycleError as missing:
            raise Trouble("not_there", f"There is no cycle {code}.") from missing
        if not self.sees(found.programme):
            raise Trouble("not_there", f"There is no cycle {code}.")
        return found

    def work(self, verb: str, subject: str, act: Callable[[Desk], str]) -> Job:
        """Do an act as a job: answered with its end, or with 202 where it takes longer.

        The key is written with the job. What the act refuses is raised here.
        """

        def take(connection: sa.Connection, job_id: int) -> None:
            if self.key is not None:
                once.take(connection, self.key, job_id=job_id)

        running = self.place.works.start(
            verb, subject, self.officer_id, lambda tell: act(self._desk(tell)), also=take
        )
        if running is None:
            raise Trouble("under_way", f"'{verb}' of {subject} was started before and goes on.")
        running.ended(WAIT_SECONDS)
        with self.reading() as connection:
            found = job_of(connection, running.job_id)
        if found is None:
            raise Trouble("failed", "The job is not there.")
        job = Job.of(found)
        self.told(job)
        return job

    def told(self, job: Job) -> None:
        """Say in the answer's head where work goes on."""
        if job.state == "running":
            self.response.status_code = 202
            self.response.headers["location"] = f"{BASE}/jobs/{job.job_id}"

    def act(self, do: Callable[[sa.Connection], M]) -> M:
        """Do a small act in one transaction with its key and its answer."""
        with self.place.database.transaction() as connection:
            if self.key is not None:
                once.take(connection, self.key)
            answer = do(connection)
            if self.key is not None:
                once.settle(connection, self.key, status=200, answer=answer.model_dump_json())
        return answer

    def _desk(self, tell: Callable[[Progress], None]) -> Desk:
        place = self.place
        return Desk(place.database, place.settings, place.clock, self.officer_id, tell)


def _asking(request: Request, response: Response) -> Caller:
    caller: Caller = request.state.caller
    caller.response = response
    return caller


def _acting(
    request: Request,
    response: Response,
    _key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="New for every act; the same again repeats the first answer.",
            pattern=r"^[A-Za-z0-9_-]{8,64}$",
        ),
    ],
) -> Caller:
    return _asking(request, response)


Asking = Annotated[Caller, Depends(_asking)]
Acting = Annotated[Caller, Depends(_acting)]
