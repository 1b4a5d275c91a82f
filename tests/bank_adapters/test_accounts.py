"""An account that cannot exist is told before it is paid; the same alone and in a column."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.br import cnpj, cpf
from stdnum.in_ import aadhaar

from bank_adapters import account_problem, account_problems

GOOD = [
    ("IBAN", "DE89370400440532013000", None),
    ("IBAN", "BR1500000000000010932840814P2", None),
    ("IFSC_ACCOUNT", "000123456789", "SBIN0000691"),
    ("IFSC_ACCOUNT", "123456789012345678", "HDFC0ABC12X"),
    ("CLABE", "032180000118359719", None),
    ("AADHAAR", "234123412346", None),
    ("AGENCIA_CONTA", "1234/567890-1", None),
    ("AGENCIA_CONTA", "1234-X/567890-X", None),
    ("PIX", "39053344705", None),
    ("PIX", "11222333000181", None),
    ("PIX", "+5511987654321", None),
    ("PIX", "maria@example.org", None),
    ("PIX", "123e4567-e12b-42d3-a456-426655440000", None),
    ("OTHER", "A1-2/3", None),
]
BAD = [
    ("IBAN", "DE89370400440532013001", None, "check digits"),
    ("IBAN", "DE8937040044053201300", None, "check digits"),
    ("IBAN", "de89370400440532013000", None, "two letters"),
    ("IFSC_ACCOUNT", "12345678", "SBIN0000691", "9 to 18 digits"),
    ("IFSC_ACCOUNT", "000123456789", "SBIN1000691", "IFSC"),
    ("IFSC_ACCOUNT", "000123456789", None, "IFSC"),
    ("CLABE", "032180000118359718", None, "check digit"),
    ("CLABE", "03218000011835971", None, "18 digits"),
    ("AADHAAR", "234123412347", None, "check digit"),
    ("AADHAAR", "123412341234", None, "12 digits"),
    ("AADHAAR", "222222222222", None, "check digit"),  # a palindrome
    ("AGENCIA_CONTA", "1234567890-1", None, "agência"),
    ("PIX", "39053344706", None, "check digits"),
    ("PIX", "11111111111", None, "check digits"),
    ("PIX", "11222333000182", None, "check digits"),
    ("PIX", "5511987654321", None, "Pix key"),
    ("PIX", "123E4567-E12B-42D3-A456-426655440000", None, "Pix key"),
    ("PIX", "a" * 64 + "@example.organisation", None, "Pix key"),
    ("OTHER", "/12", None, "1 to 34"),
    ("OTHER", "12 34", None, "1 to 34"),
    ("SHOEBOX", "1", None, "no kind of account"),
]


@pytest.mark.parametrize(("kind", "value", "agent"), GOOD)
def test_a_possible_account_has_no_problem(kind: str, value: str, agent: str | None) -> None:
    assert account_problem(kind, value, agent) is None


@pytest.mark.parametrize(("kind", "value", "agent", "says"), BAD)
def test_an_impossible_account_is_told_without_repeating_it(
    kind: str, value: str, agent: str | None, says: str
) -> None:
    problem = account_problem(kind, value, agent)
    assert problem is not None
    assert says in problem
    assert len(value) < 3 or value not in problem


def test_a_column_says_what_each_account_alone_would() -> None:
    cases = [(k, v, a) for k, v, a in GOOD] + [(k, v, a) for k, v, a, _ in BAD]
    table = pa.table(
        {
            "account_kind": [k for k, _, _ in cases],
            "account": [v for _, v, _ in cases],
            "agent": pa.array([a for _, _, a in cases], pa.string()),
        }
    )
    assert account_problems(table).to_pylist() == [account_problem(*case) for case in cases]


def _accepts_iban(value: str) -> bool:
    try:
        IBAN(value)
    except SchwiftyException:
        return False
    return True


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@settings(max_examples=300)
@given(digits(11))
def test_cpf_digits_are_those_of_stdnum(value: str) -> None:
    assert (account_problem("PIX", value) is None) == cpf.is_valid(value)


@settings(max_examples=40)
@given(digits(9))
def test_of_a_hundred_endings_a_cpf_has_the_one_stdnum_takes(value: str) -> None:
    wholes = [f"{value}{ending:02d}" for ending in range(100)]
    kinds, none = ["PIX"] * 100, pa.nulls(100, pa.string())
    found = account_problems(pa.table({"account_kind": kinds, "account": wholes, "agent": none}))
    assert [p is None for p in found.to_pylist()] == [cpf.is_valid(whole) for whole in wholes]


@settings(max_examples=300)
@given(digits(12))
def test_a_cnpj_with_its_own_digits_fits_and_with_others_not(value: str) -> None:
    right = cnpj.calc_check_digits(value)
    assert account_problem("PIX", value + right) is None
    wrong = f"{(int(right) + 1) % 100:02d}"
    assert account_problem("PIX", value + wrong) is not None


@settings(max_examples=300)
@given(digits(11).filter(lambda v: v[0] in "23456789"))
def test_aadhaar_digits_are_those_of_stdnum(value: str) -> None:
    for last in "0123456789":
        whole = value + last
        assert (account_problem("AADHAAR", whole) is None) == aadhaar.is_valid(whole)


@settings(max_examples=100)
@given(digits(18), st.integers(0, 99))
def test_iban_digits_are_those_of_schwifty(bban: str, check: int) -> None:
    value = f"DE{check:02d}{bban}"
    assert (account_problem("IBAN", value) is None) == _accepts_iban(value)


@settings(max_examples=100)
@given(digits(17))
def test_exactly_one_check_digit_fits_a_clabe(value: str) -> None:
    assert sum(account_problem("CLABE", value + last) is None for last in "0123456789") == 1
