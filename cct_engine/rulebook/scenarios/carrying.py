"""What one cycle writes and the next one reads: states, open money, lines recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.reasons import waiting_reason

if TYPE_CHECKING:
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.scenarios.world import World

__all__ = ["carry"]

_Rows = list[dict[str, Any]]
_BALANCE_OF = {
    "released": {"held", "withheld"},
    "lapsed": {"held", "withheld"},
    "arrears": {"arrears"},
    "recovery": {"recoverable"},
}
_BALANCE_KEYS = ("component", "person_id", "pregnancy_id", "for_month", "origin_month")


def carry(world: World, outlets: dict[str, _Rows], month: Month) -> None:
    """Write what the next cycle reads: the new states, the open money, the lines recorded."""
    fresh = {(row["ladder"], row["subject_id"]): row for row in outlets["state"]}
    old = [r for r in world.rows["state"] if (r["ladder"], r["subject_id"]) not in fresh]
    world.rows["state"] = old + [{**row, "cycle_month": month.number} for row in outlets["state"]]
    balances = world.rows["balance"]
    for line in outlets["line"]:
        if line["source"] in _BALANCE_OF:
            _settle(balances, line)
        if line["source"] == "lapsed":
            world.lapsed += line["due"]
        for kind in ("held", "withheld"):
            if line[kind]:
                balances.append(_balance(line, kind, line[kind], month))
        if line["source"] in {"due", "arrears"} and line["due"] != 0:
            keys = ("household_id", "component", "person_id", "pregnancy_id", "for_month")
            row = {key: line[key] for key in (*keys, "due", "payable")}
            world.rows["history"].append(row)


def _settle(balances: _Rows, line: dict[str, Any]) -> None:
    left = -line["due"] if line["source"] == "recovery" else line["due"]
    for balance in list(balances):
        if left and _is_ended(balance, line):
            taken = min(left, balance["amount"], key=abs)
            balance["amount"] -= taken
            left -= taken
            if balance["amount"] == 0:
                balances.remove(balance)


def _is_ended(balance: dict[str, Any], line: dict[str, Any]) -> bool:
    """Return whether a line ends a balance: the same line of the same kind, for the same reason."""
    if balance["kind"] not in _BALANCE_OF[line["source"]]:
        return False
    reason = balance["reason_code"]
    if line["source"] in {"released", "lapsed"}:
        reason = f"{balance['kind']}:{reason}"
    same = all(balance[key] == line[key] for key in _BALANCE_KEYS)
    return bool(same and reason == line["reason_code"])


def _balance(line: dict[str, Any], kind: str, amount: int, month: Month) -> dict[str, Any]:
    keys = ("household_id", "component", "person_id", "pregnancy_id", "for_month")
    return {key: line[key] for key in keys} | {
        "reason_code": waiting_reason(line["reason_code"]),
        "kind": kind,
        "amount": amount,
        "origin_month": month.number,
    }
