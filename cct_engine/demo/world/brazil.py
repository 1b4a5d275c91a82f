"""Families of Bolsa Família: who lives in them, what they earn, how they are paid.

Shares per 100 families, June 2023 (Ministry of Development, quoted by sinpospetro.com.br): 254
persons, 43 children under 7, 70 aged 7 to 17; the payee is a woman in 83.5 (grupoencantado.com.br,
February 2025); 14.2 earn more than the entry line and are in the protection rule (2.92 of 20.56
million, February 2025); 3.5 have a registration older than 24 months (August 2025: 675,000 of
19.19 million blocked for it, agenciagbc.com). The split into shapes is our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .digits import cpf_keys, nis_numbers, scattered
from .families import FIRST_ACCOUNTS, SLOTS, Families, People, household_refs, members, person_refs
from .names import BRAZIL, family_names, given_names
from .places import REGIONS, centre_codes
from .text import Column, blank_where, choose, dates, decimals, joined, numbered, repeated, where

if TYPE_CHECKING:
    from .dice import Dice, Ints
    from .places import Places

__all__ = [
    "PREFIX",
    "PROGRAMME",
    "account_columns",
    "enrolment_days",
    "families",
    "household_columns",
    "new_incomes",
    "person_columns",
]

PREFIX = "BR"
PROGRAMME = "bolsa_familia"
YEAR = 365  # days; ages here need no leap days

# Children under 7, children of 7 to 17, families of 10,000.
_CHILDREN = (
    (0, 0, 3_100),
    (1, 0, 1_553),
    (0, 1, 2_001),
    (0, 2, 966),
    (1, 1, 1_035),
    (2, 0, 345),
    (0, 3, 207),
    (1, 2, 414),
    (2, 1, 207),
    (1, 3, 69),
    (2, 2, 69),
    (0, 4, 34),
)
_ADULTS_WITHOUT_CHILDREN = (63, 32, 5)  # 1, 2, 3 adults, per cent
_ADULTS_WITH_CHILDREN = (63, 34, 3)
_MEN_AMONG_LONE = 66_000  # of 100,000 who live alone
_MEN_AMONG_LONE_PARENTS = 5_000
_MEN_ONLY = 3_800  # of families with several adults: no woman among them
_PLACES = 7  # three adults, four children
_RELATIONSHIPS = ("head", "spouse", "parent", "child", "sibling")
_INCOMES = (  # families of 1,000, lowest and highest income per head in centavos
    (200, 0, 0),
    (420, 100, 10_900),
    (233, 10_901, 21_800),
    (142, 21_801, 70_600),
    (5, 70_601, 110_000),
)
_ABOVE_LINE = 3  # position of the first band above the entry line
BANKS = ("99999001", "99999002", "99999003")


def families(dice: Dice, numbers: Ints, base_day: int) -> Families:
    """Return the families of these numbers as they are on ``base_day``."""
    shape = dice.pick("br shape", numbers, [weight for _, _, weight in _CHILDREN])
    table = np.array([(young, older) for young, older, _ in _CHILDREN], dtype=np.int64)
    young, children = table[shape, 0], table[shape].sum(axis=1)
    adults = 1 + np.where(
        children == 0,
        dice.pick("br adults alone", numbers, _ADULTS_WITHOUT_CHILDREN),
        dice.pick("br adults", numbers, _ADULTS_WITH_CHILDREN),
    )
    slots = np.arange(_PLACES)
    exists = np.where(
        slots < 3,  # noqa: PLR2004 - the first three places are the adults'
        slots < adults[:, None],
        slots - 3 < children[:, None],
    )
    ages = _ages(dice, numbers, young, children)
    female = _female(dice, numbers, adults, children)
    rows, places = members(exists)
    keys = numbers[rows] * SLOTS + places
    head = places == 0
    is_female = female[rows, places]
    men_only = (female[rows, 0] == 0) & (adults[rows] > 1)
    relation = np.minimum(places, 3)
    relation = np.where((places == 1) & men_only, 4, relation)
    people = People(
        key=keys,
        row=rows,
        birth_day=base_day - ages[rows, places],
        female=is_female,
        relationship=choose(_RELATIONSHIPS, relation),
        responsible=head,
        is_mother=head & (is_female == 1) & (children[rows] > 0),
    )
    return Families(number=numbers, size=adults + children, payee=numbers * SLOTS, people=people)


def _ages(dice: Dice, numbers: Ints, young: Ints, children: Ints) -> Ints:
    """Return ages in days by family and place."""
    ages = np.zeros((len(numbers), _PLACES), dtype=np.int64)
    oldest = np.zeros(len(numbers), dtype=np.int64)
    for place in range(4):
        key = numbers * SLOTS + 3 + place
        age = np.where(
            place < young,
            dice.below("br age young", key, 7 * YEAR + 1),
            dice.between("br age older", key, 7 * YEAR + 2, 18 * YEAR + 3),
        )
        ages[:, 3 + place] = age
        oldest = np.maximum(oldest, np.where(place < children, age, 0))
    alone = dice.between("br age alone", numbers, 18 * YEAR + 5, 64 * YEAR)
    parent = oldest + dice.between("br age parent", numbers, 18 * YEAR + 5, 33 * YEAR)
    ages[:, 0] = np.where(children > 0, parent, alone)
    apart = dice.between("br years apart", numbers, -5 * YEAR, 5 * YEAR)
    ages[:, 1] = np.maximum(ages[:, 0] + apart, 18 * YEAR + 5)
    ages[:, 2] = ages[:, 0] + dice.between("br age grandparent", numbers, 18 * YEAR, 25 * YEAR)
    return ages


def _female(dice: Dice, numbers: Ints, adults: Ints, children: Ints) -> Ints:
    """Return 1 for women and girls by family and place."""
    alone_man = dice.chance("br man alone", numbers, _MEN_AMONG_LONE)
    lone_father = dice.chance("br lone father", numbers, _MEN_AMONG_LONE_PARENTS)
    men_only = dice.chance("br men only", numbers, _MEN_ONLY)
    male_head = np.where(adults > 1, men_only, np.where(children > 0, lone_father, alone_man))
    female = np.zeros((len(numbers), _PLACES), dtype=np.int64)
    female[:, 0] = ~male_head
    female[:, 2] = dice.chance("br grandmother", numbers, 70_000) & ~male_head
    for place in range(3, _PLACES):
        female[:, place] = dice.chance("br girl", numbers * SLOTS + place, 48_800)
    return female


def household_columns(
    dice: Dice, block: Families, places: Places, base_day: int
) -> dict[str, Column]:
    """Return the rows of the feed households."""
    numbers = block.number
    here = places.municipality_of(dice, numbers)
    codes = places.municipality_codes(here)
    band = dice.pick("br income", numbers, [share for share, _, _ in _INCOMES])
    kind = dice.pick("br income kind", numbers, (93, 5, 2))
    urban = dice.chance("br urban", numbers, 78_000)
    return {
        "household_ref": household_refs(PREFIX, numbers),
        "kind": choose(("family", "single"), (block.size == 1).astype(np.int64)),
        "area_code": codes,
        "zone": choose(REGIONS, places.region_of(here)),
        "municipality": codes,
        "urban": choose(("false", "true"), urban.astype(np.int64)),
        "centre_code": centre_codes("CRAS-", here),
        "income_total": decimals(_income(dice, "br income per head", numbers, band) * block.size),
        "updated_on": dates(base_day - registration_age(dice, numbers)),
        "income_kind": blank_where(
            band < _ABOVE_LINE, choose(("work", "stable", "bpc_disability"), kind)
        ),
    }


def _income(dice: Dice, what: str, numbers: Ints, band: Ints) -> Ints:
    table = np.array([(low, high) for _, low, high in _INCOMES], dtype=np.int64)
    return dice.between(what, numbers, table[band, 0], table[band, 1])


def registration_age(dice: Dice, numbers: Ints) -> Ints:
    """Return the age in days of each family's registration: 3.5 per cent are over 24 months."""
    table = np.array([(20, 660), (661, 725), (735, 900), (915, 1_100)], dtype=np.int64)
    band = dice.pick("registration age", numbers, (955, 10, 30, 5))
    return dice.between("registration day", numbers, table[band, 0], table[band, 1])


