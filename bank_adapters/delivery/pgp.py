"""OpenPGP around a file: signed by us, readable by the bank alone; and its answers the other way.

The seal (SHA-256) is of the file inside. What is offered to the bank is made once and kept, since
encrypting again gives other bytes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pysequoia

from bank_adapters.delivery.door import DoorClosed

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters.delivery.channel import Pgp

__all__ = ["ENDINGS", "NotFromTheBank", "read_sealed", "sealed_for_bank"]

ENDINGS: Final = (".pgp", ".gpg", ".asc")


class NotFromTheBank(DoorClosed):
    """An answer that cannot be opened, or that the bank's key did not sign."""


def sealed_for_bank(file: Path, folder: Path, keys: Pgp) -> Path:
    """Return the file signed and encrypted, as ``<name>.pgp`` in ``folder``; made only once."""
    target = folder / f"{file.name}.pgp"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{target.name}.part"
    draft.unlink(missing_ok=True)
    signer = pysequoia.Tsk.from_file(str(keys.our_key)).signer()
    bank = pysequoia.Cert.from_file(str(keys.bank_certificate))
    pysequoia.encrypt_file(str(file), str(draft), recipients=[bank], signer=signer, armor=False)
    with draft.open("rb") as made:
        os.fsync(made.fileno())
    draft.rename(target)
    return target


def read_sealed(file: Path, target: Path, keys: Pgp) -> None:
    """Open an answer into ``target``. Raises NotFromTheBank unless the bank signed it."""
    ours = pysequoia.Tsk.from_file(str(keys.our_key))
    bank = pysequoia.Cert.from_file(str(keys.bank_certificate))
    try:
        opened = pysequoia.decrypt_file(
            str(file), str(target), decryptor=ours.decryptor(), store=lambda _ids: [bank]
        )
    except Exception as error:  # the library raises bare Exceptions and its own errors alike
        target.unlink(missing_ok=True)
        raise NotFromTheBank(
            f"{file.name} cannot be opened with our key, or its signature is not the bank's. It "
            "was not read. Ask the bank which key it used."
        ) from error
    if not opened.valid_sigs:
        target.unlink(missing_ok=True)
        raise NotFromTheBank(
            f"{file.name} is not signed by the bank. It was not read. Ask the bank for another."
        )
