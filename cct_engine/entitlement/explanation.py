"""Why a household gets what it gets, as a value: figures, lines, reasons, payments, law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cct_engine.money import format_minor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from cct_engine.entitlement.correction.found import CorrectedLine
    from cct_engine.entitlement.evidence import Evidence, Verdict
    from cct_engine.entitlement.grounds import (
        ComponentGround,
        ConditionGround,
        KeptGround,
        LadderGround,
    )
    from cct_engine.rulebook import Bound

__all__ = ["ExplainedLine", "Explanation", "LadderState", "LawValue", "Notice"]


class ExplainedLine(NamedTuple):
    """One line of the list and what became of its money.

    ``for_month`` is like 2026-09. ``payment`` is the state of the newest instruction that pays the
    line, empty while there is none; ``bank_reason`` the bank's code when it failed.
    """

    line_seq: int
    source: str
    component: str
    person_id: int
    pregnancy_id: int
    for_month: str
    money_state: str
    amount_minor: int
    reason_code: str
    payment: str
    bank_reason: str
    value_on: date | None


class LadderState(NamedTuple):
    """Where the household or a person stands on a ladder after the cycle; months as 2026-09."""

    ladder: str
    subject_id: int
    state: str
    since: str
    until: str
    caused_by: str


class LawValue(NamedTuple):
    """A value of the law that the calculation read: since when, by which article.

    ``unsure`` says what the author of the rulebook could not confirm, if anything.
    """

    name: str
    value: str
    from_on: date
    law: str
    unsure: str


class Notice(NamedTuple):
    """A finding or a hold on the household. ``kind`` is finding or hold."""

    kind: str
    code: str
    effect: str
    state: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that made one household's amount in one cycle.

    ``figures`` are the stored ones (minor units), ``calculated`` the named columns of the same
    statement run again just now over the sealed inputs, ``workings`` each component with the
    numbers that made it, ``sentences`` what the family is told. ``components``, ``bounds`` (what
    limits left out and ceilings cut), ``earlier``, ``conditions``, ``ladders`` and ``kept`` are the
    same, taken apart, each with its law; they are empty where only the statement kept with the run
    could be executed.
    """

    household_id: int
    cycle: str
    state: str
    currency: str
    as_of_valid: str
    as_of_known: str
    snapshot_digest: str
    run_digest: str
    compiled_digest: str
    figures: Mapping[str, Any]
    calculated: Mapping[str, Any]
    workings: Mapping[str, str]
    lines: tuple[ExplainedLine, ...]
    states: tuple[LadderState, ...]
    verdicts: tuple[Verdict, ...]
    evidence: tuple[Evidence, ...]
    notices: tuple[Notice, ...]
    law: tuple[LawValue, ...]
    sentences: tuple[str, ...]
    language: str
    title: str
    month: str
    last_month: str
    components: tuple[ComponentGround, ...]
    bounds: tuple[Bound, ...]
    earlier: tuple[str, ...]
    conditions: tuple[ConditionGround, ...]
    ladders: tuple[LadderGround, ...]
    kept: tuple[KeptGround, ...]
    corrections: tuple[CorrectedLine, ...]
    standing: tuple[str, ...]
    payee: str
    appeal: str

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values; named tuples become dictionaries."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}

    def text(self) -> str:
        """Return the explanation as an officer reads it."""
        return "\n".join(self._text())

    def _text(self) -> Iterator[str]:
        yield (
            f"Household {self.household_id}, cycle {self.cycle} ({self.state}), registry of "
            f"{self.as_of_valid} as known on {self.as_of_known}"
        )
        yield from self._sums()
        if self.sentences:
            yield ""
            yield from self.sentences
        worked = (f"{code}: {how}" for code, how in self.workings.items())
        yield from _section("How the amounts came about", worked)
        yield from _section("Limits and ceilings", (self._bound(one) for one in self.bounds))
        yield from _section("Lines", (self._line(line) for line in self.lines))
        judged = (
            map(_condition, self.conditions) if self.conditions else map(_verdict, self.verdicts)
        )
        yield from _section("Conditions", judged)
        yield from _section("Ladders", (_ladder(state) for state in self.states))
        yield from _section("Steps of the ladders", map(_step, self.ladders))
        yield from _section("Not paid now", (self._kept(one) for one in self.kept))
        yield from _section(
            "Closed cycles put right", (self._corrected(c) for c in self.corrections)
        )
        yield from _section("Findings and holds", (_notice(notice) for notice in self.notices))
        yield from _section("Values of the law", (_law(value) for value in self.law))
        yield ""
        yield f"Inputs {self.snapshot_digest}"
        yield f"Result {self.run_digest}"
        yield f"Statements {self.compiled_digest}"

    def _sums(self) -> Iterator[str]:
        names = {
            "gross_minor": "due this cycle",
            "arrears_minor": "arrears of earlier months",
            "released_minor": "released from earlier holds",
            "recovery_minor": "taken back",
            "held_minor": "held back",
            "withheld_minor": "withheld until the certificate",
            "forfeited_minor": "lost by a sanction",
            "pay_now_minor": "to be paid now",
        }
        for name, words in names.items():
            amount = self.figures[name]
            if amount or name in {"gross_minor", "pay_now_minor"}:
                yield f"{format_minor(amount, self.currency):>16}  {words}"

    def _line(self, line: ExplainedLine) -> str:
        whose = ""
        if line.pregnancy_id:
            whose = f" pregnancy {line.pregnancy_id}"
        elif line.person_id:
            whose = f" person {line.person_id}"
        amount = format_minor(line.amount_minor, self.currency)
        why = f" ({line.reason_code})" if line.reason_code else ""
        paid = f", payment {line.payment}" if line.payment else ""
        failed = f" {line.bank_reason}" if line.bank_reason else ""
        return (
            f"{line.line_seq:>3} {amount:>14}  {line.component}{whose} for {line.for_month}: "
            f"{line.source}, {line.money_state}{why}{paid}{failed}"
        )

    def _bound(self, bound: Bound) -> str:
        amount = format_minor(bound.amount_minor, self.currency)
        doubt = f", unsure: {bound.unsure}" if bound.unsure else ""
        codes = " and ".join(bound.components)
        return f"{bound.kind} {bound.name} took {amount} of {codes} ({bound.law}{doubt})"

    def _kept(self, kept: KeptGround) -> str:
        amount = format_minor(kept.amount_minor, self.currency)
        article = f" ({kept.law})" if kept.law else ""
        released = f": {kept.sentence}" if kept.sentence else ""
        return f"{amount} {kept.kind} because of {kept.reason_code}{article}{released}"

    def _corrected(self, line: CorrectedLine) -> str:
        before, after = (
            format_minor(amount, self.currency) for amount in (line.before_minor, line.after_minor)
        )
        return f"{line.component} of {line.for_month}: {before} was recorded, {after} is right"


