"""Bolsa Família of September 2025 as variables of OpenFisca: what a month asks of the 2023 law.

Of the law only what the benchmark's shards hold is asked: no switch-offs, appeals, arrears,
recoveries or instalments.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from peer_openfisca_rows import MONTH as MONTH_NUMBER

__all__ = ["CYCLE", "OF_HOUSEHOLD", "OF_PERSON", "WINDOW", "Programme"]

CYCLE = "2025-09"
WINDOW = ("2025-06", "2025-07")
NEVER, ETERNITY, MONTH = 0, DateUnit.ETERNITY, DateUnit.MONTH

Person = build_entity(key="person", plural="persons", label="", is_person=True)
Household = build_entity(
    key="household", plural="households", label="", roles=[{"key": "member", "plural": "members"}]
)


def _input(name: str, entity: Any, kind: type, period: str) -> type[Variable]:
    body = {"entity": entity, "value_type": kind, "definition_period": period, "label": ""}
    return type(name, (Variable,), body)


def _formula(name: str, entity: Any, kind: type, formula: Any) -> type[Variable]:
    body = {"entity": entity, "value_type": kind, "definition_period": MONTH, "formula": formula}
    return type(name, (Variable,), body | {"label": ""})


def _younger(person: Any, period: Any, years: int, on: str) -> Any:
    """Younger than so many years on a day: born after that day so many years before."""
    year, rest = on.split("-", 1)
    limit = np.datetime64(f"{int(year) - years}-{rest}")
    return person("birth", period) > limit


def _between(person: Any, period: Any, first: int, last: int, on: str) -> Any:
    too_young = _younger(person, period, first, on)
    return ~too_young & _younger(person, period, last + 1, on)


def _bpi(person: Any, period: Any) -> Any:
    small = _younger(person, period, 7, "2025-09-01") & person.household("eligible", period)
    return np.where(small, 15_000, 0)


def _bvf(person: Any, period: Any) -> Any:
    aged = _between(person, period, 7, 17, "2025-09-01") & person.household("eligible", period)
    return np.where(aged & (person("youth", period) != 3), 5_000, 0)


def _bvn(person: Any, period: Any) -> Any:
    baby = person("birth", period) > np.datetime64("2025-02-01")  # six completed months
    return np.where(baby & person.household("eligible", period), 5_000, 0)


def _bvg(person: Any, period: Any) -> Any:
    due = person("pregnant", period) & person.household("eligible", period)
    return np.where(due, 5_000, 0)


def _aged(person: Any, period: Any) -> Any:
    """Which condition of school a person is under, by the age on the window's first day."""
    young = _between(person, period, 4, 5, "2025-06-01")
    old = _between(person, period, 16, 17, "2025-06-01")
    middle = _between(person, period, 6, 15, "2025-06-01")
    found = np.select([old, young, middle], [1, 2, 3], 0)
    return np.where(person.household("eligible", period), found, 0)


def _numerator(person: Any, _period: Any) -> Any:
    return sum(person("present", month) for month in WINDOW)


def _denominator(person: Any, _period: Any) -> Any:
    return sum(person("days", month) for month in WINDOW)


def _alone(person: Any, period: Any) -> Any:
    """In one of its months below the share without an accepted reason."""
    least = np.where(person("condition", period) == 2, 60, 75)
    alone = False
    for month in WINDOW:
        here, of = person("present", month), person("days", month)
        alone = alone | ((here * 100 < least * of) & ~person("excused", month))
    return alone


def _verdict(person: Any, period: Any) -> Any:
    """Met, not met, no information, exempt."""
    condition = person("condition", period)
    least = np.where(condition == 2, 60, 75)
    present, days = person("numerator", period), person("denominator", period)
    finished = person("finished", period) & (condition != 2)
    enough = present * 100 >= least * days
    cases = [condition == 0, finished, days == 0, enough, person("alone", period)]
    return np.select(cases, [0, 4, 3, 1, 2], 4)


def _reason(person: Any, period: Any) -> Any:
    """Why exempt: finished school, or each bad month excused."""
    exempt = person("verdict", period) == 4
    finished = person("finished", period) & (person("condition", period) != 2)
    return np.where(exempt, np.where(finished, 2, 1), 0)


def _breach(household: Any, period: Any) -> Any:
    return household("why", period) > 0


def _why(household: Any, period: Any) -> Any:
    condition = household.members("condition", period)
    failed = household.members("verdict", period) == 2
    small, big = (household.any(failed & (condition == which)) for which in (2, 3))
    return small * 1 + big * 2


def _judged(household: Any, period: Any) -> Any:
    of_family = household.members("condition", period) > 1
    verdict = household.members("verdict", period)
    return household.any(of_family & ((verdict == 1) | (verdict == 2)))


def _size(household: Any, _period: Any) -> Any:
    return household.nb_persons()


