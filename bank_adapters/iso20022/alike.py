"""Which units of a run are written alike, to the last letter: bytes compared eight at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bank_adapters.iso20022.shapes import learnt
from bank_adapters.refusals import RefusedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bank_adapters.iso20022.family import Family
    from bank_adapters.iso20022.raw import Units
    from bank_adapters.iso20022.shapes import Shape

__all__ = ["Group", "Shapes", "is_plain_text"]

_WORD: Final = 8
_FIRST_PRINTABLE: Final = ord(" ")
_REFERENCES: Final = (b"&amp;", b"&lt;", b"&gt;", b"&apos;", b"&quot;")
_NO_CHARACTERS: Final = ("\ufffe", "\uffff")
_SHAPES_MAX: Final = 32  # more of them, and a file is not regular
_UNIT_BYTES_MAX: Final = 64 << 10


class Group(NamedTuple):
    """Units of one shape: their places in the run, and for each the places of its tags."""

    units: NDArray[np.int64]
    tags: NDArray[np.int64]
    shape: Shape


class Shapes:
    """Sorts the units of runs of one file by their shapes; those it learnt it keeps."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._known: tuple[Shape, ...] = ()

    def groups(
        self, run: bytes, count: int, exactly: Callable[[bytes], Units]
    ) -> list[Group] | None:
        """Return the units of a run ``<r>…</r>`` by their shapes; None where one of them has none.

        ``exactly`` reads one unit as the exact extractor does.
        """
        if len(self._known) >= _SHAPES_MAX or not is_plain_text(run):
            return None
        tags = np.flatnonzero(np.frombuffer(run, np.uint8) == ord("<"))[1:-1]
        everything = np.arange(count)
        for shape in self._known:
            if len(tags) == count * shape.tag_count:
                table = tags.reshape(count, shape.tag_count)
                if _fits(run, table, shape).all():
                    return [Group(everything, table, shape)]
        starts = np.flatnonzero(_is_there(run, tags, f"<{self._family.unit}>".encode()))
        if len(starts) != count or starts[0] != 0:
            return None
        return self._sorted_out(run, tags, starts, exactly)

    def _sorted_out(
        self,
        run: bytes,
        tags: NDArray[np.int64],
        starts: NDArray[np.int64],
        exactly: Callable[[bytes], Units],
    ) -> list[Group] | None:
        tag_counts = np.diff(np.append(starts, len(tags)))
        left = np.arange(len(starts))
        groups: list[Group] = []
        known = iter(self._known)
        while len(left):
            shape = next(known, None) or self._learnt(run, tags, starts, left[0], exactly)
            if shape is None:
                return None
            units = left[tag_counts[left] == shape.tag_count]
            table = tags[starts[units][:, None] + np.arange(shape.tag_count)]
            fits = _fits(run, table, shape)
            if fits.any():
                groups.append(Group(units[fits], table[fits], shape))
                left = np.setdiff1d(left, units[fits], assume_unique=True)
        return groups

    def _learnt(
        self,
        run: bytes,
        tags: NDArray[np.int64],
        starts: NDArray[np.int64],
        unit: int,
        exactly: Callable[[bytes], Units],
    ) -> Shape | None:
        """Learn the shape of a unit that fits none; None where it cannot be, or too many are."""
        is_last = unit == len(starts) - 1
        after = len(run) - len("</r>") if is_last else tags[starts[unit + 1]]
        written = run[tags[starts[unit]] : after].rstrip()
        if len(self._known) >= _SHAPES_MAX or len(written) > _UNIT_BYTES_MAX:
            return None
        try:
            shape = learnt(written.decode(), self._family, exactly(written))
        except RefusedFile:
            return None  # whoever reads the whole run says where
        self._known += (shape,) if shape is not None else ()
        return shape


def is_plain_text(run: bytes) -> bool:
    """Tell whether every letter may stand in a document, and every ``&`` begins what all know."""
    letters = np.frombuffer(run, np.uint8)
    if letters.min(initial=_FIRST_PRINTABLE) < _FIRST_PRINTABLE:
        controls = letters[letters < _FIRST_PRINTABLE]
        if not np.isin(controls, np.frombuffer(b"\t\n\r", np.uint8)).all():
            return False
    references = run.count(b"&")
    if references and references != sum(run.count(one) for one in _REFERENCES):
        return False
    if b"]]>" in run:
        return False
    if run.isascii():
        return True
    try:
        text = run.decode()
    except UnicodeDecodeError:
        return False
    return not any(one in text for one in _NO_CHARACTERS)


def _fits(run: bytes, tags: NDArray[np.int64], shape: Shape) -> NDArray[np.bool_]:
    """Tell which units have all the letters of a shape; between them there is no further tag."""
    fits = np.ones(len(tags), np.bool_)
    for segment in shape.segments:
        fits &= _is_there(run, tags[:, segment.tag], segment.letters)
    return fits


def _is_there(run: bytes, places: NDArray[np.int64], letters: bytes) -> NDArray[np.bool_]:
    """Tell at which places these letters stand: eight are compared at once."""
    size = max(len(letters), _WORD)
    words = np.ndarray((len(run) - _WORD + 1,), np.dtype("<u8"), run, strides=(1,))
    kept = np.minimum(places, len(run) - size)
    there = kept == places
    for first in [*range(0, len(letters) - _WORD, _WORD), max(len(letters) - _WORD, 0)]:
        part = letters[first : first + _WORD]
        found = words[kept + first] if first else words[kept]
        if len(part) < _WORD:
            found = found & np.uint64((1 << 8 * len(part)) - 1)
        there &= found == np.uint64(int.from_bytes(part, "little"))
    return np.asarray(there)
