"""Municipalities, wards, centres, schools and clinics of the world, and which family belongs where.

State numbers 54 to 58 are assigned to no Brazilian state; with them the codes of municipalities
(seven digits) and schools (eight) keep their form without naming a real place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .digits import ibge_codes
from .text import choose, joined, numbered, repeated

if TYPE_CHECKING:
    from .dice import Dice, Ints
    from .sheets import Folder
    from .text import Column

__all__ = ["CLINICS_EACH", "REGIONS", "SCHOOLS_EACH", "Places"]

REGIONS = ("N", "NE", "CO", "SE", "S")
_REGION_SHARES = (13, 46, 5, 29, 7)  # of Bolsa Família families, per cent
_FIRST_STATE = 54
SCHOOLS_EACH = 6
CLINICS_EACH = 3
DISTRICTS = 9
_SINCE = "2003-01-01"


class Places(NamedTuple):
    """How many municipalities there are in Brazil, and wards in Delhi."""

    municipalities: int
    wards: int

    @classmethod
    def of(cls, *, brazil: int, delhi: int) -> Places:
        """Return places in proportion to the families, as many as a country has at most."""
        return cls(
            municipalities=min(max(brazil // 500, 5), 5_570),
            wards=min(max(delhi // 500, DISTRICTS), 272),
        )

    def municipality_of(self, dice: Dice, families: Ints) -> Ints:
        """Return the municipality, 0 …, of each Brazilian family."""
        return dice.below("municipality", families, self.municipalities)

    def ward_of(self, dice: Dice, families: Ints) -> Ints:
        """Return the ward, 0 …, of each family in Delhi."""
        return dice.below("ward", families, self.wards)

    def region_of(self, municipalities: Ints) -> Ints:
        """Return the region of each municipality: regions share them as they share families."""
        edges = np.cumsum(_REGION_SHARES) * self.municipalities
        return np.searchsorted(edges, municipalities * 100, side="right").astype(np.int64)

    def municipality_codes(self, municipalities: Ints) -> Column:
        """Return the seven-digit codes."""
        states = _FIRST_STATE + self.region_of(municipalities)
        return numbered("", ibge_codes(states * 10_000 + municipalities + 1), 7)

    def write(self, folder: Folder) -> None:
        """Write the feeds areas, centres and facilities."""
        self._write_brazil(folder)
        self._write_delhi(folder)

    def _write_brazil(self, folder: Folder) -> None:
        here = np.arange(self.municipalities, dtype=np.int64)
        _area(folder, ["BR"], "country", [""], ["Brasil"])
        codes = [f"BR-{region}" for region in REGIONS]
        _area(folder, codes, "region", ["BR"] * len(REGIONS), [f"Região {r}" for r in REGIONS])
        municipalities = self.municipality_codes(here)
        folder.write(
            "areas",
            {
                "area_code": municipalities,
                "level": repeated("municipality", len(here)),
                "parent_code": choose(codes, self.region_of(here)),
                "title": numbered("Município ", here + 1, 4),
                "valid_from": repeated(_SINCE, len(here)),
            },
        )
        _centres(folder, centre_codes("CRAS-", here), "CRAS ", here, municipalities)
        for kind, each, facility in (
            ("school", SCHOOLS_EACH, school_codes),
            ("clinic", CLINICS_EACH, clinic_codes),
        ):
            places, numbers = np.repeat(here, each), np.tile(np.arange(each), len(here))
            folder.write(
                "facilities",
                {
                    "facility_code": facility(places, numbers),
                    "kind": repeated(kind, len(places)),
                    "title": joined(
                        repeated("Escola " if kind == "school" else "UBS ", len(places)),
                        numbered("", places * each + numbers + 1, 5),
                    ),
                    "area_code": self.municipality_codes(places),
                    "valid_from": repeated(_SINCE, len(places)),
                },
            )

    def _write_delhi(self, folder: Folder) -> None:
        here = np.arange(self.wards, dtype=np.int64)
        districts = district_codes(np.arange(DISTRICTS, dtype=np.int64)).to_pylist()
        _area(folder, ["DL"], "state", [""], ["Delhi"])
        titles = [f"District {number + 1}" for number in range(DISTRICTS)]
        _area(folder, districts, "district", ["DL"] * DISTRICTS, titles)
        folder.write(
            "areas",
            {
                "area_code": ward_codes(here),
                "level": repeated("ward", len(here)),
                "parent_code": choose(districts, here % DISTRICTS),
                "title": numbered("Ward ", here + 1, 3),
                "valid_from": repeated(_SINCE, len(here)),
            },
        )
        _centres(
            folder, centre_codes("GRC-", here), "Gender Resource Centre ", here, ward_codes(here)
        )


def district_codes(districts: Ints) -> Column:
    """Return codes like DL-D03."""
    return numbered("DL-D", districts + 1, 2)


def ward_codes(wards: Ints) -> Column:
    """Return codes like DL-D03-W012."""
    return joined(district_codes(wards % DISTRICTS), numbered("-W", wards + 1, 3))


def centre_codes(prefix: str, places: Ints) -> Column:
    """Return the code of the centre of each municipality or ward: there is one in each."""
    return numbered(prefix, places + 1, 4)


def school_codes(municipalities: Ints, numbers: Ints) -> Column:
    """Return eight digits, as an INEP code."""
    return numbered("59", (municipalities + 1) * 100 + numbers + 1, 6)


def clinic_codes(municipalities: Ints, numbers: Ints) -> Column:
    """Return seven digits, as a CNES code."""
    return numbered("9", (municipalities + 1) * 100 + numbers + 1, 6)


def _area(
    folder: Folder, codes: list[str], level: str, parents: list[str], titles: list[str]
) -> None:
    rows = np.arange(len(codes), dtype=np.int64)
    folder.write(
        "areas",
        {
            "area_code": choose(codes, rows),
            "level": repeated(level, len(codes)),
            "parent_code": choose(parents, rows),
            "title": choose(titles, rows),
            "valid_from": repeated(_SINCE, len(codes)),
        },
    )


def _centres(folder: Folder, codes: Column, title: str, here: Ints, areas: Column) -> None:
    folder.write(
        "centres",
        {
            "centre_code": codes,
            "title": numbered(title, here + 1, 4),
            "area_code": areas,
            "valid_from": repeated(_SINCE, len(here)),
        },
    )
