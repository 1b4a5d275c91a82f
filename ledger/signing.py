"""Keys that sign the published head of the ledger (Ed25519, RFC 8032).

A key is two files: ``0001.private.pem``, which only its owner may read and which never leaves the
machine, and ``0001.key.json``, its statement, which goes to the auditors. The statement of a later
key is signed by the key before it, so who trusts the first one can follow every rotation.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

__all__ = [
    "KeyStatement",
    "Signer",
    "is_signed",
    "key_statements",
    "new_key",
    "signer",
    "wrong_key",
]

_STATEMENT = "cct-ledger-key-1"
_FINGERPRINT_DIGITS = 32


class KeyStatement(NamedTuple):
    """A public key, since when it signs, and the signature of the key before it ('' of the first).

    ``public_key`` and ``signature`` are hexadecimal.
    """

    number: int
    public_key: str
    since: str
    signature: str

    @property
    def fingerprint(self) -> str:
        """What a person compares: the first half of the SHA-256 of the public key."""
        return sha256(bytes.fromhex(self.public_key)).hexdigest()[:_FINGERPRINT_DIGITS]

    @property
    def signed(self) -> bytes:
        """The bytes that the key before this one signed."""
        return _canonical(_STATEMENT, [self.number, self.public_key, self.since])


class Signer(NamedTuple):
    """The key in use and the statements that lead to it, the first one first."""

    private_key: Ed25519PrivateKey
    chain: tuple[KeyStatement, ...]

    def sign(self, title: str, values: Sequence[str | int]) -> str:
        """Sign a record; the same record always gets the same signature."""
        return self.private_key.sign(_canonical(title, values)).hex()


def new_key(folder: Path, *, on: date) -> KeyStatement:
    """Make the first key, or the next one, which from now on signs. The old key signs for it.

    The private file has mode 0600. Raises ``LedgerError`` if the key before cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = key_statements(folder)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    statement = KeyStatement(len(known) + 1, public, on.isoformat(), "")
    if known:
        signature = _private_key(folder, len(known)).sign(statement.signed).hex()
        statement = statement._replace(signature=signature)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder / f"{statement.number:04}.private.pem", pem, mode=0o600)
    text = json.dumps(statement._asdict(), indent=1) + "\n"
    _write(folder / f"{statement.number:04}.key.json", text.encode(), mode=0o644)
    return statement


def key_statements(folder: Path) -> tuple[KeyStatement, ...]:
    """Return the statements of all keys in the folder, the first one first."""
    paths = sorted(folder.glob("[0-9]*.key.json"))
    return tuple(KeyStatement(**json.loads(path.read_text("utf-8"))) for path in paths)


def signer(folder: Path) -> Signer:
    """Return the key in use. Raises ``LedgerError`` if there is none or others may read it."""
    chain = key_statements(folder)
    if not chain:
        raise LedgerError(
            f"There is no key in {folder} to sign the head with. Make one with 'cct ledger key "
            "new' and give its fingerprint to the auditors."
        )
    return Signer(_private_key(folder, len(chain)), chain)


def is_signed(public_key: str, signature: str, title: str, values: Sequence[str | int]) -> bool:
    """Whether the signature of a record was made by this key."""
    return _is_signature(public_key, signature, _canonical(title, values))


def wrong_key(chain: Sequence[KeyStatement], *, trusted: str | None) -> str | None:
    """Say what is wrong with a chain of keys, if anything.

    ``trusted`` is the fingerprint of one of them, known from elsewhere; without it the chain can
    only be checked against itself.
    """
    if not chain:
        return "It names no key."
    for before, key in pairwise(chain):
        if not _is_signature(before.public_key, key.signature, key.signed):
            return f"Key {key.number} ({key.fingerprint}) was not signed by the key before it."
    if trusted is not None and trusted not in {key.fingerprint for key in chain}:
        return (
            f"None of its keys has the fingerprint {trusted}; its last is {chain[-1].fingerprint}."
        )
    return None


def _is_signature(public_key: str, signature: str, signed: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _canonical(title: str, values: Sequence[str | int]) -> bytes:
    array = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    return f"{title}\n{array}".encode()


def _private_key(folder: Path, number: int) -> Ed25519PrivateKey:
    path = folder / f"{number:04}.private.pem"
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise LedgerError(
                f"{path.name} may be read by others (mode {mode:o}): who has it can sign a forged "
                "head. Rotate the key, and keep private files at mode 600."
            )
        key: Any = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise LedgerError(
            f"The private key {path.name} is not in {folder}. Put it back from its safe copy."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{path.name} is no Ed25519 key.")
    return key


def _write(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
