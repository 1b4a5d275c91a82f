"""The way to a bank and back: a folder it empties, or its SFTP server; OpenPGP where it wants it.

A file is handed over in two moves: laid aside under a name that the bank leaves alone, then given
its own name. Between the two the caller notes, for ever, that it is being sent. So whatever is
killed, the listing tells which of the two it was, and nothing is handed over twice.
"""

from bank_adapters.delivery.channel import Channel, FolderChannel, Pgp, SftpChannel, load_channel
from bank_adapters.delivery.door import Door, DoorClosed, Remote, opened
from bank_adapters.delivery.pgp import NotFromTheBank, read_sealed, sealed_for_bank

__all__ = [
    "Channel",
    "Door",
    "DoorClosed",
    "FolderChannel",
    "NotFromTheBank",
    "Pgp",
    "Remote",
    "SftpChannel",
    "load_channel",
    "opened",
    "read_sealed",
    "sealed_for_bank",
]
