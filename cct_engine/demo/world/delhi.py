"""Families of Dilli Annashree: the most vulnerable without a ration card, and their eldest woman.

The scheme was made for 200,000 families (thehindubusinessline.com, December 2012) found by the
survey of Mission Convergence: more than 900,000 houses with 4.17 to 4.5 million persons (IANS
2009), so 4.8 persons a family here. The survey's axes are spatial, social and occupational;
everybody homeless is most vulnerable. Not published and ours: 6 per cent homeless, 1 per cent
headed by a child, and 8 per cent who have a ration card after all and so are excluded.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from .brazil import YEAR, registration_age
from .digits import scattered, twelve_digit_ids
from .families import FIRST_ACCOUNTS, SLOTS, Families, People, household_refs, members, person_refs
from .names import DELHI, DELHI_NATIVE, family_names, given_names
from .places import centre_codes, district_codes, ward_codes
from .text import Column, blank_where, choose, dates, decimals, numbered, repeated, where

if TYPE_CHECKING:
    from .dice import Bools, Dice, Ints
    from .places import Places

__all__ = [
    "PREFIX",
    "PROGRAMME",
    "account_columns",
    "enrolment_days",
    "families",
    "has_ration_card",
    "household_columns",
    "person_columns",
]

PREFIX = "DL"
PROGRAMME = "dilli_annashree"
_FIRST_ENTRY = date(2012, 4, 1).toordinal() - date(1970, 1, 1).toordinal()
_LAST_ENTRY = date(2013, 7, 31).toordinal() - date(1970, 1, 1).toordinal()
_ADULTS = (1, 9, 50, 28, 12)  # 0 to 4 adults, per cent; 0 = headed by a child
_CHILDREN = (8, 14, 28, 27, 15, 8)  # 0 to 5 children, per cent
_PLACES = 9  # wife, husband, his mother, his father; five children
_RELATIONSHIPS = ("spouse", "head", "parent", "parent", "child")
_SPATIAL = ("slum", "jj_cluster", "resettlement", "homeless")
_SOCIAL = ("widow", "single_woman", "aged_60_plus", "disabled", "debilitating_illness", "none")
_OCCUPATIONAL = ("ragpicker", "rickshaw_puller", "casual_labour", "domestic_worker")
_HOMELESS = 3  # position in _SPATIAL
_BANKS = 20
ADULT = 18  # years
# Places in a family: the adults come first.
_WIFE, _HUSBANDS_MOTHER, _FIRST_CHILD = 0, 2, 4


def families(dice: Dice, numbers: Ints, base_day: int) -> Families:
    """Return the families of these numbers as they are on ``base_day``."""
    adults = dice.pick("dl adults", numbers, _ADULTS)
    children = dice.pick("dl children", numbers, _CHILDREN)
    children = np.where(adults == 0, np.maximum(children, 2), children)
    slots = np.arange(_PLACES)
    exists = np.where(
        slots < _FIRST_CHILD, slots < adults[:, None], slots - _FIRST_CHILD < children[:, None]
    )
    ages = _ages(dice, numbers, adults, children)
    rows, places = members(exists)
    keys = numbers[rows] * SLOTS + places
    girl = dice.chance("dl girl", keys, 48_000)
    woman = (places == _WIFE) | (places == _HUSBANDS_MOTHER)
    female = np.where(places >= _FIRST_CHILD, girl, woman).astype(np.int64)
    eldest = np.where(adults > _HUSBANDS_MOTHER, _HUSBANDS_MOTHER, _WIFE)
    payee = np.where(adults == 0, -1, numbers * SLOTS + eldest)
    alone = (places == 0) & (adults[rows] == 1)
    child_head = (places == _FIRST_CHILD) & (adults[rows] == 0)
    relation = np.where(alone | child_head, 1, np.minimum(places, _FIRST_CHILD))
    people = People(
        key=keys,
        row=rows,
        birth_day=base_day - ages[rows, places],
        female=female,
        relationship=choose(_RELATIONSHIPS, relation),
        responsible=(keys == payee[rows]) | child_head,
        is_mother=(places == 0) & (children[rows] > 0),
    )
    return Families(number=numbers, size=adults + children, payee=payee, people=people)


def _ages(dice: Dice, numbers: Ints, adults: Ints, children: Ints) -> Ints:
    """Return ages in days by family and place."""
    ages = np.zeros((len(numbers), _PLACES), dtype=np.int64)
    oldest = np.zeros(len(numbers), dtype=np.int64)
    for place in range(5):
        age = dice.below("dl age child", numbers * SLOTS + 4 + place, 17 * YEAR)
        ages[:, 4 + place] = age
        oldest = np.maximum(oldest, np.where(place < children, age, 0))
    heads = dice.between("dl age child head", numbers, 15 * YEAR, 18 * YEAR - 20)
    ages[:, 4] = np.where(adults == 0, heads, ages[:, 4])
    wife = oldest + dice.between("dl age wife", numbers, 18 * YEAR + 10, 32 * YEAR)
    ages[:, 0] = wife
    ages[:, 1] = wife + dice.between("dl years apart", numbers, -2 * YEAR, 8 * YEAR)
    ages[:, 2] = ages[:, 1] + dice.between("dl age mother", numbers, 18 * YEAR, 28 * YEAR)
    ages[:, 3] = ages[:, 2] + dice.between("dl parents apart", numbers, 0, 6 * YEAR)
    return ages


def _spatial(dice: Dice, numbers: Ints) -> Ints:
    return dice.pick("dl spatial", numbers, (54, 24, 16, 6))


def household_columns(
    dice: Dice, block: Families, places: Places, base_day: int
) -> dict[str, Column]:
    """Return the rows of the feed households. A homeless family has an area and a centre too."""
    numbers = block.number
    ward = places.ward_of(dice, numbers)
    spatial = _spatial(dice, numbers)
    child_headed = block.payee < 0
    kind = np.where(spatial == _HOMELESS, 2, np.where(block.size == 1, 1, 0))
    social = dice.pick("dl social", numbers, (18, 10, 14, 8, 5, 45))
    income_minor = dice.between("dl income per head", numbers, 30_000, 220_000) * block.size
    return {
        "household_ref": household_refs(PREFIX, numbers),
        "kind": choose(
            ("family", "single", "homeless", "child_headed"), np.where(child_headed, 3, kind)
        ),
        "area_code": ward_codes(ward),
        "zone": district_codes(ward % 9),
        "municipality": repeated("DELHI", len(numbers)),
        "urban": repeated("true", len(numbers)),
        "centre_code": centre_codes("GRC-", ward),
        "income_total": decimals(income_minor),
        "updated_on": dates(base_day - registration_age(dice, numbers)),
        "spatial": choose(_SPATIAL, spatial),
        "social": where(
            child_headed, repeated("child_headed", len(numbers)), choose(_SOCIAL, social)
        ),
        "occupational": choose(
            _OCCUPATIONAL, dice.pick("dl occupation", numbers, (15, 20, 40, 25))
        ),
    }


def person_columns(dice: Dice, block: Families, base_day: int) -> dict[str, Column]:
    """Return the rows of the feed persons. One family in ten is written in Devanagari."""
    people = block.people
    count = len(people.key)
    flag = ("false", "true")
    native = dice.chance("dl native script", people.family, 10_000)
    years = (base_day - people.birth_day) // YEAR
    at_school = (years >= 6) & (years <= 17)  # noqa: PLR2004 - classes I to XII
    homeless = _spatial(dice, people.family) == _HOMELESS
    adult = years >= ADULT
    known = dice.below("dl id", people.key, 100) < np.where(homeless, 40, np.where(adult, 92, 70))
    return {
        "person_ref": person_refs(PREFIX, people.key),
        "household_ref": household_refs(PREFIX, people.family),
        "given_name": _given(dice, people.key, people.female, native),
        "family_name": _family(dice, people.family, native),
        "sex": choose(("M", "F"), people.female),
        "birth_date": dates(people.birth_day),
        "relationship": people.relationship,
        "responsible": choose(flag, people.responsible.astype(np.int64)),
        "joined_on": dates(
            np.maximum(people.birth_day, enrolment_days(dice, people.family, base_day))
        ),
        "national_id_scheme": blank_where(~known, repeated("AADHAAR", count)),
        "national_id": blank_where(~known, id_column(people.key)),
        "disability": choose(flag, dice.chance("disability", people.key, 4_000).astype(np.int64)),
        "grade": blank_where(~at_school, numbered("", np.clip(years - 5, 1, 12), 1)),
        "pregnant": repeated("false", count),
        "is_mother": choose(flag, people.is_mother.astype(np.int64)),
    }


def _given(dice: Dice, keys: Ints, female: Ints, native: Bools) -> Column:
    latin = given_names(DELHI, dice, keys, female)
    return where(native, given_names(DELHI_NATIVE, dice, keys, female), latin)


def _family(dice: Dice, numbers: Ints, native: Bools) -> Column:
    latin = family_names(DELHI, dice, numbers)
    return where(native, family_names(DELHI_NATIVE, dice, numbers), latin)


def id_column(keys: Ints) -> Column:
    """Return twelve-digit numbers with their check digit."""
    return numbered("", twelve_digit_ids(scattered(keys, 8)), 12)


def has_ration_card(dice: Dice, numbers: Ints) -> Bools:
    """Tell which families hold a ration card, which excludes them."""
    return dice.chance("dl ration card", numbers, 8_000)


def enrolment_days(dice: Dice, numbers: Ints, base_day: int) -> Ints:  # noqa: ARG001 - as in Brazil
    """Return the day on which each family entered: April 2012 to July 2013."""
    return dice.between("dl entered", numbers, _FIRST_ENTRY, _LAST_ENTRY)


def account_columns(
    dice: Dice, keys: Ints, names: Column, *, shift: int = FIRST_ACCOUNTS
) -> dict[str, Column]:
    """Return an account for each person key: number and IFSC. See the one for Brazil."""
    body = 30_000_000_000 + scattered(keys // SLOTS, 10, shift=shift)
    branch = dice.below(f"dl branch {shift}", keys, _BANKS * 10)
    return {
        "person_ref": person_refs(PREFIX, keys),
        "kind": repeated("IFSC_ACCOUNT", len(keys)),
        "number": numbered("", body, 11),
        "agent": numbered("ZZZZ0", 100 + branch, 6),
        "holder_name": names,
    }
