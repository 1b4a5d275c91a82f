"""Which units of a run are written alike, to the last letter: compared for all units at once."""

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
    from bank_adapters.iso20022.runs import Run
    from bank_adapters.iso20022.shapes import Shape

__all__ = ["Group", "Shapes", "is_plain_text", "windows"]

_FIRST_PRINTABLE: Final = ord(" ")
_ASCII_MAX: Final = 0x7F
_REFERENCES: Final = (b"&amp;", b"&lt;", b"&gt;", b"&apos;", b"&quot;")
_NO_CHARACTERS: Final = ("\ufffe", "\uffff")
_SHAPES_MAX: Final = 32  # more of them, and a file is not regular
_UNIT_BYTES_MAX: Final = 64 << 10


class Group(NamedTuple):
    """Units of one shape: which of the run they are, and where each segment of theirs begins."""

    units: NDArray[np.int64]
    segments: tuple[NDArray[np.int64], ...]
    shape: Shape


class Shapes:
    """Sorts the units of runs of one file by their shapes; those it learnt it keeps."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._known: tuple[Shape, ...] = ()

    def groups(self, run: Run, exactly: Callable[[bytes], Units]) -> list[Group] | None:
        """Return the units of a run by their shapes; None where one of them has none.

        ``exactly`` reads one unit as the exact extractor does.
        """
        if len(self._known) >= _SHAPES_MAX or not is_plain_text(run):
            return None
        tags = np.flatnonzero(run.letters == ord("<"))
        for shape in self._known:
            whole = _all_of(run, tags, shape)
            if whole is not None:
                return [whole]
        starts = np.flatnonzero(_is_there(run, tags, f"<{self._family.unit}>".encode()))
        if not len(starts) or starts[0] != 0:
            return None
        return self._sorted_out(run, tags, starts, exactly)

    def _sorted_out(
        self,
        run: Run,
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
            segments = _segments(tags, starts[units], shape)
            fits = np.ones(len(units), np.bool_)
            for places, segment in zip(segments, shape.segments, strict=True):
                fits &= _is_there(run, places, segment.letters)
            if fits.any():
                fitting = tuple(places[fits] for places in segments)
                groups.append(Group(units[fits], fitting, shape))
                left = np.setdiff1d(left, units[fits], assume_unique=True)
        return groups

    def _learnt(
        self,
        run: Run,
        tags: NDArray[np.int64],
        starts: NDArray[np.int64],
        unit: int,
        exactly: Callable[[bytes], Units],
    ) -> Shape | None:
        """Learn the shape of a unit that fits none; None where it cannot be, or too many are."""
        is_last = unit == len(starts) - 1
        after = len(run.plain) if is_last else tags[starts[unit + 1]]
        written = bytes(run.plain[tags[starts[unit]] : after]).rstrip()
        if len(self._known) >= _SHAPES_MAX or len(written) > _UNIT_BYTES_MAX:
            return None
        try:
            shape = learnt(written.decode(), self._family, exactly(written))
        except RefusedFile:
            return None  # whoever reads the whole run says where
        self._known += (shape,) if shape is not None else ()
        return shape


def is_plain_text(run: Run) -> bool:
    """Tell whether every letter may stand in a document, and every ``&`` begins what all know.

    One letter is found forty times faster than three, and seldom stands there.
    """
    letters = run.letters
    if letters.min(initial=_FIRST_PRINTABLE) < _FIRST_PRINTABLE:
        controls = letters[letters < _FIRST_PRINTABLE]
        if not np.isin(controls, np.frombuffer(b"\t\n\r", np.uint8)).all():
            return False
    if run.has(b"&") and run.count(b"&") != sum(run.count(one) for one in _REFERENCES):
        return False
    if run.has(b"]") and run.has(b"]]>"):
        return False
    if letters.max(initial=0) <= _ASCII_MAX:
        return True
    try:
        text = str(run.plain, "utf-8")
    except UnicodeDecodeError:
        return False
    return not any(one in text for one in _NO_CHARACTERS)


def _all_of(run: Run, tags: NDArray[np.int64], shape: Shape) -> Group | None:
    """Return all units as one group, if the run has nothing else; else None.

    Every tag of the run is then one of the shape's, so the number of units is proven too.
    """
    count, rest = divmod(len(tags), shape.tag_count)
    if rest or not count:
        return None
    segments = _segments(tags, np.arange(count) * shape.tag_count, shape)
    for places, segment in zip(segments, shape.segments, strict=True):
        size = len(segment.letters)
        if places[-1] + size > len(run.plain):
            return None
        if windows(run, size)[places].tobytes() != segment.letters * count:
            return None
    return Group(np.arange(count), segments, shape)


def _segments(
    tags: NDArray[np.int64], starts: NDArray[np.int64], shape: Shape
) -> tuple[NDArray[np.int64], ...]:
    """Return where each segment begins in the units whose first tags these are."""
    return tuple(tags[starts + segment.tag] for segment in shape.segments)


def windows(run: Run, size: int) -> NDArray[np.void]:
    """Return, for every place of a run, the letters that stand there; nothing is copied."""
    places = len(run.plain) - size + 1
    return np.ndarray((places,), np.dtype(f"V{size}"), run.plain, strides=(1,))


def _is_there(run: Run, places: NDArray[np.int64], letters: bytes) -> NDArray[np.bool_]:
    """Tell at which places these letters stand."""
    last = len(run.plain) - len(letters)
    there = places <= last
    if last < 0:
        return there
    found = windows(run, len(letters))[np.where(there, places, 0)]
    each = np.frombuffer(found.tobytes(), np.uint8).reshape(len(places), len(letters))
    there &= (each == np.frombuffer(letters, np.uint8)).all(axis=1)
    return np.asarray(there)
