"""Pieces of work side by side, their results in the order of the pieces.

For work that leaves Python (DuckDB, files, hashes): threads are enough, and nothing is copied.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

__all__ = ["abreast"]


def abreast(work: Callable[[T], R], pieces: Iterable[T], *, workers: int) -> Generator[R]:
    """Yield ``work(piece)`` in the order of the pieces, at most ``workers`` of them under way.

    No piece is begun before there is room for it, so memory stays that of ``workers`` pieces. One
    worker uses no threads. What the work raises is raised where its result would have come; pieces
    that were begun by then are waited for, and no other is begun; ``close`` it for the same where
    its reader stops early.
    """
    if workers <= 1:
        yield from map(work, pieces)
        return
    begun: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for piece in pieces:
            if len(begun) == workers:
                yield begun.popleft().result()
            begun.append(pool.submit(work, piece))
        while begun:
            yield begun.popleft().result()