def _registration(household: Any, period: Any) -> Any:
    """Years since the family last confirmed what is registered: warned, held, expired."""
    on = household("updated_on", period)
    limits = [np.datetime64(day) for day in ("2023-03-01", "2023-09-01", "2023-11-01")]
    return np.select([on <= limit for limit in limits], [3, 2, 1], 0)


def _standing(household: Any, period: Any) -> Any:
    size, income = household("size", period), household("income", period)
    cases = [size == 0, income <= 21_800 * size, income > 70_600 * size]
    return np.select(cases, [4, 0, 2], 1)


def _eligible(household: Any, period: Any) -> Any:
    return (household("standing", period) <= 1) & (household("registration", period) < 3)


def _payee(household: Any, period: Any) -> Any:
    """Women from 16 before others from 16; the responsible one first, then the oldest."""
    members = household.members
    birth = members("birth", period).astype("datetime64[D]").astype("int64")
    grown = birth <= np.datetime64("2009-09-01").astype("int64")
    behind = 2 * ~members("woman", period) + 1 * ~members("responsible", period)
    rank = np.where(grown, behind * 200_000.0 + birth + 100_000, np.inf)
    best = household.min(rank)
    first = grown & (rank == household.project(best))
    number = household.min(np.where(first, members("number", period), np.inf))
    return np.where(np.isfinite(number), number, 0)


def _blocked(household: Any, period: Any) -> Any:
    return (household("payee", period) == 0) | (household("registration", period) == 2)


def _base(household: Any, period: Any) -> Any:
    return np.where(household("eligible", period), 14_200 * household("size", period), 0)


def _top_up(household: Any, period: Any) -> Any:
    most = np.maximum(60_000 - household("base", period), 0)
    return np.where(household("eligible", period), most, 0)


def _variable(household: Any, period: Any) -> Any:
    parts = ("bpi", "bvf", "bvn", "bvg")
    return sum(household.sum(household.members(part, period)) for part in parts)


def _whole(household: Any, period: Any) -> Any:
    return sum(household(part, period) for part in ("base", "top_up", "variable"))


def _youth_lost(household: Any, period: Any) -> Any:
    lost = household.members("youth_effect", period) == 2
    return household.sum(np.where(lost, household.members("bvf", period), 0))


