"""Playing a demo from its feeds to closed books; one that was interrupted goes on."""

from __future__ import annotations

import dataclasses
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine import failpoints
from cct_engine.database import connected, dropped
from cct_engine.demo import months
from cct_engine.demo.facts import DemoFacts, read_facts
from cct_engine.demo.funding import ask_the_treasury
from cct_engine.demo.office import Office, found_office
from cct_engine.demo.stages import Stages
from cct_engine.demo.world import World, write_feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cct_engine.cycle import Progress
    from cct_engine.database import Database
    from cct_engine.demo.plan import DemoPlan
    from cct_engine.settings import Settings

__all__ = ["DATABASE", "DatabaseInUse", "Listener", "play", "stage_count"]

DATABASE: Final = "demo"
"""The demo's own database on the engine's own server; a pilot's books are in another."""

_MONTHLY: Final = (
    ("freeze", months.freeze),
    ("calculate and check", months.calculate),
    ("submit and approve", months.approve),
    ("treasury pays in", ask_the_treasury),
    ("release", months.release),
    ("bank answers", months.hear_the_bank),
    ("late answers", months.hear_the_bank_again),
    ("account corrections", months.correct_accounts),
    ("prove and close", months.close),
)


class DatabaseInUse(Exception):  # noqa: N818 - reads as what happened
    """The configured database holds something the demo must not touch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listener:
    """Who is told how the demo goes: each stage as it begins and ends, and progress within."""

    begins: Callable[[str], None]
    ends: Callable[[str], None]
    tells: Callable[[Progress], None]


def stage_count(plan: DemoPlan) -> int:
    """How many stages a demo has."""
    return 3 + len(plan.periods) * (1 + len(_MONTHLY))


def play(settings: Settings, plan: DemoPlan, listener: Listener) -> DemoFacts:
    """Play the demo in its own corner of the data folder and its own database.

    An unfinished demo of the same plan goes on where it stopped; anything else begins anew. Same
    plan, same bytes: the files and the ledger's head do not depend on when or how often it is run.
    """
    corner = settings.model_copy(update={"home": settings.home / "demo"})
    stages = Stages(corner.home / "stages.json", plan)
    anew = stages.is_finished or not stages.is_same_plan or not stages.path.exists()
    if anew:
        _begin_anew(settings, corner)
        stages = Stages(corner.home / "stages.json", plan)
    with connected(settings, name=DATABASE) as database:
        if anew:
            _refuse_foreign_books(database)
        return _play(database, corner, plan, stages, listener)


def _begin_anew(settings: Settings, corner: Settings) -> None:
    if settings.database_url is None:
        dropped(settings, name=DATABASE)
    shutil.rmtree(corner.home, ignore_errors=True)
    corner.home.mkdir(parents=True)


def _refuse_foreign_books(database: Database) -> None:
    """A configured database is never emptied for a demo; it has to be empty."""
    with database.transaction() as connection:
        acts = connection.execute(sa.text("SELECT count(*) FROM people.act")).scalar_one()
    if acts:
        raise DatabaseInUse(
            f"The database named by CCT_DATABASE_URL holds {acts} acts of officers. The demo "
            "would mix with them, so nothing was done. Unset CCT_DATABASE_URL, or give an empty, "
            "migrated database."
        )


def _play(
    database: Database, settings: Settings, plan: DemoPlan, stages: Stages, listener: Listener
) -> DemoFacts:
    office = Office(database, settings, listener.tells)

    @contextmanager
    def stage(name: str) -> Iterator[bool]:
        listener.begins(name)
        with stages.stage(name) as due:
            yield due
        failpoints.hit("demo.after_stage")
        listener.ends(name)

    with stage("found the office") as due:
        if due:
            found_office(office, plan)
    world = _world(settings, plan)
    with stage("take in the registry") as due:
        if due:
            months.take_in(office, plan.opening(), world.base)
    for period in plan.periods:
        with stage(f"{period} feeds") as due:
            if due:
                months.take_in_month(office, plan, period, world.cycles[period])
        for name, act in _MONTHLY:
            with stage(f"{period} {name}") as due:
                if due:
                    act(office, plan, period)
    with stage("verify the ledger"), database.transaction() as connection:
        facts = read_facts(
            connection, outbox=settings.home / "bank" / "outbox", steps=tuple(stages.costs)
        )
    stages.finish()
    return facts._replace(steps=tuple(stages.costs))


def _world(settings: Settings, plan: DemoPlan) -> World:
    """Write the feeds; written again after an interruption they are the same to the byte."""
    return write_feeds(
        settings.home / "feeds",
        households=plan.households,
        seed=plan.seed,
        periods=plan.periods,
    )