def new_incomes(dice: Dice, period: str, block: Families) -> Column:
    """Return other incomes: three in five families now earn more than the entry line."""
    up = dice.chance(f"br income up {period}", block.number, 60_000)
    band = np.where(up, _ABOVE_LINE, 1)
    return decimals(_income(dice, f"br income {period}", block.number, band) * block.size)


def person_columns(dice: Dice, block: Families, base_day: int) -> dict[str, Column]:
    """Return the rows of the feed persons, without pregnancies."""
    people = block.people
    count = len(people.key)
    years = (base_day - people.birth_day) // YEAR
    grade = np.clip(years - 5, 0, 12)
    grades = ("", *(f"EF{n}" for n in range(1, 10)), "EM1", "EM2", "EM3")
    at_school = (years >= 6) & (years <= 17)  # noqa: PLR2004 - the ages of basic education
    finished = (years >= 17) & (  # noqa: PLR2004 - hardly anybody is through before
        (years > 17) & dice.chance("br finished", people.key, 45_000)  # noqa: PLR2004 - ditto
        | dice.chance("br finished early", people.key, 3_000)
    )
    flag = ("false", "true")
    return {
        "person_ref": person_refs(PREFIX, people.key),
        "household_ref": household_refs(PREFIX, people.family),
        "given_name": given_names(BRAZIL, dice, people.key, people.female),
        "family_name": family_names(BRAZIL, dice, people.family),
        "sex": choose(("M", "F"), people.female),
        "birth_date": dates(people.birth_day),
        "relationship": people.relationship,
        "responsible": choose(flag, people.responsible.astype(np.int64)),
        "joined_on": dates(
            np.maximum(people.birth_day, enrolment_days(dice, people.family, base_day))
        ),
        "national_id_scheme": repeated("NIS", count),
        "national_id": nis_column(people.key),
        "disability": choose(flag, dice.chance("disability", people.key, 4_000).astype(np.int64)),
        "grade": blank_where(~at_school, choose(grades, grade)),
        "finished_basic_education": choose(flag, finished.astype(np.int64)),
        "pregnant": repeated("false", count),
        "is_mother": choose(flag, people.is_mother.astype(np.int64)),
    }


