"""Random families with all the edges, and their rows as a shard has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cct_engine.rulebook import Rulebook, shard_schemas
from cct_engine.rulebook.scenarios.world import put_date

from .oracle.bolsa_familia import CYCLE, NOW, Fact, Family, Ladder, Member

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["random_families", "shard_of"]

# Birthdays on the cycle's or the window's first day, a day off, and on 29 February.
_EDGES = [
    CYCLE.replace(year=CYCLE.year - years) + timedelta(days=days)
    for years in (4, 6, 7, 16, 18)
    for days in (-1, 0, 1)
] + [
    date(2025 - years, 6, 1) + timedelta(days=days)
    for years in (4, 6, 16, 18)
    for days in (-1, 0, 1)
]
_EDGES += [date(2008, 2, 29), date(2020, 2, 29), date(2025, 2, 1), date(2025, 2, 2), CYCLE]
_STATES = ("none", "warned", "blocked", "suspended", "suspended_again", "cancelled")


def random_families(seed: int, count: int) -> list[Family]:
    """Return families drawn from a seeded generator; the same seed gives the same families."""
    rng = np.random.default_rng(seed)
    return [_family(rng, number * 20) for number in range(1, count + 1)]


def _family(rng: np.random.Generator, first_id: int) -> Family:
    members = tuple(_member(rng, first_id + n) for n in range(int(rng.integers(1, 7))))
    size = len(members)
    per_head = int(rng.choice([0, 15000, 21799, 21800, 21801, 70600, 70601, 75900, 75901]))
    extra = int(rng.choice([0, 0, 1]))
    grace = int(rng.choice([-1, -1, NOW - 1, NOW - 2, NOW - 6, NOW - 23, NOW - 24]))
    return Family(
        members=members,
        income=per_head * size + extra,
        enrolled=bool(rng.random() > 0.1),
        family=_ladder(rng, _STATES),
        youths={
            m.id: _ladder(rng, ("none", "warned", "suspended"))
            for m in members
            if rng.random() < 0.2
        },
        in_grace_since=None if grace < 0 else grace,
        income_kind=str(rng.choice(["work", "stable"])),
        updated_on=rng.choice(
            [
                date(2025, 6, 1),
                date(2023, 9, 2),
                date(2023, 9, 1),
                date(2023, 3, 2),
                date(2023, 3, 1),
            ],
            p=[0.8, 0.05, 0.05, 0.05, 0.05],
        ),
        held=int(rng.choice([0, 0, 65000])),
    )


def _ladder(rng: np.random.Generator, states: Sequence[str]) -> Ladder:
    state = str(rng.choice(states))
    if state == "none":
        return Ladder()
    last = NOW - int(rng.choice([1, 1, 2, 5, 6, 7]))
    span = {"blocked": 1, "suspended": 2, "suspended_again": 2}.get(state)
    phase = last - int(rng.choice([0, 4, 11, 12])) if state.startswith("suspended") else None
    return Ladder(state, last, None if span is None else last + span - 1, phase)


def _member(rng: np.random.Generator, member_id: int) -> Member:
    if rng.random() < 0.4:
        born = _EDGES[int(rng.integers(len(_EDGES)))]
    else:
        born = date(2025, 9, 20) - timedelta(days=int(rng.integers(0, 26000)))
    edge = [None, None, None, None, date(2025, 8, 31), CYCLE, date(2025, 9, 30), date(2025, 10, 1)]
    return Member(
        id=member_id,
        born=born,
        sex=str(rng.choice(["F", "M", "M", ""])),
        responsible=bool(rng.random() < 0.3),
        pregnant=bool(rng.random() < 0.1),
        finished=bool(rng.random() < 0.1),
        died=edge[int(rng.integers(len(edge)))] if rng.random() < 0.1 else None,
        left=edge[int(rng.integers(len(edge)))] if rng.random() < 0.1 else None,
        joined=edge[int(rng.integers(len(edge)))] if rng.random() < 0.1 else None,
        facts=tuple(_fact(rng) for _ in range(int(rng.integers(0, 3)))),
    )


def _fact(rng: np.random.Generator) -> Fact:
    days = int(rng.choice([0, 20, 20, 1000]))
    share = float(rng.choice([0.0, 0.599, 0.6, 0.749, 0.75, 1.0]))
    return Fact(round(days * share), days, str(rng.choice(["", "", "ILLNESS", "NO_SCHOOL_PLACE"])))


def shard_of(rulebook: Rulebook, families: Sequence[Family]) -> dict[str, pa.Table]:
    """Return the families as the tables of a shard; household ids count from 1."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in shard_schemas(rulebook)}
    for number, family in enumerate(families, start=1):
        _add(rows, number, family)
    return {
        name: pa.Table.from_pylist(rows[name], schema=schema)
        for name, schema in shard_schemas(rulebook).items()
    }


