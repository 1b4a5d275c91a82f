"""Names in the bank's letters: by a table, with a record, and never losing a letter silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_adapters import bank_text, bank_texts, check_instructions

if TYPE_CHECKING:
    from collections.abc import Callable

    from bank_adapters import BankProfile

WRITTEN = [
    ("José da Conceição", "Jose da Conceicao"),
    ("JOÃO ÁVILA", "JOAO AVILA"),
    ("María Núñez Güemes", "Maria Nunez Guemes"),
    ("Łukasz Straße", "Lukasz Strasse"),
    ("D’Ávila “Zé”", "D'Avila 'Ze'"),
    ("Ana\u00a0Maria – Souza", "Ana Maria - Souza"),
    ("Joa\u0303o", "Joao"),  # the tilde as a letter of its own
    ("  Ana   Maria ", "Ana Maria"),
    ("सुनीता देवी", "Sunita Devi"),
    ("राम कुमार", "Ram Kumar"),
    ("चन्द्र", "Chandra"),
    ("लक्ष्मी", "Lakshmi"),
    ("ज्ञानेश्वर", "Gyaneshvar"),
    ("ज़ैनब", "Zainab"),
    ("फ़ातिमा", "Fatima"),
    ("अंजलि", "Anjali"),
    ("संपत", "Sampat"),
    ("हिंदी", "Hindi"),
    ("ऋषि", "Rishi"),
    ("दुःख", "Duhkh"),
    ("Asha देवी", "Asha Devi"),
    ("वर्मा १२", "Varma 12"),
]


@pytest.mark.parametrize(("name", "written"), WRITTEN)
def test_a_name_is_written_in_latin_letters(name: str, written: str) -> None:
    assert bank_text(name) == written


@pytest.mark.parametrize("name", ["日本", "Ахмед", "محمد", "Ana\u202eairaM", "A\x00B", "A🙂"])
def test_a_letter_outside_the_table_stays_so_that_a_person_decides(
    name: str, rows: Callable[..., pa.Table], inr: BankProfile
) -> None:
    written = bank_text(name)
    assert any(letter in written for letter in name if not letter.isascii() or letter == "\x00")
    table = rows(1, inr)
    place = table.schema.get_field_index("creditor_name")
    table = table.set_column(place, table.schema.field(place), pa.array([written]))
    assert [v.column for v in check_instructions(table, inr)] == ["creditor_name"]


def test_every_change_is_recorded_without_the_name() -> None:
    given_names = pa.array(["Plain Name", "José", "सुनीता देवी", "X" * 80, "Zé देवी"])
    texts, changes = bank_texts(given_names, length_max=70)
    assert texts.to_pylist() == ["Plain Name", "Jose", "Sunita Devi", "X" * 70, "Ze Devi"]
    assert changes.to_pylist() == [
        {"position": 1, "letters": "é>e", "was_cut": False},
        {"position": 2, "letters": "Deva>Latn", "was_cut": False},
        {"position": 3, "letters": "", "was_cut": True},
        {"position": 4, "letters": "Deva>Latn é>e", "was_cut": False},
    ]


def test_a_cut_name_does_not_end_in_a_space() -> None:
    texts, _ = bank_texts(pa.array(["A" * 69 + " " + "B" * 9]), length_max=70)
    assert texts.to_pylist() == ["A" * 69]


@given(st.lists(st.text(max_size=40), max_size=30))
def test_a_column_is_written_as_each_name_alone(names: list[str]) -> None:
    texts, changes = bank_texts(pa.array(names, pa.string()), length_max=1_000)
    assert texts.to_pylist() == [bank_text(name) for name in names]
    differing = [i for i, name in enumerate(names) if bank_text(name) != name]
    assert set(differing) <= set(changes["position"].to_pylist())


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_plain_letters_are_never_touched(name: str) -> None:
    assert bank_text(name) == name


@given(st.text("अआइईकखगघचजटडतदनपबमयरलवशसहािीुूेैोौ्ं ", max_size=20))
def test_devanagari_always_becomes_latin_and_is_stable(name: str) -> None:
    written = bank_text(name)
    assert written.isascii()
    assert bank_text(written) == written


def test_a_banks_own_letters_come_before_our_table_and_are_recorded() -> None:
    given = pa.array(["Jürgen Größe", "O'Neil", "Plain"])
    own = {"ü": "ue", "ö": "oe", "'": " "}
    found = bank_texts(given, length_max=70, own=own)
    assert found.texts.to_pylist() == ["Juergen Groesse", "O Neil", "Plain"]
    assert found.changes["letters"].to_pylist() == ["ü>ue ö>oe ß>ss", "'> "]
    assert bank_texts(given, length_max=70).texts.to_pylist()[0] == "Jurgen Grosse"
