"""The figures for Prometheus: they tie with the books, and nobody can be found in them."""

from __future__ import annotations

import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cct_engine import metrics, schedule
from cct_engine.clock import FixedClock
from cct_engine.cycle import Desk
from cct_engine.database import Database
from cct_engine.people import ENGINE
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo_plays import Books

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)


@contextmanager
def _desk(books: Books) -> Iterator[Desk]:
    with books.opened() as database:
        yield Desk(database, Settings(home=books.corner), FixedClock(AT), ENGINE)


def _read(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _looked(desk: Desk) -> str:
    registry = CollectorRegistry()
    registry.register(metrics.Collector(desk.database, desk.home, desk.clock, late_hours=2))
    return generate_latest(registry).decode()


def test_cycles_and_money_are_those_of_the_books(finished: Books) -> None:
    with _desk(finished) as desk:
        found = _read(_looked(desk))
        with desk.database.transaction() as connection:
            closed = connection.execute(
                sa.text("SELECT count(*) FROM cycle.cycle WHERE code LIKE 'bolsa%'")
            ).scalar_one()
    assert found["cct_database_up",] == 1
    assert found["cct_cycles", "bolsa_familia", "closed"] == closed == 3
    money = {key: value for key, value in found.items() if key[0] == "cct_balance_minor"}
    assert len(money) > 10
    for currency in ("BRL", "INR"):
        assert sum(value for key, value in money.items() if currency in key) == 0


def test_nobody_can_be_found_in_the_figures(finished: Books) -> None:
    with _desk(finished) as desk:
        text = _looked(desk)
        with desk.database.transaction() as connection:
            names = connection.execute(sa.text("SELECT given FROM identity.person_name")).scalars()
            known = {str(name) for name in names if name and len(name) > 2}
    words = {word.strip('"') for word in text.replace("=", " ").replace(",", " ").split()}
    assert not known & words
    assert "household" not in text


def test_a_schedule_that_stopped_is_seen_within_a_minute(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        schedule.beat(connection, "a/1", at=AT, rang=True)
    for later, lives in ((40, 1.0), (60, 0.0)):
        desk = Desk(
            database,
            Settings(home=tmp_path),
            FixedClock(AT + timedelta(seconds=later)),
            ENGINE,
        )
        found = _read(_looked(desk))
        assert found["cct_schedule_lives",] == lives
        assert found["cct_last_ring_seconds",] == later


def test_a_database_that_is_away_is_a_figure_too(tmp_path: Path) -> None:
    with Database(f"postgresql+psycopg://cct_app@/cct?host={tmp_path}") as away:
        desk = Desk(away, Settings(home=tmp_path), FixedClock(AT), ENGINE)
        assert _read(_looked(desk)) == {("cct_database_up",): 0.0}


def test_the_figures_are_served_at_metrics_on_this_machine(
    database: Database, tmp_path: Path
) -> None:
    desk = Desk(database, Settings(home=tmp_path), FixedClock(AT), ENGINE)
    with (
        metrics.serve(desk, port=0) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer,
    ):
        found = _read(answer.read().decode())
    assert found["cct_steps_due",] == found["cct_steps_late",] == 0
    assert found["cct_mails_waiting",] == 0
