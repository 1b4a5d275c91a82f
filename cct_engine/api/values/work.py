"""Work: an act that may go on after it was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cct_engine.api.values.base import Count, Value

__all__ = ["Job"]


class Job(Value):
    """A piece of work: what, how far it is, how it ended."""

    job_id: int
    verb: str
    subject: str
    state: Literal["running", "done", "refused", "failed", "interrupted"]
    started_at: datetime
    ended_at: datetime | None
    what: str
    done_count: Count
    total_count: Count
    sentence: str
