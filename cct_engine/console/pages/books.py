"""The ledger: from the trial balance to the attendance row, four levels, each a link."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import ledger
from bank_adapters import reason_for
from cct_engine import registry
from cct_engine.console.answers import Answer, Table, View
from cct_engine.console.asked import whole
from cct_engine.console.reading import books as reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Visit
from cct_engine.console.words import plain
from cct_engine.cycle import by_code
from ledger import CHART

__all__ = ["router"]

router = Router()

_MAY: Final = letters("MCBA")
_SPAN: Final = ("fund", "since", "until", "known_on")


@router.page("/ledger", _MAY, fields=_SPAN, csv=True)
def trial(visit: Visit) -> Answer:
    """What is in the books: every account of a fund, and whether it can be believed."""
    values = _span(visit)
    fund = values["fund"]
    rows = (
        reading.trial(
            visit.connection,
            fund["fund_id"],
            since=values["since"],
            until=values["until"],
            known_on=values["known_on"],
        )
        if fund
        else []
    )
    currency = fund["currency"] if fund else ""
    names = ("opening", "debit", "credit", "closing")
    return View(
        "ledger.html",
        "Ledger",
        values
        | {
            "rows": rows,
            "currency": currency,
            "totals": {name: sum(row[f"{name}_minor"] for row in rows) for name in names},
            "closing_dr": sum(max(row["closing_minor"], 0) for row in rows),
            "closing_cr": sum(max(-row["closing_minor"], 0) for row in rows),
            "head": ledger.head(visit.connection),
        },
        table=Table(
            ("account", "name", *(f"{name}_{currency}" for name in names)),
            [
                (
                    row["account"],
                    row["name"],
                    *(plain(row[f"{name}_minor"], currency) for name in names),
                )
                for row in rows
            ],
        ),
    )


@router.page("/ledger/accounts/{code}", _MAY, fields=(*_SPAN, "before"), csv=True)
def account(visit: Visit) -> Answer:
    """One account: the batches that moved it."""
    code = visit.number("code")
    if code not in CHART:
        raise NotThere
    values = _span(visit)
    fund = values["fund"]
    if fund is None:
        raise NotThere
    rows = reading.batches_of(
        visit.connection,
        code,
        fund["fund_id"],
        since=values["since"],
        until=values["until"],
        before=visit.asked("before"),
        most=visit.most(),
    )
    page = visit.page(rows)
    return View(
        "account.html",
        f"Account – {code}",
        values
        | {
            "account": CHART[code],
            "rows": page.rows,
            "next_before": page.after("batch_id"),
            "currency": fund["currency"],
            "balance_minor": ledger.balance(visit.connection, code, fund_id=fund["fund_id"]),
        },
        table=Table(
            ("batch", "value", "event", "lines", "debit", "credit", "cycle"),
            [
                (
                    row["batch_id"],
                    row["value_on"],
                    row["event"],
                    row["line_count"],
                    plain(row["debit_minor"], fund["currency"]),
                    plain(row["credit_minor"], fund["currency"]),
                    row["cycle"],
                )
                for row in rows
            ],
        ),
    )


@router.page("/ledger/batches/{batch}", _MAY, fields=("after", "account"))
def batch(visit: Visit) -> Answer:
    """One batch: its seal and its lines."""
    one = _batch(visit)
    after = _line_of(visit.fields["after"]) or (-1, -1)
    page = visit.page(reading.lines_of(visit.connection, one, after=after, most=visit.most()))
    return View(
        "batch.html",
        f"Batch – {one['batch_id']}",
        {
            "batch": one,
            "rows": page.rows,
            "next_after": f"{page.last['subject_id']}-{page.last['seq']}" if page.last else "",
            "account": visit.asked("account") or "",
        },
    )


@router.page("/ledger/batches/{batch}/lines/{line}", _MAY, fields=("account",))
def line(visit: Visit) -> Answer:
    """One line, and in six sentences the papers behind it."""
    one = _batch(visit)
    which = _line_of(visit.names["line"])
    if which is None:
        raise NotThere
    row = reading.line(visit.connection, one, *which)
    if row is None:
        raise NotThere
    found = reading.evidence(visit.connection, one, row) if row["subject_id"] else None
    order = found["order"] if found else None
    return View(
        "line.html",
        f"Line – {visit.names['line']}, {one['batch_id']}",
        {
            "batch": one,
            "row": row,
            "found": found,
            "told": reason_for(
                order["reason_list"], order["reason"], language=visit.told_in
            ).clerk_text
            if order and order["reason"]
            else "",
            "sides": (CHART[one["debit"]].name, CHART[one["credit"]].name),
            "components": _components(visit, one["cycle"]),
            "is_family": bool(found and found["calculated"]),
            "number": registry.number_of(row["subject_id"]) if row["subject_id"] else "",
            "account": visit.asked("account") or "",
        },
    )


def _components(visit: Visit, code: str | None) -> dict[str, str]:
    """Return the names of the components in the law of a batch's cycle."""
    if code is None:
        return {}
    return visit.components(by_code(visit.connection, code))


def _line_of(text: str) -> tuple[int, int] | None:
    """Return the subject and the number of a line, written as ``18-2``; None for what is none."""
    subject, seq = map(whole, text.partition("-")[::2])
    return None if subject is None or seq is None else (subject, seq)


def _batch(visit: Visit) -> dict[str, Any]:
    found = reading.batch(visit.connection, visit.number("batch"))
    if found is None or (found["programme"] and not visit.sees(found["programme"])):
        raise NotThere
    return found


def _span(visit: Visit) -> dict[str, Any]:
    known = reading.funds(visit.connection, visit.scope())
    today = visit.at.date()
    fund = next((one for one in known if one["code"] == visit.fields["fund"]), None)
    fund = fund or (known[0] if known else None)
    since = _day(visit.fields["since"]) or today.replace(month=1, day=1)
    until = _day(visit.fields["until"]) or today
    known_on = _day(visit.fields["known_on"]) or today
    query = urlencode(
        {
            "fund": fund["code"] if fund else "",
            "since": since.isoformat(),
            "until": until.isoformat(),
        }
    )
    return {
        "funds": known,
        "fund": fund,
        "since": since,
        "until": until,
        "known_on": known_on,
        "query": query,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
