"""Work that goes on when its page is closed: one worker, every job a row that says how far it is.

An act is started as a job and waited for a moment: what is quick is answered at once, what is not
has a page of its own. A job whose process died is found at the next start and called interrupted;
every step can be run again and goes on where it stopped.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
import structlog

from cct_engine.console.keeper import keep_after
from cct_engine.console.refusals import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cct_engine.clock import Clock
    from cct_engine.cycle import Progress
    from cct_engine.database import Database

__all__ = ["Job", "Running", "Works", "job_of"]

_LOCK: Final = 0x63_63_74_6A_6F_62  # "cctjob": jobs are numbered by one writer at a time
_WORKERS: Final = 2
_TELL_EVERY: Final = timedelta(seconds=1)

_COLUMNS: Final = (
    "j.job_id, j.verb, j.subject, j.officer_id, o.login, j.started_at, j.told_at, j.what,"
    " j.done_count, j.total_count, j.state, j.ended_at, j.sentence"
)


class Job(NamedTuple):
    """A piece of work: who started it, how far it is, how it ended."""

    job_id: int
    verb: str
    subject: str
    officer_id: int
    login: str
    started_at: datetime
    told_at: datetime
    what: str
    done_count: int
    total_count: int
    state: str
    ended_at: datetime | None
    sentence: str

    @property
    def per_cent(self) -> int | None:
        """How far it is, where that is known."""
        return self.done_count * 100 // self.total_count if self.total_count else None


class Running(NamedTuple):
    """A job that was started, and its outcome to wait for: None, or what was raised."""

    job_id: int
    outcome: Future[str]

    def ended(self, seconds: float) -> bool:
        """Wait a moment; raise what the work raised; tell whether it is over."""
        try:
            self.outcome.result(timeout=seconds)
        except NotYet:
            return False
        return True


class Works:
    """The workers of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="work")

    def begin(self) -> None:
        """Call what an earlier process left running interrupted. One process serves a database."""
        with self._database.transaction() as connection:
            connection.execute(
                sa.text(
                    "UPDATE console.job SET state = 'interrupted', ended_at = :at, sentence = "
                    "'The engine stopped while this was under way. What was done is kept.' "
                    "WHERE state = 'running'"
                ),
                {"at": self._clock.now()},
            )

    def start(
        self,
        verb: str,
        subject: str,
        officer_id: int,
        act: Callable[[Callable[[Progress], None]], str],
        also: Callable[[sa.Connection, int], None] | None = None,
    ) -> Running | None:
        """Start work; ``act`` gets a function to tell progress and returns its sentence.

        ``also`` writes in the transaction that makes the job, given its number. Returns None when
        the same work is running already.
        """
        at = self._clock.now()
        with self._database.transaction() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            job_id = connection.execute(
                sa.text(
                    "INSERT INTO console.job (job_id, verb, subject, officer_id, started_at,"
                    " told_at) SELECT coalesce(max(job_id), 0) + 1, :verb, :subject, :officer_id,"
                    " :at, :at FROM console.job ON CONFLICT DO NOTHING RETURNING job_id"
                ),
                {"verb": verb, "subject": subject, "officer_id": officer_id, "at": at},
            ).scalar()
            if job_id is not None and also is not None:
                also(connection, int(job_id))
        if job_id is None:
            return None
        return Running(int(job_id), self._pool.submit(self._done, int(job_id), subject, act))

    def close(self) -> None:
        """Let what runs come to its end; nothing new is started."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _done(
        self, job_id: int, subject: str, act: Callable[[Callable[[Progress], None]], str]
    ) -> str:
        try:
            sentence = act(self._teller(job_id))
            keep_after(self._database, subject)
        except Exception as error:
            state, text = told(error)
            if state == "failed":
                structlog.get_logger().exception("console.job_failed", job_id=job_id)
            self._end(job_id, state, text)
            raise
        self._end(job_id, "done", sentence)
        return sentence

    def _end(self, job_id: int, state: str, sentence: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                sa.text(
                    "UPDATE console.job SET state = :state, ended_at = :at, told_at = :at,"
                    " sentence = :sentence WHERE job_id = :job_id"
                ),
                {
                    "job_id": job_id,
                    "state": state,
                    "sentence": sentence,
                    "at": self._clock.now(),
                },
            )

    def _teller(self, job_id: int) -> Callable[[Progress], None]:
        last = threading.local()

        def tell(progress: Progress) -> None:
            at = self._clock.now()
            if at - getattr(last, "at", at - _TELL_EVERY) < _TELL_EVERY:
                return
            last.at = at
            with self._database.transaction() as connection:
                connection.execute(
                    sa.text(
                        "UPDATE console.job SET told_at = :at, what = :what, done_count = :done,"
                        " total_count = :total WHERE job_id = :job_id"
                    ),
                    {
                        "job_id": job_id,
                        "at": at,
                        "what": progress.what,
                        "done": progress.done,
                        "total": progress.total,
                    },
                )

        return tell


def job_of(connection: sa.Connection, job_id: int) -> Job | None:
    """Return a job as it is now."""
    row = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM console.job j JOIN people.officer o USING (officer_id) "
            "WHERE j.job_id = :job_id"
        ),
        {"job_id": job_id},
    ).one_or_none()
    return None if row is None else Job._make(row)