def _half(household: Any, period: Any, whole: Any) -> Any:
    return np.where(household("standing", period) == 1, (whole + 1) // 2 - whole, 0)


def _protection(household: Any, period: Any) -> Any:
    return _half(household, period, household("whole", period))


def _is_lost(household: Any, period: Any) -> Any:
    return household("family_effect", period) == 2


def _is_held(household: Any, period: Any) -> Any:
    return household("blocked", period) | (household("family_effect", period) == 1)


def _protection_lost(household: Any, period: Any) -> Any:
    rest = household("whole", period) - household("youth_lost", period)
    rest = np.where(household("is_lost", period), 0, rest)
    return household("protection", period) - _half(household, period, rest)


def _protection_held(household: Any, period: Any) -> Any:
    rest = household("protection", period) - household("protection_lost", period)
    return np.where(household("is_held", period), rest, 0)


def _gross(household: Any, period: Any) -> Any:
    return household("whole", period) + household("protection", period)


def _forfeited(household: Any, period: Any) -> Any:
    whole, youth = household("whole", period), household("youth_lost", period)
    lost = np.where(household("is_lost", period), whole, youth)
    return lost + household("protection_lost", period)


def _held(household: Any, period: Any) -> Any:
    rest = household("whole", period) - household("youth_lost", period)
    keeps = household("is_held", period) & ~household("is_lost", period)
    return np.where(keeps, rest, 0) + household("protection_held", period)


def _released(household: Any, period: Any) -> Any:
    return np.where(household("blocked", period), 0, household("balance", period))


def _pay_now(household: Any, period: Any) -> Any:
    lost = household("held", period) + household("forfeited", period)
    return household("gross", period) - lost + household("released", period)


def _youth_worst(household: Any, period: Any) -> Any:
    return np.maximum(household.max(household.members("youth", period)), 0)


STEPS = {"family": np.array([1, 2, 3, 4, 4]), "youth": np.array([1, 2, 3, 3])}
TAKEN = {"family": np.array([1, 2, 3, 5, 5]), "youth": np.array([1, 2, 3, 3])}
SUSPENDED = {"family": (3, 4), "youth": (2,)}


def _remembered(who: Any, period: Any, ladder: str) -> Any:
    """Where a ladder stood, unless its last effect is more than six months ago."""
    before = who(f"{ladder}_before", period)
    past = MONTH_NUMBER - who(f"{ladder}_last_effect_before", period) > 6
    return np.where(past, 0, before)


def _ladder(ladder: str) -> dict[str, Any]:
    """The formulas of a ladder: its state, what it does to the money, since when, until when."""

    def step(who: Any, period: Any) -> Any:
        failed = who("breach", period) if ladder == "family" else who("youth_breach", period)
        before = _remembered(who, period, ladder)
        return np.where(failed, TAKEN[ladder][before], 0)

    def state(who: Any, period: Any) -> Any:
        before = _remembered(who, period, ladder)
        return np.where(who(f"{ladder}_step", period) > 0, STEPS[ladder][before], before)

    def since(who: Any, period: Any) -> Any:
        stepped = who(f"{ladder}_step", period) > 0
        return np.where(stepped, MONTH_NUMBER, who(f"{ladder}_since_before", period))

    def last(who: Any, period: Any) -> Any:
        stepped = who(f"{ladder}_step", period) > 0
        return np.where(stepped, MONTH_NUMBER, who(f"{ladder}_last_effect_before", period))

    def until(who: Any, period: Any) -> Any:
        now, before = who(ladder, period), who(f"{ladder}_until_before", period)
        ends = np.where(np.isin(now, SUSPENDED[ladder]), MONTH_NUMBER + 1, 0)
        if ladder == "family":
            ends = np.where(now == 2, MONTH_NUMBER, ends)
        return np.where(who(f"{ladder}_step", period) > 0, ends, before)

    def phase(who: Any, period: Any) -> Any:
        stepped = who(f"{ladder}_step", period) > 0
        entered = np.isin(who(ladder, period), (3, 4)) & (ladder == "family")
        return np.where(stepped & entered, MONTH_NUMBER, 0)

    def effect(who: Any, period: Any) -> Any:
        now, end = who(ladder, period), who(f"{ladder}_until", period)
        runs = (end == 0) | (end >= MONTH_NUMBER)
        blocked = (now == 2) & (ladder == "family")
        lost = np.isin(now, SUSPENDED[ladder])
        return np.where(runs, np.where(blocked, 1, np.where(lost, 2, 0)), 0)

    found = {"step": step, "since": since, "last_effect": last, "until": until}
    found |= {"phase_since": phase, "effect": effect}
    return {ladder: state} | {f"{ladder}_{name}": made for name, made in found.items()}


def _youth_breach(person: Any, period: Any) -> Any:
    return (person("condition", period) == 1) & (person("verdict", period) == 2)


class Programme(TaxBenefitSystem):
    """The law as OpenFisca variables."""

    def __init__(self) -> None:
        super().__init__([Person, Household])
        for name, kind in {"birth": date, "finished": bool, "woman": bool}.items():
            self.add_variable(_input(name, Person, kind, ETERNITY))
        for name, kind in {"responsible": bool, "number": int}.items():
            self.add_variable(_input(name, Person, kind, ETERNITY))
        months = {"present": int, "days": int, "excused": bool, "pregnant": bool}
        for name, kind in months.items():
            self.add_variable(_input(name, Person, kind, MONTH))
        for name, kind in {"income": int, "balance": int, "updated_on": date}.items():
            self.add_variable(_input(name, Household, kind, MONTH))
        for ladder, who in {"family": Household, "youth": Person}.items():
            for name in ("before", "since_before", "until_before", "last_effect_before"):
                self.add_variable(_input(f"{ladder}_{name}", who, int, MONTH))
        for name, formula in OF_PERSON.items():
            self.add_variable(_formula(name, Person, _kind(name), formula))
        for name, formula in OF_HOUSEHOLD.items():
            self.add_variable(_formula(name, Household, _kind(name), formula))


def _kind(name: str) -> type:
    return bool if name in FLAGS else int


FLAGS = {"alone", "youth_breach", "breach", "judged", "eligible", "blocked", "is_lost", "is_held"}
OF_PERSON = {
    "condition": _aged,
    "numerator": _numerator,
    "denominator": _denominator,
    "alone": _alone,
    "verdict": _verdict,
    "reason": _reason,
    "youth_breach": _youth_breach,
    **_ladder("youth"),
    "bpi": _bpi,
    "bvf": _bvf,
    "bvn": _bvn,
    "bvg": _bvg,
}
OF_HOUSEHOLD = {
    "size": _size,
    "registration": _registration,
    "standing": _standing,
    "eligible": _eligible,
    "payee": _payee,
    "blocked": _blocked,
    "why": _why,
    "breach": _breach,
    "judged": _judged,
    **_ladder("family"),
    "youth_worst": _youth_worst,
    "base": _base,
    "top_up": _top_up,
    "variable": _variable,
    "whole": _whole,
    "youth_lost": _youth_lost,
    "is_lost": _is_lost,
    "is_held": _is_held,
    "protection": _protection,
    "protection_lost": _protection_lost,
    "protection_held": _protection_held,
    "gross": _gross,
    "held": _held,
    "forfeited": _forfeited,
    "released": _released,
    "pay_now": _pay_now,
}
