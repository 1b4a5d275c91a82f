"""Why a bank's file was not taken, where, and what to ask the bank. Never a piece of the file."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["RefusalCode", "RefusedFile"]


class RefusalCode(StrEnum):
    """What was wrong with a file."""

    NOT_WELL_FORMED = "NOT_WELL_FORMED"
    DOCTYPE = "DOCTYPE"
    ENCODING = "ENCODING"
    NAMESPACE = "NAMESPACE"
    ENVELOPE = "ENVELOPE"
    MESSAGE = "MESSAGE"
    TWO_DOCUMENTS = "TWO_DOCUMENTS"
    TOO_LARGE = "TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY = "TOO_MANY"
    REPEATED = "REPEATED"
    AMOUNT = "AMOUNT"
    CURRENCY = "CURRENCY"
    DIRECTION = "DIRECTION"
    DATE = "DATE"
    FLAG = "FLAG"
    TOTALS = "TOTALS"
    FORMAT = "FORMAT"
    PACKED = "PACKED"


_ASK: Final = {
    RefusalCode.NOT_WELL_FORMED: "The file is cut or damaged: ask for it again, with its SHA-256.",
    RefusalCode.DOCTYPE: "No payment message has a DOCTYPE: ask who made the file.",
    RefusalCode.ENCODING: "Ask for the file in UTF-8, as ISO 20022 wants it.",
    RefusalCode.NAMESPACE: "Ask which message and version this is, by the standard's namespace.",
    RefusalCode.ENVELOPE: "Ask for the message without this envelope, or agree the envelope.",
    RefusalCode.MESSAGE: "The message does not hold what its name says: ask for it again.",
    RefusalCode.TWO_DOCUMENTS: "Ask for one message in one file.",
    RefusalCode.TOO_LARGE: "The file is larger than agreed: ask why, or agree a larger limit.",
    RefusalCode.TOO_DEEP: "No payment message is nested so deeply: ask who made the file.",
    RefusalCode.TOO_MANY: "More entries than agreed: ask why, or agree a larger limit.",
    RefusalCode.REPEATED: "What stands once stands twice: ask for a corrected file.",
    RefusalCode.AMOUNT: "An amount is no decimal of its currency: ask for a corrected file.",
    RefusalCode.CURRENCY: "A currency is missing or unknown: ask for a corrected file.",
    RefusalCode.DIRECTION: "An entry is neither CRDT nor DBIT: ask for a corrected file.",
    RefusalCode.DATE: "A date is no date: ask for a corrected file.",
    RefusalCode.FLAG: "A yes-or-no value is neither: ask for a corrected file.",
    RefusalCode.FORMAT: "Ask which format and version this is, or agree a profile for it.",
    RefusalCode.PACKED: "Ask for the plain file, or exactly one file in a gzip or zip.",
    RefusalCode.TOTALS: "The file disagrees with its own totals: ask for it again, complete.",
}


class RefusedFile(ValueError):  # noqa: N818 - reads as what happened
    """A file from a bank that was not taken. Nothing of it may be booked."""

    def __init__(self, code: RefusalCode, *, name: str, place: str) -> None:
        self.code = code
        self.name = name
        self.place = place
        self.ask = _ASK[code]
        super().__init__(f"{name} was refused ({code}) at {place}. {self.ask}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.code, self.name, self.place)


def _rebuilt(code: RefusalCode, name: str, place: str) -> RefusedFile:
    return RefusedFile(code, name=name, place=place)
