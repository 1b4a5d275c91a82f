"""The language's own functions as SQL."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.emit_dates import is_grace_start
from cct_engine.rulebook.compiler.emit_groups import group_test, group_value, word_of
from cct_engine.rulebook.compiler.place import ALWAYS, NEVER_HOLDS
from cct_engine.rulebook.compiler.sqltext import (
    case,
    conjunction,
    disjunction,
    literal,
    negated,
    rounded,
    sized,
)
from cct_engine.rulebook.compiler.unwritable import NotCompiled
from cct_engine.rulebook.compiler.verdict_codes import MET, NOT_MET
from cct_engine.rulebook.functions import GROUPED
from cct_engine.rulebook.months import Month, day_number
from cct_engine.rulebook.scaling import MOST_COUNTED, scaled
from cct_engine.rulebook.tree import Call, Case, Constant, Defined, Name, Node, Type, walk
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.emit import Emitter
    from cct_engine.rulebook.compiler.place import Place
    from cct_engine.rulebook.compiler.sqltext import Range
    from cct_engine.rulebook.compiler.verdicts import Judging

__all__ = ["call_test", "call_value"]


def call_test(emitter: Emitter, node: Call, place: Place) -> str:
    """Return the predicate of a function that tests."""
    name, first = node.function, node.arguments[0]
    word = str(first.value) if isinstance(first, Constant) else ""
    if name == "event":
        return _event(emitter, word, place, "")
    if name == "in_programme":
        return f"{emitter.needs.in_programme(word)} = 1"
    if name == "known" and isinstance(first, Name):
        return f"{emitter.needs.known(first.of, first.name)} = 1"
    if name in {"any_of", "all_of"}:
        return group_test(emitter, node, place)
    if name in {"is_met", "is_judged"}:
        return _verdict(emitter, name, word, place)
    raise NotCompiled(f"`{name}(…)` as a test", "A comparison.")


def _verdict(emitter: Emitter, name: str, condition: str, place: Place) -> str:
    """Return the test over a condition's verdicts: of the place's month if it is judged by month.

    Met: one verdict says so and none says the contrary. Judged: one verdict is met or not met.
    In a month before the enrolment nothing was judged, and every condition is deemed met.
    """
    if place.moment.cycle_first != emitter.cycle:
        return ALWAYS if name == "is_met" else NEVER_HOLDS
    found = [verdict for _, verdict in _judgings(emitter, name, condition, place)]
    met = disjunction(f"{verdict} = {MET}" for verdict in found)
    failed = disjunction(f"{verdict} = {NOT_MET}" for verdict in found)
    if name == "is_judged":
        return disjunction([met, failed])
    return conjunction([met, negated(failed)])


def _judgings(
    emitter: Emitter, name: str, condition: str, place: Place
) -> list[tuple[Judging, str]]:
    """Return a condition's judgings and the SQL of their verdicts, where a component asks for them.

    Of its month, if it is judged by month. A condition asks for those above it.
    """
    if place.above is not None:
        return _asked(place, [(j, f"({sql})") for j, sql in place.above], condition)
    if not place.judged and (place.grouped or place.components is None):
        raise NotCompiled(
            f"`{name}(…)` outside components and conditions",
            "Ask in the `where` or `amount` of a component.",
        )
    mine = _asked(place, [(judging, judging.column) for judging in emitter.judgings], condition)
    for judging, column in mine:
        emitter.verdicts_read[column] = judging.condition.each
    return mine


def _asked(
    place: Place, known: list[tuple[Judging, str]], condition: str
) -> list[tuple[Judging, str]]:
    mine = [(judging, verdict) for judging, verdict in known if judging.name == condition]
    if place.monthly and mine and mine[0][0].condition.grain == "month":
        mine = [(j, verdict) for j, verdict in mine if j.window.for_month == place.moment.month]
    return mine


def _reported(emitter: Emitter, node: Call, place: Place) -> str:
    """Return what was reported to a condition where it was asked, whatever the verdict was."""
    if place.moment.cycle_first != emitter.cycle:
        return "0"
    asked = []
    for judging, verdict in _judgings(emitter, node.function, word_of(node.arguments[0]), place):
        sums = judging.reported
        if place.above is None:
            emitter.verdicts_read[sums] = judging.condition.each
        else:
            sums = f"COALESCE({sums}, 0)"  # no column of the judged yet
        asked.append(f"CASE WHEN {verdict} <> 0 THEN {sums} ELSE 0 END")
    return f"({' + '.join(asked)})" if asked else "0"


def call_value(emitter: Emitter, node: Call, place: Place) -> str:
    """Return the value of a function."""
    ways = {
        **dict.fromkeys(("count_of", "sum_of", "max_of", "min_of"), group_value),
        **dict.fromkeys(("at_least", "at_most", "top_up"), _pair),
        **dict.fromkeys(("share", "ratio_of", "round_to"), _rounded),
        **dict.fromkeys(("days_between", "months_between", "months_since"), _elapsed),
        **dict.fromkeys(("paid_count", "paid_sum", "due_count", "due_sum"), _history),
        "balance": _balance,
        "event_on": _event_on,
        "lookup": _lookup,
        "scaled": _scaled,
        "reported": _reported,
    }
    if node.function not in ways:
        raise NotCompiled(f"`{node.function}(…)` as a value", "A CASE of two values.")
    return ways[node.function](emitter, node, place)


def _event(emitter: Emitter, code: str, place: Place, form: str) -> str:
    """Return the test of an event, or with a form its day; the household's is its members' too."""
    of = ["household", "member"] if place.subject == "member" else ["household"]
    if not form:
        tests = " OR ".join(f"{emitter.needs.event(one, code)} = 1" for one in of)
        return f"({tests})" if len(of) > 1 else tests
    ours, *theirs = (emitter.needs.event_day(one, code, form) for one in of)
    return case([(f"{ours} > {other}", other) for other in theirs], ours)


def _event_on(emitter: Emitter, node: Call, place: Place) -> str:
    return _event(emitter, word_of(node.arguments[0]), place, "_on")


def _pair(emitter: Emitter, node: Call, place: Place) -> str:
    left, right = (emitter.value(argument, place) for argument in node.arguments)
    if node.function == "top_up":
        return f"CASE WHEN {left} >= {right} THEN 0 ELSE {right} - {left} END"
    sign = ">=" if node.function == "at_least" else "<="
    return f"CASE WHEN {left} {sign} {right} THEN {left} ELSE {right} END"


def _rounded(emitter: Emitter, node: Call, place: Place) -> str:
    amount, rest = node.arguments[0], node.arguments[1:]
    convention = emitter.rulebook.law.conventions.rounding
    mode, unit = str(convention.mode), str(convention.unit)
    if rest and rest[-1].type is Type.WORD:
        mode, unit, rest = word_of(rest[-2]), word_of(rest[-1]), rest[:-2]
    sql, limits = emitter.value(amount, place), emitter.range(amount, place)
    share = Fraction(1)
    if node.function == "share":
        return _share(emitter, rest[0], place, (sql, limits), (mode, unit))
    if node.function == "ratio_of":
        divisor = emitter.constant(rest[1], place)
        if not isinstance(divisor, int) or divisor <= 0:
            raise NotCompiled(
                "`ratio_of` by a divisor that is not above 0 for everybody",
                "A number above 0, or a parameter without `fixed_by`.",
            )
        share = Fraction(1, divisor)
        sql = f"{sql} * {emitter.value(rest[0], place)}"
        limits = limits.times(emitter.range(rest[0], place))
    minor = read_minor(unit, currency=emitter.rulebook.currency)
    return rounded(sql, share, mode=mode, unit=minor, bounds=limits)


def _share(
    emitter: Emitter, percent: Node, place: Place, amount: tuple[str, Range], how: tuple[str, str]
) -> str:
    """Return a share; one that differs between households is rounded in each of its branches."""
    match percent:
        case Defined(node=inner):
            return _share(emitter, inner, place, amount, how)
        case Case():
            possible, last = emitter.possible(percent, place)
            written = [(test, _share(emitter, then, place, amount, how)) for test, then in possible]
            return case(written, _share(emitter, last, place, amount, how))
    mode, unit = how
    minor = read_minor(unit, currency=emitter.rulebook.currency)
    branches = []
    for test, share in emitter.percents(percent, place):
        branches.append((test, rounded(amount[0], share, mode=mode, unit=minor, bounds=amount[1])))
    return case(branches[:-1], branches[-1][1])


def _lookup(emitter: Emitter, node: Call, place: Place) -> str:
    """Return the value of a table's row; a code it does not list is `missing`, or an error."""
    table = word_of(node.arguments[0])
    keys = [emitter.value(argument, place) for argument in node.arguments[1:]]
    kinds = [argument.type for argument in node.arguments[1:]]
    written = []
    for codes, value in emitter.parameters.rows(table, emitter.day(place)):
        tests = [
            f"{key} = {code if kind is Type.INT else literal(code)}"
            for key, code, kind in zip(keys, codes, kinds, strict=True)
        ]
        written.append((conjunction(tests), sized(value)))
    if emitter.rulebook.law.tables[table].missing == "error":
        _refuse_asked_of_all(node, place)
        listed = disjunction(test for test, _ in written)
        asked = conjunction([*place.asked, negated(listed)])
        emitter.needs.unlisted[place.subject].setdefault(asked)
        return case(written, "0")
    return case(written, sized(emitter.parameters.missing(table)))


