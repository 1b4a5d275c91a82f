"""The grounds of an amount: each part with what made it, its date, and the law it stands on.

Values only: a page, a notice or a console arranges them. Nothing is calculated here; the figures
are the statement's own, the sentences the rulebook's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cct_engine.entitlement.evidence import Evidence, Verdict
    from cct_engine.entitlement.explanation import ExplainedLine
    from cct_engine.rulebook import Explanation, Rulebook

__all__ = [
    "ComponentGround",
    "ConditionGround",
    "KeptGround",
    "LadderGround",
    "components_of",
    "conditions_of",
    "earlier_of",
    "kept_of",
    "ladders_of",
]


class ComponentGround(NamedTuple):
    """One component of the benefit: what is due, and the numbers that made it.

    ``sentences`` tell the family, one for each line.
    """

    code: str
    title: str
    amount_minor: int
    working: str
    law: str
    unsure: str
    sentences: tuple[str, ...]


class ConditionGround(NamedTuple):
    """One condition judged: evidence, threshold and verdict. Months like 2026-06, inclusive.

    ``numerator`` is None where nothing was reported, ``denominator`` where reports are counted.
    ``bound`` says what ``needed`` is, where it is not the least that is asked. ``evidence`` are
    addresses of the facts it stands on (see ``fact_at``).
    """

    condition: str
    person_id: int
    first_month: str
    last_month: str
    numerator: int | None
    denominator: int | None
    bound: str
    needed: str
    verdict: str
    reason: str
    law: str
    sentence: str
    evidence: tuple[str, ...]


class LadderGround(NamedTuple):
    """Where a ladder stands after the cycle. ``money`` is what the state does to the money."""

    ladder: str
    person_id: int
    state: str
    since: str
    until: str
    caused_by: str
    money: str
    law: str
    unsure: str
    sentence: str


class KeptGround(NamedTuple):
    """Money held, withheld or lost, why, and what would release it."""

    kind: str
    amount_minor: int
    reason_code: str
    law: str
    sentence: str


def components_of(found: Explanation, law: Rulebook) -> tuple[ComponentGround, ...]:
    """Return each component that is due, in the order of the law."""
    due: dict[str, int] = {}
    told: dict[str, list[str]] = {}
    for line in found.lines:
        if line["source"] == "due" and line["due"]:
            due[line["component"]] = due.get(line["component"], 0) + line["due"]
            told.setdefault(line["component"], []).append(found.telling.line(line))
    return tuple(
        ComponentGround(
            component.code,
            found.telling.title(component.code),
            due.get(component.code, 0),
            found.workings.get(component.code, ""),
            component.law,
            component.unsure,
            tuple(told.get(component.code, ())),
        )
        for component in law.law.components
        if due.get(component.code) or component.code in found.workings
    )


def earlier_of(found: Explanation) -> tuple[str, ...]:
    """Say what is paid, lost or taken back of earlier months, once for each month and component."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in found.lines:
        key = tuple(line[name] for name in ("source", "component", "for_month"))
        if line["source"] != "due":
            known = merged.get(key)
            due = line["due"] + (known["due"] if known else 0)
            merged[key] = {**line, "due": due}
    return tuple(found.telling.line(line) for line in merged.values() if line["due"])


def conditions_of(
    found: Explanation, law: Rulebook, judged: Iterable[Verdict], facts: tuple[Evidence, ...]
) -> tuple[ConditionGround, ...]:
    """Return each verdict with its threshold, its law and the facts it stands on."""
    grounds = []
    for verdict in judged:
        condition = law.law.conditions[verdict.condition]
        measure = law.law.facts[condition.fact].measure
        stands_on = tuple(
            fact.address
            for fact in facts
            if fact.kind == condition.fact
            and fact.member_id == verdict.subject_id
            and verdict.window_first_month <= fact.month <= verdict.window_last_month
        )
        row = verdict._asdict() | {"numerator": verdict.numerator or 0}
        grounds.append(
            ConditionGround(
                verdict.condition,
                verdict.subject_id,
                str(Month(verdict.window_first_month)),
                str(Month(verdict.window_last_month)),
                verdict.numerator if verdict.denominator else None,
                verdict.denominator if measure == "ratio" else None,
                _bound(law, verdict.condition),
                found.telling.needed(verdict.condition),
                verdict.verdict,
                verdict.reason,
                condition.law,
                found.telling.verdict(row),
                stands_on,
            )
        )
    return tuple(grounds)


def _bound(law: Rulebook, name: str) -> str:
    condition = law.law.conditions[name]
    if condition.at_most is not None:
        return "at most "
    return "fewer than " if condition.less_than is not None else ""


def ladders_of(found: Explanation, law: Rulebook) -> tuple[LadderGround, ...]:
    """Return every ladder on which a step was taken, with the state's effect on the money."""
    grounds = []
    for row in found.states:
        sentence = found.telling.state(row)
        if not sentence:
            continue
        ladder = law.law.ladders[row["ladder"]]
        since, until = (
            str(Month(number)) if number else ""
            for number in (row["since_month"], row["until_month"])
        )
        grounds.append(
            LadderGround(
                row["ladder"],
                row["subject_id"],
                row["state"],
                since,
                until,
                row["why"],
                ladder.states[row["state"]].money,
                ladder.law,
                ladder.unsure,
                sentence,
            )
        )
    return tuple(grounds)


def kept_of(
    found: Explanation, law: Rulebook, lines: Iterable[ExplainedLine]
) -> tuple[KeptGround, ...]:
    """Return the money that is not paid now, by reason, with what would release it."""
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        if line.money_state != "payable" and line.source in {"due", "arrears"}:
            key = (line.money_state, line.reason_code)
            sums[key] = sums.get(key, 0) + line.amount_minor
    return tuple(
        KeptGround(
            kind,
            amount,
            reason,
            _law_of(law, reason),
            _sentence_of(found, kind, reason, amount),
        )
        for (kind, reason), amount in sorted(sums.items())
    )


def _sentence_of(found: Explanation, kind: str, reason: str, amount: int) -> str:
    """Return what releases money that is held or withheld; what is lost is lost."""
    if kind == "held":
        return found.telling.held(reason, amount)
    why, _, name = reason.partition(":")
    if kind == "withheld" and why == "withholding":
        return found.telling.kept_for(name, amount)
    return ""


def _law_of(law: Rulebook, reason: str) -> str:
    """Return the article behind a reason code; nothing where it is the office's own check."""
    kind, _, rest = reason.partition(":")
    name = rest.partition(":")[0]
    if kind == "ladder" and name in law.law.ladders:
        return law.law.ladders[name].law
    if kind == "condition" and name in law.law.conditions:
        return law.law.conditions[name].law
    if kind == "withholding":
        return next((one.law for one in law.law.withholding if one.name == name), "")
    if kind == "recertify" and law.law.recertify is not None:
        return law.law.recertify.law
    return ""