def nis_column(keys: Ints) -> Column:
    """Return eleven-digit social numbers with their check digit."""
    return numbered("", nis_numbers(1_000_000_000 + scattered(keys, 9)), 11)


def account_columns(
    dice: Dice, keys: Ints, names: Column, *, shift: int = FIRST_ACCOUNTS
) -> dict[str, Column]:
    """Return an account for each person key: agência and conta, or a CPF as Pix key.

    ``names`` are the holders' names. Another ``shift`` gives the same persons other accounts.
    """
    numbers = keys // SLOTS
    branch = numbered("", 1_000 + dice.below(f"br branch {shift}", keys, 8_999), 4)
    body = scattered(numbers, 8, shift=shift)
    conta = joined(branch, numbered("/", body, 8), numbered("-", body % 10, 1))
    pix = numbered("", cpf_keys(scattered(numbers, 9, shift=shift)), 11)
    is_pix = dice.chance("br pix", keys, 15_000)
    return {
        "person_ref": person_refs(PREFIX, keys),
        "kind": choose(("AGENCIA_CONTA", "PIX"), is_pix.astype(np.int64)),
        "number": where(is_pix, pix, conta),
        "agent": choose(BANKS, dice.pick(f"br bank {shift}", keys, (70, 20, 10))),
        "holder_name": names,
    }


def enrolment_days(dice: Dice, numbers: Ints, base_day: int) -> Ints:
    """Return the day on which each family entered: within six years before ``base_day``."""
    return base_day - dice.between("br entered", numbers, 40, 6 * YEAR)
