"""The bank's answers, returns, and accounts that were changed."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from bank_adapters import reason_for
from cct_engine import cycle as steps_door
from cct_engine import registry
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.asked import whole
from cct_engine.console.pages.acting import done
from cct_engine.console.reading import bank as reading
from cct_engine.console.reading import returned
from cct_engine.console.reading.cycles import logins
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.people import Role
from cct_engine.reports import charts
from cct_engine.reports.values import Sum

__all__ = ["router"]

router = Router()

_ANSWERS: Final = letters("MRBA")
_RETURNS: Final = letters("MCBAWF")
_ACCOUNTS: Final = 200


@router.page("/answers", _ANSWERS, fields=("result",), csv=True)
def answers(visit: Visit) -> Answer:
    """Show what came from the bank, whether it was whole, what it did."""
    rows = reading.answers(visit.connection, result=visit.fields["result"])
    inbox = steps_door.waiting_files(visit.place.home)
    return View(
        "answers.html",
        "Bank answers",
        {
            "rows": rows,
            "wanted": visit.fields,
            "inbox_count": len(inbox),
            "may_book": visit.has(Role.BANK_LIAISON),
        },
        table=Table(
            ("received", "file", "format", "state", "rows", "booked", "repeated", "to_suspense"),
            [
                (
                    row["received_at"],
                    row["name"],
                    row["format"],
                    row["state"],
                    row["event_count"],
                    row["applied_count"],
                    row["repeated_count"],
                    row["suspense_count"],
                )
                for row in rows
            ],
        ),
    )


@router.page("/answers/{answer}", _ANSWERS)
def answer(visit: Visit) -> Answer:
    """One message of the bank."""
    row = reading.answer(visit.connection, visit.number("answer"))
    if row is None:
        raise NotThere
    return View("answer.html", f"Bank answer – {row['name']}", {"row": row})


@router.act("/answers", letters("B"), file="file")
def hand_in(visit: Visit) -> Answer:
    """Lay a file of the bank into the inbox and book what is there."""
    upload = visit.uploads.get("file")
    if upload is None:
        raise visit.refuse("file", "Choose a file of the bank. Nothing was handed in.")
    inbox = steps_door.inbox_of(visit.place.home)
    inbox.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(upload.path.read_bytes()).hexdigest()
    upload.path.rename(inbox / f"{digest[:12]}-{upload.name}")
    return _booked(visit)


@router.act("/answers/bookings", letters("B"))
def book(visit: Visit) -> Answer:
    """Take in what lies in the inbox and book what can be matched."""
    return _booked(visit)


@router.page("/returns", _RETURNS, fields=("cycle",), csv=True)
def returns(visit: Visit) -> Answer:
    """What came back, why, and what is to be done about it; accounts that were changed."""
    rows = [
        _told(row, visit.told_in)
        for row in returned.returns(visit.connection, visit.scope(), cycle=visit.fields["cycle"])
    ]
    names = logins(visit.connection)
    waiting = registry.waiting_accounts(centres=visit.centres)
    accounts = [
        dict(row)
        | {
            "number": registry.number_of(row["household_id"]) if row["household_id"] else "",
            "login": names[row["proposed_by"]],
        }
        for row in visit.connection.execute(waiting).mappings().fetchmany(_ACCOUNTS)
    ]
    return View(
        "returns.html",
        "Returns",
        {
            "rows": rows,
            "wanted": visit.fields,
            "bars": {
                currency: charts.bars(
                    [
                        Sum(row["meaning"], "returned", row["payments"], row["amount_minor"])
                        for row in rows
                        if row["currency"] == currency
                    ],
                    380,
                )
                for currency in sorted({row["currency"] for row in rows})
            },
            "accounts": accounts,
            "may_confirm": visit.has(Role.CHECKER)
            and any(row["proposed_by"] != visit.session.officer_id for row in accounts),
        },
        table=Table(
            ("programme", "reason", "meaning", "action", "payments", "sum", "currency", "oldest"),
            [
                (
                    row["title"],
                    row["reason"],
                    row["meaning"],
                    row["action"],
                    row["payments"],
                    plain(row["amount_minor"], row["currency"]),
                    row["currency"],
                    row["oldest_on"],
                )
                for row in rows
            ],
        ),
    )


@router.act("/returns/accounts", letters("C"), fields=("chosen",))
def confirm_accounts(visit: Visit) -> Answer:
    """Confirm changed accounts as the second person; used one cycle later."""
    ids = [number for one in visit.chosen if (number := whole(one))]
    if not ids:
        raise visit.refuse("choice", "Select the accounts that you confirm. Nothing was done.")

    def act(desk: Any) -> str:
        with desk.database.transaction() as connection:
            count = registry.confirm_accounts(
                connection, at=desk.clock.now(), officer_id=desk.officer_id, account_ids=ids
            )
        return f"{count} changed accounts are confirmed. They are used from next month on."

    return done(visit, "confirm accounts", "registry/accounts", act, then="/returns")


def _booked(visit: Visit) -> Answer:
    return done(
        visit,
        "reconcile",
        "bank/inbox",
        lambda desk: steps_door.reconcile(desk).sentence,
        then="/answers",
    )


def _told(row: dict[str, Any], language: str) -> dict[str, Any]:
    told = reason_for(row["reason_list"], row["reason"], language=language)
    meaning, _, advice = told.clerk_text.replace("। ", ". ", 1).partition(". ")
    action = told.action.value.replace("_", " ").lower()
    return row | {"meaning": meaning.rstrip(".।"), "advice": advice or action, "action": action}
