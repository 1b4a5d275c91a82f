"""What one file may be at most, and which deviations from a standard a bank was granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["ANY_ENVELOPE", "ANY_MESSAGE", "EVERY_DIALECT", "MISSING_NAMESPACE", "ReadLimits"]

MISSING_NAMESPACE: Final = "missing-namespace"
ANY_ENVELOPE: Final = "any-envelope"
ANY_MESSAGE: Final = "any-message"
EVERY_DIALECT: Final = frozenset({ANY_ENVELOPE, ANY_MESSAGE, MISSING_NAMESPACE})


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What one file may be at most, and which deviations from the standard a bank was granted."""

    bytes_max: int = 2_000_000_000
    """Bytes of the file, and of what is packed in it."""
    depth_max: int = 64
    """Levels of elements. Inside a run of units read in bulk, the run's own size bounds them."""
    entries_max: int = 5_000_000
    dialects: frozenset[str] = frozenset()
    """``missing-namespace``: Document without namespace, known by its first element.
    ``any-envelope``: Document inside elements of unknown namespaces.
    ``any-message``: a message of ISO 20022 that tells nothing of our payments, recognised only."""
    ratio_max: int = 250
    """How many bytes one packed byte may become. Bank files come to about 20, bombs to 1,000."""
