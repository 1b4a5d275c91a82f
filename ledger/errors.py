"""Refusals of the ledger: each is one rule, with the place and what to do.

A refused batch leaves nothing: it is undone to where its posting began, and the caller's
transaction goes on. Texts name subjects by number only; names and accounts are not known here.
"""

# ruff: noqa: N818 - a refusal is named by the rule that was broken
from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa

from ledger.chart import CHART

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AlreadyPosted",
    "BadLines",
    "CorrectionMismatch",
    "CurrencyMix",
    "KeyConflict",
    "LedgerError",
    "MakerIsChecker",
    "Overdrawn",
    "PeriodClosed",
    "PostingInterrupted",
    "Unpreceded",
    "refusals_named",
]


class LedgerError(Exception):
    """A posting broke a rule of the ledger, and nothing of it was written."""


class KeyConflict(LedgerError):
    """The key was used before, for another content."""


class AlreadyPosted(LedgerError):
    """A line was posted before, by this or another batch."""


class Overdrawn(LedgerError):
    """An account would leave the side it may not leave."""


class PeriodClosed(LedgerError):
    """The value date lies in no open fiscal period."""


class MakerIsChecker(LedgerError):
    """One officer both prepared and approved."""


class CurrencyMix(LedgerError):
    """A fund has one currency."""


class Unpreceded(LedgerError):
    """A line follows no line it must follow."""


class CorrectionMismatch(LedgerError):
    """A correction does not mirror the batch it names."""


class BadLines(LedgerError):
    """The lines are not lines: an amount that is not positive, a repeat, unequal columns."""


class PostingInterrupted(LedgerError):
    """Two postings of the same lines met, or the server stopped one. Post again."""


@contextmanager
def refusals_named(batch_key: str) -> Iterator[None]:
    """Turn what the database refuses into the ledger's own errors."""
    try:
        yield
    except (sa.exc.DBAPIError, psycopg.Error) as error:  # COPY speaks to psycopg directly
        origin = error if isinstance(error, psycopg.Error) else error.orig
        named = _named(origin, batch_key)
        if named is None:
            raise
        raise named from error


def _named(origin: BaseException | None, key: str) -> LedgerError | None:
    met = isinstance(origin, psycopg.Error) and origin.diag.constraint_name == "balance_block_pkey"
    if met or isinstance(
        origin, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure
    ):
        return PostingInterrupted(
            f"Batch {key!r}: another posting of the same lines was under way. Post it again: "
            "if the other was kept, you get its seal or are told which line it holds."
        )
    if not isinstance(origin, psycopg.Error):
        return None
    rule = origin.diag.constraint_name or ""
    text = origin.diag.message_primary or ""
    detail = origin.diag.message_detail or ""
    if rule == "not_overdrawn":
        return Overdrawn(f"Batch {key!r}: {_overdraft(detail)}")
    if re.fullmatch(r"journal_.*pkey", rule):
        return AlreadyPosted(f"Batch {key!r}: {_repeat(detail)}")
    if re.fullmatch(r"journal_.*_check", rule):
        return BadLines(
            f"Batch {key!r}: {detail or text}. An amount is positive, a subject and a seq are not "
            "negative. To take money back, post the event that does so."
        )
    simple = _SIMPLE.get(rule)
    return None if simple is None else simple(f"Batch {key!r}: {text}. {detail}".rstrip(". ") + ".")


_SIMPLE: dict[str, type[LedgerError]] = {
    "batch_key_key": KeyConflict,
    "period_open": PeriodClosed,
    "maker_is_not_checker": MakerIsChecker,
    "one_currency_per_fund": CurrencyMix,
    "line_follows": Unpreceded,
    "correction_mirrors": CorrectionMismatch,
    "seal_matches_lines": LedgerError,
    "lines_fit_header": LedgerError,
    "one_chain": LedgerError,
    "seal_digest": LedgerError,
    "batch_is_sealed": LedgerError,
    "append_only": LedgerError,
}


def _overdraft(detail: str) -> str:
    found = re.search(r"\((-?\d+), (-?\d+), (-?\d+), (\d+), -?\d+\)", detail)
    if found is None:
        return f"a guarded account would leave its side. {detail}"
    subject, amount, fund, account = (int(group) for group in found.groups())
    whose = f"subject {subject}" if subject else "the fund itself"
    return (
        f"account {account} ({CHART[account].name}) of fund {fund}, {whose}, would be overdrawn by "
        f"{abs(amount)} minor units. No more can leave it than came in: look at the statement of "
        f"{whose}."
    )


def _repeat(detail: str) -> str:
    found = re.search(r"=\((\d+), (\d+), (-?\d+), (\d+)\)", detail)
    if found is None:
        return f"a line was posted before. {detail}"
    slot, subject, seq, cycle = found.groups()
    return (
        f"subject {subject}, cycle {cycle}, seq {seq} already has a line in slot {slot}. The same "
        "right is not recognised, sent or ended twice: look at the statement of that subject."
    )