def _scaled(emitter: Emitter, node: Call, place: Place) -> str:
    """Return an amount by an equivalence scale, written out for each number of people."""
    base, power = (emitter.constant(node.arguments[n], place) for n in (0, 2))
    if not isinstance(base, int) or not isinstance(power, Fraction):
        raise NotCompiled(
            "`scaled(…)` of a parameter that differs between households",
            "Parameters without `fixed_by`.",
        )
    convention, rest = emitter.rulebook.law.conventions.rounding, node.arguments[3:]
    mode, unit = map(word_of, rest) if rest else (convention.mode, str(convention.unit))
    minor = read_minor(unit, currency=emitter.rulebook.currency)
    count = emitter.value(node.arguments[1], place)
    emitter.needs.unlisted[place.subject].setdefault(
        conjunction([*place.asked, f"{count} > {MOST_COUNTED}"])
    )
    written = [
        (f"{count} = {people}", sized(scaled(base, people, power, unit=minor, mode=mode)))
        for people in range(1, MOST_COUNTED + 1)
    ]
    return case(written, "0")


def _refuse_asked_of_all(node: Call, place: Place) -> None:
    """Whether a member's row has a key of the table is asked before members are summed."""
    functions = {n.function for n in walk(node) if isinstance(n, Call)}
    if place.subject != "household" and functions & GROUPED:
        raise NotCompiled(
            "A member's `lookup` by a number of all members, with `missing: error`,",
            "A value after `missing:`, or a component of the household.",
        )


