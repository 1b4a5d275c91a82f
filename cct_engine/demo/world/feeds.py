"""Writes the world's feeds, block by block: memory does not grow with the number of families."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import changes, delhi
from .accounts import account_rows
from .attendance import reported
from .countries import BRAZILIAN, COUNTRIES, DELHIITE
from .dice import Dice
from .families import household_refs
from .faults import double_identity_rows, fault_counts, refused_rows
from .health import growth_checks, prenatal_visits
from .months import first_day, health_window, month_text, parsed, school_window
from .places import Places
from .pregnancies import expected
from .sheets import FeedFile, Folder
from .text import choose, dates, repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .countries import Country
    from .dice import Ints
    from .families import Families

__all__ = ["World", "write_feeds"]

BLOCK = 50_000
_JOIN_PER_1000 = 10


@dataclass(frozen=True, slots=True)
class World:
    """What was written. ``cycles`` are by period; files stand in the order of intake."""

    folder: Path
    households: int
    seed: int
    base: tuple[FeedFile, ...]
    cycles: dict[str, tuple[FeedFile, ...]]
    faults: dict[str, int]  # of the base registry, by kind


def write_feeds(folder: Path, *, households: int, seed: int, periods: Sequence[str]) -> World:
    """Write the base registry and each cycle's updates as canonical CSV feeds.

    ``periods`` are consecutive months as 2026-09, ascending. ``folder/base`` holds the registry
    as of the first day of the month before the first period, ``folder/<period>`` what became
    known since: changes of the month before the period, and the attendance and visits the law
    judges in it. The same arguments give the same bytes.
    """
    months = [parsed(period) for period in periods]
    if not months or months != list(range(months[0], months[0] + len(months))):
        raise ValueError(
            "periods are consecutive months, ascending, at least one: 2026-09, 2026-10."
        )
    if households < 100:  # noqa: PLR2004 - shares need families to be shares of
        raise ValueError("A world has at least 100 households.")
    writer = _Writer(dice=Dice(seed), households=households, first=months[0])
    folder = Path(folder)
    with Folder(folder / "base") as base:
        writer.write_base(base)
    cycles = {}
    for number, month in enumerate(months):
        with Folder(folder / month_text(month)) as sheets:
            writer.write_cycle(sheets, number, month)
        cycles[month_text(month)] = sheets.files()
    faults: dict[str, int] = {}
    for country in COUNTRIES:
        for kind, count in fault_counts(writer.count_of(country)).items():
            faults[kind] = faults.get(kind, 0) + count
    return World(folder, households, seed, base.files(), cycles, faults)


@dataclass(frozen=True, slots=True)
class _Writer:
    dice: Dice
    households: int
    first: int  # the first period's month number

    @property
    def base_day(self) -> int:
        return first_day(self.first - 1)

    @property
    def places(self) -> Places:
        return Places.of(brazil=self.count_of(BRAZILIAN), delhi=self.count_of(DELHIITE))

    def count_of(self, country: Country) -> int:
        brazil = self.households * 7 // 10
        return brazil if country is BRAZILIAN else self.households - brazil

    def _blocks(self, country: Country, start: int, stop: int) -> Iterator[Families]:
        for first in range(start, stop, BLOCK):
            numbers = np.arange(first, min(first + BLOCK, stop), dtype=np.int64)
            yield country.families(self.dice, numbers, self.base_day)

    def write_base(self, sheets: Folder) -> None:
        self.places.write(sheets)
        for country in COUNTRIES:
            count = self.count_of(country)
            for block in self._blocks(country, 0, count):
                days = country.enrolment_days(self.dice, block.number, self.base_day)
                self._write_families(sheets, country, block, days)
                if country is DELHIITE:
                    self._write_cards(sheets, block)
            rows = double_identity_rows(self.dice, country, count, self.base_day)
            sheets.write("persons", rows)
            sheets.write("persons", refused_rows(country, count, 0))

    def _write_families(
        self, sheets: Folder, country: Country, block: Families, entered: Ints
    ) -> None:
        dice, people, day = self.dice, block.people, self.base_day
        sheets.write("households", country.household_columns(dice, block, self.places, day))
        persons = country.person_columns(dice, block, day)
        persons["joined_on"] = dates(np.maximum(people.birth_day, entered[people.row]))
        if country is BRAZILIAN:
            known = expected(dice, block, day).open_on(day)
            pregnant = np.isin(people.key, known.mother)
            persons["pregnant"] = choose(("false", "true"), pregnant.astype(np.int64))
            sheets.write("pregnancies", known.columns(delivered=False))
        sheets.write("persons", persons)
        count = self.count_of(country)
        sheets.write("accounts", account_rows(dice, country, block, entered, count=count))
        sheets.write(
            "enrolments",
            {
                "programme": repeated(country.programme, len(block.number)),
                "household_ref": household_refs(country.prefix, block.number),
                "entered_on": dates(entered),
            },
        )

    def _write_cards(self, sheets: Folder, block: Families) -> None:
        numbers = block.number[delhi.has_ration_card(self.dice, block.number)]
        since = self.base_day - self.dice.between("card since", numbers, 30, 3_000)
        sheets.write(
            "enrolments",
            {
                "programme": repeated("pds_card", len(numbers)),
                "household_ref": household_refs(delhi.PREFIX, numbers),
                "entered_on": dates(since),
            },
        )

    def write_cycle(self, sheets: Folder, number: int, period: int) -> None:
        month = changes.Month(
            number=number,
            name=month_text(period),
            first=first_day(period - 1),
            last=first_day(period),
        )
        for country in COUNTRIES:
            count = self.count_of(country)
            for block in self._blocks(country, 0, count):
                self._write_changes(sheets, country, block, month)
                if country is BRAZILIAN:
                    self._write_births(sheets, block, month)
                    self._write_facts(sheets, block, number, period)
            joining = max(count * _JOIN_PER_1000 // 1_000, 1)
            start = count + number * joining
            for block in self._blocks(country, start, start + joining):
                entered = month.day(self.dice, "join", block.number)
                self._write_families(sheets, country, block, entered)
            sheets.write("persons", refused_rows(country, count, number + 1))

    def _write_changes(
        self, sheets: Folder, country: Country, block: Families, month: changes.Month
    ) -> None:
        dice, day = self.dice, self.base_day
        sheets.write("persons", changes.departures(dice, country, block, month, day))
        sheets.write("deaths", changes.deaths(dice, country, block, month, day))
        sheets.write("enrolments", changes.leavers(dice, country, block, month, day))
        if country is DELHIITE:
            sheets.write("enrolments", changes.new_cards(dice, block, month))
        else:
            rows = country.household_columns(dice, block, self.places, day)
            sheets.write("households", changes.other_incomes(dice, rows, block, month))

    def _write_births(self, sheets: Folder, block: Families, month: changes.Month) -> None:
        dice, day, country = self.dice, self.base_day, BRAZILIAN
        all_of_them = expected(dice, block, day)
        known = all_of_them.registered_within(month.first, month.last)
        born = all_of_them.delivered_within(month.first, month.last)
        sheets.write("pregnancies", known.columns(delivered=False))
        sheets.write("pregnancies", born.columns(delivered=True))
        babies = born.babies(dice)
        sheets.write("persons", country.person_columns(dice, block.with_people(babies), day))
        for women, pregnant in ((known.mother, True), (born.mother, False)):
            mothers = block.people.where(np.isin(block.people.key, women))
            rows = country.person_columns(dice, block.with_people(mothers), day)
            rows["pregnant"] = repeated("true" if pregnant else "false", len(mothers.key))
            if not pregnant:
                rows["is_mother"] = repeated("true", len(mothers.key))
            sheets.write("persons", rows)

    def _write_facts(self, sheets: Folder, block: Families, number: int, period: int) -> None:
        dice, places = self.dice, self.places
        before = school_window(period - 1) if number else ()
        if before:
            sheets.write("attendance", reported(dice, block, before, places).afterwards(dice))
        window = school_window(period)
        if window:
            sheets.write("attendance", reported(dice, block, window, places).on_time(dice))
        half_year = health_window(period)
        if half_year:
            sheets.write("health", growth_checks(dice, block, half_year, places))
            visits = prenatal_visits(dice, expected(dice, block, self.base_day), half_year, places)
            sheets.write("health", visits)
