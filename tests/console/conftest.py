"""The console over the books of a demo, visited by officers who signed in."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from console_visits import SIGNED, opened
from openid_door import Door
from openid_provider import Provider

from cct_engine.people import passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console_visits import Counter
    from demo_plays import Books


@pytest.fixture(scope="module", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash cheaply: these tests are about pages, not about Argon2's cost."""
    with pytest.MonkeyPatch.context() as patched:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patched.setattr(passwords, "_HASHER", quick)
        yield


@pytest.fixture
def counter_at(
    moments: dict[str, Books], copied: Callable[[Books], Books]
) -> Iterator[Callable[[str, datetime], Counter]]:
    """Opens the console over the demo's books as they stood after a stage of its last month."""
    with ExitStack() as under_way:

        def at(moment: str, when: datetime) -> Counter:
            return under_way.enter_context(opened(copied(moments[moment]), when))

        yield at


@pytest.fixture
def checked(counter_at: Callable[[str, datetime], Counter]) -> Counter:
    """The console on the day the list of November is checked and not submitted yet."""
    return counter_at("calculate and check", SIGNED)


@pytest.fixture(scope="module")
def closed(finished: Books, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """The console over a finished demo, for pages that are only read."""
    home = tmp_path_factory.mktemp("console") / "books"
    books = finished.copy(home, f"console_{uuid.uuid4().hex[:12]}")
    with opened(books, datetime(2026, 11, 22, 9, tzinfo=UTC)) as counter:
        yield counter
    books.drop()


@pytest.fixture(scope="module")
def running(closed: Counter) -> Iterator[Provider]:
    """An OpenID provider, as the tests of a module leave it."""
    with Provider(lambda: closed.clock.at) as server:
        yield server


@pytest.fixture
def provider(running: Provider) -> Provider:
    """An OpenID provider as it is when it does what it must."""
    running.deviate()
    return running


@pytest.fixture
def door(closed: Counter, provider: Provider) -> Door:
    """The console of the finished demo, whose officers sign in by that provider."""
    return Door(closed, provider)
