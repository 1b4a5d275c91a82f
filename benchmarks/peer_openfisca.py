"""The same month of Bolsa Família by OpenFisca-core, in its own environment: prints seconds.

``python peer_openfisca.py FOLDER``: the shards below FOLDER/in are read, given to OpenFisca as the
dense arrays it wants, calculated, and written as the engine's rows in its order: households
with payee and standing, lines with what is held and lost and why, verdicts with their numbers and
reasons, states of both ladders with their months. Its environment has no packages of ours, so
nothing of ours is imported here.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from openfisca_core.simulations import SimulationBuilder
from peer_openfisca_law import CYCLE, OF_HOUSEHOLD, OF_PERSON, WINDOW, Programme
from peer_openfisca_rows import read, write

_COLUMNS = {
    "household": ["household_id", "enrolment_id", "income_total", "updated_on"],
    "member": [
        *("household_id", "member_id", "birth_date", "sex", "responsible"),
        "finished_basic_education",
    ],
    "pregnancy": ["household_id", "member_id", "registered_on", "delivery_on"],
    "fact": ["member_id", "month", "numerator", "denominator", "reason"],
    "state": ["household_id", "state", "since_month", "until_month", "last_effect_month"],
    "balance": ["household_id", "amount", "origin_month"],
}


def main(place: str) -> None:
    """Read, build, fill, calculate, write; print what each took."""
    folder = Path(place)
    phases: dict[str, float] = {}
    clock = time.perf_counter()

    def done(phase: str) -> None:
        nonlocal clock
        phases[phase] = time.perf_counter() - clock
        clock = time.perf_counter()

    shards = {table: read(folder, table, columns) for table, columns in _COLUMNS.items()}
    household, member = shards["household"], shards["member"]
    done("read")
    system = Programme()
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("person", member["member_id"])
    homes = builder.declare_entity("household", household["household_id"])
    builder.join_with_persons(homes, member["household_id"], ["member"] * len(member["member_id"]))
    simulation = builder.build(system)
    done("build")
    _fill(simulation, shards)
    done("inputs")
    results = {name: simulation.calculate(name, CYCLE) for name in (*OF_PERSON, *OF_HOUSEHOLD)}
    done("calculate")
    results["family_before"] = simulation.calculate("family_before", CYCLE)
    results["home"] = homes.members_entity_id
    write(folder, results, shards)
    done("write")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"phases": phases, "peak_mb": round(peak)}))


def _fill(simulation: Any, shards: dict[str, dict[str, np.ndarray]]) -> None:
    """Hand the inputs over as arrays of one value per person, or per household, and month."""
    household, member = shards["household"], shards["member"]
    simulation.set_input("birth", "eternity", member["birth_date"])
    simulation.set_input("woman", "eternity", member["sex"] == "F")
    simulation.set_input("responsible", "eternity", member["responsible"] == 1)
    simulation.set_input("number", "eternity", member["member_id"].astype("int32"))
    simulation.set_input("finished", "eternity", member["finished_basic_education"] == 1)
    simulation.set_input("income", CYCLE, household["income_total"].astype("int32"))
    simulation.set_input("updated_on", CYCLE, household["updated_on"])
    pregnancy = shards["pregnancy"]
    late = pregnancy["registered_on"] > np.datetime64("2025-09-30")
    over = pregnancy["delivery_on"] < np.datetime64("2025-09-01")
    pregnant = np.zeros(len(member["member_id"]), "bool")
    pregnant[np.searchsorted(member["member_id"], pregnancy["member_id"][~late & ~over])] = True
    simulation.set_input("pregnant", CYCLE, pregnant)
    _fill_past(simulation, shards)
    _fill_reports(simulation, member["member_id"], shards["fact"])


def _fill_past(simulation: Any, shards: dict[str, dict[str, np.ndarray]]) -> None:
    ids, state, balance = (shards[name] for name in ("household", "state", "balance"))
    where = np.searchsorted(ids["household_id"], state["household_id"])
    codes = {"warned": 1, "blocked": 2, "suspended": 3}
    past = {"before": [codes[code] for code in state["state"]]}
    past |= {f"{name}_before": state[f"{name}_month"] for name in ("since", "until", "last_effect")}
    for name, values in past.items():
        dense = np.zeros(len(ids["household_id"]), "int32")
        dense[where] = values
        simulation.set_input(f"family_{name}", CYCLE, dense)
    held = np.zeros(len(ids["household_id"]), "int32")
    held[np.searchsorted(ids["household_id"], balance["household_id"])] = balance["amount"]
    simulation.set_input("balance", CYCLE, held)


def _fill_reports(simulation: Any, persons: np.ndarray, fact: dict[str, np.ndarray]) -> None:
    for month in WINDOW:
        year, of_year = month.split("-")
        mine = fact["month"] == int(year) * 12 + int(of_year) - 1
        place = np.searchsorted(persons, fact["member_id"][mine])
        for name, values, kind in (
            ("present", fact["numerator"][mine], "int32"),
            ("days", fact["denominator"][mine], "int32"),
            ("excused", fact["reason"][mine] == "ILLNESS", "bool"),
        ):
            dense = np.zeros(len(persons), kind)
            dense[place] = values
            simulation.set_input(name, month, dense)


if __name__ == "__main__":
    main(sys.argv[1])
