"""Everything a bank would refuse in one payment, checked on whole columns before a byte is written.

The serialiser behind the templates checks nothing: it would write a name of 200 characters, a
control character or three decimals. So each column has one pattern here, and a value that does
not fit it is a finding with its row, never with the value.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.accounts import AGENT_PATTERNS, account_problems
from bank_adapters.arrays import scalar, text_array, truths
from bank_adapters.charset import CHARSETS, FORMULA_START
from bank_adapters.model import INSTRUCTION_SCHEMA, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bank_adapters.profiles.model import BankProfile

__all__ = ["RefusedInstructions", "columns_of", "violations"]

_UUID4: Final = r"^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$"
_SHOWN_MAX: Final = 20
_MAY_BE_MISSING: Final = frozenset({"short_reference"})


class RefusedInstructions(ValueError):  # noqa: N818 - reads as what happened
    """Payments that a bank would refuse; nothing was written."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        shown = "; ".join(f"row {v.position} {v.column}: {v.rule}" for v in violations[:_SHOWN_MAX])
        more = len(violations) - _SHOWN_MAX
        super().__init__(
            f"{len(violations)} values would be refused by the bank, no file was written. {shown}"
            + (f"; and {more} more" if more > 0 else "")
        )


class _Rule(NamedTuple):
    column: str
    rule: str
    fix: str


class _Facet(NamedTuple):
    """What a text must be; its length is counted apart: a pattern that counts is slow to make."""

    column: str
    pattern: str
    length_max: int
    rule: str
    fix: str


@cache
def _facets(profile: BankProfile) -> tuple[_Facet, ...]:
    letters = CHARSETS[profile.charset]
    text = rf"^[{letters} ]*[{letters}]$"  # not empty, no space at its end
    reference = _Facet(
        "", r"^[A-Z0-9-]+$", 35, "is 1 to 35 of A-Z, 0-9 and -", "compute it with end_to_end_id"
    )
    fix_name = "write it with bank_texts and let a person look at what stays"
    return (
        reference._replace(column="end_to_end_id"),
        reference._replace(column="instruction_id_text", fix="compute it with instruction_text"),
        _Facet(
            "short_reference",
            r"^[A-Z0-9]+$",
            13,
            "is 1 to 13 of A-Z and 0-9",
            "take it from the table of short references",
        ),
        _Facet(
            "uetr", _UUID4, 36, "is a version-4 UUID in small letters", "compute it with uetr_from"
        ),
        _Facet(
            "creditor_name",
            text,
            profile.name_length_max,
            f"is 1 to {profile.name_length_max} characters of the bank's set",
            fix_name,
        ),
        _Facet("town", text, 35, "is 1 to 35 characters of the bank's set", fix_name),
        _Facet(
            "country", r"^[A-Z]{2}$", 2, "is two capital letters (ISO 3166)", "correct the country"
        ),
        _Facet("purpose", r"^[A-Z0-9]+$", 4, "is an external purpose code", "use SSBE or BENE"),
        _Facet(
            "remittance",
            text,
            profile.remittance_length_max,
            f"is 1 to {profile.remittance_length_max} characters of the bank's set",
            "shorten it or leave it out",
        ),
    )