def _balance(emitter: Emitter, node: Call, place: Place) -> str:
    kind, code = (word_of(argument) for argument in node.arguments)
    return emitter.needs.balance(place.subject, kind, code)


def _elapsed(emitter: Emitter, node: Call, place: Place) -> str:
    form = "_day" if node.function == "days_between" else "_month"
    parts = [_numbered(emitter, argument, form, place) for argument in node.arguments]
    if node.function == "months_since":
        return f"({place.moment.cycle_first.number} - {parts[0]})"
    return f"({parts[1]} - {parts[0]})"


def _numbered(emitter: Emitter, node: Node, form: str, place: Place) -> str:
    """Return a date as its day or month number."""
    match node:
        case Defined(node=inner):
            return _numbered(emitter, inner, form, place)
        case Case():
            possible, last = emitter.possible(node, place)
            written = [(test, _numbered(emitter, then, form, place)) for test, then in possible]
            return case(written, _numbered(emitter, last, form, place))
        case Call(function="event_on", arguments=(code,)):
            return _event(emitter, word_of(code), place, form)
    if is_grace_start(node) and form == "_month":
        return "grace_month"
    if isinstance(node, Name) and node.of in emitter.needs.attributes:
        return emitter.needs.column(node.of, node.name, form)
    day = emitter.constant(node, place)
    if not isinstance(day, date):
        raise NotCompiled(
            "A date that is neither an attribute nor the same for everybody",
            "An attribute, `event_on('…')` or `cycle.first_day`.",
        )
    return str(day_number(day) if form == "_day" else Month.of(day).number)


def _history(emitter: Emitter, node: Call, place: Place) -> str:
    code = word_of(node.arguments[0])
    return emitter.needs.past(place.subject, code, node.function)
