"""Told late, everything comes out as if it had been told on time: random families, two worlds.

In one world every piece of news is known before the cycle it concerns; in the other the same news
comes up to two months later, or comes wrong first. After the corrections, each closed month must
recognise the same money, line by line, and every ladder must stand where it would have stood.
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from correction_world import World, register, settle, told

from cct_engine.database import Database, embedded
from cct_engine.demo.office import Office
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    Families = dict[str, dict[str, dict[str, date]]]
    News = dict[str, dict[str, list[dict[str, Any]]]]

CYCLES = ("2026-09", "2026-10", "2026-11")
FAMILIES = 16
WORLDS = int(os.environ.get("CCT_TEST_WORLDS", "1"))


def random_families(rng: random.Random) -> Families:
    """A mother and one to four children of any age each."""
    families: Families = {}
    for number in range(1, FAMILIES + 1):
        children = {
            f"c{child}": {"born": date(2026, 1, 1) - timedelta(days=rng.randrange(18 * 365))}
            for child in range(rng.randint(1, 4))
        }
        families[f"F{number}"] = {"m": {"born": date(1990, 5, 4)}, **children}
    return families


def random_homes(rng: random.Random, families: Families) -> dict[str, dict[str, Any]]:
    """Some families have a wage; the money of some waits for a new registration or an account."""
    return {
        family: {
            "income": rng.choice((100, 100, 1300, 2000, 3000)),
            "updated_on": rng.choice((date(2024, 8, 1), date(2024, 10, 1), date(2026, 1, 1))),
            "account": rng.random() < 0.8,
        }
        for family in families
    }


def random_news(rng: random.Random, families: Families) -> tuple[News, News]:
    """Return the same news as told on time, and as told late: cycle to family to items."""
    on_time: News = {period: {} for period in CYCLES}
    late: News = {period: {} for period in CYCLES}
    for family, members in families.items():
        children = [name for name in members if name != "m"]
        for child in children:
            _attendance(rng, family, child, on_time, late)
        if rng.random() < 0.5:  # of those who have none yet; to the others it is nothing new
            opened = {"opens_account": date(2026, 1, 1)}
            period = rng.choice(CYCLES)
            on_time[period].setdefault(family, []).append(opened)
            late[period].setdefault(family, []).append(opened)
        if rng.random() < 0.5:
            born = _some_day(rng)
            _told(rng, family, {"joins": "b", "born": born, "on": born}, born, on_time, late)
        if rng.random() < 0.4:
            died = _some_day(rng)
            item = {"dies": rng.choice(children), "on": died}
            _told(rng, family, item, died, on_time, late)
        if rng.random() < 0.4:
            since = _some_day(rng)
            item = {"earns": rng.choice((100, 1300, 2000, 3000)), "on": since}
            _told(rng, family, item, since, on_time, late)
    return on_time, late


def _some_day(rng: random.Random) -> date:
    """A day between two cut-offs: what happens on the second cannot be told on the first."""
    day = date(2026, 7, 5) + timedelta(days=rng.randrange(85))
    return day + timedelta(days=day.day == 2)


def _attendance(rng: random.Random, family: str, child: str, on_time: News, late: News) -> None:
    """June and July are judged in September, August and September in November."""
    for judged, months in (
        ("2026-09", ["2026-06", "2026-07"]),
        ("2026-11", ["2026-08", "2026-09"]),
    ):
        if rng.random() < 0.2:
            continue
        present = 10 if rng.random() < 0.45 else 19
        right = {"attends": child, "months": months, "present": present, "of": 20}
        on_time[judged].setdefault(family, []).append(right)
        known = rng.choice(CYCLES[CYCLES.index(judged) :])
        late[known].setdefault(family, []).append(right)
        if known != judged and rng.random() < 0.5:
            wrong = right | {"present": 29 - present}
            late[judged].setdefault(family, []).append(wrong)


def _told(
    rng: random.Random, family: str, item: dict[str, Any], on: date, on_time: News, late: News
) -> None:
    """Known before the first cut-off after it happened, or later."""
    due = next(n for n, period in enumerate(CYCLES) if on <= date.fromisoformat(f"{period}-01"))
    on_time[CYCLES[due]].setdefault(family, []).append(item)
    late[rng.choice(CYCLES[due:])].setdefault(family, []).append(item)


def live(world: World, families: Families, homes: dict[str, dict[str, Any]], news: News) -> None:
    settle(world)
    register(world, families, homes)
    for period in CYCLES:
        told(world, period, news[period])
        world.run_cycle(period)


# Persons by the reference their family's centre gave them: numbers depend on who came first.
RECOGNISED = """
SELECT household_id, code, component, reference, to_char(for_period, 'YYYY-MM'), sum(amount)
FROM (
    SELECT household_id, cycle_id, component, person_id, pregnancy_id, for_period,
           CASE WHEN source = 'lapsed' THEN -amount_minor ELSE amount_minor END AS amount
    FROM cycle.entitlement_line
    WHERE source = 'due' AND money_state <> 'forfeited'
    UNION ALL
    SELECT household_id, corrected_cycle_id, component, person_id, pregnancy_id, for_period,
           after_minor - before_minor
    FROM cycle.correction_line
) AS every JOIN cycle.cycle USING (cycle_id) LEFT JOIN registry.person_reference USING (person_id)
GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3, 4, 5"""

STANDS = """
SELECT household_id, ladder, reference, e.state, since_month FROM cycle.effect_state AS e
JOIN cycle.cycle USING (cycle_id) LEFT JOIN registry.person_reference ON person_id = subject_id
WHERE code = 'bolsa_familia-2026-11' ORDER BY 1, 2, 3"""


# Nobody is asked for more than was paid.
NEVER_PAID = """
SELECT household_id, sum(recoverable_minor) FROM cycle.correction_line AS l
GROUP BY household_id HAVING sum(recoverable_minor) > (
    SELECT sum(amount_minor) FROM cycle.entitlement_line AS e
    WHERE e.household_id = l.household_id AND money_state = 'payable' AND source <> 'recovery')"""


@pytest.mark.parametrize("seed", range(1, WORLDS + 1))
def test_news_told_late_comes_out_as_news_told_on_time(
    seed: int, server: embedded.Server, template_database: str, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    families = random_families(rng)
    homes = random_homes(rng, families)
    found = []
    for name, news in zip(("on_time", "late"), random_news(rng, families), strict=True):
        home = tmp_path / name
        home.mkdir()
        place = f"{name}_{seed}_{os.getpid()}"
        server.create_database(place, template=template_database)
        with Database(server.url(place, role="cct_app")) as database:
            world = World(database, home, Office(database, Settings(home=home)))
            live(world, families, homes, news)
            lines, states = world.rows(RECOGNISED), world.rows(STANDS)
            assert world.rows(NEVER_PAID) == []
            changed = world.rows("SELECT count(*) FROM cycle.correction_line")[0][0]
        server.drop_database(place)
        found.append((changed, lines, states))
    (early_changes, *on_time), (late_changes, *late) = found
    assert early_changes == 0
    assert late_changes > 0
    assert late == on_time
