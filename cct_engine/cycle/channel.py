"""Which way files go to a fund's bank, and its answers come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from bank_adapters.delivery import FolderChannel, load_channel

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters.delivery import SftpChannel

__all__ = ["channel_of", "channels", "outbox_of"]


def outbox_of(home: Path) -> Path:
    """Return the folder the bank takes its files from, unless another way was agreed."""
    return home / "bank" / "outbox"


def channel_of(home: Path, fund_code: str) -> FolderChannel | SftpChannel:
    """Return how files reach the bank of a fund.

    An installation writes it into ``<home>/bank/channels/<fund>.yaml``; without that, files are
    laid into the outbox folder. Raises ValueError naming each wrong key.
    """
    own = home / "bank" / "channels" / f"{fund_code}.yaml"
    if not own.is_file():
        return FolderChannel(kind="folder", outbox=outbox_of(home))
    return load_channel(YAML(typ="safe").load(own.read_text("utf-8")))


def channels(home: Path) -> dict[str, FolderChannel | SftpChannel]:
    """Return the agreed channels by fund code, in the order of the codes."""
    folder = home / "bank" / "channels"
    codes = sorted(file.stem for file in folder.glob("*.yaml")) if folder.is_dir() else []
    return {code: channel_of(home, code) for code in codes}
