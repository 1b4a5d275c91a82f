"""A listener of its own for ``/metrics``: on this machine only, whatever the console listens on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, start_http_server

from cct_engine.metrics.collecting import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.cycle import Desk

__all__ = ["serve"]

_HERE: Final = "127.0.0.1"


@contextmanager
def serve(desk: Desk, *, port: int) -> Iterator[int]:
    """Serve the figures until the block ends; ``port`` 0 takes a free one. Gives the port."""
    registry = CollectorRegistry()
    registry.register(
        Collector(desk.database, desk.home, desk.clock, late_hours=desk.settings.late_hours)
    )
    server, thread = start_http_server(port, addr=_HERE, registry=registry)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
