"""Why a limit or a ceiling made a family's money less: in plain words, with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.phrases import BOUNDS, CHOSEN, COUNTED
from cct_engine.rulebook.texts import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from cct_engine.rulebook.model_money import Cap, Limit
    from cct_engine.rulebook.sentences import Telling

__all__ = ["Bound", "bounds", "ceiling_of", "left_out"]

Row = dict[str, Any]
_Item = TypeVar("_Item")
_Key = TypeVar("_Key", bound="Hashable")


class Bound(NamedTuple):
    """One limit or ceiling that took from this household.

    ``kind`` is limit or ceiling, ``amount_minor`` what it took, ``components`` from which.
    """

    kind: str
    name: str
    components: tuple[str, ...]
    amount_minor: int
    law: str
    unsure: str
    sentence: str


def bounds(telling: Telling) -> tuple[Bound, ...]:
    """Return what each limit left out and each ceiling cut, in the order of the law.

    The engine's own sentences tell it, with the law's numbers; a law may say it better
    (``limits:`` and ``ceilings:`` of its texts).
    """
    return (*_limits(telling), *_ceilings(telling))


def _now(telling: Telling, aside: str) -> Iterator[Row]:
    """Return the rows of what is paid now: of a past month only where something comes late."""
    first = telling.compiled.month.number
    late = {line["for_month"] for line in telling.rows["line"] if line["source"] == "arrears"}
    for row in telling.rows.get(aside, ()):
        month = abs(row["for_month"])
        if month == 0 or month >= first or month in late:
            yield row


class LeftOut(NamedTuple):
    """Claims that one limit left out alike: component and person, and in which months.

    ``why`` is most or once (see ``Compiled.asides``); no months: in all that the payment is for.
    """

    limit: Limit
    why: str
    most: int
    claims: tuple[tuple[str, int], ...]
    amount_minor: int
    months: tuple[int, ...]


def left_out(telling: Telling) -> Iterator[LeftOut]:
    """Return what limits left out of what is paid now, in the order of the law."""
    due = {line["component"] for line in telling.rows["line"] if line["due"]}
    rows = [row for row in _now(telling, "left_out") if row["amount"]]
    for (place, why), group in _grouped(rows, lambda row: (row["place"], row["why"])):
        limit = telling.rulebook.law.limits[place]
        if due.isdisjoint(limit.over):
            continue  # nothing of it is due to anybody: it is not the limit that took it
        group.sort(key=lambda row: (row["member_id"], row["component"]))
        by_claim = _grouped(group, lambda row: (row["most"], row["component"], row["member_id"]))
        alike = _grouped(by_claim, lambda claim: (claim[0][0], _months_of(telling, claim[1])))
        for (most, months), claims in alike:
            yield LeftOut(
                limit,
                why,
                most,
                tuple((code, member) for (_, code, member), _ in claims),
                sum(row["amount"] for _, rows in claims for row in rows),
                months,
            )


def _limits(telling: Telling) -> Iterator[Bound]:
    for found in left_out(telling):
        yield Bound(
            kind="limit",
            name=found.limit.name,
            components=tuple(dict.fromkeys(code for code, _ in found.claims)),
            amount_minor=found.amount_minor,
            law=found.limit.law,
            unsure=found.limit.unsure,
            sentence=_limit_told(telling, found),
        )


def _limit_told(telling: Telling, found: LeftOut) -> str:
    limit, why, most, subjects, _, months = found
    one, many = telling.texts.words(COUNTED)[limit.counts]
    persons = dict.fromkeys(telling.who(member) for _, member in subjects)
    claims = [f"{telling.title(code)} ({telling.who(member)})" for code, member in subjects]
    words = {
        "most": f"{most}",
        "counted": one if most == 1 else many,
        "chosen": telling.texts.words(CHOSEN).get(limit.by[0].removesuffix(" ASC"), ""),
        "components": _titles(telling, limit.over, _claimed(telling)),
        "persons": ", ".join(persons),
        "claims": "; ".join(claims),
        "months": _told_months(telling, months),
    }
    if why == "most" and ("limits", limit.name) in telling.texts.sentences:
        return telling.texts.say("limits", limit.name, **words)
    return filled(telling.texts.words(BOUNDS)[why], words)


def ceiling_of(telling: Telling, code: str) -> tuple[Cap, tuple[int, ...]] | None:
    """Return the first ceiling that made a component smaller, and what it allowed."""
    for place, rows in _grouped(_now(telling, "cut"), lambda row: row["place"]):
        cut = [r for r in rows if r["component"] == code and r["before"] != r["after"]]
        if cut:
            allowed = dict.fromkeys(row["ceiling"] for row in cut)
            return telling.rulebook.law.caps[place], tuple(allowed)
    return None


def _ceilings(telling: Telling) -> Iterator[Bound]:
    for place, group in _grouped(_now(telling, "cut"), lambda row: row["place"]):
        cap = telling.rulebook.law.caps[place]
        periods = _grouped(group, _month if cap.per == "month" else _cycle)
        sums = [(period, _sums(cap, rows)) for period, rows in periods]
        for (codes, ceiling, before, after), alike in _grouped(sums, lambda item: item[1]):
            months = _whole(telling, cap, [period for period, _ in alike])
            yield Bound(
                kind="ceiling",
                name=cap.name,
                components=codes,
                amount_minor=(before - after) * len(alike),
                law=cap.law,
                unsure=cap.unsure,
                sentence=_ceiling_told(telling, cap, codes, (ceiling, before, after), months),
            )


def _month(row: Row) -> int:
    return int(row["for_month"])


def _cycle(row: Row) -> int:
    return int(row["for_cycle"])


def _sums(cap: Cap, rows: Sequence[Row]) -> tuple[tuple[str, ...], int, int, int]:
    """Return which components a ceiling cut in one period, its height, and the sums it met."""
    cut = {row["component"] for row in rows if row["before"] != row["after"]}
    mine = [row for row in rows if row["component"] in cut]
    return (
        tuple(code for code in cap.reduce.lines if code in cut),
        rows[0]["ceiling"],
        sum(row["before"] for row in mine),
        sum(row["after"] for row in mine),
    )


def _ceiling_told(
    telling: Telling,
    cap: Cap,
    codes: Sequence[str],
    amounts: tuple[int, int, int],
    months: tuple[int, ...],
) -> str:
    ceiling, before, after = amounts
    words = {
        "ceiling": telling.money(ceiling),
        "before": telling.money(before),
        "after": telling.money(after),
        "less": telling.money(before - after),
        "lines": "; ".join(map(telling.title, codes)),
        "components": _titles(telling, cap.of, _benefits(telling)),
        "months": _told_months(telling, months),
    }
    if ("ceilings", cap.name) in telling.texts.sentences:
        return telling.texts.say("ceilings", cap.name, **words)
    return filled(telling.texts.words(BOUNDS)[cap.per], words)


def _whole(telling: Telling, cap: Cap, periods: Sequence[int]) -> tuple[int, ...]:
    """Return the months to name: none where the ceiling met all that the payment is for."""
    asked = _asked(telling)
    if cap.per == "cycle":
        months = [number + month for number in periods for month in range(len(asked))]
    else:
        months = sorted(periods)
    return () if months == asked else tuple(months)


def _asked(telling: Telling) -> list[int]:
    """Return the months the payment is for."""
    first = telling.compiled.month
    last = first.plus(telling.rulebook.cycle_months - 1)
    return [month.number for month in first.until(last)]


def _months_of(telling: Telling, rows: Iterable[Row]) -> tuple[int, ...]:
    """Return the months to name: none for a line of the cycle, or where it is in all its months."""
    months = sorted({abs(row["for_month"]) for row in rows})
    return () if months in ([0], _asked(telling)) else tuple(months)


def _told_months(telling: Telling, months: Sequence[int]) -> str:
    """Return months in words, those that follow each other as one span."""
    spans: list[list[int]] = []
    for month in months:
        if spans and month == spans[-1][-1] + 1:
            spans[-1].append(month)
        else:
            spans.append([month])
    return ", ".join(telling.wording.months(Month(span[0]), Month(span[-1])) for span in spans)


def _titles(telling: Telling, over: Sequence[str], of_kind: Iterable[str]) -> str:
    """Return what components are called; nothing where they are all there are of their kind."""
    return "" if set(of_kind) <= set(over) else "; ".join(map(telling.title, over))


def _claimed(telling: Telling) -> Iterator[str]:
    """Return the components that members and pregnancies claim, which alone a limit counts."""
    components = telling.rulebook.law.components
    return (one.code for one in components if one.each != "household")


def _benefits(telling: Telling) -> Iterator[str]:
    components = telling.rulebook.law.components
    return (one.code for one in components if one.kind == "benefit")


def _grouped(
    items: Iterable[_Item], key: Callable[[_Item], _Key]
) -> list[tuple[_Key, list[_Item]]]:
    """Return items by a key, in the order in which the keys come first."""
    found: dict[_Key, list[_Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.items())
