"""Amounts as officers read them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.money import format_minor, parse_minor


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (0, "INR", "₹ 0.00"),
        (99999, "INR", "₹ 999.99"),
        (100000, "INR", "₹ 1,000.00"),
        (11904120000, "INR", "₹ 11,90,41,200.00"),
        (-5, "BRL", "-R$ 0,05"),
        (123456789, "BRL", "R$ 1.234.567,89"),
        (86945, "CLP", "CLP 86.945"),
    ],
)
def test_an_amount_is_grouped_as_its_country_does(
    amount_minor: int, currency: str, text: str
) -> None:
    assert format_minor(amount_minor, currency) == text


@given(st.integers(-(10**15), 10**15))
def test_a_plain_number_is_read_back_to_the_minor_unit(amount_minor: int) -> None:
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 100)
    assert parse_minor(f"{sign}{whole}.{part:02d}", "INR") == amount_minor


@pytest.mark.parametrize("text", ["", "1,50", "1e5", "NaN", "1.234", "١٢", " 1", "--1", "+1", "."])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no amount|decimals"):
        parse_minor(text, "INR")
