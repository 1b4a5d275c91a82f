"""Release: from the approved list to files at the bank, each payment and each file once."""

from cct_engine.cycle.channel import outbox_of
from cct_engine.cycle.release.step import release

__all__ = ["outbox_of", "release"]
