"""From one cycle to the next: what a household remembers, what is open, what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.reasons import waiting_reason
from tests.rulebook.oracle.households import Draw, add_facts

if TYPE_CHECKING:
    from tests.rulebook.oracle import PlainLaw
    from tests.rulebook.oracle.households import Rows

__all__ = ["carry"]

_Rows = list[dict[str, Any]]
_LINE = ("household_id", "component", "person_id", "pregnancy_id", "for_month")


def carry(
    law: PlainLaw, text: str, drawn: list[Rows], outlets: dict[str, _Rows], cycle: int, seed: int
) -> None:
    """Write into the households what the cycle left, and the facts reported until the next one."""
    by_household = {rows["household"][0]["household_id"]: rows for rows in drawn}
    draw = Draw(law, text, cycle + law.span, seed)
    for rows in drawn:
        add_facts(draw, rows, {"household_id": rows["household"][0]["household_id"]})
    for row in outlets["state"]:
        mine = by_household[row["household_id"]]["state"]
        same = (row["ladder"], row["subject_id"])
        mine[:] = [old for old in mine if (old["ladder"], old["subject_id"]) != same]
        mine.append({**row, "cycle_month": cycle})
    for line in outlets["line"]:
        rows = by_household[line["household_id"]]
        _settle(rows["balance"], line)
        for kind in ("held", "withheld"):
            if line[kind] and line["source"] in {"due", "arrears"}:
                opened = {key: line[key] for key in (*_LINE, "origin_month")}
                opened["reason_code"] = waiting_reason(line["reason_code"])
                if line["source"] == "arrears":
                    opened["origin_month"] = cycle
                rows["balance"].append({**opened, "kind": kind, "amount": line[kind]})
        if line["source"] in {"due", "arrears"} and line["due"]:
            kept = {key: line[key] for key in (*_LINE, "due", "payable")}
            rows["history"].append(kept)


def _settle(balances: _Rows, line: dict[str, Any]) -> None:
    """Take from the open money what a line ends: by its kind and reason, or the recoverable."""
    if line["source"] not in {"released", "lapsed", "arrears", "recovery"}:
        return
    kind, _, reason = line["reason_code"].partition(":")
    if line["source"] in {"arrears", "recovery"}:
        kind = {"arrears": "arrears", "recovery": "recoverable"}[line["source"]]
        reason = line["reason_code"]
    left = -line["due"] if line["source"] == "recovery" else line["due"]
    for balance in list(balances):
        same = all(balance[key] == line[key] for key in (*_LINE, "origin_month"))
        if same and (balance["kind"], balance["reason_code"]) == (kind, reason) and left:
            taken = min(left, balance["amount"]) if left > 0 else left
            balance["amount"] -= taken
            left -= taken
    balances[:] = [balance for balance in balances if balance["amount"]]
