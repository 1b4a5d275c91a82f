"""Names in the characters a bank takes, by a table anyone can read, with a record of what changed.

Libraries that transliterate silently change names without trace; here every letter that was
replaced is recorded, and a character the table does not know stays, so that the check before
writing refuses the name and a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.devanagari import DEVANAGARI_RUN, roman

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHANGE_SCHEMA", "CHARSETS", "FORMULA_START", "BankTexts", "bank_text", "bank_texts"]

CHARSETS: Final = {
    # Letters besides the space. The Latin set of SEPA and CGI-MP, safe with every bank:
    "latin_basic": r"A-Za-z0-9/\-?:().,'+",
    # The same with the printable rest of ASCII, for banks that take it:
    "latin_extended": r"!-~",
}
FORMULA_START: Final = r"=+\-@"
"""A field that starts with one of these becomes a formula when a bank opens it in a spreadsheet."""

CHANGE_SCHEMA: Final = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("letters", pa.string(), nullable=False),  # 'ã>a ç>c' or 'Deva>Latn', no names
        pa.field("was_cut", pa.bool_(), nullable=False),
    ]
)

_LATIN: Final = (
    "ÀÁÂÃÄÅĀĂĄ=A àáâãäåāăą=a ÇĆĈĊČ=C çćĉċč=c ĎĐÐ=D ďđð=d ÈÉÊËĒĔĖĘĚ=E èéêëēĕėęě=e ĜĞĠĢ=G ĝğġģ=g "
    "ĤĦ=H ĥħ=h ÌÍÎÏĨĪĬĮİ=I ìíîïĩīĭįı=i Ĵ=J ĵ=j Ķ=K ķ=k ĹĻĽĿŁ=L ĺļľŀł=l ÑŃŅŇ=N ñńņň=n ÒÓÔÕÖØŌŎŐ=O "
    "òóôõöøōŏő=o ŔŖŘ=R ŕŗř=r ŚŜŞŠȘ=S śŝşšș=s ŢŤŦȚ=T ţťŧț=t ÙÚÛÜŨŪŬŮŰŲ=U ùúûüũūŭůűų=u Ŵ=W ŵ=w ÝŶŸ=Y "
    "ýÿŷ=y ŹŻŽ=Z źżž=z Æ=AE æ=ae Œ=OE œ=oe ß=ss Þ=TH þ=th ª=a º=o ’‘ʼ`´“”«»=' –—‐‑=-"
)
_TABLE: Final = {
    ord(letter): replaced
    for group in _LATIN.split(" ")
    for letters, _, replaced in [group.partition("=")]
    for letter in letters
} | {0x00A0: " ", 0x2026: "...", 0x200B: "", 0xFEFF: ""}
_COMBINING: Final = re.compile("[\u0300-\u036f]")
_SPACES: Final = re.compile(" {2,}")


class BankTexts(NamedTuple):
    """Texts as a bank takes them, and which of them differ from what was given."""

    texts: pa.Array
    changes: pa.Table


@lru_cache(maxsize=65_536)
def bank_text(text: str) -> str:
    """Return one text in Latin letters without marks: José → Jose, देवी → Devi."""
    if text.isascii():
        return _SPACES.sub(" ", text.strip(" "))
    composed = unicodedata.normalize("NFC", text)
    latin = DEVANAGARI_RUN.sub(lambda run: roman(run[0]), composed).translate(_TABLE)
    bare = _COMBINING.sub("", latin)
    return _SPACES.sub(" ", bare.strip(" "))


def bank_texts(
    texts: pa.Array, *, length_max: int, own: Mapping[str, str] | None = None
) -> BankTexts:
    """Return a column of names as a bank takes them, cut to ``length_max`` characters.

    ``own`` are letters that this bank wants written otherwise than our table writes them (a
    profile's ``transliteration``: ä as ae); they come first.
    ASCII texts without surplus spaces pass untouched as columns; only the others are looked at
    one by one. The changes tell position, letters and whether the text was cut.
    """
    flat = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    plain = pc.and_(
        pc.string_is_ascii(flat),
        pc.and_(
            pc.less_equal(pc.utf8_length(flat), length_max),
            pc.invert(pc.match_substring_regex(flat, r"^ | $|  ")),
        ),
    )
    own = own or {}
    for letters in own:
        plain = pc.and_(plain, pc.invert(pc.match_substring(flat, letters)))
    rows = pc.indices_nonzero(pc.invert(plain))
    given = flat.take(rows).to_pylist()
    written = [bank_text(_in_own_letters(text, own)) for text in given]
    cut = [text[:length_max].rstrip(" ") for text in written]
    changed = pa.table(
        {
            "position": rows.cast(pa.int64()),
            "letters": [_letters(text, own) for text in given],
            "was_cut": [len(text) > length_max for text in written],
        },
        schema=CHANGE_SCHEMA,
    )
    mask = pc.invert(plain)
    return BankTexts(pc.replace_with_mask(flat, mask, pa.array(cut, flat.type)), changed)


def _in_own_letters(text: str, own: Mapping[str, str]) -> str:
    for letters, wanted in own.items():
        text = text.replace(letters, wanted)
    return text


def _letters(text: str, own: Mapping[str, str]) -> str:
    """Return what was replaced, letter by letter; a Devanagari word is named by its script only."""
    told = [f"{letters}>{wanted}" for letters, wanted in own.items() if letters in text]
    text = _in_own_letters(text, own)
    rest = DEVANAGARI_RUN.sub("", text)
    told += [
        f"{letter}>{bank_text(letter)}" for letter in sorted(set(rest)) if not letter.isascii()
    ]
    return " ".join(["Deva>Latn"] * (rest != text) + told)
