"""Release: from the approved list to files at the bank, each payment and each file once."""

from cct_engine.cycle.release.step import outbox_of, release

__all__ = ["outbox_of", "release"]
