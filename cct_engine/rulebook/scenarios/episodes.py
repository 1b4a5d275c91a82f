"""Mothers, births and girls of a scenario: programmes that pay for what happens once in a life."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cct_engine.rulebook.months import Month, minus_years
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, listed
from cct_engine.rulebook.scenarios.words import check_words
from cct_engine.rulebook.scenarios.world import Change, day_of, put_date
from cct_engine.rulebook.values import read_date

if TYPE_CHECKING:
    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import Row, World

__all__ = ["add_episode"]

_ADULT = 25
_YEAR_MONTHS = 12
_BUILT_IN = ("lmp_on", "registered_on", "delivery_on", "previous_delivery_on")
# What the cases say of a mother, her delivery and a girl, and the attribute it stands for.
_MOTHER = {
    "lmp": "lmp_on",
    "registered": "registered_on",
    "previous_delivery": "previous_delivery_on",
    "living_children_before": "living_children_before",
}
_DELIVERY = {"date": "delivery_on", "place": "delivery_place"}
_BIRTH = {"children": "children_born", "girls": "girls_born"}
_GIRL = {"place": "birth_place", "birth_order_of_girls": "girl_order"}


def add_episode(world: World) -> None:
    """Add the mother, pregnancies or girl that a scenario speaks of."""
    household = world.scenario.household
    for entry in listed(household, "pregnancies"):
        _pregnancy(world, entry, world.person(entry["person"]))
    mother = household.get("mother")
    if isinstance(mother, dict):
        _add_mother(world, mother)
    girl = household.get("girl")
    if isinstance(girl, dict):
        _add_girl(world, girl)


def _add_mother(world: World, mother: Entry) -> None:
    known = _entry_of(world, mother, _MOTHER, skip={"state_class", "area", "birth"})
    birth, delivery = mother.get("birth"), world.scenario.household.get("delivery")
    if isinstance(birth, dict):
        known |= _entry_of(world, birth, _BIRTH)
        known["birth_registered_on"] = world.first_day.isoformat()
    if isinstance(delivery, dict):
        known |= _entry_of(world, delivery, _DELIVERY)
    if isinstance(birth, dict) or isinstance(delivery, dict):
        known.setdefault("delivery_on", world.first_day.isoformat())
    for event in listed(world.scenario.given, "events"):
        milestone = world.file.milestones.get(str(event["event"]))
        if isinstance(milestone, dict) and "date" in milestone:
            known[str(milestone["date"])] = event["date"]
    member = _adult(world, "mother")
    for word, column in {"state_class": "state_class", "area": "zone"}.items():
        if word in mother:
            world.scenario.household[column] = mother[word]
    _pregnancy(world, known, member)


def _entry_of(
    world: World,
    given: Entry,
    names: dict[str, str],
    *,
    skip: frozenset[str] | set[str] = frozenset(),
) -> Entry:
    check_words(world.scenario.id, "the mother, delivery or girl", given, {*names, *skip})
    return {names[key]: value for key, value in given.items() if key in names}


def _adult(world: World, name: str) -> int:
    member_id = world.first_person + len(world.members) + 1
    world.members[name] = member_id
    world.born[name] = minus_years(world.first_day, _ADULT)
    world.row(
        "member",
        member_id=member_id,
        birth_date=world.born[name],
        sex="F",
        relationship=name,
        responsible=1,
        is_mother=1,
        pregnant=0,
        joined_on=date(2000, 1, 1),
        id_digit="0",
    )
    return member_id


def _pregnancy(world: World, entry: Entry, member_id: int) -> Row:
    """Add an episode; a date that is not said lies so that nothing stands against it."""
    own = world.rulebook.own_attributes("pregnancy")
    check_words(world.scenario.id, "a pregnancy", entry, {"person", *_BUILT_IN, *own})
    lmp = day_of(entry, "lmp_on") or world.first_day - timedelta(days=200)
    row = world.row(
        "pregnancy",
        pregnancy_id=member_id * 10 + len(world.rows["pregnancy"]),
        member_id=member_id,
        lmp_on=lmp,
        registered_on=day_of(entry, "registered_on") or lmp + timedelta(days=30),
    )
    for name in ("delivery_on", "previous_delivery_on"):
        put_date(row, name, day_of(entry, name))
    for attribute, declared in own.items():
        if attribute in entry and attribute not in _BUILT_IN:
            world.put(row, attribute, entry[attribute], declared.type)
    return row


def _add_girl(world: World, girl: Entry) -> None:
    """Add a girl and her mother; each milestone is known from the month the file's header says."""
    _adult(world, "guardian")
    born = read_date(str(girl["born"]))
    member_id = world.first_person + len(world.members) + 1
    world.members["girl"], world.born["girl"] = member_id, born
    known = _entry_of(world, girl, _GIRL, skip={"born"})
    row = world.row(
        "member",
        member_id=member_id,
        birth_date=born,
        sex="F",
        relationship="child",
        responsible=0,
        is_mother=0,
        pregnant=0,
        joined_on=born,
        id_digit="0",
    )
    own = world.rulebook.own_attributes("member")
    for attribute, value in known.items():
        world.put(row, attribute, value, own[attribute].type)
    reached = world.scenario.given.get("milestones")
    for name in reached if isinstance(reached, list) else []:
        told = world.file.milestones.get(str(name))
        if not isinstance(told, dict):
            raise UnreadableScenario(f"{world.scenario.id}: nobody knows the milestone `{name}`.")
        month = Month.of(born).plus(int(str(told.get("age", 0))) * _YEAR_MONTHS)
        values: Row = {}
        for attribute, value in told.items():
            if attribute != "age":
                world.put(values, attribute, value, own[attribute].type)
        world.changes.append(Change(month, row, values))
