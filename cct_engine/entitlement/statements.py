"""A compiled rulebook as a run sees it: selects by name, whoever compiled them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["HasLayer", "HasStatements"]


class HasLayer(Protocol):
    """One named select of a compiled rulebook."""

    @property
    def name(self) -> str:
        """Return the name later layers and the outlets read it by."""
        ...

    @property
    def sql(self) -> str:
        """Return the select over ``src_<table>`` and earlier layers."""
        ...


class HasStatements(Protocol):
    """A compiled rulebook, as far as a run needs it."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 that stands for the law and the month it was compiled for."""
        ...

    @property
    def layers(self) -> Sequence[HasLayer]:
        """Return the chain that all outlets read, in order; each is run once per shard."""
        ...

    @property
    def outlets(self) -> Mapping[str, str]:
        """Return each outlet's select over the layers."""
        ...

    def statement(self, outlet: str) -> str:
        """Return chain and outlet as one statement: what is kept with the run."""
        ...
