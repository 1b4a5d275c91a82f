"""Check digits of whole columns at once: each text becomes a row of digits of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["aadhaar_fits", "clabe_fits", "cnpj_fits", "cpf_fits", "iban_fits"]

_D5 = np.array(  # multiplication in the dihedral group D5, as Verhoeff (1969) uses it
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]
)
_STEP = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4])
_IBAN_LENGTH_MAX = 34
_MOVED: Final = 4  # country and check digits are read last


def _matrix(values: pa.Array, width: int) -> NDArray[np.int64]:
    """Return the characters as numbers: 0–9, A = 10 … Z = 35, and −1 behind the end."""
    texts = np.array(values.to_pylist() or [""], dtype=f"S{width}")[: len(values)]
    codes = texts.view(np.uint8).reshape(len(values), width).astype(np.int64)
    return np.where(
        codes == 0, -1, np.where(codes >= ord("A"), codes - ord("A") + 10, codes - ord("0"))
    )


def iban_fits(values: pa.Array) -> NDArray[np.bool_]:
    """Tell which IBANs have remainder 1 modulo 97 (ISO 7064 MOD 97-10)."""
    digits = _matrix(values, _IBAN_LENGTH_MAX)
    moved = np.hstack([digits[:, _MOVED:], digits[:, :_MOVED]])
    remainder = np.zeros(len(digits), dtype=np.int64)
    for column in moved.T:
        shifted = remainder * np.where(column > 9, 100, 10) + column  # noqa: PLR2004 - letters are two digits
        remainder = np.where(column < 0, remainder, shifted % 97)
    return np.equal(remainder, 1)


def clabe_fits(values: pa.Array) -> NDArray[np.bool_]:
    """Tell which CLABEs end in the digit that the weights 3, 7, 1 ask for."""
    digits = _matrix(values, 18)
    weights = np.resize([3, 7, 1], 17)
    total = ((digits[:, :17] * weights) % 10).sum(axis=1)
    return np.asarray((10 - total % 10) % 10 == digits[:, 17])


def cpf_fits(values: pa.Array) -> NDArray[np.bool_]:
    """Tell which CPFs end in their two check digits; eleven equal digits never do."""
    digits = _matrix(values, 11)
    first = (digits[:, :9] * np.arange(10, 1, -1)).sum(axis=1) * 10 % 11 % 10
    second = (digits[:, :10] * np.arange(11, 1, -1)).sum(axis=1) * 10 % 11 % 10
    fits = (first == digits[:, 9]) & (second == digits[:, 10])
    return np.asarray(fits & (digits != digits[:, :1]).any(axis=1))


def cnpj_fits(values: pa.Array) -> NDArray[np.bool_]:
    """Tell which CNPJs of 14 digits end in their two check digits."""
    digits = _matrix(values, 14)
    weights = np.array([6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    first = (11 - (digits[:, :12] * weights[1:]).sum(axis=1) % 11) % 11 % 10
    second = (11 - (digits[:, :13] * weights).sum(axis=1) % 11) % 11 % 10
    return np.asarray((first == digits[:, 12]) & (second == digits[:, 13]))


def aadhaar_fits(values: pa.Array) -> NDArray[np.bool_]:
    """Tell which Aadhaar numbers end in their Verhoeff digit; palindromes are refused."""
    digits = _matrix(values, 12)
    check = np.zeros(len(digits), dtype=np.int64)
    step = np.arange(10)
    for column in digits[:, ::-1].T:
        check = _D5[check, step[column]]
        step = _STEP[step]
    palindrome = (digits == digits[:, ::-1]).all(axis=1)
    return np.asarray((check == 0) & ~palindrome)
