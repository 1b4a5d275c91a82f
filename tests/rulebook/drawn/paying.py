"""The sections of a random law that pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .words import MONTHS, Place

if TYPE_CHECKING:
    from .words import Words

__all__ = ["draw_paying"]

_Codes = list[tuple[str, str]]


def draw_paying(
    words: Words, law: dict[str, Any], codes: _Codes, when: tuple[int, int]
) -> dict[str, Any]:
    """Return components, limits, caps and whatever else decides over money."""
    start, span = when
    limits = _limits(words, codes)
    components = _components(words, law, codes, limits, when)
    found: dict[str, Any] = {"components": components, "limits": limits}
    found["caps"] = _caps(words, components, span)
    found["withholding"] = _withholding(words, law, codes)
    found["stops"] = _stops(words, codes)
    found["payee"] = _payees(words)
    found["calendar"] = {"days": {"first": 1, "business": "IN"}}
    found["unclaimed"] = [{"channel": "bank", "after": "never", "law": "s. 9"}]
    if words.chance(0.3) and not limits:
        most = words.one(("3 months", "12 months", "2 cycles"))
        found["arrears"] = {
            "entitled_from": "enrolment",
            "most": most,
            "conditions": "deemed",
            "law": "s.",
        }
    if words.chance(0.5):
        of = words.one(("gross", "payable"))
        found["recovery"] = {
            "most": words.one(("20 %", "100 %")),
            "of": of,
            "order": "oldest_first",
        }
    if words.chance(0.3):
        rungs = {"warn": "20 months", "hold": "23 months", "cancel": "30 months"}
        found["recertify"] = {
            "from": words.one(("household.updated_on", "updated_on")),
            "ladder": {rung: rungs[rung] for rung in words.some(list(rungs))},
            "held_at_cancel": words.one(("keep", "lapse")),
        }
    found["overrides"] = _overrides(words, start, span)
    if words.chance(0.3):
        found["targeting"] = {
            "drawn_class": {"value": words.number(Place(), 2), "law": "s. 10"},
            "drawn_flag": {"value": words.test(Place(), 2), "law": "s. 10"},
        }
    return found


def _limits(words: Words, codes: _Codes) -> list[dict[str, Any]]:
    mine = [code for code, each in codes if each != "household"]
    if not mine or words.chance(0.4):
        return []
    dates = [n for n, (k, _) in words.attributes["member"].items() if k in {"date", "int", "money"}]
    found = []
    for number in range(int(words.rng.integers(1, 3))):
        names = ["amount", *words.some(dates, 2)]
        by = [f"{name} {words.one(('ASC', 'DESC'))}" for name in words.some(names, 2)]
        found.append(
            {
                "name": f"limit_{number}",
                "over": words.some(mine),
                "at_most": words.one((1, 2, 3, *words.parameters["int"])),
                "counts": words.one(("claim", "member")),
                "by": by,
                "law": "s. 11",
            }
        )
    return found


def _components(
    words: Words,
    law: dict[str, Any],
    codes: _Codes,
    limits: list[dict[str, Any]],
    when: tuple[int, int],
) -> list[dict[str, Any]]:
    start, span = when
    limited = {code for limit in limits for code in limit["over"]}
    found: list[dict[str, Any]] = []
    wider: set[str] = set()
    for number, (code, each) in enumerate(codes):
        above = [entry for entry in found if entry["kind"] == "benefit"]
        readable = [
            entry["code"]
            for entry in above
            if each == "household"
            or (entry["each"] == each and entry["code"] not in limited | wider)
        ]
        verdicts = [n for n, c in law["conditions"].items() if c["each"] == each]
        place = Place(
            each,
            components=tuple(readable),
            verdicts=tuple(verdicts),
            gaps=True,
        )
        last_kind = (
            "deduction" if each == "household" and number and words.chance(0.35) else "benefit"
        )
        entry: dict[str, Any] = {"code": code, "each": each, "law": "s. 12", "kind": last_kind}
        if last_kind == "deduction":
            place = Place(each, moneys=("subtotal",), gaps=True)
            entry["amount"] = _deducted(words, place)
        else:
            entry["amount"] = words.amount(place, int(words.one((0, 1, 2))))
        _when_due(words, entry, place, (start, span))
        if words.chance(0.2) and last_kind == "benefit":
            most = words.one((1, 2, 4, *words.parameters["int"]))
            entry["instalments"] = {"most": most, "counted": words.one(("due", "paid"))}
        if words.chance(0.2) and last_kind == "benefit" and "months" not in entry:
            entry["once"] = _once(words, each)
            wider |= {code} if entry["once"]["per"] != each else set()
        if words.chance(0.1):
            entry["keep_zero"] = True
        found.append(entry)
    return found


def _deducted(words: Words, place: Place) -> str:
    """Draw a deduction that takes no more than the lines above it."""
    share = words.one([*words.parameters["percent"], *words.gaps.get("percent", [])])
    return str(
        words.one(
            (
                f"share(subtotal, {share})",
                f"subtotal - share(subtotal, {share})",
                f"at_most(subtotal, {words.one(words.parameters['money'])})",
                f"at_most(at_least({words.money(place, 1)}, 0), at_least(subtotal, 0))",
            )
        )
    )


def _once(words: Words, each: str) -> dict[str, Any]:
    """Draw per whom, and in what span of time, a component comes once."""
    pers = {
        "household": ("household",),
        "member": ("member", "household"),
        "pregnancy": ("pregnancy", "member", "household"),
    }
    per = words.one(pers[each])
    return {"per": per, "in": words.one(("life", "calendar_year", "school_year"))}


def _when_due(words: Words, entry: dict[str, Any], place: Place, when: tuple[int, int]) -> None:
    """Draw for whom and in which months a component is due."""
    start, span = when
    if words.chance(0.6):
        entry["where"] = words.test(place, int(words.one((0, 1, 2))))
    if words.chance(0.15) and entry["kind"] == "benefit":
        entry["unless"] = [
            {"when": words.test(place, 1), "reason": f"refused_{n}", "law": "s. 13"}
            for n in range(int(words.rng.integers(1, 3)))
        ]
    if words.chance(0.4):
        entry["months"] = "each"
    if words.chance(0.25):
        first = (start + int(words.rng.integers(0, 4 * span))) % 12
        length = int(words.rng.integers(0, 9))
        entry["season"] = [f"{MONTHS[first]}..{MONTHS[(first + length) % 12]}"]
    if words.chance(0.15):
        month = start + int(words.rng.integers(0, 3 * span))
        day = f"{month // 12}-{month % 12 + 1:02d}-{words.one(('01', '15'))}"
        entry[words.one(("from", "until"))] = day


def _caps(words: Words, components: list[dict[str, Any]], span: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if words.chance(0.5):
        return found
    for number in range(int(words.rng.integers(1, 3))):
        per = words.one(("month", "cycle"))
        mine = [
            entry["code"]
            for entry in components
            if entry["kind"] == "benefit" and (per == "cycle" or span == 1 or "months" in entry)
        ]
        if not mine:
            continue
        of = words.some(mine)
        ceiling = words.one(
            (
                words.one(words.parameters["money"]),
                f"{words.one(words.parameters['money'])} * {int(words.rng.integers(1, 4))}",
                words.one(
                    (
                        words.one(mine),
                        f"at_least({words.one(mine)}, {words.one(words.parameters['money'])})",
                    )
                ),
            )
        )
        found.append(
            {
                "name": f"cap_{number}",
                "of": of,
                "per": per,
                "at_most": ceiling,
                "reduce": {
                    "lines": [
                        of[n]
                        for n in words.rng.permutation(len(of))[
                            : 1 + int(words.rng.integers(len(of)))
                        ]
                    ],
                    "how": words.one(("proportional", "proportional", "in_order")),
                    "unit": words.one(("0.01", "0.01", "1", "5")),
                    "remainder": words.one(("largest_fraction", "first", "last", "highest")),
                    "tie": words.some(
                        ["amount DESC", "member_id ASC", "amount ASC", "member_id DESC"], 2
                    ),
                },
                "law": "s. 14",
            }
        )
    return found


def _withholding(words: Words, law: dict[str, Any], codes: _Codes) -> list[dict[str, Any]]:
    if words.chance(0.6):
        return []
    of_member = law["facts"]["paper"]["of"] == "member"
    left = [code for code, _ in codes]
    found = []
    for number in range(int(words.rng.integers(1, 3))):
        if not left:
            break
        of = words.some(left, 3)
        left = [code for code in left if code not in of]
        per = ["member"] if of_member and words.chance(0.6) else ["household"]
        by_year = words.chance(0.6)
        deadline: Any = "never"
        if by_year and words.chance(0.8):
            default = words.one(("31 Dec next_year", "15 Mar next_year", "30 Jun same_year"))
            deadline = {
                "default": default,
                "last_day": words.one(("valid", "expired")),
                "then": "forfeit",
            }
            if words.chance(0.4):
                moved = {"earned": 2023, "until": "2024-08-20", "law": "s. 15"}
                deadline["exceptions"] = [moved]
        found.append(
            {
                "of": of,
                "name": f"kept_{number}",
                "share": words.one([*words.parameters["percent"], *words.gaps.get("percent", [])]),
                "balance_per": per + (["calendar_year"] if by_year else []),
                "release": {"by": "paper", "not_before": f"{int(words.rng.integers(0, 61))} days"},
                "deadline": deadline,
                "law": "s. 15",
            }
        )
    return found


def _stops(words: Words, codes: _Codes) -> list[dict[str, Any]]:
    found = []
    for number in range(int(words.one((0, 0, 0, 1, 1, 2)))):
        each = words.one(("household", "member", "pregnancy"))
        lines = words.one(("all", words.some([code for code, _ in codes], 3)))
        place = Place(each)
        when = f"({words.test(place, 0)} AND {words.test(place, 0)})"
        found.append(
            {
                "name": f"stop_{number}",
                "each": each,
                "when": when,
                "money": "hold",
                "lines": lines,
                "alert": "LOOK",
            }
        )
    return found


def _payees(words: Words) -> list[dict[str, Any]]:
    place = Place("member", home=False)
    orders = (
        ["birth_date ASC"],
        ["responsible DESC", "birth_date ASC"],
        ["birth_date DESC"],
        ["sex ASC"],
    )
    found = [
        {"where": words.test(place, 1), "by": words.one(orders)}
        for _ in range(words.one((0, 1, 2)))
    ]
    return [
        *found,
        {
            "where": words.one(("TRUE", "TRUE", "age_at(cycle.first_day) >= 16")),
            "by": words.one(orders),
        },
    ]


def _overrides(words: Words, start: int, span: int) -> list[dict[str, Any]]:
    found = []
    for _ in range(int(words.one((0, 0, 0, 1, 1, 2)))):
        first = start + int(words.rng.integers(0, 3 * span)) - 1
        last = first + int(words.rng.integers(0, 3))
        entry: dict[str, Any] = {
            "from": f"{first // 12}-{first % 12 + 1:02d}-{words.one(('01', '10'))}",
            "to": f"{last // 12}-{last % 12 + 1:02d}-28",
            "law": "s. 16",
        }
        if words.chance(0.4):
            entry["where"] = words.test(Place(), 1)
        more = {"conditions": "exempt", "ladders": "frozen", "release": "without_certificate"}
        found.append(entry | {key: more[key] for key in words.some(list(more))})
    return found
