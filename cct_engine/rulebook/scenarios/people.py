"""Who lives in a scenario's household, and what the registry knows of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month, minus_months, minus_years
from cct_engine.rulebook.scenarios.episodes import add_episode
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, listed
from cct_engine.rulebook.scenarios.words import attributes_of, check_words
from cct_engine.rulebook.scenarios.world import Change, day_of, put_date
from cct_engine.rulebook.values import read_date

if TYPE_CHECKING:
    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.rulebook.scenarios.world import Row, World

__all__ = ["add_people"]

_HOUSEHOLD_WORDS = {
    *("members", "per_capita_income", "income_total", "other_programmes", "id_last_digit"),
    *("area", "zone", "updated_on", "monitored", "girl", "mother", "delivery", "pregnancies"),
}
_MEMBER_WORDS = {
    *("id", "rel", "age", "age_months", "born", "sex", "pregnant", "nursing", "responsible"),
    *("died", "joined_on", "left_on", "id_digit", "grade", "disability", "enrolled"),
}
_OUT_OF_SCHOOL = "NA"


def add_people(world: World) -> None:
    """Add the household, its members and pregnancies, and what becomes known of them later."""
    household = world.scenario.household
    for number, entry in enumerate(listed(household, "members"), start=1):
        name = str(entry["id"])
        world.members[name] = world.first_person + number
        world.born[name] = _birth_date(world, entry)
        _add_member(world, entry, name, first=number == 1)
    add_episode(world)
    _add_household(world)
    for change in listed(world.scenario.given, "changes"):
        _add_change(world, change)


def _birth_date(world: World, entry: Entry) -> date:
    if "born" in entry:
        return read_date(str(entry["born"]))
    if "age_months" in entry:
        return minus_months(world.first_day, int(str(entry["age_months"]))) - timedelta(days=15)
    if "age" not in entry:
        member = f"{world.scenario.id}: member `{entry['id']}`"
        raise UnreadableScenario(f"{member} has neither `age`, `age_months` nor `born`.")
    return minus_months(minus_years(world.first_day, int(str(entry["age"]))), 6)


def _add_member(world: World, entry: Entry, name: str, *, first: bool) -> None:
    told = attributes_of(world.rulebook, "member")
    check_words(world.scenario.id, f"member `{name}`", entry, _MEMBER_WORDS | told.keys())
    digit = entry.get("id_digit", world.scenario.household.get("id_last_digit", "0"))
    row = world.row(
        "member",
        member_id=world.members[name],
        birth_date=world.born[name],
        sex=str(entry.get("sex", "")),
        relationship=str(entry.get("rel", "")),
        responsible=int(bool(entry.get("responsible", first))),
        is_mother=int(bool(entry.get("nursing", False))),
        pregnant=0,
        disability=0,
        joined_on=date(2000, 1, 1),
        id_digit=str(digit),
    )
    if entry.get("enrolled") is False:
        entry = {**entry, "grade": _OUT_OF_SCHOOL}
    put_date(row, "left_on", None)
    put_date(row, "died_on", day_of(entry, "died"))
    for attribute, kind in told.items():
        if attribute in entry:
            world.put(row, attribute, entry[attribute], kind)
    if entry.get("pregnant"):
        world.row(
            "pregnancy",
            pregnancy_id=world.members[name],
            member_id=world.members[name],
            lmp_on=world.first_day - timedelta(days=100),
            registered_on=world.first_day - timedelta(days=60),
        )


def _add_household(world: World) -> None:
    given = world.scenario.given
    called = world.file.words.get("attributes")
    names = called if isinstance(called, dict) else {}  # what the cases call an attribute
    told = {str(names.get(key, key)): value for key, value in world.scenario.household.items()}
    household = {**world.file.defaults, **told}
    own = world.rulebook.own_attributes("household")
    known = attributes_of(world.rulebook, "household")
    check_words(world.scenario.id, "the household", household, _HOUSEHOLD_WORDS | known.keys())
    row = world.row("household", **_enrolment(world), **_registration(world, household))
    for attribute in known.keys() & household.keys() - own.keys() - {"income_total", "updated_on"}:
        world.put(row, attribute, household[attribute], known[attribute])
    for word, column in {"entitled_from": "entitled_from", "applied": "applied_on"}.items():
        put_date(row, column, day_of(given, word))
    if "arrears_months" in given and "entitled_from" not in given:
        months = int(str(given["arrears_months"]))
        put_date(row, "entitled_from", world.first.plus(-months).first_day)
    for attribute, declared in own.items():
        value = _translated(world, attribute, household.get(attribute, given.get(attribute)))
        if value is not None:
            world.put(row, attribute, value, declared.type)
    programmes = household.get("other_programmes")
    for programme in programmes if isinstance(programmes, list) else []:
        world.row("enrolled_elsewhere", person_id=0, programme=str(programme), from_month=0)


def _enrolment(world: World) -> Row:
    given = world.scenario.given
    # A case that asks who may enter asks of an applicant, unless it says otherwise.
    asks = world.scenario.exact and "eligible" in world.scenario.expect
    applicant = given.get("status", "applicant" if asks else "") == "applicant"
    enrolled_on = day_of(given, "enrolled") or minus_months(world.first_day, 24)
    if given.get("first_period_after_enrolment"):
        enrolled_on = world.first_day
    elif given.get("current_month") == "not_in_this_payment" and "enrolled" not in given:
        month = (world.scenario.only or world.scenario.months)[0]
        enrolled_on = month.first_day + timedelta(days=1)
    row: Row = {
        "enrolment_id": 0 if applicant else world.household_id,
        "enrolled": 0 if applicant else 1,
    }
    put_date(row, "enrolled_on", None if applicant else enrolled_on)
    return row


def _registration(world: World, household: Entry) -> Row:
    size = max(len(world.members), 1)
    income = household.get("income_total")
    total = (
        world.money(household.get("per_capita_income", 0)) * size
        if income is None
        else world.money(income)
    )
    row: Row = {"income_total": total}
    row |= {word: str(household.get(word, "")) for word in ("area", "zone")}
    put_date(row, "updated_on", day_of(household, "updated_on") or minus_months(world.first_day, 1))
    return row


def _translated(world: World, attribute: str, value: Any) -> Any:
    protection = world.scenario.given.get("protection")
    if value is None and isinstance(protection, dict):
        value = protection.get(attribute)
    words = world.file.words.get(attribute)
    if isinstance(words, dict) and str(value) in words:
        return words[str(value)]
    return value


def _add_change(world: World, entry: Entry) -> None:
    """Read ``{from: 2026-09, person: k, class_reached: I}``: what the registry learns later.

    With ``pregnancy: m`` in place of ``person``, of m's pregnancies; else of the household.
    """
    month = Month.parse(str(entry["from"]))
    named = {"person": "member", "pregnancy": "pregnancy"}
    word = next((word for word in named if word in entry), "")
    of = named.get(word, "household")
    rows = world.rows[of]
    if word:
        rows = [row for row in rows if row["member_id"] == world.person(entry[word])]
    known = attributes_of(world.rulebook, of)
    check_words(world.scenario.id, "a change", entry, {"from", *named, *known})
    values: Row = {}
    for attribute, kind in known.items():
        if attribute in entry:
            world.put(values, attribute, entry[attribute], kind)
    world.changes += [Change(month, row, values) for row in rows]
