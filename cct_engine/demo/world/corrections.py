"""New accounts for people whose payment came back: what centres send in after a return."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .countries import COUNTRIES
from .dice import Dice
from .families import SLOTS
from .sheets import FeedFile, Folder
from .text import dates, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .countries import Country
    from .dice import Ints

__all__ = ["write_account_corrections"]

_REFERENCE = re.compile(r"([A-Z]{2})(\d{7,})-(\d{2})")
_EPOCH = date(1970, 1, 1).toordinal()
_STEP = 1_000_003


def write_account_corrections(
    folder: Path, returned_person_refs: Iterable[str], *, seed: int, on: date
) -> FeedFile | None:
    """Write ``folder/account_corrections.csv``, a feed of kind accounts, valid from ``on``.

    Each person gets one new, verified account in the own name, other than on any other day; the
    references are those of a world of the same seed, in any order, repeated or not. Returns none,
    and writes nothing, where there is nobody to correct. Raises ``ValueError`` for a reference
    that is nobody's.
    """
    keys: dict[str, set[int]] = {country.prefix: set() for country in COUNTRIES}
    for reference in returned_person_refs:
        found = _REFERENCE.fullmatch(reference)
        if found is None or found[1] not in keys:
            raise _unknown()
        keys[found[1]].add((int(found[2]) - 1) * SLOTS + int(found[3]))
    dice = Dice(seed)
    with Folder(Path(folder), names={"accounts": "account_corrections.csv"}) as sheets:
        for country in COUNTRIES:
            people = np.array(sorted(keys[country.prefix]), dtype=np.int64)
            if len(people):
                _check(dice, country, people)
                columns = country.accounts(dice, people, shift=on.toordinal() * _STEP)
                columns["verified"] = repeated("true", len(people))
                days = np.full(len(people), on.toordinal() - _EPOCH)
                sheets.write("accounts", columns | {"valid_from": dates(days)})
    files = sheets.files()
    return files[0] if files else None


def _check(dice: Dice, country: Country, people: Ints) -> None:
    everybody = country.families(dice, np.unique(people // SLOTS), 0).people.key
    if not np.isin(people, everybody).all():
        raise _unknown()


def _unknown() -> ValueError:
    return ValueError(
        "A reference is nobody's in this world. Corrections are written for persons of the base "
        "registry or joiners, under the seed the world was made with."
    )