def _add(rows: dict[str, list[dict[str, Any]]], number: int, family: Family) -> None:
    key = {"household_id": number}
    household: dict[str, Any] = {
        **key,
        "enrolment_id": number if family.enrolled else 0,
        "enrolled": int(family.enrolled),
        "income_total": family.income,
        "income_kind": family.income_kind,
    }
    put_date(household, "enrolled_on", date(2022, 1, 1) if family.enrolled else None)
    put_date(household, "updated_on", family.updated_on)
    rows["household"].append(household)
    for member in family.members:
        _add_member(rows, key, member)
    ladders = [("family", 0, family.family)]
    ladders += [("youth", person, ladder) for person, ladder in family.youths.items()]
    rows["state"] += [_state(key, *entry) for entry in ladders if entry[2].state != "none"]
    if family.in_grace_since is not None:
        rows["state"].append(_state(key, "standing", 0, Ladder("grace", family.in_grace_since)))
    if family.held:
        rows["balance"].append(_blocked_in_august(key, family.held))


def _add_member(rows: dict[str, list[dict[str, Any]]], key: dict[str, int], member: Member) -> None:
    row: dict[str, Any] = {
        **key,
        "member_id": member.id,
        "sex": member.sex or None,
        "responsible": 1 if member.responsible else None,
        "pregnant": int(member.pregnant),
        "finished_basic_education": 1 if member.finished else None,
        "id_digit": str(member.id % 10),
    }
    dates = {"birth_date": member.born, "died_on": member.died, "left_on": member.left}
    for name, value in {**dates, "joined_on": member.joined}.items():
        put_date(row, name, value)
    rows["member"].append(row)
    if member.pregnant:
        pregnancy: dict[str, Any] = {**key, "pregnancy_id": member.id, "member_id": member.id}
        put_date(pregnancy, "registered_on", date(2025, 8, 1))
        rows["pregnancy"].append(pregnancy)
    for offset, fact in enumerate(member.facts):
        rows["fact"].append(
            {
                **key,
                "member_id": member.id,
                "kind": "attendance",
                "month": 2025 * 12 + 5 + offset,
                "numerator": fact.present,
                "denominator": fact.days,
                "reason": fact.reason,
                "waived": None,
            }
        )


def _state(key: dict[str, int], name: str, subject: int, ladder: Ladder) -> dict[str, Any]:
    return {
        **key,
        "ladder": name,
        "subject_id": subject,
        "cycle_month": NOW - 1,
        "state": ladder.state,
        "since_month": ladder.last,
        "until_month": ladder.until,
        "last_effect_month": ladder.last,
        "phase_since_month": ladder.phase,
        "counter_1": 0,
        "counter_2": 0,
        "counter_3": 0,
    }


def _blocked_in_august(key: dict[str, int], amount: int) -> dict[str, Any]:
    return {
        **key,
        "kind": "held",
        "component": "BRC",
        "person_id": 0,
        "pregnancy_id": 0,
        "for_month": NOW - 1,
        "origin_month": NOW - 1,
        "amount": amount,
        "reason_code": "ladder:family:blocked",
    }
