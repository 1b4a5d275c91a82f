"""Programmes with their law and scenarios; feeds with coverage and reject files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from cct_engine import compliance, registry, rulebook
from cct_engine.console import trying
from cct_engine.console.answers import Answer, File, Table, View
from cct_engine.console.forms import plain_name
from cct_engine.console.pages import whatif
from cct_engine.console.pages.acting import done
from cct_engine.console.reading import office as reading
from cct_engine.console.reading import rules as rules_reading
from cct_engine.console.routes import Router, letters
from cct_engine.console.visit import NotThere, Upload, Visit
from cct_engine.console.words import amount
from cct_engine.cycle import law
from cct_engine.money import parse_minor
from cct_engine.people import Role

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["router"]

router = Router()

_PROGRAMMES: Final = letters("MCANWF")
_FEEDS: Final = letters("MCANWF")
_HANDS: Final = letters("MWF")


@router.page("/programmes", _PROGRAMMES)
def programmes(visit: Visit) -> Answer:
    """Every programme of the house, and the law in force."""
    rows = rules_reading.programmes(visit.connection, visit.scope())
    return View("programmes.html", "Programmes", {"rows": rows})


@router.page("/programmes/{programme}", _PROGRAMMES)
def programme(visit: Visit) -> Answer:
    """The law of a programme: its values with dates and articles, its text, its scenarios."""
    code = visit.names["programme"]
    if code not in rulebook.programmes() and not rules_reading.is_own(visit.connection, code):
        raise NotThere
    if not visit.sees(code):
        raise NotThere
    rules = law.in_force(code, visit.place.home)
    return View(
        "programme.html",
        f"Programme – {rules.law.title}",
        {
            "code": code,
            "name": rules.law.title,
            "currency": rules.currency,
            "digest": rules.digest,
            "text": rules.text,
            "components": [(one.code, one.title) for one in rules.law.components],
            "values": [
                (name, value, _written(one.type, value.value, rules.currency))
                for name, one in rules.law.parameters.items()
                for value in one.values
            ],
            "conditions": list(rules.law.conditions),
            "unsure": rulebook.unsure(rules),
            "versions": rules_reading.versions(visit.connection, code),
            "tried_over": [one.code for one in whatif.calculated(visit, code)],
            "may_try": visit.has(Role.ANALYST, Role.CHECKER),
            "may_test": visit.has(Role.ANALYST, Role.CHECKER) and code in rulebook.programmes(),
        },
    )


@router.act("/programmes/{programme}/scenarios", letters("NC"))
def run_scenarios(visit: Visit) -> Answer:
    """Run the scenarios of policy people against the law: work that may take a while."""
    code = visit.names["programme"]
    if code not in rulebook.programmes() or not visit.sees(code):
        raise NotThere

    return done(
        visit,
        "run scenarios",
        f"programme/{code}",
        lambda _desk: trying.scenarios_said(code),
        then=f"/programmes/{code}",
    )


@router.page("/feeds", _FEEDS, fields=("kind", "month"), csv=True)
def feeds(visit: Visit) -> Answer:
    """Can we trust what came in? Coverage by facility, the worst first; files with their sums."""
    connection = visit.connection
    kind, kinds = visit.fields["kind"] or "attendance", rules_reading.kinds(connection)
    if kind not in kinds:
        raise NotThere
    month = _month(visit.fields["month"]) or rules_reading.newest_month(
        connection, kind, on=visit.at.date()
    )
    covered = rules_reading.coverage(connection, kind, month, at=visit.at) if month else ()
    bins = [0] * 20
    for one in covered:
        share = one.reported * 100 // one.expected if one.expected else 100
        bins[min(share // 5, 19)] += 1
    return View(
        "feeds.html",
        "Feeds",
        {
            "rows": reading.feeds(visit.connection),
            "covered": covered[:20],
            "facility_count": len(covered),
            "silent_count": sum(1 for one in covered if not one.reported and one.expected),
            "expected": sum(one.expected for one in covered),
            "reported": sum(one.reported for one in covered),
            "bins": bins,
            "kind": kind,
            "kinds": kinds,
            "month_on": month,
            "may_hand_in": visit.has(*_HANDS),
            "declared": (*registry.feeds, *compliance.feeds),
        },
        table=Table(
            ("facility", "title", "expected", "reported", "missing", "files"),
            [
                (
                    one.facility_code,
                    one.title,
                    one.expected,
                    one.reported,
                    one.missing,
                    one.file_count,
                )
                for one in covered
            ],
        ),
    )


@router.page("/feeds/{feed}", _FEEDS)
def feed(visit: Visit) -> Answer:
    """One file: rows are loaded, rejected and repeated; why each rejected row did not pass."""
    row = reading.feed(visit.connection, visit.number("feed"))
    if row is None:
        raise NotThere
    return View(
        "feed.html",
        f"Feed – {row['file_name']}",
        {
            "row": row,
            "rejected": reading.rejected_rows(visit.connection, row["feed_file_id"]),
            "may_download": visit.has(*_HANDS) and _may_fetch(visit, row),
        },
    )


@router.download("/feeds/{feed}/rejects.csv", _HANDS)
def rejects(visit: Visit) -> Answer:
    """The rejected rows as they came, to be corrected and handed in again."""
    row = reading.feed(visit.connection, visit.number("feed"))
    if row is None or not row["reject_file"] or not _may_fetch(visit, row):
        raise NotThere
    name = plain_name(str(row["reject_file"]))
    path = visit.place.home / "rejects" / name
    if name != row["reject_file"] or not path.is_file():
        raise NotThere
    return File(name, path, "text/csv; charset=utf-8")


def _may_fetch(visit: Visit, row: dict[str, Any]) -> bool:
    session = visit.session
    return reading.may_fetch_rejects(
        row, centres=session.centres_of(_HANDS), officer_id=session.officer_id
    )


@router.act("/feeds", _HANDS, fields=("kind",), file="file")
def hand_in(visit: Visit) -> Answer:
    """Take a file in: good rows load, bad rows come back with a reason."""
    kind, upload = visit.fields.get("kind", ""), visit.uploads.get("file")
    if kind not in {*registry.feeds, *compliance.feeds}:
        raise visit.refuse("kind", "There is no such kind of feed. Nothing was taken in.")
    if upload is None:
        raise visit.refuse("file", "Choose a file. Nothing was taken in.")
    suffix = upload.name.rpartition(".")[2].lower()
    if suffix not in {"csv", "xlsx", "parquet"}:
        raise visit.refuse("type", "A feed is CSV, XLSX or Parquet. Nothing was taken in.")
    folder = visit.place.home / "feeds" / "handed-in"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{visit.at:%Y%m%dT%H%M%S%f}-{upload.name}"
    upload.path.rename(path)
    kept = Upload(upload.name, path, upload.byte_count)
    return done(
        visit,
        "take in",
        f"feed/{path.name}",
        lambda desk: _taken_in(desk, kind, kept),
        then="/feeds",
    )


def _taken_in(desk: Desk, kind: str, upload: Upload) -> str:
    at, rejects_folder = desk.clock.now(), desk.home / "rejects"
    with desk.database.transaction() as connection:
        if kind in compliance.feeds:
            report = compliance.take_in(
                connection,
                upload.path,
                compliance.feed(kind),
                at=at,
                officer_id=desk.officer_id,
                rejects_folder=rejects_folder,
            )
        else:
            report = registry.take_in(
                connection,
                upload.path,
                registry.feed(kind),
                at=at,
                officer_id=desk.officer_id,
                rejects_folder=rejects_folder,
                token_key=desk.settings.token_key.get_secret_value().encode(),
            )
    return (
        f"{upload.name}: {report.rows} rows = {report.loaded} loaded + {report.rejected} rejected "
        f"+ {report.repeated} repeated."
    )


def _written(kind: str, value: str | int | None, currency: str) -> str:
    """Write a value of the law as its readers do: money as the currency's country writes it."""
    if value is None:
        return "–"
    return amount(parse_minor(str(value), currency), currency) if kind == "money" else str(value)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None
