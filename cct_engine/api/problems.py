"""What the API says no with: RFC 9457 problems that name what, where, why and what to do.

No problem repeats what was sent: a field is named, its contents are not, because nobody knows
whether they are somebody's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from bank_adapters import RefusedFile
from cct_engine.console.refusals import REFUSALS
from cct_engine.cycle import Changed
from cct_engine.people import Refused
from cct_engine.registry import RefusedFeed, SecondPersonNeeded
from cct_engine.rulebook import UnknownHousehold

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KINDS", "REFUSALS", "Kind", "Misfit", "Problem", "Trouble", "answered", "trouble_of"]

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: the number it is answered with, what it is, and what to do."""

    status: int
    title: str
    advice: str


KINDS: Final = {
    "token": Kind(
        401,
        "No token that opens anything",
        "Send 'Authorization: Bearer <token>'. An administrator grants tokens with "
        "'cct token grant'; they end by themselves.",
    ),
    "scope": Kind(
        403,
        "The token is not for this",
        "Ask an administrator for a token with the scope that the document names.",
    ),
    "role": Kind(
        403,
        "The officer may not do this",
        "Let an officer with one of the roles that the document names do it.",
    ),
    "refused": Kind(403, "A rule refuses this", "The detail says who could do it."),
    "not_there": Kind(
        404,
        "Not there",
        "It does not exist, or it is of a programme or centre that is not this officer's.",
    ),
    "method": Kind(405, "Not that method", "The document says which methods an address has."),
    "conflict": Kind(
        409, "The state of things does not allow it", "Read it again, and act on what it is now."
    ),
    "under_way": Kind(409, "Under way already", "Wait for the work that was started before."),
    "key_reused": Kind(
        409,
        "The key was used for another request",
        "Make a new Idempotency-Key for every act; keep it only to repeat the very same request.",
    ),
    "key": Kind(
        400,
        "No usable Idempotency-Key",
        "Send 8 to 64 letters, digits, '-' or '_' of your own making, new for every act.",
    ),
    "malformed": Kind(400, "Cannot be read", "Send what the document describes."),
    "too_large": Kind(413, "Too large", "Send less at once."),
    "media_type": Kind(
        415, "Not that kind of body", "Send the media type that the document names."
    ),
    "invalid": Kind(
        422, "Does not fit the document", "Mend the fields named under 'errors' and send it again."
    ),
    "unusable": Kind(422, "The file cannot be used", "The detail says what it lacks."),
    "failed": Kind(
        500,
        "Something failed on our side",
        "Send it again with the same Idempotency-Key: it cannot count twice.",
    ),
}
"""Every kind of problem by its word; ``/api/v1/problems`` lists them."""


class Misfit(BaseModel):
    """A field that does not fit."""

    where: str = Field(description="The field, as a path from the body, query or header.")
    why: str


class Problem(BaseModel):
    """Why a request was not done (RFC 9457)."""

    type: str = Field(description="Names the kind; the last part is its word.")
    title: str = Field(description="What it is.")
    status: int
    detail: str = Field(description="Why, in this case.")
    where: str = Field(description="The method and address that were asked.")
    advice: str = Field(description="What to do.")
    errors: list[Misfit] = Field(default_factory=list)


class Trouble(Exception):  # noqa: N818 - becomes a problem, is none of ours
    """Raised to answer with a problem. ``word`` is one of ``KINDS``."""

    def __init__(self, word: str, detail: str, errors: Sequence[Misfit] = ()) -> None:
        super().__init__(detail)
        self.word = word
        self.detail = detail
        self.errors = list(errors)

    @property
    def status(self) -> int:
        """The number of the answer."""
        return KINDS[self.word].status


_UNUSABLE: Final = (RefusedFeed, RefusedFile)


def trouble_of(error: Exception) -> Trouble:
    """Return what a refusal of the engine's doors is called here; their texts may be shown."""
    if isinstance(error, Changed):
        return Trouble("conflict", str(error))
    if isinstance(error, UnknownHousehold):
        return Trouble("not_there", str(error))
    if isinstance(error, _UNUSABLE):
        return Trouble("unusable", str(error))
    if isinstance(error, Refused | SecondPersonNeeded):
        return Trouble("refused", str(error))
    return Trouble("conflict", str(error))


def misfits(errors: Sequence[Any]) -> list[Misfit]:
    """Return what does not fit, field by field, without what was sent."""
    return [
        Misfit(where=".".join(_named(part) for part in one["loc"]), why=str(one["msg"])[:200])
        for one in errors[:20]
    ]


def problem(trouble: Trouble, where: str) -> Problem:
    """Return the problem as a value."""
    kind = KINDS[trouble.word]
    return Problem(
        type=f"/api/v1/problems#{trouble.word}",
        title=kind.title,
        status=kind.status,
        detail=trouble.detail,
        where=where,
        advice=kind.advice,
        errors=trouble.errors,
    )


def answered(trouble: Trouble, where: str) -> Response:
    """Answer with a problem."""
    headers = {"www-authenticate": "Bearer"} if trouble.word == "token" else None
    return JSONResponse(
        problem(trouble, where).model_dump(mode="json"),
        status_code=trouble.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _named(part: object) -> str:
    text = str(part)
    return text if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text) else "(a name we do not know)"