def columns_of(batch: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    """Return a batch with exactly the columns of an instruction, in their types and order.

    Raises ValueError for a missing or surplus column, or a null where there must be a value.
    """
    names = set(INSTRUCTION_SCHEMA.names)
    given = set(batch.schema.names)
    if given - names or names - given - _MAY_BE_MISSING:
        raise ValueError(
            f"instruction columns differ: missing {sorted(names - given - _MAY_BE_MISSING)}, "
            f"not known {sorted(given - names)}. They are {', '.join(INSTRUCTION_SCHEMA.names)}."
        )
    arrays = []
    for field in INSTRUCTION_SCHEMA:
        if field.name not in given:
            arrays.append(pa.nulls(batch.num_rows, field.type))
            continue
        column = batch.column(field.name)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        column = column.cast(field.type)
        if column.null_count and not field.nullable:
            raise ValueError(f"instruction column {field.name} has nulls; it must have none.")
        arrays.append(column)
    return pa.RecordBatch.from_arrays(arrays, schema=INSTRUCTION_SCHEMA)


def violations(
    batch: pa.RecordBatch, profile: BankProfile, *, first_row: int = 0
) -> list[Violation]:
    """Return every value of a batch that this bank would refuse."""
    found: list[Violation] = []
    for facet in _facets(profile):
        column = batch.column(facet.column)
        fits = pc.match_substring_regex(column, facet.pattern)
        long = pc.greater(pc.utf8_length(column), scalar(facet.length_max))
        rule = _Rule(facet.column, facet.rule, facet.fix)
        found += _where(pc.or_(pc.invert(fits), long), rule, first_row)
    found += _formulas(batch, first_row)
    found += _amounts(batch, profile, first_row)
    found += _rails(batch, profile, first_row)
    return sorted(found)


def _formulas(batch: pa.RecordBatch, first_row: int) -> Iterator[Violation]:
    for name in ("creditor_name", "town", "remittance"):
        starts = pc.match_substring_regex(batch.column(name), f"^[ {FORMULA_START}]")
        rule = "does not start with a space, =, +, - or @"
        yield from _where(starts, _Rule(name, rule, "correct it where it was entered"), first_row)


def _amounts(batch: pa.RecordBatch, profile: BankProfile, first_row: int) -> Iterator[Violation]:
    amounts = batch.column("amount_minor")
    largest = profile.limits.amount_max_minor
    out = pc.or_(pc.less(amounts, scalar(1)), pc.greater(amounts, scalar(largest)))
    rule = f"is 1 to {largest} minor units, the bank's limit for one payment"
    yield from _where(out, _Rule("amount_minor", rule, "split it or agree a limit"), first_row)
    other = pc.not_equal(batch.column("currency"), scalar(profile.currency))
    rule = f"is {profile.currency}, the currency of this bank profile"
    yield from _where(other, _Rule("currency", rule, "use another profile"), first_row)


def _rails(batch: pa.RecordBatch, profile: BankProfile, first_row: int) -> Iterator[Violation]:
    kinds = pc.is_in(batch.column("account_kind"), text_array(profile.account_kinds))
    rule = f"is one of {', '.join(profile.account_kinds)}"
    fix = "pay it through another bank profile"
    yield from _where(pc.invert(kinds), _Rule("account_kind", rule, fix), first_row)
    schemes = batch.column("agent_scheme")
    known = pc.is_in(schemes, text_array(profile.agent_schemes))
    has_agent = pc.is_valid(batch.column("agent"))
    unknown = pc.or_(pc.and_(has_agent, pc.invert(known)), pc.xor(has_agent, pc.is_valid(schemes)))
    rule = f"stands with an agent and is one of {', '.join(profile.agent_schemes)}"
    yield from _where(unknown, _Rule("agent_scheme", rule, fix), first_row)
    for scheme in profile.agent_schemes:
        of_scheme = pc.fill_null(pc.equal(schemes, scalar(scheme)), scalar(False))
        fits = pc.match_substring_regex(batch.column("agent"), AGENT_PATTERNS[scheme])
        wrong = pc.and_(of_scheme, pc.invert(pc.fill_null(fits, scalar(True))))
        rule = f"is a bank identifier of the scheme {scheme}"
        yield from _where(wrong, _Rule("agent", rule, "ask for the branch code"), first_row)
    yield from _account_violations(batch, first_row)


def _account_violations(batch: pa.RecordBatch, first_row: int) -> Iterator[Violation]:
    problems = account_problems(batch)
    for row in np.flatnonzero(truths(problems.is_valid())).tolist():
        fix = "ask the family for the right account"
        yield Violation(first_row + row, "account", problems[row].as_py(), fix)


def _where(wrong: pa.Array, rule: _Rule, first_row: int) -> Iterator[Violation]:
    for row in np.flatnonzero(truths(wrong)).tolist():
        yield Violation(first_row + row, *rule)
