"""Families that live through the same cycles, each with its own late news: the stories' office."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from ruamel.yaml import YAML

import ledger
from cct_engine import compliance, cycle, registry
from cct_engine.clock import FixedClock
from cct_engine.demo.office import Office, found_office
from cct_engine.demo.plan import DemoPlan
from cct_engine.people import ENGINE, Role, officers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.cycle import Desk
    from cct_engine.database import Database

STORIES = YAML(typ="safe").load(Path(__file__).parents[1] / "correction" / "stories.yaml")
COLUMNS = {
    "areas": "area_code,level,parent_code,title,valid_from",
    "facilities": "facility_code,kind,title,area_code,valid_from",
    "households": "household_ref,kind,area_code,zone,municipality,urban,centre_code,income_total,"
    "updated_on",
    "persons": "person_ref,household_ref,given_name,family_name,sex,birth_date,relationship,"
    "responsible,joined_on,left_on,national_id_scheme,national_id,disability,grade,"
    "finished_basic_education,pregnant,is_mother",
    "accounts": "person_ref,kind,number,agent,holder_name,verified,valid_from",
    "enrolments": "programme,household_ref,person_ref,entered_on,exited_on,reason",
    "deaths": "person_ref,died_on,register_ref",
    "attendance": "person_ref,month,facility_code,present,total,reason_code",
}


@dataclass
class World:
    """An installation, its families by reference (F1, F2, …), and the files taken in."""

    database: Database
    home: Path
    office: Office
    files: int = 0
    codes: list[str] = field(default_factory=list)

    def desk(self, login: str, period: str, day: int) -> Desk:
        first = date.fromisoformat(f"{period}-01")
        at = datetime(first.year, first.month, day, 6, tzinfo=UTC)
        return self.office.desk(login, FixedClock(at))

    def take_in(self, name: str, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
        """Write one feed and take it in; a row that is rejected is a mistake of the story."""
        if not rows:
            return
        self.files += 1
        path = self.home / f"{self.files:03d}-{name}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name].split(","), restval="")
            writer.writeheader()
            writer.writerows(rows)
        shared: dict[str, Any] = {
            "at": at,
            "officer_id": self.office.officer("maker"),
            "rejects_folder": self.home,
        }
        with self.database.transaction() as connection:
            if name in compliance.feeds:
                report = compliance.take_in(connection, path, compliance.feed(name), **shared)
            else:
                report = registry.take_in(
                    connection, path, registry.feed(name), token_key=b"of-a-test", **shared
                )
        assert report.rejected == 0, report

    def run_cycle(self, period: str) -> str:
        """Open, freeze, calculate, check, submit and approve one cycle."""
        code = f"bolsa_familia-{period}"
        maker = self.desk("maker", period, 2)
        cycle.open_cycle(maker, "bolsa_familia", date.fromisoformat(f"{period}-01"))
        cycle.freeze(maker, code)
        cycle.calculate(maker, code)
        cycle.check(maker, code)
        cycle.submit(self.desk("maker", period, 3), code)
        cycle.approve(self.desk("checker", period, 4), code)
        self.codes.append(code)
        return code

    def rows(self, statement: str, **values: object) -> list[Any]:
        with self.database.transaction() as connection:
            return list(connection.execute(sa.text(statement), values))

    def household(self, reference: str) -> int:
        return int(
            self.rows(
                "SELECT household_id FROM registry.household_reference WHERE reference = :r",
                r=reference,
            )[0][0]
        )

    def person(self, reference: str) -> int:
        return int(
            self.rows(
                "SELECT person_id FROM registry.person_reference WHERE reference = :r", r=reference
            )[0][0]
        )


def settle(world: World) -> None:
    """Found the office: officers, programmes, funds, and two fiscal years."""
    plan = DemoPlan(households=100_000, seed=1)
    found_office(world.office, plan)
    at = plan.opening().now()
    administrator = world.office.officer("administrator")
    number = officers.add(world.database, login="case_worker", at=at, by=administrator)
    officers.grant(
        world.database, officer_id=number, role=Role.CASE_WORKER, at=at, by=administrator
    )
    with world.database.transaction() as connection:
        ledger.open_period(
            connection,
            opens_on=date(2027, 1, 1),
            closes_on=date(2027, 12, 31),
            by=ENGINE,
            at=at,
        )
    place = {"area_code": "BR", "valid_from": "2000-01-01"}
    world.take_in("areas", [place | {"level": "country", "title": "Brasil"}], at=at)
    school = {"facility_code": "S1", "kind": "school", "title": "Escola 1"}
    world.take_in("facilities", [place | school], at=at)


def person(family: str, name: str, born: date, joined: date) -> dict[str, Any]:
    """Return the row of a person; ``m`` is the mother, everybody else a child."""
    mother = name == "m"
    return {
        "person_ref": f"{family}-{name}",
        "household_ref": family,
        "given_name": name,
        "family_name": family,
        "sex": "F",
        "birth_date": born,
        "relationship": "responsible" if mother else "child",
        "responsible": str(mother).lower(),
        "joined_on": joined,
    }


def account(family: str, since: date) -> dict[str, Any]:
    """Return the row of the mother's account."""
    return {
        "person_ref": f"{family}-m",
        "kind": "AGENCIA_CONTA",
        "number": f"1234/{int(family[1:]):06d}-1",
        "agent": "99999001",
        "holder_name": family,
        "verified": "true",
        "valid_from": since,
    }


