"""The feeds' columns and the CSV files they are written to, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa
import pyarrow.csv as pa_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from .text import Column

__all__ = ["COLUMNS", "FeedFile", "Folder"]


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


COLUMNS = {
    "areas": _columns("area_code level parent_code title valid_from"),
    "centres": _columns("centre_code title area_code valid_from"),
    "facilities": _columns("facility_code kind title area_code valid_from"),
    "households": _columns(
        "household_ref kind area_code zone municipality urban centre_code income_total updated_on "
        "income_kind spatial social occupational"
    ),
    "persons": _columns(
        "person_ref household_ref given_name family_name sex birth_date relationship responsible "
        "joined_on left_on national_id_scheme national_id disability grade "
        "finished_basic_education pregnant is_mother"
    ),
    "pregnancies": _columns("pregnancy_ref person_ref lmp_on registered_on delivery_on"),
    "accounts": _columns("person_ref kind number agent holder_name verified valid_from"),
    "enrolments": _columns("programme household_ref person_ref entered_on exited_on reason"),
    "deaths": _columns("person_ref died_on register_ref"),
    "attendance": _columns("person_ref month facility_code present total reason_code"),
    "health": _columns("person_ref kind month facility_code visits reason_code"),
}
"""Columns by feed, in the order in which feeds are taken in."""

_PLAIN = pa_csv.WriteOptions(include_header=False, quoting_style="none")


class FeedFile(NamedTuple):
    """One written feed: its kind as the registry and compliance declare it, and its rows."""

    kind: str
    path: Path
    rows: int


class Folder:
    """A folder of feeds being written; a feed without rows leaves no file.

    ``names`` gives a feed another file name than its own.
    """

    def __init__(self, path: Path, *, names: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._names = names or {}
        self._sinks: dict[str, pa.NativeFile] = {}
        self._rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._path.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for sink in self._sinks.values():
            sink.close()

    def write(self, feed: str, columns: Mapping[str, Column]) -> None:
        """Append rows to a feed. A column that is not given is empty."""
        unknown = set(columns) - set(COLUMNS[feed])
        if unknown:
            raise ValueError(f"The feed {feed} has no column {', '.join(sorted(unknown))}.")
        count = len(next(iter(columns.values())))
        if not count:
            return
        empty = pa.nulls(count, pa.string())
        names = COLUMNS[feed]
        table = pa.table([columns.get(name, empty) for name in names], names=list(names))
        pa_csv.write_csv(table, self._sink(feed), _PLAIN)
        self._rows[feed] = self._rows.get(feed, 0) + count

    def files(self) -> tuple[FeedFile, ...]:
        """Return what was written, in the order in which it is to be taken in."""
        return tuple(
            FeedFile(feed, self._file(feed), self._rows[feed])
            for feed in COLUMNS
            if feed in self._rows
        )

    def _file(self, feed: str) -> Path:
        return self._path / self._names.get(feed, f"{feed}.csv")

    def _sink(self, feed: str) -> pa.NativeFile:
        if feed not in self._sinks:
            sink = pa.OSFile(str(self._file(feed)), "wb")
            sink.write((",".join(COLUMNS[feed]) + "\n").encode())
            self._sinks[feed] = sink
        return self._sinks[feed]
