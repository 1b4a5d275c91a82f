"""Refusals of reconciliation: broken contracts, each with what, where, why and what to do."""

from __future__ import annotations

__all__ = ["FileConflict", "FileState", "ReconciliationError", "ResolutionRefused"]


class ReconciliationError(Exception):
    """A rule of reconciliation was broken, and nothing was written."""


class FileConflict(ReconciliationError):  # noqa: N818 - reads as what happened
    """A bank file does not agree with what was stored about it."""


class FileState(ReconciliationError):  # noqa: N818 - reads as what happened
    """A bank file is not in the state this act needs."""


class ResolutionRefused(ReconciliationError):  # noqa: N818 - reads as what happened
    """A suspense item cannot be resolved like this, or not by this officer."""
