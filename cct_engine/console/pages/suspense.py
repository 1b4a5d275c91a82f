"""Suspense: bank money without a home, whose it is, and two persons to place it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

import ledger
import reconciliation
from cct_engine.console.answers import Answer, Goto, Table, View
from cct_engine.console.pages.acting import done, too_short
from cct_engine.console.reading import bank as reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.people import Role, acts
from cct_engine.reports import charts
from cct_engine.reports.values import Sum
from reconciliation.open_items import REASONS

__all__ = ["BANDS", "router"]

router = Router()

_MAY: Final = letters("MCBA")
_VIEWS: Final = ("mine", "unowned", "old", "closed")
_REMARK_MIN: Final = 15
BANDS: Final = {"0-2": 2, "3-7": 7, "8-30": 30, "over 30": 10**6}
"""Bands of age by name, each with its last day."""
_CHART_WIDTH: Final = 360
_FILLS: Final = ("to-pay", "transit", "held", "returned")
"""The colours of the bands in the chart: the older, the louder."""


@router.page("/suspense", _MAY, fields=("view",), csv=True)
def queue(visit: Visit) -> Answer:
    """Which bank money has no home, oldest first; the queue ties with the books."""
    view = visit.fields["view"] if visit.fields["view"] in _VIEWS else ""
    rows = [_shown(visit, row) for row in _rows(visit, view)]
    every = rows if not view else [_shown(visit, row) for row in _rows(visit, "")]
    ages = _ages(every)
    return View(
        "suspense.html",
        "Suspense",
        {
            "rows": rows,
            "view": view,
            "all_count": len(every),
            "sums": _sums(every),
            "books": _books(visit),
            "ages": ages,
            "age_bars": _age_bars(ages),
            "bands": [*BANDS],
        },
        table=Table(
            ("item", "age_days", "booked", "amount", "currency", "reason", "owner", "state"),
            [
                (
                    row["item_id"],
                    row["age"],
                    row["opened_on"],
                    plain(row["signed_minor"], row["currency"]),
                    row["currency"],
                    row["text"],
                    row["taken_by"] or row["owner_role"],
                    row["state"],
                )
                for row in rows
            ],
        ),
    )


@router.page("/suspense/{item}", _MAY)
def one(visit: Visit) -> Answer:
    """One line of the bank, field by field beside what it could be."""
    return View("suspense_item.html", "Suspense line", _values(visit))


@router.act("/suspense/{item}/takings", letters("B"))
def take(visit: Visit) -> Answer:
    """Take a line: it is this officer's from now on."""
    row = _of(visit)
    with visit.place.database.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO console.taken (item_id, officer_id, taken_at) "
                "VALUES (:item_id, :officer_id, :at) ON CONFLICT (item_id) DO UPDATE SET "
                "officer_id = :officer_id, taken_at = :at"
            ),
            {
                "item_id": row["item_id"],
                "officer_id": visit.session.officer_id,
                "at": visit.at,
            },
        )
        _record(visit, connection, "suspense.take", row)
    return Goto(f"/suspense/{row['item_id']}")


@router.act("/suspense/{item}/proposals", letters("B"), fields=("resolution", "payment", "reason"))
def propose(visit: Visit) -> Answer:
    """Propose what the line was; nothing is booked until a second person confirms."""
    row, fields = _of(visit), visit.fields
    reason = " ".join(fields.get("reason", "").split())
    if len(reason) < _REMARK_MIN:
        error = (
            "reason",
            too_short(reason, _REMARK_MIN),
        )
        with visit.reading() as again:
            values = _values(again)
        return View("suspense_item.html", "Suspense line", values, status=422, errors=[error])

    def act(desk: Any) -> str:
        with desk.database.transaction() as connection:
            reconciliation.propose(
                connection,
                row["item_id"],
                resolution=fields.get("resolution", ""),
                remark=reason,
                officer_id=desk.officer_id,
                at=desk.clock.now(),
                instruction_id=visit.asked("payment"),
            )
            _record(visit, connection, "suspense.propose", row)
        return "Proposed. A second officer confirms it; nothing is booked until then."

    subject = f"suspense/{row['item_id']}"
    return done(visit, "propose", subject, act, then=f"/{subject}")


@router.act("/suspense/{item}/confirmations", letters("C"))
def confirm(visit: Visit) -> Answer:
    """Confirm what another officer proposed, and book it."""
    row = _of(visit)

    def act(desk: Any) -> str:
        with desk.database.transaction() as connection:
            reconciliation.confirm(
                connection, row["item_id"], officer_id=desk.officer_id, at=desk.clock.now()
            )
            _record(visit, connection, "suspense.confirm", row)
        return "Confirmed and booked. The line is closed."

    subject = f"suspense/{row['item_id']}"
    return done(visit, "confirm", subject, act, then=f"/{subject}")


