"""The same month of Bolsa Família by OpenFisca-core, in its own environment: prints seconds, sums.

``python peer_openfisca.py FOLDER``: the shards below FOLDER/in are read, given to OpenFisca as the
dense arrays it wants, calculated, and written as one Parquet file. Only what the shards hold is
asked: the seven components, the protection rule, school attendance with justified absences, and
the family's ladder. Its environment has no packages of ours, so nothing of ours is imported here.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

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
    return np.where(_younger(person, period, 7, "2025-09-01"), 15_000, 0)


def _bvf(person: Any, period: Any) -> Any:
    return np.where(_between(person, period, 7, 17, "2025-09-01"), 5_000, 0)


def _bvn(person: Any, period: Any) -> Any:
    baby = person("birth", period) > np.datetime64("2025-02-01")  # six completed months
    return np.where(baby, 5_000, 0)


def _bvg(person: Any, period: Any) -> Any:
    return np.where(person("pregnant", period), 5_000, 0)


def _breach(person: Any, period: Any) -> Any:
    """Below the share over the window, and in one of its months without an accepted reason."""
    small = _between(person, period, 4, 5, "2025-06-01")
    big = _between(person, period, 6, 15, "2025-06-01") & ~person("finished", period)
    least = np.where(small, 60, 75)
    present, days = 0, 0
    alone = False
    for month in WINDOW:
        here, of = person("present", month), person("days", month)
        present, days = present + here, days + of
        alone = alone | ((here * 100 < least * of) & ~person("excused", month))
    return (small | big) & (days > 0) & (present * 100 < least * days) & alone


def _size(household: Any, _period: Any) -> Any:
    return household.nb_persons()


def _base(household: Any, period: Any) -> Any:
    return 14_200 * household("size", period)


def _top_up(household: Any, period: Any) -> Any:
    return np.maximum(60_000 - household("base", period), 0)


def _variable(household: Any, period: Any) -> Any:
    parts = ("bpi", "bvf", "bvn", "bvg")
    return sum(household.sum(household.members(part, period)) for part in parts)


def _gross(household: Any, period: Any) -> Any:
    whole = sum(household(part, period) for part in ("base", "top_up", "variable"))
    protected = household("income", period) > 21_800 * household("size", period)
    return np.where(protected, whole - (whole + 1) // 2, whole)


STEPS = np.array([1, 2, 3, 4, 4])  # none, warned, blocked, suspended, suspended again


def _state(household: Any, period: Any) -> Any:
    before = household("state_before", period)
    tripped = household.any(household.members("breach", period))
    return np.where(tripped, STEPS[before], before)


def _held(household: Any, period: Any) -> Any:
    stepped = household("state", period) != household("state_before", period)
    return np.where((household("state", period) == 2) & stepped, household("gross", period), 0)


def _forfeited(household: Any, period: Any) -> Any:
    tripped = household.any(household.members("breach", period))
    suspended = (household("state", period) >= 3) & tripped
    return np.where(suspended, household("gross", period), 0)


def _payable(household: Any, period: Any) -> Any:
    lost = household("held", period) + household("forfeited", period)
    return household("gross", period) - lost


class _Programme(TaxBenefitSystem):
    """The law as OpenFisca variables."""

    def __init__(self) -> None:
        super().__init__([Person, Household])
        for name, kind in {"birth": np.datetime64, "pregnant": bool, "finished": bool}.items():
            kind_of = {np.datetime64: __import__("datetime").date}.get(kind, kind)
            self.add_variable(_input(name, Person, kind_of, ETERNITY))
        for name, kind in {"present": int, "days": int, "excused": bool}.items():
            self.add_variable(_input(name, Person, kind, MONTH))
        for name in ("income", "state_before"):
            self.add_variable(_input(name, Household, int, MONTH))
        of_person = {"bpi": _bpi, "bvf": _bvf, "bvn": _bvn, "bvg": _bvg}
        for name, formula in of_person.items():
            self.add_variable(_formula(name, Person, int, formula))
        self.add_variable(_formula("breach", Person, bool, _breach))
        for name, formula in OF_HOUSEHOLD.items():
            self.add_variable(_formula(name, Household, int, formula))


OF_HOUSEHOLD = {
    "size": _size,
    "base": _base,
    "top_up": _top_up,
    "variable": _variable,
    "gross": _gross,
    "state": _state,
    "held": _held,
    "forfeited": _forfeited,
    "payable": _payable,
}
WRITTEN = tuple(OF_HOUSEHOLD)


def _read(folder: Path, table: str, columns: list[str]) -> dict[str, np.ndarray]:
    files = sorted((folder / "in" / table).glob("*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=columns) for file in files])
    return {name: rows[name].combine_chunks().to_numpy(zero_copy_only=False) for name in columns}


def main(place: str) -> None:
    """Read, build, fill, calculate, write; print what each took."""
    folder = Path(place)
    phases: dict[str, float] = {}
    clock = time.perf_counter()

    def done(phase: str) -> None:
        nonlocal clock
        phases[phase] = time.perf_counter() - clock
        clock = time.perf_counter()

    household = _read(folder, "household", ["household_id", "income_total"])
    columns = ["household_id", "member_id", "birth_date", "pregnant", "finished_basic_education"]
    member = _read(folder, "member", columns)
    fact = _read(folder, "fact", ["member_id", "month", "numerator", "denominator", "reason"])
    state = _read(folder, "state", ["household_id", "state"])
    done("read")
    system = _Programme()
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", member["member_id"])
    homes = builder.declare_entity("household", household["household_id"])
    builder.join_with_persons(homes, member["household_id"], ["member"] * len(member["member_id"]))
    simulation = builder.build(system)
    done("build")
    _fill(simulation, household, member, fact, state)
    done("inputs")
    results = {name: simulation.calculate(name, CYCLE) for name in WRITTEN}
    done("calculate")
    table = pa.table({"household_id": household["household_id"], **results})
    pq.write_table(table, folder / "openfisca.parquet", compression="zstd", compression_level=1)
    done("write")
    sums = {
        name: int(results[name].astype("int64").sum()) for name in ("gross", "held", "forfeited")
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"phases": phases, "sums": sums, "peak_mb": round(peak)}))


def _fill(simulation: Any, household: Any, member: Any, fact: Any, state: Any) -> None:
    """Hand the inputs over as arrays of one value per person, or per household, and month."""
    simulation.set_input("birth", "eternity", member["birth_date"])
    simulation.set_input("pregnant", "eternity", member["pregnant"] == 1)
    simulation.set_input("finished", "eternity", member["finished_basic_education"] == 1)
    simulation.set_input("income", CYCLE, household["income_total"].astype("int32"))
    codes = {"warned": 1, "blocked": 2, "suspended": 3}
    before = np.zeros(len(household["household_id"]), "int32")
    where = np.searchsorted(household["household_id"], state["household_id"])
    before[where] = [codes[code] for code in state["state"]]
    simulation.set_input("state_before", CYCLE, before)
    for month in WINDOW:
        year, of_year = month.split("-")
        mine = fact["month"] == int(year) * 12 + int(of_year) - 1
        place = np.searchsorted(member["member_id"], fact["member_id"][mine])
        for name, values, kind in (
            ("present", fact["numerator"][mine], "int32"),
            ("days", fact["denominator"][mine], "int32"),
            ("excused", fact["reason"][mine] == "ILLNESS", "bool"),
        ):
            dense = np.zeros(len(member["member_id"]), kind)
            dense[place] = values
            simulation.set_input(name, month, dense)


if __name__ == "__main__":
    main(sys.argv[1])
