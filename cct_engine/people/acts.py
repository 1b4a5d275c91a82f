"""The chained record of every act: who did what, to what, when, and what was refused.

Each act carries the SHA-256 of the one before, so that a changed, removed or inserted row is found
with its place. The table refuses UPDATE, DELETE and TRUNCATE by trigger and by GRANT.

Personal data never stands in an act: the subject is a number or a code, the detail is counts,
codes and digests.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

__all__ = ["FIRST", "Act", "Fault", "head", "record", "verify"]

FIRST: Final = "0" * 64
"""What the first act names as the one before."""

_LOCK: Final = 0x63_63_74_61_63_74  # "cctact": one writer at a time, until its transaction ends

_HEAD = sa.text("SELECT act_id, digest FROM people.act ORDER BY act_id DESC LIMIT 1")
_INSERT = sa.text(
    "INSERT INTO people.act (act_id, at, officer_id, verb, subject, outcome, detail, purpose_code,"
    " centre_id, previous, digest) VALUES (:act_id, :at, :officer_id, :verb, :subject, :outcome,"
    " :detail, :purpose_code, :centre_id, :previous, :digest)"
)
_ALL = sa.text(
    "SELECT act_id, at, officer_id, verb, subject, outcome, detail, purpose_code, centre_id,"
    " previous, digest FROM people.act ORDER BY act_id"
)


class Act(NamedTuple):
    """What was recorded: its number and the digest that the next act will name."""

    act_id: int
    digest: str


class Fault(NamedTuple):
    """A place where the record is not what was written."""

    act_id: int
    what: str


def record(
    connection: sa.Connection,
    *,
    at: datetime,
    officer_id: int,
    verb: str,
    subject: str,
    outcome: str,
    detail: Mapping[str, object] | None = None,
    purpose_code: str | None = None,
    centre_id: int | None = None,
) -> Act:
    """Add one act to the chain, inside the caller's transaction.

    ``outcome`` is ``done`` or ``refused``. ``detail`` is JSON of text, integers, booleans, lists
    and objects (a float is refused: its text differs between machines). The chain is locked until
    the transaction ends, so record at the end of a long one. Raises ValueError for a naive ``at``
    and TypeError for a detail that is no such JSON.
    """
    if at.tzinfo is None:
        raise ValueError("An act needs an instant with a time zone; ask the clock for one.")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = connection.execute(_HEAD).one_or_none()
    values: dict[str, object] = {
        "act_id": 1 if last is None else last.act_id + 1,
        "at": at.astimezone(UTC),
        "officer_id": officer_id,
        "verb": verb,
        "subject": subject,
        "outcome": outcome,
        "detail": _as_stored(detail or {}),
        "purpose_code": purpose_code,
        "centre_id": centre_id,
        "previous": FIRST if last is None else last.digest,
    }
    digest = _digest(values)
    stored = values | {"detail": Jsonb(values["detail"]), "digest": digest}
    connection.execute(_INSERT, stored)
    return Act(act_id=1 if last is None else last.act_id + 1, digest=digest)


def head(connection: sa.Connection) -> Act | None:
    """Return the newest act, or None if there is none: the anchor to print or keep elsewhere."""
    last = connection.execute(_HEAD).one_or_none()
    return None if last is None else Act(last.act_id, last.digest)


def verify(connection: sa.Connection) -> Iterator[Fault]:
    """Read the whole chain again and name every place where it is broken.

    Memory does not grow with the record. A record cut off at its end still verifies: compare
    ``head`` with an anchor kept elsewhere.
    """
    expected_id, previous = 1, FIRST
    with connection.execute(_ALL, execution_options={"yield_per": 2_000}) as rows:
        for found in rows.mappings():
            row = dict(found)
            if row["act_id"] != expected_id:
                yield Fault(expected_id, f"missing: the next one kept is {row['act_id']}")
            if row["previous"] != previous:
                yield Fault(row["act_id"], "does not name the act before it")
            if row["digest"] != _digest(row):
                yield Fault(row["act_id"], "was changed after it was written")
            expected_id, previous = row["act_id"] + 1, row["digest"]


def _as_stored(detail: Mapping[str, object]) -> dict[str, object]:
    _refuse_floats(dict(detail))
    kept: dict[str, object] = json.loads(json.dumps(dict(detail)))
    return kept


def _digest(act: Mapping[str, Any]) -> str:
    covered = {key: value for key, value in act.items() if key != "digest"}
    covered["at"] = act["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("An act's detail holds no floats: write minor units, counts or text.")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
