"""What stops a freeze, a run or its storing. Each text says what, where, why and what to do."""

# ruff: noqa: N818 - each name reads as the sentence it is: raise SealBroken

from __future__ import annotations

__all__ = [
    "EarlierCycleOpen",
    "EntitlementError",
    "FolderTaken",
    "RunRefused",
    "SchemaDrift",
    "SealBroken",
    "UnknownHousehold",
]


class EntitlementError(Exception):
    """Base of everything this package refuses."""


class EarlierCycleOpen(EntitlementError):
    """An earlier cycle of the programme has no approved list yet."""


class SchemaDrift(EntitlementError):
    """A select or a statement gives other columns than those agreed."""


class SealBroken(EntitlementError):
    """A sealed file is missing or has changed."""


class FolderTaken(EntitlementError):
    """The folder holds the sealed files of something else."""


class RunRefused(EntitlementError):
    """The results contradict themselves; nothing of them may be stored."""


class UnknownHousehold(EntitlementError):
    """The snapshot of the cycle does not hold this household."""
