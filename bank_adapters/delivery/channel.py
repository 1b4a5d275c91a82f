"""How files go to one bank and its answers come back: data, checked before anything is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Channel", "FolderChannel", "Pgp", "SftpChannel", "load_channel"]

_RemoteFolder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,200}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pgp(_Strict):
    """OpenPGP keys as files: our secret key signs and opens, the bank's certificate closes."""

    our_key: Path
    bank_certificate: Path


class FolderChannel(_Strict):
    """A folder that the bank (or its client program) empties, and one that it fills."""

    kind: Literal["folder"]
    outbox: Path
    answers: Path | None = None
    pgp: Pgp | None = None


class SftpChannel(_Strict):
    """The bank's SFTP server. Its host key is pinned: another key is another server."""

    kind: Literal["sftp"]
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
    host_key: Annotated[str, Field(pattern=r"^(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) \S+$")]
    """One line as in known_hosts, without the host's name. Ask the bank for it by another way."""
    our_key: Path
    """Our private key; its passphrase, if any, is asked of the setting CCT_BANK_KEY_PASSPHRASE."""
    outbox: _RemoteFolder
    answers: _RemoteFolder | None = None
    taken: _RemoteFolder | None = None
    """Where the bank moves what it took, if it can be listed: files there have arrived."""
    seconds_max: Annotated[int, Field(ge=1, le=600)] = 60
    pgp: Pgp | None = None


Channel = Annotated[FolderChannel | SftpChannel, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[FolderChannel | SftpChannel] = TypeAdapter(Channel)


def load_channel(values: Mapping[str, Any]) -> FolderChannel | SftpChannel:
    """Return a channel from a mapping. Raises ValueError (pydantic) naming each wrong key."""
    return _ADAPTER.validate_python(values)
