"""Programs that use the API: each with a token of its own, and a key for every act."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from starlette.testclient import TestClient

from cct_engine.people import tokens
from cct_engine.people.tokens import Scope

if TYPE_CHECKING:
    from console_visits import Counter
    from httpx2 import Response

EVERYTHING: Final = tuple(Scope)


class Program:
    """A program that acts for an officer."""

    def __init__(self, counter: Counter, words: str) -> None:
        self.words = words
        self.client = TestClient(counter.app, base_url="http://localhost")

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(f"/api/v1{path}", params=query, headers=self._head())

    def post(self, path: str, body: Any = None, *, key: str = "", **how: Any) -> Response:
        head = self._head() | {"idempotency-key": key or uuid.uuid4().hex}
        sent = {} if body is None else {"json": body}
        return self.client.post(f"/api/v1{path}", headers=head, **sent, **how)

    def put(self, path: str, contents: bytes, *, key: str = "", **query: str) -> Response:
        """Hand a file in."""
        head = self._head() | {"idempotency-key": key or uuid.uuid4().hex}
        head["content-type"] = "application/octet-stream"
        address = f"/api/v1{path}"
        return self.client.post(address, params=query, content=contents, headers=head)

    def done(self, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        """Do an act, wait for its job, and return how it ended."""
        answer = self.post(path, body, **how)
        assert answer.status_code in {200, 202}, answer.text
        return self.ended(answer)

    def ended(self, answer: Response) -> dict[str, Any]:
        """Wait for the end of the work that an answer names."""
        job: dict[str, Any] = answer.json()
        while job["state"] == "running":
            job = self.get(f"/jobs/{job['job_id']}", seconds=5).json()
        return job

    def outcome(self, answer: Response) -> str:
        """Return what became of an act in the end: a job's state, or the number of a refusal."""
        if answer.status_code >= 300:
            return str(answer.status_code)
        return str(self.ended(answer)["state"])

    def _head(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.words}"} if self.words else {}


def program(counter: Counter, login: str, *scopes: Scope, days: int = 30) -> Program:
    """Return a program with a token that acts for an officer."""
    granted = tokens.grant(
        counter.database,
        client=f"client.of.{login}"[:40],
        officer_id=counter.number(login),
        scopes=scopes or EVERYTHING,
        days=days,
        at=counter.clock.now(),
        by=counter.number("administrator"),
    )
    return Program(counter, granted.words)
