"""Checks of lists and days: nothing twice, nothing that an earlier entry hides, no day too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_money import Unclaimed

__all__ = ["check_lists"]

_DIRECTIONS = {"ASC", "DESC"}
_CHANGES = ("conditions", "ladders", "release", "calendar")


def check_lists(checked: Checked) -> None:
    """Refuse entries that stand twice, that change nothing, or that are never asked."""
    for path, words in [*_judging(checked.law), *_paying(checked.law)]:
        for word in sorted({word for word in words if words.count(word) > 1}):
            checked.refuse(path, "RB-002", f"`{word}` stands twice in one list.", "Once.")
    _check_withheld(checked)
    _check_moved(checked)
    _check_orders(checked)
    for number, rule in enumerate(checked.law.unclaimed):
        _check_unclaimed(checked, number, rule)
    for number, override in enumerate(checked.law.overrides):
        if all(getattr(override, key) is None for key in _CHANGES):
            checked.refuse(
                ("overrides", number),
                "RB-041",
                "This exception changes nothing.",
                "conditions: exempt, ladders: frozen, release: without_certificate or "
                "calendar: first_day.",
            )
    _check_rungs(checked)
    _check_in_force(checked)


def _judging(law: Law) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for noun in ("household", "member", "pregnancy"):
        for name, attribute in getattr(law.attributes, noun).items():
            yield ("attributes", noun, name, "values"), attribute.values
    for name, fact in law.facts.items():
        yield ("facts", name, "reasons"), fact.reasons
    for name, condition in law.conditions.items():
        yield ("conditions", name, "justified_by"), condition.justified_by
        yield ("conditions", name, "supply_side"), condition.supply_side
        yield ("conditions", name, "breach", "forfeit"), condition.breach.forfeit
    for name, ladder in law.ladders.items():
        if ladder.applies_to != "all":
            yield ("ladders", name, "applies_to"), ladder.applies_to


def _paying(law: Law) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for number, component in enumerate(law.components):
        yield ("components", number, "season"), component.season
    for number, limit in enumerate(law.limits):
        yield ("limits", number, "over"), limit.over
    for number, cap in enumerate(law.caps):
        yield ("caps", number, "of"), cap.of
        yield ("caps", number, "reduce", "lines"), cap.reduce.lines
    for number, withholding in enumerate(law.withholding):
        yield ("withholding", number, "of"), withholding.of


def _check_withheld(checked: Checked) -> None:
    """A component waits for one certificate; of two rules the first alone would be asked."""
    first: dict[str, str] = {}
    for number, withholding in enumerate(checked.law.withholding):
        for code in withholding.of:
            named = first.setdefault(code, withholding.name)
            if named != withholding.name:
                checked.refuse(
                    ("withholding", number, "of"),
                    "RB-037",
                    f"`{named}` withholds of `{code}` already, so `{withholding.name}` never does.",
                    "Each component in one of them.",
                )


def _check_moved(checked: Checked) -> None:
    """A deadline is moved once for a year, and to a day after it began."""
    for number, withholding in enumerate(checked.law.withholding):
        deadline = withholding.deadline
        moved = () if deadline == "never" else deadline.exceptions
        path: Path = ("withholding", number, "deadline", "exceptions")
        years = [exception.earned for exception in moved]
        for place, exception in enumerate(moved):
            if exception.earned in years[:place]:
                message = f"The deadline of {exception.earned} is moved twice."
                checked.refuse((*path, place, "earned"), "RB-002", message, "One entry.")
            if exception.until.year < exception.earned:
                message = f"What is earned in {exception.earned} is lost before that year."
                checked.refuse((*path, place, "until"), "RB-022", message, "A later day.")


def _check_orders(checked: Checked) -> None:
    law = checked.law
    orders: list[tuple[Path, tuple[str, ...]]] = [
        (("caps", number, "reduce", "tie"), cap.reduce.tie) for number, cap in enumerate(law.caps)
    ]
    if law.budget is not None:
        orders.append((("budget", "queue"), law.budget.queue))
    for path, entries in orders:
        for entry in entries:
            name, _, direction = entry.partition(" ")
            if direction not in _DIRECTIONS:
                message = f"`{entry}` does not say in which direction."
                checked.refuse(path, "RB-031", message, f"{name} ASC, or {name} DESC.")


def _check_unclaimed(checked: Checked, number: int, rule: Unclaimed) -> None:
    path: Path = ("unclaimed", number)
    above = [other.channel for other in checked.law.unclaimed[:number]]
    hiding = next((channel for channel in above if channel in {rule.channel, "any"}), None)
    if hiding is not None:
        message = f"This rule is hidden: the one for `{hiding}` above it is asked first."
        checked.refuse((*path, "channel"), "RB-052", message, "The special case first, each once.")
    warned, gone = rule.warn_after, rule.after
    if gone != "never" and gone.length == 0:
        message = "Money that goes back on the day it comes can be drawn by nobody."
        checked.refuse((*path, "after"), "RB-060", message, "30 days, or never.")
    if warned is None or rule.then == "add_to_next_cycle":
        return
    if gone != "never" and warned.unit == gone.unit and warned.length >= gone.length:
        message = f"After {warned.length} {warned.unit}s nobody can draw the money any more."
        checked.refuse((*path, "warn_after"), "RB-055", message, "A shorter time than `after`.")


def _check_rungs(checked: Checked) -> None:
    recertify = checked.law.recertify
    if recertify is None:
        return
    rungs = {rung: getattr(recertify.ladder, rung) for rung in ("warn", "hold", "cancel")}
    path: Path = ("recertify", "ladder")
    if not any(rungs.values()):
        message = "A registration of any age has no effect."
        checked.refuse(path, "RB-041", message, "warn: 22 months, hold: 24 months")
    for rung, span in rungs.items():
        if span is not None and span.length == 0:
            message = f"`{rung}` at 0 months is there on the first day."
            checked.refuse((*path, rung), "RB-060", message, "1 months or more.")


def _check_in_force(checked: Checked) -> None:
    """What begins after the law ends, or ends before it begins, never holds."""
    law, span = checked.law, checked.law.in_force
    if span is None:
        return
    if span.until is not None and span.until < span.from_:
        path: Path = ("in_force", "until")
        checked.refuse(path, "RB-022", "This ends before it begins.", "A later day.")
        return
    begins: list[tuple[Path, object]] = [
        (("parameters", name, "values", number), dated.from_)
        for name, parameter in law.parameters.items()
        for number, dated in enumerate(parameter.values)
    ]
    begins += [(("components", n, "from"), c.from_) for n, c in enumerate(law.components)]
    for path, day in begins:
        if span.until is not None and day is not None and str(day) > str(span.until):
            message = f"The law ends on {span.until}, so what begins on {day} never holds."
            checked.refuse(path, "RB-022", message, "An earlier day, or the version that follows.")
    for number, component in enumerate(law.components):
        if component.until is not None and component.until < span.from_:
            message = f"The law begins on {span.from_}, and `{component.code}` has ended by then."
            checked.refuse(("components", number, "until"), "RB-022", message, "A later day.")
