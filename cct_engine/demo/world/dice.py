"""Chance without a running generator: every draw is a function of the seed, a name and a number.

The draw for family 12,345 is the same whether the world is made whole or in parts, on any machine
and with any version of numpy: only 64-bit integer arithmetic is used (SplitMix64, Steele, Lea and
Flood 2014).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HUNDRED_THOUSAND", "Bools", "Dice", "Ints"]

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

HUNDRED_THOUSAND = 100_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws of one seed. ``what`` names the question, ``keys`` who it is asked about."""

    seed: int

    def roll(self, what: str, keys: Ints) -> NDArray[np.uint64]:
        """Return 64 random bits for each key."""
        digest = hashlib.sha256(f"{self.seed}\x1f{what}".encode()).digest()
        start = np.frombuffer(digest[:8], dtype=">u8").astype(np.uint64)
        bits = (keys.astype(np.uint64) + np.uint64(1)) * _GOLDEN + start
        bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
        bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
        return bits ^ (bits >> np.uint64(31))

    def below(self, what: str, keys: Ints, limit: int | Ints) -> Ints:
        """Return a number from 0 to ``limit`` − 1 for each key."""
        upper = np.asarray(limit).astype(np.uint64)
        return ((self.roll(what, keys) >> np.uint64(11)) % upper).astype(np.int64)

    def between(self, what: str, keys: Ints, low: int | Ints, high: int | Ints) -> Ints:
        """Return a number from ``low`` to ``high``, both inclusive, for each key."""
        return low + self.below(what, keys, np.asarray(high) - np.asarray(low) + 1)

    def chance(self, what: str, keys: Ints, per_100k: int) -> Bools:
        """Return true for about ``per_100k`` of 100,000 keys."""
        return self.below(what, keys, HUNDRED_THOUSAND) < per_100k

    def pick(self, what: str, keys: Ints, weights: Sequence[int]) -> Ints:
        """Return the position of one of the weights for each key, the heavier the oftener."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        drawn = self.below(what, keys, int(edges[-1]))
        return np.searchsorted(edges, drawn, side="right").astype(np.int64)
