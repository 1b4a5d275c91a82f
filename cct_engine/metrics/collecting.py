"""The figures: one statement each, read when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
import structlog
from prometheus_client.core import GaugeMetricFamily

from cct_engine import mail, schedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from cct_engine.clock import Clock
    from cct_engine.database import Database

__all__ = ["Collector"]


class _Figure(NamedTuple):
    """A gauge of its own statement: its labels are the statement's columns before the last."""

    name: str
    said: str
    labels: tuple[str, ...]
    statement: str


class Collector:
    """Reads the figures of one installation each time Prometheus asks."""

    def __init__(self, database: Database, home: Path, clock: Clock, *, late_hours: int) -> None:
        self._database, self._home, self._clock = database, home, clock
        self._late_seconds = late_hours * 3600

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe nothing beforehand: registering must not ask the database."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read all figures in one moment; with the database away, say only that."""
        up = GaugeMetricFamily("cct_database_up", "1 when the database answers.")
        try:
            found = list(self._read())
        except sa.exc.OperationalError:
            structlog.get_logger().warning("metrics.no_database")
            found = []
        up.add_metric([], float(bool(found)))
        yield up
        yield from found

    def _read(self) -> Iterator[GaugeMetricFamily]:
        at = self._clock.now()
        engine = self._database.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with engine.begin() as connection:
            yield from _schedule(connection, at)
            yield from self._due(connection, at)
            for figure in _FIGURES:
                yield _gauge(connection, figure, at)
            waits = GaugeMetricFamily("cct_mails_waiting", "Mails to officers that have not gone.")
            waits.add_metric([], mail.waiting_count(connection))
            yield waits

    def _due(self, connection: sa.Connection, at: datetime) -> Iterator[GaugeMetricFamily]:
        due = schedule.due(connection, at, home=self._home)
        ages = [(at - one.since).total_seconds() for one in due]
        for name, said, count in (
            ("cct_steps_due", "Steps the engine may do now by itself.", len(ages)),
            (
                "cct_steps_late",
                "Those due for longer than CCT_LATE_HOURS.",
                sum(age > self._late_seconds for age in ages),
            ),
        ):
            family = GaugeMetricFamily(name, said)
            family.add_metric([], count)
            yield family


def _schedule(connection: sa.Connection, at: datetime) -> Iterator[GaugeMetricFamily]:
    found = schedule.pulses(connection)
    lives = GaugeMetricFamily("cct_schedule_lives", "1 when a scheduler gave a sign of life.")
    lives.add_metric([], float(bool(found) and schedule.lives(found, at=at)))
    yield lives
    rang = max((one.rang_at for one in found if one.rang_at is not None), default=None)
    if rang is not None:
        age = GaugeMetricFamily("cct_last_ring_seconds", "Since the schedule last came through.")
        age.add_metric([], (at - rang).total_seconds())
        yield age


def _gauge(connection: sa.Connection, figure: _Figure, at: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.said, labels=figure.labels)
    for *labels, value in connection.execute(sa.text(figure.statement), {"at": at}):
        family.add_metric([str(label) for label in labels], float(value or 0))
    return family


_FIGURES: Final = (
    _Figure(
        "cct_cycles",
        "Cycles by programme and state.",
        ("programme", "state"),
        "SELECT p.code, c.state, count(*) FROM cycle.cycle c JOIN registry.programme p"
        " USING (programme_id) GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    _Figure(
        "cct_balance_minor",
        "Balance of each account of the books, debit above zero, in minor units.",
        ("fund", "account", "currency"),
        "SELECT f.code, b.account, f.currency,"
        " CAST(sum(b.debit_minor) - sum(b.credit_minor) AS bigint)"
        " FROM ledger.movement b JOIN registry.fund f USING (fund_id)"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    _Figure(
        "cct_suspense_items",
        "Bank money without a home, by programme.",
        ("programme",),
        "SELECT coalesce(p.code, ''), count(*) FROM recon.suspense_item s"
        " LEFT JOIN registry.programme p USING (programme_id)"
        " WHERE s.state <> 'closed' GROUP BY 1 ORDER BY 1",
    ),
    _Figure(
        "cct_suspense_oldest_days",
        "Age of the oldest of it.",
        (),
        "SELECT coalesce(max(CAST(:at AS date) - opened_on), 0) FROM recon.suspense_item"
        " WHERE state <> 'closed'",
    ),
    _Figure(
        "cct_files_waiting",
        "Payment files that are sealed and not handed over.",
        (),
        "SELECT count(*) FROM bank.file WHERE state = 'sealed'",
    ),
    _Figure(
        "cct_files_unknown",
        "Payment files whose delivery is unknown: the bank must be asked.",
        (),
        "SELECT count(*) FROM bank.file WHERE state = 'unknown'",
    ),
    _Figure(
        "cct_answers_waiting",
        "Files of the bank that were received and not booked.",
        (),
        "SELECT count(*) FROM recon.inbox_file WHERE state = 'received'",
    ),
    _Figure(
        "cct_sign_in_failures_day",
        "Refused sign-ins of the last 24 hours.",
        (),
        "SELECT count(*) FROM people.act WHERE outcome = 'refused' AND verb = 'session.open'"
        " AND at > CAST(:at AS timestamptz) - interval '24 hours'",
    ),
    _Figure(
        "cct_break_glass_in_force",
        "Roles lent in an emergency and not over.",
        (),
        "SELECT count(*) FROM people.role_grant WHERE granted_at <= :at AND revoked_at > :at",
    ),
)
