"""Is this account possible at all? Check digits and shapes, for one account and for columns.

A possible account may still be closed or another person's; only the bank can tell. The texts say
what is wrong and never repeat the account.

Sources: ISO 13616 (IBAN); Banco de México, CLABE (weights 3, 7, 1); Razorpay's IFSC dataset and
RBI practice (IFSC, 9 to 18 digits); UIDAI (Aadhaar, Verhoeff); Receita Federal (CPF, CNPJ);
Banco Central do Brasil, Pix key formats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import integer_array, scalar, text_array, truths
from bank_adapters.check_digits import (
    aadhaar_fits,
    clabe_fits,
    cnpj_fits,
    cpf_fits,
    iban_fits,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["AGENT_PATTERNS", "account_problem", "account_problems"]

AGENT_PATTERNS: Final = {
    "BICFI": r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$",
    "INFSC": r"^[A-Z]{4}0[A-Z0-9]{6}$",
    "BRISP": r"^[0-9]{8}$",
    "MX": r"^[0-9]{3,5}$",
    "IIN": r"^[0-9]{6,9}$",
    "USABA": r"^[0-9]{9}$",
}
_SHAPES: Final = {
    "IBAN": r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$",
    "OTHER": r"^[A-Za-z0-9]([A-Za-z0-9/-]{0,32}[A-Za-z0-9])?$",
    "CLABE": r"^[0-9]{18}$",
    "IFSC_ACCOUNT": r"^[0-9]{9,18}$",
    "AGENCIA_CONTA": r"^[0-9]{4}(-?[0-9X])?/[0-9]{3,13}-?[0-9X]$",
    "AADHAAR": r"^[2-9][0-9]{11}$",
    "ABA_ACCOUNT": r"^[A-Za-z0-9-]{1,17}$",
    "ABA_SAVINGS": r"^[A-Za-z0-9-]{1,17}$",
    "PIX": (
        r"^([0-9]{11}|[0-9]{14}|\+55[1-9][0-9]{9,10}"
        r"|[a-z0-9.!#$'*+/=?^_`{|}~&-]{1,64}@[a-z0-9.-]{3,64}"
        r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
    ),
}
_PIX_LENGTH_MAX = 77
_SHAPE_TEXT: Final = {
    "IBAN": "an IBAN has two letters, two digits and up to 30 letters and digits",
    "OTHER": "an account has 1 to 34 letters, digits, - and /",
    "CLABE": "a CLABE has 18 digits",
    "IFSC_ACCOUNT": "an account paid by IFSC has 9 to 18 digits",
    "AGENCIA_CONTA": "write agência/conta-dígito, as 1234/567890-1",
    "AADHAAR": "an Aadhaar number has 12 digits and starts with 2 to 9",
    "ABA_ACCOUNT": "an account in the United States has 1 to 17 letters, digits and dashes",
    "ABA_SAVINGS": "an account in the United States has 1 to 17 letters, digits and dashes",
    "PIX": "a Pix key is a CPF, a CNPJ, +55 and a phone, an e-mail or a lower-case random key",
}
_DIGIT_TEXT: Final = {
    "IBAN": "the check digits of the IBAN do not fit",
    "CLABE": "the check digit of the CLABE does not fit",
    "AADHAAR": "the check digit of the Aadhaar number does not fit",
    "PIX": "the check digits of the CPF or CNPJ do not fit",
}
_AGENT_NEEDED: Final = {"IFSC_ACCOUNT": "INFSC"}


def account_problem(kind: str, value: str, agent: str | None = None) -> str | None:
    """Return what is wrong with an account, or None. ``agent`` is needed where the kind says so."""
    shape = _SHAPES.get(kind)
    if shape is None:
        return f"no kind of account is called {kind[:20]}; there are {', '.join(_SHAPES)}"
    if re.fullmatch(shape, value) is None or (kind == "PIX" and len(value) > _PIX_LENGTH_MAX):
        return _SHAPE_TEXT[kind]
    if not _digits_fit(kind, value):
        return _DIGIT_TEXT[kind]
    scheme = _AGENT_NEEDED.get(kind)
    if scheme and (agent is None or re.fullmatch(AGENT_PATTERNS[scheme], agent) is None):
        return "an IFSC has four letters, a zero and six letters or digits"
    return None


def _digits_fit(kind: str, value: str) -> bool:
    check = _COLUMN_CHECKS.get(kind)
    return check is None or bool(check(text_array([value]))[0])


def account_problems(table: pa.Table) -> pa.Array:
    """Return what is wrong with each account of a table, null where nothing is.

    Takes the columns ``account_kind``, ``account`` and ``agent``. Works on columns; only the
    country's own structure of an IBAN is looked up one by one.
    """
    kinds = _flat(table["account_kind"])
    values = _flat(table["account"])
    agents = _flat(table["agent"])
    problems = np.full(len(kinds), None, dtype=object)
    for kind in pc.unique(kinds).to_pylist():
        rows = np.flatnonzero(truths(pc.equal(kinds, scalar(kind))))
        found = _problems_of(
            kind, values.take(integer_array(rows)), agents.take(integer_array(rows))
        )
        problems[rows] = found
    return text_array(problems)


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return flat.cast(pa.string())


def _problems_of(kind: str, values: pa.Array, agents: pa.Array) -> NDArray[np.object_]:
    problems = np.full(len(values), None, dtype=object)
    if kind not in _SHAPES:
        problems[:] = account_problem(kind, "")
        return problems
    shaped = _matches(values, _SHAPES[kind])
    if kind == "PIX":
        shaped &= truths(pc.less_equal(pc.utf8_length(values), scalar(_PIX_LENGTH_MAX)))
    problems[~shaped] = _SHAPE_TEXT[kind]
    check = _COLUMN_CHECKS.get(kind)
    if check is not None:
        rows = np.flatnonzero(shaped)
        wrong = rows[~check(values.take(integer_array(rows)))]
        problems[wrong] = _DIGIT_TEXT[kind]
    scheme = _AGENT_NEEDED.get(kind)
    if scheme:
        agent_wrong = ~_matches(pc.fill_null(agents, scalar("")), AGENT_PATTERNS[scheme])
        problems[agent_wrong & shaped] = (
            "an IFSC has four letters, a zero and six letters or digits"
        )
    return problems


def _matches(values: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return truths(pc.match_substring_regex(values, pattern))


def _iban_column(values: pa.Array) -> NDArray[np.bool_]:
    fits = iban_fits(values)
    rows = np.flatnonzero(fits)
    fits[rows] = [
        _fits_its_country(value) for value in values.take(integer_array(rows)).to_pylist()
    ]
    return fits


def _fits_its_country(iban: str) -> bool:
    """Check length and structure against the IBAN registry."""
    from schwifty import IBAN  # noqa: PLC0415 - its registry is 10 MB, for those who pay by IBAN
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415 - as above

    try:
        IBAN(iban)
    except SchwiftyException:
        return False
    return True


def _pix_column(values: pa.Array) -> NDArray[np.bool_]:
    fits = np.ones(len(values), dtype=bool)
    for length, check in ((11, cpf_fits), (14, cnpj_fits)):
        rows = np.flatnonzero(_matches(values, rf"^[0-9]{{{length}}}$"))
        fits[rows] = check(values.take(integer_array(rows)))
    return fits


_COLUMN_CHECKS: Final[dict[str, Callable[[pa.Array], NDArray[np.bool_]]]] = {
    "IBAN": _iban_column,
    "CLABE": clabe_fits,
    "AADHAAR": aadhaar_fits,
    "PIX": _pix_column,
}
