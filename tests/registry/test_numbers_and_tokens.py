"""Numbers that catch a slip of the pen, and tokens that compare without being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cct_engine.registry import id_of, number_of, token
from cct_engine.registry.tokens import TokenPads, token_sql

if TYPE_CHECKING:
    from conftest import Office

ids = st.integers(1, 9_999_999_999)


@given(ids)
def test_a_number_leads_back_to_its_id(identifier: int) -> None:
    assert id_of(number_of(identifier)) == identifier
    assert len(number_of(identifier)) == 11


@given(ids, st.integers(0, 10), st.integers(1, 9))
def test_any_single_wrong_digit_is_caught(identifier: int, place: int, shift: int) -> None:
    digits = list(number_of(identifier))
    digits[place] = str((int(digits[place]) + shift) % 10)
    with pytest.raises(ValueError, match=r"miscopied|11 digits"):
        id_of("".join(digits))


@given(ids, st.integers(0, 9))
def test_two_neighbours_exchanged_are_caught_but_for_09_and_90(identifier: int, place: int) -> None:
    digits = list(number_of(identifier))
    pair = digits[place] + digits[place + 1]
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    if len(set(pair)) == 1 or pair in {"09", "90"}:
        return
    with pytest.raises(ValueError, match="miscopied"):
        id_of("".join(digits))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)
@given(st.lists(ids, min_size=1, max_size=20))
def test_the_database_and_the_engine_give_the_same_number(
    office: Office, identifiers: list[int]
) -> None:
    found = office.rows(
        "SELECT registry.number_of(n) FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS t (n, "
        "o) ORDER BY o",
        ids=identifiers,
    )
    assert [f"{number:011d}" for (number,) in found] == [number_of(n) for n in identifiers]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20
)
@given(
    st.binary(min_size=1, max_size=100),
    st.lists(st.from_regex(r"\A[A-Za-z0-9+@./ -]{1,40}\Z"), min_size=1),
)
def test_the_database_and_the_engine_make_the_same_token(
    office: Office, key: bytes, values: list[str]
) -> None:
    statement = sa.text(
        f"SELECT {token_sql(chr(39) + 'account' + chr(39), 'v')}"
        " FROM unnest(CAST(:values AS text[])) WITH ORDINALITY AS t (v, o) ORDER BY o"
    )
    found = office.connection.execute(statement, {"values": values, **TokenPads.of(key)._asdict()})
    assert list(found.scalars()) == [token(key, "account", value) for value in values]


def test_a_token_does_not_depend_on_how_a_number_is_spaced() -> None:
    assert token(b"k", "NIS", "123.45678.90-1") == token(b"k", "NIS", "12345678901")


def test_two_e_mail_addresses_that_differ_by_a_point_are_two() -> None:
    assert token(b"k", "PIX", "a.b@x.org") != token(b"k", "PIX", "ab@x.org")


def test_another_key_or_scheme_is_another_token() -> None:
    tokens = {token(k, s, "1") for k in (b"k", b"l") for s in ("NIS", "CPF")}
    assert len(tokens) == 4
