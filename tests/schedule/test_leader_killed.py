"""Three schedulers on one database, the leader killed at random: every cycle starts exactly once.

``CCT_TEST_LEADER_KILLS=500`` hunts for longer; each kill takes a second or two.
"""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from elsewhere import started
from ringing import ring_until_done

from cct_engine.schedule.ring import _LOCK

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from conftest import Clockwork

KILLS = int(os.environ.get("CCT_TEST_LEADER_KILLS", "3"))
SCHEDULERS = 3
YEARS = max(1, KILLS // 12)
LAST = datetime(2026 + YEARS, 12, 24, tzinfo=UTC)
_LEADER = sa.text(f"""
    SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = {_LOCK >> 32} AND l.objid = {_LOCK & 0xFFFFFFFF}
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")


def test_every_due_cycle_starts_once_whoever_is_killed_while_starting_it(
    clockwork: Clockwork,
) -> None:
    dice = random.Random(11)
    pack: dict[str, ForkServerProcess] = {}
    for number in range(SCHEDULERS):
        pack |= _scheduler(clockwork, f"scheduler-{number}")
    killed = 0
    while killed < KILLS and (leader := _leader(clockwork, pack)):
        time.sleep(dice.uniform(0, 0.05))
        pack[leader].kill()
        pack.pop(leader).join()
        killed += 1
        pack |= _scheduler(clockwork, f"scheduler-{SCHEDULERS + killed}")
    for one in pack.values():
        one.join(timeout=120)
    assert {one.exitcode for one in pack.values()} == {0}
    assert killed >= 2
    opened = clockwork.rows("SELECT count(*), count(DISTINCT period) FROM cycle.cycle")
    assert opened == [(4 + 12 * YEARS, 4 + 12 * YEARS)]
    acts = clockwork.rows(
        "SELECT subject, verb FROM people.act WHERE outcome = 'done' AND verb IN"
        " ('cycle.open', 'cycle.freeze', 'cycle.calculate', 'cycle.check')"
    )
    assert len(acts) == len(set(acts)) == 4 + 12 * YEARS + 3


def _scheduler(clockwork: Clockwork, name: str) -> dict[str, ForkServerProcess]:
    url = clockwork.desk.database.engine.url.update_query_dict({"application_name": name})
    shown = url.render_as_string(hide_password=False)
    return {name: started(ring_until_done, shown, clockwork.desk.home, LAST)}


def _leader(clockwork: Clockwork, pack: dict[str, ForkServerProcess]) -> str:
    """Wait for a leader; nobody when all have ended."""
    while any(one.is_alive() for one in pack.values()):
        with clockwork.desk.database.transaction() as connection:
            found = connection.execute(_LEADER).scalar()
        if found in pack and pack[found].is_alive():
            return str(found)
        time.sleep(0.002)
    return ""
