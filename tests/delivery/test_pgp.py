"""Signed by us and readable by the bank alone; answers only when the bank signed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysequoia
import pytest

from bank_adapters.delivery import NotFromTheBank, Pgp, read_sealed, sealed_for_bank

if TYPE_CHECKING:
    from pathlib import Path


def key_of(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key pair; return the files of the secret key and of the certificate."""
    made = pysequoia.Tsk.generate(f"{name} <{name}@example.org>")
    secret, public = folder / f"{name}.key", folder / f"{name}.cert"
    secret.write_bytes(bytes(made))
    public.write_bytes(bytes(made.extract_certificate()))
    return secret, public


@pytest.fixture
def both(tmp_path: Path) -> tuple[Pgp, Pgp]:
    """What we have, and what the bank has."""
    our_secret, our_public = key_of(tmp_path, "programme")
    bank_secret, bank_public = key_of(tmp_path, "bank")
    ours = Pgp(our_key=our_secret, bank_certificate=bank_public)
    return ours, Pgp(our_key=bank_secret, bank_certificate=our_public)


def test_the_bank_opens_what_we_seal_and_sees_that_it_is_ours(
    both: tuple[Pgp, Pgp], tmp_path: Path
) -> None:
    ours, banks = both
    file = tmp_path / "order.xml"
    file.write_bytes(b"<payments/>" * 1000)
    offered = sealed_for_bank(file, tmp_path / "offered", ours)
    assert b"payments" not in offered.read_bytes()
    read_sealed(offered, tmp_path / "opened.xml", banks)
    assert (tmp_path / "opened.xml").read_bytes() == file.read_bytes()


def test_what_is_offered_is_made_once(both: tuple[Pgp, Pgp], tmp_path: Path) -> None:
    file = tmp_path / "order.xml"
    file.write_bytes(b"<payments/>")
    first = sealed_for_bank(file, tmp_path / "offered", both[0]).read_bytes()
    assert sealed_for_bank(file, tmp_path / "offered", both[0]).read_bytes() == first


@pytest.mark.parametrize("forgery", ["signed by a stranger", "not signed", "changed on the way"])
def test_an_answer_that_the_bank_did_not_sign_is_not_read(
    forgery: str, both: tuple[Pgp, Pgp], tmp_path: Path
) -> None:
    ours, banks = both
    us = pysequoia.Cert.from_file(str(banks.bank_certificate))
    secret, _ = key_of(tmp_path, "stranger")
    signers = {
        "signed by a stranger": secret,
        "not signed": None,
        "changed on the way": banks.our_key,
    }
    signer = signers[forgery]
    made = pysequoia.encrypt(
        b"<answer/>" * 100,
        recipients=[us],
        signer=pysequoia.Tsk.from_file(str(signer)).signer() if signer else None,
        armor=False,
    )
    content = bytearray(made)
    if forgery == "changed on the way":
        content[-40] ^= 1
    answer, target = tmp_path / "answer.xml.pgp", tmp_path / "answer.xml"
    answer.write_bytes(content)
    with pytest.raises(NotFromTheBank, match="not read"):
        read_sealed(answer, target, ours)
    assert not target.exists()
