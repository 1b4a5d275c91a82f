"""What is wrong with a row, as a value: where, what, which rule, and what to do.

A finding shows the cell only where its column is not private and the cell is a short number or
date: in a row shifted by a cell, a name may stand anywhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RULES", "Finding", "IntakeReport", "RefusedFeed", "Rule"]


class RefusedFeed(Exception):  # noqa: N818 - what the sender is told
    """A whole file that cannot be taken in: nothing of it was loaded."""


class Rule(NamedTuple):
    """A rule of intake in words: what is wrong, and what to do."""

    wrong: str
    remedy: str


RULES: Final = {
    # the row as a whole
    "too_few_cells": Rule("the row has fewer cells than the header", "Complete the row."),
    "too_many_cells": Rule(
        "the row has more cells than the header", "Put text that contains the separator in quotes."
    ),
    # one cell
    "missing": Rule("is empty and must not be", "Fill it in."),
    "formula": Rule(
        "begins like a spreadsheet formula", "Remove the = + - @ or control character in front."
    ),
    "control_character": Rule("holds a control character", "Type the text again."),
    "too_long": Rule("is too long", "Shorten it."),
    "not_a_reference": Rule(
        "is no reference", "Use letters, digits and . _ : / - only, at most 64 of them."
    ),
    "not_a_code": Rule("is no code", "Use letters, digits and . _ : / - only, at most 64 of them."),
    "not_an_account": Rule("is no account or id number", "Copy it again from the document."),
    "wrong_length": Rule("has not the length such numbers have", "Copy it again."),
    "zeros_lost": Rule(
        "is too short: leading zeros were lost", "Store the column as text and write the zeros."
    ),
    "not_a_number": Rule("is no whole number", "Write digits only, without separators."),
    "not_an_amount": Rule("is no amount", "Write it as the feed's declaration says."),
    "too_small": Rule("is smaller than it can be", "Check the number."),
    "too_large": Rule("is larger than it can be", "Check the number; perhaps a decimal was lost."),
    "not_a_percentage": Rule("is no percentage", "Write it as the feed's declaration says."),
    "percent_as_fraction": Rule(
        "looks like a fraction where percent are declared", "Write 85 where you wrote 0.85."
    ),
    "not_a_date": Rule("is no date", "Write it as the feed's declaration says."),
    "impossible_date": Rule("is a date that cannot be meant", "Check the year."),
    "not_yes_or_no": Rule("is neither yes nor no", "Write true or false."),
    "not_in_list": Rule("is not one of the values agreed", "Use a value of the declaration."),
    # the row against itself
    "more_than_whole": Rule("is more than the whole it is a part of", "Check both numbers."),
    "in_the_future": Rule("lies after the day the data was collected", "Check the date."),
    "ends_before_it_begins": Rule("lies before the beginning", "Check both dates."),
    "half_an_identifier": Rule("needs its other half", "Give scheme and number, or neither."),
    # the row against the file
    "conflict": Rule(
        "is also given, differently, in another row", "Keep the right row, drop the other."
    ),
    "overlap": Rule("overlaps another stay in the same household", "Keep one row for one stay."),
    # the row against the registry
    "unknown_reference": Rule(
        "is not known to the registry", "Register it first, or correct the reference."
    ),
    "unknown_code": Rule("is not in the registry's list", "Add the code first, or correct it."),
    "code_taken": Rule(
        "is known with other values; a code keeps its meaning", "End the old code, use a new one."
    ),
    "older_than_known": Rule(
        "is older than what the registry knows", "Nothing: the newer one stays."
    ),
    "refuted_before": Rule(
        "repeats a claim of the same source that was refuted", "Send the register entry."
    ),
    "not_a_phone": Rule(
        "is no telephone", "Write + and the country code, then digits: +5511987654321."
    ),
    "not_in_household": Rule(
        "lives not in that household, or nobody does", "Check person and household."
    ),
    "not_enrolled": Rule("ends an enrolment that is not open", "Check programme and household."),
    "left_already": Rule(
        "names an enrolment that has ended otherwise", "Entering again needs a new day."
    ),
    "enrolled_already": Rule(
        "is on the list already, since another day", "End that enrolment first."
    ),
    "changed_this_instant": Rule(
        "was changed twice at this very instant", "Feed the row again later."
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why one row was not loaded."""

    row: int
    """As a spreadsheet counts: the header is row 1."""
    column: str
    rule: str
    value: str = ""
    other_row: int | None = None

    @property
    def text(self) -> str:
        """The finding as a sentence for the person who has to correct it."""
        wrong, remedy = RULES[self.rule]
        place = f"Row {self.row:,}, {self.column}" if self.column else f"Row {self.row:,}"
        shown = f" ({self.value})" if self.value else ""
        other = f" See row {self.other_row:,}." if self.other_row else ""
        return f"{place}: {wrong}{shown}. {remedy}{other}"


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a file: every row was loaded, rejected, or repeated what was known."""

    feed_file_id: int
    feed: str
    rows: int
    loaded: int
    rejected: int
    repeated: int
    withdrawn: int = 0
    """Facts a resent window no longer has."""
    again: bool = False
    """The same bytes had been taken in before: nothing is new."""
    findings: tuple[Finding, ...] = ()
    """The first of them, in the order of the file; all stand in registry.rejected_row."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many rows each rule rejected."""
    ignored_columns: tuple[str, ...] = ()
    reject_path: Path | None = None

    def __post_init__(self) -> None:
        if self.rows != self.loaded + self.rejected + self.repeated:
            raise AssertionError(
                f"Feed {self.feed}, file {self.feed_file_id}: {self.rows} rows, but {self.loaded} "
                f"loaded + {self.rejected} rejected + {self.repeated} repeated. Rows were lost."
            )

    def as_dict(self) -> dict[str, object]:
        """Return the report for machines."""
        return asdict(self) | {
            "findings": [finding.text for finding in self.findings],
            "reject_path": None if self.reject_path is None else str(self.reject_path),
        }
