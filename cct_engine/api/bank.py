"""Files with their seals, the bank's answers, and what came back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Path, Query

from bank_adapters import reason_for
from cct_engine import cycle as steps
from cct_engine.api.caller import Acting, Asking, Caller
from cct_engine.api.problems import Trouble
from cct_engine.api.routes import Router, letters
from cct_engine.api.values.bank import (
    AnswerDetail,
    AnswerFilter,
    AnswerPage,
    FileDetail,
    FilePage,
    HandedIn,
    OfCycle,
    ReturnPage,
)
from cct_engine.api.values.base import Number
from cct_engine.api.values.work import Job
from cct_engine.console.reading import bank as reading
from cct_engine.console.reading import returned
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from cct_engine.cycle import Desk

__all__ = ["router"]

router = Router()

_FILES: Final = letters("MCRBA")
_ANSWERS: Final = letters("MRBA")
_RETURNS: Final = letters("MCBAWF")


@router.reads("/files", _FILES)
def list_files(caller: Asking, query: Annotated[OfCycle, Query()]) -> FilePage:
    """Payment files with their seals, newest first."""
    with caller.reading() as connection:
        rows = reading.files(connection, caller.scope, cycle=query.cycle)
        return FilePage.model_validate({"items": rows})


@router.reads("/files/{file}", _FILES)
def read_file(
    caller: Asking, file: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,33}$")]
) -> FileDetail:
    """One file: its place in the chain of manifests, its deliveries, what became of it."""
    with caller.reading() as connection:
        row = reading.file(connection, file)
        if row is None or not caller.sees(row["programme"]):
            raise Trouble("not_there", "There is no such file.")
        return FileDetail.model_validate(row | {"states": list(row["states"].values())})


@router.reads("/answers", _ANSWERS)
def list_answers(caller: Asking, query: Annotated[AnswerFilter, Query()]) -> AnswerPage:
    """What came from the bank, whether it was whole, what it did."""
    with caller.reading() as connection:
        return AnswerPage.model_validate(
            {"items": reading.answers(connection, result=query.result)}
        )


@router.reads("/answers/{answer}", _ANSWERS)
def read_answer(caller: Asking, answer: Number) -> AnswerDetail:
    """One message of the bank."""
    with caller.reading() as connection:
        row = reading.answer(connection, answer)
        if row is None:
            raise Trouble("not_there", f"There is no message {answer}.")
        return AnswerDetail.model_validate(row)


@router.acts("/answers", letters("B"), Scope.BANK, takes="application/octet-stream")
def hand_in_answer(caller: Acting, query: Annotated[HandedIn, Query()]) -> Job:
    """Lay a file of the bank into the inbox and book what is there."""
    upload = caller.upload
    if upload is None or not upload.byte_count:
        raise Trouble("malformed", "The body is the file of the bank; it is empty.")
    inbox = steps.inbox_of(caller.place.home)
    inbox.mkdir(parents=True, exist_ok=True)
    with upload.path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    upload.path.rename(inbox / f"{digest[:12]}-{query.name}")
    return _booked(caller)


@router.acts("/bookings", letters("B"), Scope.BANK, takes="")
def book_answers(caller: Acting) -> Job:
    """Take in what lies in the inbox and book what can be matched."""
    return _booked(caller)


@router.reads("/returns", _RETURNS)
def list_returns(caller: Asking, query: Annotated[OfCycle, Query()]) -> ReturnPage:
    """What came back, why, and what is to be done about it."""
    with caller.reading() as connection:
        rows = returned.returns(connection, caller.scope, cycle=query.cycle)
    told = [(row, reason_for(row["reason_list"], row["reason"])) for row in rows]
    return ReturnPage.model_validate(
        {
            "items": [
                row | {"meaning": reason.clerk_text, "action": reason.action.value.lower()}
                for row, reason in told
            ]
        }
    )


def _booked(caller: Caller) -> Job:
    def book(desk: Desk) -> str:
        return steps.reconcile(desk).sentence

    return caller.work("reconcile", "bank/inbox", book)
