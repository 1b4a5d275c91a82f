"""A bank at its worst, for every rail, from one seed: late, twice, reordered, cut, forged, denied.

``play`` reads payment files as a bank would, by their published positions and names, decides what
becomes of each payment, and tells it in many small messages. It returns the truth beside them, so
that any payer's books can be held against it. Nothing here is shared with our writers or readers.
"""

from .fates import Fate
from .play import Message, Played, play
from .table import CSV, SPEI, Table

__all__ = ["CSV", "SPEI", "Fate", "Message", "Played", "Table", "play"]