def home(family: str, income: object, updated_on: date) -> dict[str, Any]:
    """Return the row of a household as it was registered on a day."""
    return {
        "household_ref": family,
        "kind": "family",
        "area_code": "BR",
        "zone": "urban",
        "municipality": "3550308",
        "urban": "true",
        "income_total": income,
        "updated_on": updated_on,
    }


def register(
    world: World,
    families: dict[str, dict[str, dict[str, date]]],
    registered: dict[str, dict[str, Any]] | None = None,
) -> None:
    """Register families, all of them on the list since the beginning of 2026.

    ``registered``: the income of some, since when it is known, and who has no account yet.
    """
    at = DemoPlan(households=1, seed=1).opening().now() + timedelta(hours=1)
    since = date(2026, 1, 1)
    homes = {family: (registered or {}).get(family, {}) for family in families}
    world.take_in(
        "households",
        [
            home(family, known.get("income", 100), known.get("updated_on", since))
            for family, known in homes.items()
        ],
        at=at,
    )
    world.take_in(
        "persons",
        [
            person(family, name, one["born"], since)
            for family, members in families.items()
            for name, one in members.items()
        ],
        at=at,
    )
    world.take_in(
        "accounts",
        [
            account(family, since)
            for family, members in families.items()
            if "m" in members and homes[family].get("account", True)
        ],
        at=at,
    )
    world.take_in(
        "enrolments",
        [
            {"programme": "bolsa_familia", "household_ref": family, "entered_on": since}
            for family in families
        ],
        at=at,
    )


def told(world: World, period: str, news: dict[str, list[dict[str, Any]]]) -> None:
    """Take in what becomes known before a cut-off: family to its news."""
    at = world.desk("maker", period, 1).clock.now()
    feeds: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for family, items in news.items():
        for item in items:
            _fed(feeds, family, item)
    for name, rows in feeds.items():
        world.take_in(name, rows, at=at)
    for family, items in news.items():
        for item in (item for item in items if "appeals" in item):
            cycle.uphold(
                world.desk("case_worker", period, 1),
                world.household(family),
                f"bolsa_familia-{item['against']}",
                filed_on=item["filed"],
                reason="the school confirmed the presence in writing",
                person_id=world.person(f"{family}-{item['appeals']}"),
            )


def _fed(feeds: dict[str, list[dict[str, Any]]], family: str, item: dict[str, Any]) -> None:
    if "joins" in item:
        feeds["persons"].append(person(family, item["joins"], item["born"], item["on"]))
    elif "never_joined" in item:
        row = person(family, item["never_joined"], item["on"], item["on"])
        feeds["persons"].append(row | {"left_on": item["on"] + timedelta(days=1)})
    elif "earns" in item:
        feeds["households"].append(home(family, item["earns"], item["on"]))
    elif "opens_account" in item:
        feeds["accounts"].append(account(family, item["opens_account"]))
    elif "dies" in item:
        died = {"person_ref": f"{family}-{item['dies']}", "died_on": item["on"]}
        feeds["deaths"].append(died | {"register_ref": f"OB-{family}"})
    elif "attends" in item:
        feeds["attendance"] += [
            {
                "person_ref": f"{family}-{item['attends']}",
                "month": month,
                "facility_code": "S1",
                "present": item["present"],
                "total": item["of"],
            }
            for month in item["months"]
        ]
    elif "leaves_programme" in item:
        feeds["enrolments"].append(
            {
                "programme": "bolsa_familia",
                "household_ref": family,
                "entered_on": date(2026, 1, 1),
                "exited_on": item["leaves_programme"],
                "reason": "moved_away",
            }
        )


def told_of(stories: Sequence[dict[str, Any]], key: str) -> dict[str, Any]:
    """Return what the stories tell under a key, by family."""
    numbered = enumerate(stories, start=1)
    return {f"F{number}": story[key] for number, story in numbered if key in story}


def live(world: World) -> World:
    """Let all stories of the file live to the end."""
    settle(world)
    stories = STORIES["stories"]
    register(world, told_of(stories, "family"), told_of(stories, "registered"))
    for period in STORIES["cycles"]:
        news = {
            f"F{number}": story.get("known", {}).get(period, [])
            for number, story in enumerate(stories, start=1)
        }
        told(world, period, news)
        world.run_cycle(period)
    return world