@router.act("/suspense/{item}/rejections", letters("C"), fields=("reason",))
def reject(visit: Visit) -> Answer:
    """Refuse what another officer proposed; the line is open again."""
    row = _of(visit)
    reason = " ".join(visit.fields.get("reason", "").split())
    if len(reason) < _REMARK_MIN:
        error = ("reason", too_short(reason, _REMARK_MIN))
        with visit.reading() as again:
            values = _values(again)
        return View("suspense_item.html", "Suspense line", values, status=422, errors=[error])

    def act(desk: Any) -> str:
        with desk.database.transaction() as connection:
            reconciliation.reject(
                connection, row["item_id"], officer_id=desk.officer_id, remark=reason
            )
            _record(visit, connection, "suspense.reject", row)
        return "Refused. The line is open again; nothing was booked."

    subject = f"suspense/{row['item_id']}"
    return done(visit, "refuse", subject, act, then=f"/{subject}")


def _record(visit: Visit, connection: sa.Connection, verb: str, row: dict[str, Any]) -> None:
    acts.record(
        connection,
        at=visit.at,
        officer_id=visit.session.officer_id,
        verb=verb,
        subject=f"suspense/{row['item_id']}",
        outcome="done",
    )


def _rows(visit: Visit, view: str) -> list[dict[str, Any]]:
    return reading.suspense(
        visit.connection, visit.scope(), view=view, officer_id=visit.session.officer_id
    )


def _of(visit: Visit) -> dict[str, Any]:
    with visit.reading() as looking:
        row = reading.item(looking.connection, visit.number("item"))
    if row is None or (row["programme"] and not visit.sees(row["programme"])):
        raise NotThere
    return row


def _values(visit: Visit) -> dict[str, Any]:
    row = reading.item(visit.connection, visit.number("item"))
    if row is None or (row["programme"] and not visit.sees(row["programme"])):
        raise NotThere
    me = visit.session.officer_id
    open_now = row["state"] == "open"
    shown = _shown(visit, row)
    return {
        "row": shown,
        "candidates": [
            one
            | {
                "score": sum(
                    bool(one[name])
                    for name in ("same_reference", "same_amount", "same_account", "near_date")
                )
            }
            for one in (
                reading.candidates(visit.connection, row) if row["state"] != "closed" else []
            )
        ],
        "resolutions": {
            name: one.text
            for name, one in reconciliation.RESOLUTIONS.items()
            if (one.direction in {None, row["direction"]}) and (one.booked == row["booked"])
        },
        "may_take": visit.has(Role.BANK_LIAISON) and open_now and row["taken_by_id"] != me,
        "may_propose": visit.has(Role.BANK_LIAISON) and open_now,
        "may_confirm": visit.has(Role.CHECKER)
        and row["state"] == "proposed"
        and row["proposed_by"] != me,
        "is_mine": row["proposed_by"] == me,
    }


def _shown(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    sign = -1 if row["direction"] == "DBIT" else 1
    until = (row["closed_at"] or visit.at).date()
    return row | {
        "text": REASONS.get(row["reason"], row["reason"]),
        "age": max((until - row["opened_on"]).days, 0),
        "signed_minor": sign * row["amount_minor"],
    }


def _sums(rows: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return, by currency, what the bank gave too much and took too much, of our own accounts."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row["booked"]:
            credit, debit = sums.get(row["currency"], (0, 0))
            if row["direction"] == "CRDT":
                sums[row["currency"]] = (credit + row["amount_minor"], debit)
            else:
                sums[row["currency"]] = (credit, debit + row["amount_minor"])
    return sums


def _books(visit: Visit) -> dict[str, tuple[int, int]]:
    """Return what the ledger holds in suspense: credits on 2900, debits on 1030 and 1900."""
    held: dict[str, tuple[int, int]] = {}
    for one in ledger.trial_balance(visit.connection):
        credit, debit = held.get(one.currency, (0, 0))
        if one.account == 2900:  # noqa: PLR2004 - the chart's number
            held[one.currency] = (credit - one.balance_minor, debit)
        elif one.account in {1030, 1900}:
            held[one.currency] = (credit, debit + one.balance_minor)
    return {currency: sums for currency, sums in held.items() if any(sums)}


def _age_bars(ages: dict[str, dict[str, int]]) -> list[list[charts.Segment]]:
    """Lay each owner's lines as a bar, one piece for each band of age."""
    piles = [
        [Sum(band, kind, 0, n) for (band, n), kind in zip(one.items(), _FILLS, strict=True)]
        for one in ages.values()
    ]
    return charts.piles(piles, _CHART_WIDTH)


def _ages(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Return open items by owner and age band."""
    ages: dict[str, dict[str, int]] = {}
    for row in rows:
        owner = row["taken_by"] or f"unowned:{row['owner_role']}"
        band = next(name for name, most in BANDS.items() if row["age"] <= most)
        ages.setdefault(owner, dict.fromkeys(BANDS, 0))[band] += 1
    return ages
