"""What is common to the families of both countries: keys, references, columns of a block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .text import Column, joined, numbered

if TYPE_CHECKING:
    from .dice import Bools, Ints

__all__ = [
    "BABY_SLOT",
    "FAULT_SLOT",
    "SLOTS",
    "Families",
    "People",
    "household_refs",
    "person_refs",
]

SLOTS = 32
"""A person's key is the family's number × 32 + a place in the family, so that it never changes."""
FIRST_ACCOUNTS = 12_345_679
"""Where the numbering of accounts starts; corrected accounts start elsewhere."""
BABY_SLOT = 16
"""A child born during the cycles has its mother's place + 16."""
FAULT_SLOT = 24
"""Persons who stand in a feed by mistake have places from 24."""


@dataclass(frozen=True, slots=True)
class People:
    """Members of a block of families, ordered by family and place."""

    key: Ints
    row: Ints  # the family's row in the block
    birth_day: Ints  # days since 1970-01-01
    female: Ints  # 1 or 0
    relationship: Column
    responsible: Bools
    is_mother: Bools

    @property
    def slot(self) -> Ints:
        """Return each person's place in the family."""
        return self.key % SLOTS

    @property
    def family(self) -> Ints:
        """Return each person's family number."""
        return self.key // SLOTS

    def where(self, chosen: Bools) -> People:
        """Return some of the people."""
        rows = np.flatnonzero(chosen)
        return People(
            key=self.key[rows],
            row=self.row[rows],
            birth_day=self.birth_day[rows],
            female=self.female[rows],
            relationship=self.relationship.take(pa.array(rows)),
            responsible=self.responsible[rows],
            is_mother=self.is_mother[rows],
        )


@dataclass(frozen=True, slots=True)
class Families:
    """A block of families with consecutive numbers."""

    number: Ints
    size: Ints
    payee: Ints  # key of the person who receives; −1 = nobody may
    people: People

    def rows(self, chosen: Ints) -> Families:
        """Return some of the families, without their people."""
        nobody = self.people.where(np.zeros(len(self.people.key), dtype=bool))
        return Families(self.number[chosen], self.size[chosen], self.payee[chosen], nobody)

    def with_people(self, people: People) -> Families:
        """Return the same families with other people in them."""
        return replace(self, people=people)


def household_refs(prefix: str, numbers: Ints) -> Column:
    """Return references like BR0000001."""
    return numbered(prefix, numbers + 1, 7)


def person_refs(prefix: str, keys: Ints) -> Column:
    """Return references like BR0000001-02."""
    return joined(household_refs(prefix, keys // SLOTS), numbered("-", keys % SLOTS, 2))


def members(exists: Bools) -> tuple[Ints, Ints]:
    """Return row and place of everybody who exists, by family and place."""
    rows, slots = np.nonzero(exists)
    return rows.astype(np.int64), slots.astype(np.int64)
