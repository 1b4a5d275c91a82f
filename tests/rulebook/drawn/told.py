"""What the statement gives, by household, in the words of the plain reading."""

from __future__ import annotations

from typing import Any

from cct_engine.rulebook.reasons import lost_reason, waiting_reason

__all__ = ["told"]

_TOTALS = (
    *("gross", "arrears", "released", "lapsed", "recovery", "pay_now", "held", "withheld"),
    *("forfeited", "standing_reason", "payee_person_id"),
)
_VERDICT = (
    *("condition", "subject_id", "window_first_month", "window_last_month"),
    *("numerator", "denominator", "verdict", "reason"),
)
_STATE = (
    *("state", "since_month", "until_month", "last_effect_month", "phase_since_month"),
    *("counter_1", "counter_2", "counter_3", "shows", "breach", "judged"),
)
_LISTS = ("lines", "late", "opened", "refused", "verdicts")
_Row = dict[str, Any]


def told(outlets: dict[str, list[_Row]], cycle: int) -> dict[int, _Row]:
    """Return each household's totals, lines, verdicts and states."""
    found = {
        row["household_id"]: {key: row[key] for key in _TOTALS}
        | {"states": {}, "named": None, "standing": None, **{name: [] for name in _LISTS}}
        for row in outlets["household"]
    }
    for line in outlets["line"]:
        _line(found[line["household_id"]], line, cycle)
    for row in outlets["verdict"]:
        found[row["household_id"]]["verdicts"].append(tuple(row[name] for name in _VERDICT))
    for row in outlets["state"]:
        _state(found[row["household_id"]], row)
    for mine in found.values():
        for name in _LISTS:
            mine[name].sort()
    return found


def _line(mine: _Row, line: _Row, cycle: int) -> None:
    who = (line["component"], line["person_id"], line["pregnancy_id"], line["for_month"])
    why = line["reason_code"]
    if why.startswith("refused:"):
        mine["refused"].append((*who, why.partition(":")[2]))
    elif line["source"] == "arrears" and line["origin_month"] == cycle:
        mine["late"].append((*who, line["due"], why))
    elif line["source"] != "due":
        mine["opened"].append((line["source"], *who, line["origin_month"], line["due"], why))
    elif line["due"]:
        mine["lines"].append((*who, line["due"], *_parts(line)))


def _parts(line: _Row) -> tuple[tuple[int, str], ...]:
    """Return what is lost, held and withheld of a line, with the reason of what there is."""
    why = {"forfeited": lost_reason, "held": waiting_reason, "withheld": waiting_reason}
    return tuple(
        (line[name], reason(line["reason_code"]) if line[name] else "")
        for name, reason in why.items()
    )


def _state(mine: _Row, row: _Row) -> None:
    if row["ladder"] == "payee":
        mine["named"] = (row["counter_1"], row["since_month"])
    elif row["ladder"] == "standing":
        months = ("since_month", "phase_since_month", "last_effect_month")
        mine["standing"] = (row["state"], *(row[name] for name in months))
    elif row["state"] != "none":
        mine["states"][row["ladder"], row["subject_id"]] = tuple(row[name] for name in _STATE)
