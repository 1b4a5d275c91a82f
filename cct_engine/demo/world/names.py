"""Names of nobody: composed of syllables, long enough to be found again in any log.

A given or family name is a beginning and an end; the two lists multiply. Names for Brazil carry
accents, names for Delhi exist in Latin and in Devanagari script, syllable by syllable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .text import choose

if TYPE_CHECKING:
    from .dice import Dice, Ints
    from .text import Column

__all__ = ["BRAZIL", "DELHI", "DELHI_NATIVE", "NameStock", "family_names", "given_names"]


class NameStock(NamedTuple):
    """All given and family names of one population in one script, in a fixed order."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]


def _crossed(starts: str, ends: str) -> tuple[str, ...]:
    return tuple(start + end for start in starts.split() for end in ends.split())


_BR_GIVEN = (
    "Neus Jusc Marin Dorval Lind Cremil Ervand Odin Zuleid Avel Genov Itam Jandir Luciv Rosivâl "
    "Tâniz Valdec Walkir Edivân Florisb Girlân Hermin Ivanild"
)
BRAZIL = NameStock(
    female=_crossed(_BR_GIVEN, "alina eide élia inalva orita urânia ecilda îssima inete andreza"),
    male=_crossed(_BR_GIVEN, "aldo ênio ivaldo onildo úrio ecildo imundo inaldo andrelo ézio"),
    family=_crossed(
        "Campeir Salved Mourag Tabuç Ferraj Lagoan Pedreg Quixad Ribeir Serrat Varjot Umburan "
        "Caatinç Jureman Xiquex Galdân",
        "ão ense ândia eiro oso ueda inhos ário eta úva",
    ),
)

_DELHI_PARTS = {
    "given": (
        "Sumi/सुमि Kala/कला Riva/रिवा Pari/परि Lavi/लवि Maya/माया Nimi/निमि Tara/तारा Bhuva/भुवा "
        "Desha/देशा Gomi/गोमि Hari/हरि Jyoti/ज्योति Komi/कोमि Vima/विमा"
    ),
    "female": "tika/तिका vati/वती mala/माला rekha/रेखा lata/लता nika/निका devika/देविका shila/शीला",
    "male": "dev/देव nath/नाथ prakash/प्रकाश lal/लाल raj/राज kumar/कुमार vir/वीर das/दास",
    "family": (
        "Baro/बारो Chan/चान Dalu/दालु Ghati/घाटी Kori/कोरी Lohi/लोही Meva/मेवा Nada/नाडा "
        "Pora/पोरा Simha/सिंहा"
    ),
    "family end": (
        "tiya/तिया lwan/लवान hariya/हरिया rwal/रवाल geli/गेली vasiya/वासिया poliya/पोलिया "
        "danwar/दनवार"
    ),
}


def _delhi(script: int) -> NameStock:
    parts = {
        kind: " ".join(pair.split("/")[script] for pair in pairs.split())
        for kind, pairs in _DELHI_PARTS.items()
    }
    return NameStock(
        female=_crossed(parts["given"], parts["female"]),
        male=_crossed(parts["given"], parts["male"]),
        family=_crossed(parts["family"], parts["family end"]),
    )


DELHI = _delhi(0)
DELHI_NATIVE = _delhi(1)


def given_names(stock: NameStock, dice: Dice, people: Ints, female: Ints) -> Column:
    """Return a given name for each person key; ``female`` is 1 for women and girls."""
    count = len(stock.male)
    drawn = dice.below("given name", people, count)
    return choose(stock.male + stock.female, drawn + female * count)


def family_names(stock: NameStock, dice: Dice, families: Ints) -> Column:
    """Return the family name of each family key."""
    return choose(stock.family, dice.below("family name", families, len(stock.family)))