def _section(title: str, rows: Iterator[str]) -> Iterator[str]:
    listed = [f"  {row}" for row in rows]
    if listed:
        yield ""
        yield title
        yield from listed


def _verdict(verdict: Verdict) -> str:
    who = f"person {verdict.subject_id}" if verdict.subject_id else "household"
    share = f" {verdict.numerator} of {verdict.denominator}" if verdict.denominator else ""
    why = f" ({verdict.reason})" if verdict.reason else ""
    return f"{verdict.condition}, {who}:{share} {verdict.verdict}{why}"


def _condition(ground: ConditionGround) -> str:
    who = f"person {ground.person_id}" if ground.person_id else "household"
    told = "no report" if ground.numerator is None else f"{ground.numerator}"
    share = f"{ground.numerator} of {ground.denominator}" if ground.denominator else told
    why = f" ({ground.reason})" if ground.reason else ""
    facts = ", ".join(address[:8] + address[64:] for address in ground.evidence)
    stands_on = ", ".join(filter(None, [ground.law, f"facts {facts}" if facts else ""]))
    shown = f" ({stands_on})" if stands_on else ""
    return (
        f"{ground.condition}, {who}, {ground.first_month} to {ground.last_month}: {share}, "
        f"{ground.bound}{ground.needed} asked: {ground.verdict}{why}{shown}"
    )


def _step(ground: LadderGround) -> str:
    effect = "no effect on money" if ground.money == "none" else f"money: {ground.money}"
    doubt = f", unsure: {ground.unsure}" if ground.unsure else ""
    return f"{ground.ladder} {ground.state} since {ground.since}, {effect} ({ground.law}{doubt})"


def _ladder(state: LadderState) -> str:
    who = f" person {state.subject_id}" if state.subject_id else ""
    since = f" since {state.since}" if state.since else ""
    until = f" until {state.until}" if state.until else ""
    why = f" because of {state.caused_by}" if state.caused_by else ""
    return f"{state.ladder}{who}: {state.state}{since}{until}{why}"


def _notice(notice: Notice) -> str:
    return f"{notice.kind} {notice.code}: {notice.effect}, {notice.state}"


def _law(value: LawValue) -> str:
    doubt = f", unsure: {value.unsure}" if value.unsure else ""
    return f"{value.name} = {value.value} from {value.from_on} ({value.law}{doubt})"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        if hasattr(value, "_asdict"):
            return {name: _plain(part) for name, part in value._asdict().items()}
        return [_plain(part) for part in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value
