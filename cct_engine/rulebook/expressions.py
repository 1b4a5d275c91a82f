"""Every expression of a law, read and typed in its own place; problems of all come in one pass."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.expression import type_expression
from cct_engine.rulebook.grammar import ExpressionError
from cct_engine.rulebook.tree import Node, Type
from cct_engine.rulebook.vocabulary import SUBJECTS, Vocabulary, known_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.reading import Document

__all__ = ["Path", "typed_expressions"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Path = tuple[str | int, ...]
_Place = tuple[Path, str, Vocabulary, Type | None]


def typed_expressions(law: Law, document: Document) -> Mapping[Path, Node]:
    """Return the typed tree of every expression by its path; refuse the others in ``document``."""
    result: dict[Path, Node] = {}
    refused = _check_definitions(law, document)
    for path, text, vocabulary, expected in _places(law):
        try:
            result[path] = type_expression(text, vocabulary, expected)
        except ExpressionError as error:
            told = {refused.get(word) for word in _WORD.findall(text)}  # at the definition
            if path == ("standing", "keep") and law.standing.keep == "same":
                continue  # told at `apply`
            if error.message not in told:
                document.refuse(path, error.code, error.message, error.instead)
    return result


def _base(law: Law) -> Vocabulary:
    return Vocabulary(
        subject="household",
        attributes=known_attributes(law),
        parameters={name: Type(p.type) for name, p in law.parameters.items()},
        tables={name: (table.keys, Type(table.type)) for name, table in law.tables.items()},
        definitions=law.definitions,
        conditions={name: condition.each for name, condition in law.conditions.items()},
        counting=frozenset(name for name, c in law.conditions.items() if _counts(law, c)),
        later=frozenset(component.code for component in law.components),
    )


def _counts(law: Law, condition: Condition) -> bool:
    """Return whether the reports of a condition add up to a number."""
    fact = law.facts.get(condition.fact)
    return fact is not None and fact.measure in {"count", "sum"}


_NOT_ASKED = (
    "Verdicts are not asked here.",
    "Ask in the `where` or `amount` of a component, or in a condition below it.",
)
_NOT_YET = (
    "Who is in is found before anybody is judged.",
    "A ladder with a state that `ends: enrolment`, or an event that somebody records.",
)
_NOT_ADDED_UP = (
    "Verdicts of members are added up after all are judged.",
    "A condition of each member, or a component that asks for both.",
)
_NOT_AGAIN = (
    "With `missing: hold` it is judged again later, when no other verdict of its cycle is known.",
    "Another `missing`, or ask for both in a component.",
)


def _places(law: Law) -> Iterator[_Place]:
    base = replace(_base(law), unjudged=_NOT_ASKED)
    if law.conventions.counted is not None:
        counted = replace(base, subject="member", standing_known=False)
        yield ("conventions", "counted"), law.conventions.counted, counted, Type.BOOL
    yield from _standing(law, replace(base, moments=frozenset({"cycle", "month"})))
    yield from _conditions(law, base)
    yield from _ladders(law, base)
    yield from _components(law, base)
    yield from _others(law, base)


def _standing(law: Law, base: Vocabulary) -> Iterator[_Place]:
    base = replace(base, unjudged=_NOT_YET)
    plain = replace(base, standing_known=False)
    standing = law.standing
    yield ("standing", "apply"), standing.apply, plain, Type.BOOL
    keep = standing.apply if standing.keep == "same" else standing.keep
    yield ("standing", "keep"), keep, plain, Type.BOOL
    for number, exclusion in enumerate(standing.excluded):
        yield ("standing", "excluded", number, "when"), exclusion.when, plain, Type.BOOL
    if standing.grace is not None:
        early = replace(base, standing_told=False)
        yield ("standing", "grace", "while"), standing.grace.while_, early, Type.BOOL
        yield ("standing", "grace", "months"), str(standing.grace.months), early, Type.INT
    if standing.time_limit is not None:
        limit = standing.time_limit
        yield ("standing", "time_limit", "months"), str(limit.months), plain, Type.INT
        yield ("standing", "time_limit", "from"), limit.from_, plain, Type.DATE


def _conditions(law: Law, base: Vocabulary) -> Iterator[_Place]:
    above: dict[str, str] = {}
    for name, condition in law.conditions.items():
        moments = {"cycle", "window"} | ({"month"} if condition.grain == "month" else set())
        place = replace(
            base,
            subject=condition.each,
            moments=frozenset(moments),
            home_known=True,
            conditions=dict(above),
            judged_later=frozenset(law.conditions.keys() - above.keys()),
            unjudged=_NOT_AGAIN if condition.missing == "hold" else None,
            unjudged_sums=_NOT_ADDED_UP,
        )
        above[name] = condition.each
        yield ("conditions", name, "where"), condition.where, place, Type.BOOL
        if isinstance(condition.exempt_when, str):
            yield ("conditions", name, "exempt_when"), condition.exempt_when, place, Type.BOOL
        else:
            for number, exemption in enumerate(condition.exempt_when):
                path = ("conditions", name, "exempt_when", number, "when")
                yield path, exemption.when, place, Type.BOOL


def _ladders(law: Law, base: Vocabulary) -> Iterator[_Place]:
    for name, ladder in law.ladders.items():
        extras = dict.fromkeys(("breach", "judged"), Type.BOOL)
        extras |= dict.fromkeys((*ladder.counters, "months_in_state", "months_in_phase"), Type.INT)
        place = replace(base, subject=ladder.each, extras=extras)
        if ladder.switched_off_when is not None:
            path = ("ladders", name, "switched_off_when")
            yield path, ladder.switched_off_when, place, Type.BOOL
        for number, step in enumerate(ladder.steps):
            yield ("ladders", name, "steps", number, "when"), step.when, place, Type.BOOL
        for code, state in ladder.states.items():
            if state.until is not None:
                yield ("ladders", name, "states", code, "until"), state.until, place, Type.BOOL


def _components(law: Law, base: Vocabulary) -> Iterator[_Place]:
    above: dict[str, str] = {}
    below = [component.code for component in law.components]
    for number, component in enumerate(law.components):
        extras = {"subtotal": Type.MONEY} if component.kind == "deduction" else {}
        place = replace(
            base,
            subject=component.each,
            components=dict(above),
            later=frozenset(below),
            extras=extras,
            moments=frozenset({"cycle", "month"}),
            home_known=True,
            unjudged=None,
        )
        yield ("components", number, "where"), component.where, place, Type.BOOL
        yield ("components", number, "amount"), component.amount, place, Type.MONEY
        for index, refusal in enumerate(component.unless):
            path = ("components", number, "unless", index, "when")
            yield path, refusal.when, place, Type.BOOL
        if component.instalments is not None:
            most = str(component.instalments.most)
            yield ("components", number, "instalments", "most"), most, base, Type.INT
        above[component.code] = component.each
        below.remove(component.code)


def _others(law: Law, base: Vocabulary) -> Iterator[_Place]:
    yield from _money(law, base)
    for name, entry in law.targeting.items():
        yield ("targeting", name), entry.value, base, None
    for number, stop in enumerate(law.stops):
        yield ("stops", number, "when"), stop.when, replace(base, subject=stop.each), Type.BOOL
    for number, rule in enumerate(law.payee):
        place = replace(base, subject="member", standing_known=False)
        yield ("payee", number, "where"), rule.where, place, Type.BOOL
    if law.recertify is not None:
        yield ("recertify", "from"), law.recertify.from_, base, Type.DATE
    for number, override in enumerate(law.overrides):
        yield ("overrides", number, "where"), override.where, base, Type.BOOL
    for name, parameter in law.parameters.items():
        if parameter.fixed_by is not None:
            yield ("parameters", name, "fixed_by"), parameter.fixed_by, base, Type.DATE


def _money(law: Law, base: Vocabulary) -> Iterator[_Place]:
    every = {component.code: component.each for component in law.components}
    for number, cap in enumerate(law.caps):
        place = replace(base, components=every, unjudged=None)
        yield ("caps", number, "at_most"), str(cap.at_most), place, Type.MONEY
    for number, limit in enumerate(law.limits):
        yield ("limits", number, "at_most"), str(limit.at_most), base, Type.INT
    for number, share in enumerate(law.withholding):
        yield ("withholding", number, "share"), share.share, base, Type.PERCENT
    if law.budget is not None:
        yield ("budget", "ceiling"), law.budget.ceiling, base, Type.MONEY


def _check_definitions(law: Law, document: Document) -> dict[str, str]:
    """Read each definition by itself: for a household, else a member, a pregnancy.

    Returns the sentence by which each refused one is, so that it is not told again of its uses.
    """
    refused: dict[str, str] = {}
    base = replace(
        _base(law), components={component.code: component.each for component in law.components}
    )
    for name, text in law.definitions.items():
        errors: list[ExpressionError] = []
        for subject in SUBJECTS:
            try:
                every = frozenset({"cycle", "month", "window"})
                type_expression(text, replace(base, subject=subject, moments=every), None)
                break
            except ExpressionError as error:
                errors.append(error)
        else:
            # Who speaks is not said: most likely the one whose names stand in it.
            words = set(_WORD.findall(text))
            own = [len(words & base.attributes[subject].keys()) for subject in SUBJECTS]
            chosen = errors[own.index(max(own))]
            document.refuse(("definitions", name), chosen.code, chosen.message, chosen.instead)
            refused[name] = chosen.message
    return refused
