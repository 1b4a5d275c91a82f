"""What OpenFisca's arrays stand for: shards read into arrays, results written as the engine's rows.

Runs in the peer's environment: nothing of the engine is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MONTH", "read", "write"]

Columns = dict[str, Any]

MONTH = 2025 * 12 + 8
_WINDOW = (MONTH - 3, MONTH - 2)
_FAMILY = ("none", "warned", "blocked", "suspended", "suspended_again")
_FAMILY_PAST = ("none", "warned", "blocked_released", *["in_suspension_phase"] * 2)
_YOUTH = ("none", "warned", "suspended", "cancelled")
_STANDING = ("full", "grace", "exited_income", "exited_protection_end", "no_members")
_CONDITIONS = ("school_16_17", "school_4_5", "school_6_15")
_VERDICTS = ("", "met", "not_met", "no_information", "exempt")
_REASONS = ("", "justified", "not_monitored_finished_basic_education")
_FAMILY_WHY = ("", "school_4_5", "school_6_15", "school_4_5;school_6_15")
_ORDER = {"BRC": 0, "BCO": 1, "BPI": 2, "BVF": 3, "BVG": 4, "BVN": 5, "PROT": 7}
_RELEASED = 8  # after what is due


def read(folder: Path, table: str, columns: list[str]) -> dict[str, np.ndarray]:
    """Return columns of a table over all shards."""
    files = sorted((folder / "in" / table).glob("*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=columns) for file in files])
    return {name: rows[name].combine_chunks().to_numpy(zero_copy_only=False) for name in columns}


def write(folder: Path, found: Columns, shards: dict[str, Columns]) -> None:
    """Write four files: the rows and columns that the engine writes, in its order."""
    outlets = {
        "household": _households(found, shards),
        "line": _lines(found, shards),
        "verdict": _verdicts(found, shards),
        "state": _states(found, shards),
    }
    place = folder / "peer"
    place.mkdir(exist_ok=True)
    for outlet, table in outlets.items():
        path = place / f"{outlet}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1)


def _words(codes: np.ndarray, names: tuple[str, ...]) -> pa.Array:
    return pa.array(names).take(pa.array(codes))


def _big(values: np.ndarray) -> np.ndarray:
    return values.astype("int64")


def _households(found: Columns, shards: dict[str, Columns]) -> pa.Table:
    household = shards["household"]
    family, youth = found["family"], found["youth_worst"]
    names = (*_FAMILY, *_FAMILY_PAST, "youth:warned", "youth:suspended", "youth:cancelled")
    names = (*names, "protection", *_STANDING[2:])
    active = (found["family_effect"] > 0) | (family == 1)
    shown = np.where(active, family, family + len(_FAMILY))
    after = 2 * len(_FAMILY)
    shown = np.where((family == 0) & (youth > 0), after + youth - 1, shown)
    standing = found["standing"]
    shown = np.where(standing > 0, after + 3 + standing - 1, shown)
    shown = np.where(shown == len(_FAMILY), 0, shown)
    payee = _big(found["payee"])
    zero = np.zeros(len(payee), "int64")
    money = ("gross", "released", "pay_now", "held", "forfeited")
    return pa.table(
        {
            "household_id": household["household_id"],
            "enrolment_id": household["enrolment_id"],
            "size": _big(found["size"]),
            **{name: _big(found[name]) for name in money},
            "arrears": zero,
            "recovery": zero,
            "withheld": zero,
            "lapsed": zero,
            "standing": _words(np.minimum(standing, 2), ("full", "grace", "exited")),
            "standing_reason": _words(standing, _STANDING),
            "sanction_state": _words(shown, names),
            "payee_person_id": payee,
            "id_digit": _words(payee % 10, tuple("0123456789")),
            "registration_age": _big(found["registration"]),
        }
    )


def _lines(found: Columns, shards: dict[str, Columns]) -> pa.Table:
    parts: dict[str, list[np.ndarray]] = {}

    lost, held = found["family_effect"] == 2, found["blocked"] | (found["family_effect"] == 1)
    for code, name in {"BRC": "base", "BCO": "top_up", "PROT": "protection"}.items():
        due = _big(found[name])
        rows = np.nonzero((due != 0) | (code == "BCO"))[0]
        gone, kept = np.where(lost, due, 0), np.where(held & ~lost, due, 0)
        if code == "PROT":
            gone, kept = _big(found["protection_lost"]), _big(found["protection_held"])
        _add(
            parts,
            len(rows),
            home=rows,
            order=_ORDER[code],
            person=0,
            pregnancy=0,
            due=due[rows],
            lost=gone[rows],
        )
        _add(parts, len(rows), held=kept[rows], month=MONTH, source=0, youth=0)
    home = found["home"]
    for code, name in {"BPI": "bpi", "BVF": "bvf", "BVN": "bvn", "BVG": "bvg"}.items():
        due = _big(found[name])
        rows = np.nonzero(due)[0]
        whose, due = home[rows], due[rows]
        young = (found["youth_effect"][rows] == 2) & (code == "BVF")
        gone = np.where(lost[whose] | young, due, 0)
        kept = np.where(held[whose] & (gone == 0), due, 0)
        person = shards["member"]["member_id"][rows]
        pregnancy = person if code == "BVG" else 0
        _add(
            parts,
            len(rows),
            home=whose,
            order=_ORDER[code],
            person=person,
            pregnancy=pregnancy,
            due=due,
            lost=gone,
        )
        _add(parts, len(rows), held=kept, month=MONTH, source=0, youth=young)
    balance = shards["balance"]
    where = np.searchsorted(shards["household"]["household_id"], balance["household_id"])
    _add(
        parts,
        len(where),
        home=where,
        order=_RELEASED,
        person=0,
        pregnancy=0,
        due=balance["amount"],
        lost=0,
    )
    months = balance["origin_month"]
    _add(parts, len(where), held=0, month=months, source=1, youth=0)
    rows = {name: np.concatenate(values) for name, values in parts.items()}
    sort = np.lexsort((rows["person"], rows["order"], rows["home"]))
    return _line_table({name: values[sort] for name, values in rows.items()}, found, shards)


def _add(parts: dict[str, list[np.ndarray]], count: int, **columns: Any) -> None:
    """Add the columns of ``count`` lines; a single value stands for all of them."""
    for name, values in columns.items():
        parts.setdefault(name, []).append(np.broadcast_to(values, count))


def _line_table(rows: Columns, found: Columns, shards: dict[str, Columns]) -> pa.Table:
    home, due, lost, held = rows["home"], rows["due"], rows["lost"], rows["held"]
    release = rows["source"] == 1
    family = np.where(found["family_effect"] > 0, found["family"], 0)[home]
    why = np.where(family > 0, family, 0)
    why = np.where((why == 0) & (rows["youth"] == 1), 5, why)
    why = np.where((why == 0) & found["blocked"][home], 6, why)
    why = np.where(release, 7, why)
    reasons = ("", *[f"ladder:family:{state}" for state in _FAMILY[1:]], "ladder:youth:suspended")
    reasons = (*reasons, "no_payee", "held:ladder:family:blocked")
    order = np.where(release, 0, rows["order"])
    components = ("BRC", "BCO", "BPI", "BVF", "BVG", "BVN", "BET", "PROT")
    return pa.table(
        {
            "household_id": shards["household"]["household_id"][home],
            "source": _words(rows["source"], ("due", "released")),
            "component": _words(order, components),
            "component_order": order,
            "person_id": rows["person"],
            "pregnancy_id": rows["pregnancy"],
            "for_month": rows["month"].astype("int32"),
            "due": due,
            "payable": due - lost - held,
            "held": held,
            "withheld": np.zeros(len(due), "int64"),
            "forfeited": lost,
            "origin_month": rows["month"].astype("int32"),
            "reason_code": _words(why, reasons),
        }
    )


def _verdicts(found: Columns, shards: dict[str, Columns]) -> pa.Table:
    rows = np.nonzero(found["condition"])[0]
    condition, verdict = found["condition"][rows], found["verdict"][rows]
    home = found["home"][rows]
    sort = np.lexsort((shards["member"]["member_id"][rows], condition, home))
    rows, condition, verdict = rows[sort], condition[sort], verdict[sort]
    count = len(rows)
    return pa.table(
        {
            "household_id": shards["household"]["household_id"][home[sort]],
            "condition": _words(condition - 1, _CONDITIONS),
            "subject_id": shards["member"]["member_id"][rows],
            "window_first_month": np.full(count, _WINDOW[0], "int32"),
            "window_last_month": np.full(count, _WINDOW[1], "int32"),
            "numerator": _big(found["numerator"][rows]),
            "denominator": _big(found["denominator"][rows]),
            "verdict": _words(verdict, _VERDICTS),
            "reason": _words(found["reason"][rows], _REASONS),
        }
    )


def _states(found: Columns, shards: dict[str, Columns]) -> pa.Table:
    ids, home = shards["household"]["household_id"], found["home"]
    grace = np.nonzero(found["standing"])[0]
    family = np.nonzero((found["family_before"] > 0) | (found["family"] > 0))[0]
    youth = np.nonzero(found["youth"])[0]
    zero = {name: np.zeros(len(grace), "int64") for name in ("subject_id", "breach", "judged")}
    none = pa.nulls(len(grace), pa.int32())
    shown = np.where(found["family_effect"] > 0, 0, len(_FAMILY)) + found["family"]
    tables = [
        {
            "household_id": ids[grace],
            "ladder": _words(grace * 0, ("standing",)),
            **zero,
            "state": _words(found["standing"][grace], _STANDING),
            "since_month": np.full(len(grace), MONTH, "int32"),
            "until_month": none,
            "last_effect_month": none,
            "phase_since_month": none,
            "shows": _words(found["standing"][grace], ("", "protection", *_STANDING[2:])),
            "why": _words(grace * 0, ("",)),
            "step": zero["breach"],
        },
        {
            "household_id": ids[family],
            "ladder": _words(family * 0, ("family",)),
            "subject_id": _big(family * 0),
            "breach": _big(found["breach"][family]),
            "judged": _big(found["judged"][family]),
            "state": _words(found["family"][family], _FAMILY),
            **_months(found, "family", family),
            "shows": _words(shown[family], (*_FAMILY, *_FAMILY_PAST)),
            "why": _words(found["why"][family], _FAMILY_WHY),
            "step": _big(found["family_step"][family]),
        },
        {
            "household_id": ids[home[youth]],
            "ladder": _words(youth * 0, ("youth",)),
            "subject_id": shards["member"]["member_id"][youth],
            "breach": _big(youth * 0 + 1),
            "judged": _big(youth * 0 + 1),
            "state": _words(found["youth"][youth], _YOUTH),
            **_months(found, "youth", youth),
            "shows": _words(found["youth"][youth], _YOUTH),
            "why": _words(youth * 0, ("school_16_17",)),
            "step": _big(found["youth"][youth]),
        },
    ]
    for columns in tables:
        for counter in ("counter_1", "counter_2", "counter_3"):
            columns[counter] = np.zeros(len(columns["household_id"]), "int64")
    rows = pa.concat_tables([pa.table(columns) for columns in tables])
    return rows.sort_by([(name, "ascending") for name in ("household_id", "ladder", "subject_id")])


def _months(found: Columns, ladder: str, rows: np.ndarray) -> Columns:
    columns = {}
    for name in ("since", "until", "last_effect", "phase_since"):
        values = found[f"{ladder}_{name}"][rows].astype("int32")
        columns[f"{name}_month"] = pa.array(values, mask=values == 0)
    return columns
