"""Who is asked what in a cycle, what was reported of it, and the verdict with its reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .judging import in_force, windows
from .law import first_day

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope

Verdict = tuple[str, str]
"""What is found, and for an exemption why; nothing found where the subject is not asked."""

_NOT_ASKED = ("", "")
_SILENT = {
    "met": ("met", ""),
    "not_met": ("not_met", ""),
    "no_effect": ("no_information", ""),
    "hold": ("waiting", ""),
}


def judge(law: PlainLaw, home: Home, scope: Scope) -> None:
    """Add every verdict of the cycle, and those asked again for money that waits."""
    for name, condition in law.section("conditions").items():
        cycles = int(condition["hold"]["cycles"]) if "hold" in condition else 0
        for back in range(cycles + 1):
            cycle = scope.cycle - back * law.span
            for seen, month in windows(law, condition, cycle):
                here = replace(scope, cycle=cycle, month=month, window=(seen[0], seen[-1]))
                here.monthly = condition.get("grain") == "month"
                for row in home.members if condition["each"] == "member" else [{}]:
                    subject = here.of(condition["each"], row)
                    code, reason = _verdict(law, home, (name, condition), seen, subject, back)
                    if not code:
                        continue
                    reports = _reports(law, condition, seen, subject)
                    home.verdicts.append(
                        {
                            "condition": name,
                            "subject_id": row.get("member_id", 0),
                            "code": code,
                            "reason": reason,
                            "for_month": month,
                            "back": back,
                            "window": (seen[0], seen[-1]),
                            "reported": sum(f["numerator"] for f in reports),
                            "of": sum(f["denominator"] for f in reports),
                        }
                    )


def rows_of(home: Home) -> list[tuple[Any, ...]]:
    """Return the verdicts of this cycle as rows: money that waits is told as no information."""
    return sorted(
        (
            v["condition"],
            v["subject_id"],
            *v["window"],
            v["reported"],
            v["of"],
            "no_information" if v["code"] == "waiting" else v["code"],
            v["reason"],
        )
        for v in home.verdicts
        if not v["back"]
    )


def _verdict(
    law: PlainLaw, home: Home, named: tuple[str, Row], seen: list[int], scope: Scope, back: int
) -> Verdict:
    condition = named[1]
    if not scope.test(condition.get("where", "TRUE")):
        return _NOT_ASKED
    reason = _exempt(law, home, named, scope, back)
    if reason:
        return "exempt", reason
    return _evidence(law, condition, _reports(law, condition, seen, scope), scope)


def _exempt(law: PlainLaw, home: Home, named: tuple[str, Row], scope: Scope, back: int) -> str:
    """Return why a subject is not asked whatever was reported: the first reason that holds."""
    name, condition = named
    first_cycles = int(condition.get("waive_first_cycles", 0))
    if first_cycles and scope.name("household.cycles_since_enrolment") < first_cycles + back:
        return "waived"
    on = first_day(scope.month)
    for override in law.many("overrides"):
        household = replace(scope, subject="household", month=scope.now)
        asked = override.get("conditions") == "exempt" and in_force(override, on)
        if asked and household.test(override.get("where", "TRUE")):
            return "override"
    own = scope.row.get("member_id", 0)
    for event in home.events:
        annuls = event["code"] == "annul" and event["for_month"] == scope.month
        if annuls and event["subject_id"] in {0, own} and event["detail"] in {"", name}:
            return "annulled"
    exempt = condition.get("exempt_when", [])
    for entry in [{"when": exempt, "reason": "deemed"}] if isinstance(exempt, str) else exempt:
        if scope.test(entry["when"]):
            return str(entry["reason"])
    return ""


def _reports(law: PlainLaw, condition: Row, seen: list[int], scope: Scope) -> list[Row]:
    """Return the reports of a subject in a window that have their numbers."""
    fact = law.section("facts")[condition["fact"]]
    of_member = condition["each"] == "member"
    return [
        f
        for f in scope.home.facts
        if f["kind"] == condition["fact"]
        and f["month"] in seen
        and (not of_member or f["member_id"] == scope.row["member_id"])
        and (fact["of"] != "household" or f["member_id"] == 0)
        and f["numerator"] is not None
        and f["denominator"] is not None
    ]


def _evidence(law: PlainLaw, condition: Row, reports: list[Row], scope: Scope) -> Verdict:
    ratio = law.section("facts")[condition["fact"]]["measure"] == "ratio"
    top, bottom = sum(f["numerator"] for f in reports), sum(f["denominator"] for f in reports)
    if not reports or (ratio and bottom == 0):
        if any(f["waived"] for f in reports):
            return "exempt", "supply_side"
        return _SILENT[condition["missing"]]
    kind = next(k for k in ("at_least", "at_most", "less_than") if k in condition)
    line = scope.value(condition[kind])
    found = Fraction(top, bottom) if ratio else top
    holds = {"at_least": found >= line, "at_most": found <= line, "less_than": found < line}
    if holds[kind]:
        return "met", ""
    worst = max((_badness(condition, f, kind, line, ratio=ratio) for f in reports), default=0)
    excuse = {1: "supply_side", 2: "justified"}.get(worst, "")
    return ("exempt", excuse) if excuse else ("not_met", "")


def _badness(condition: Row, fact: Row, kind: str, line: Any, *, ratio: bool) -> int:
    """Return 0 for a fact not short, else who is to blame: 1 the supply, 2 excused, 3 nobody."""
    if ratio:
        top, bottom = fact["numerator"], fact["denominator"]
        short = {
            "at_least": top < line * bottom,
            "at_most": top > line * bottom,
            "less_than": top >= line * bottom,
        }[kind]
    else:
        short = fact["numerator"] == 0 if kind == "at_least" else fact["numerator"] > 0
    if not short:
        return 0
    if fact["waived"] or fact["reason"] in condition.get("supply_side", []):
        return 1
    return 2 if fact["reason"] in condition.get("justified_by", []) else 3
