"""Which adapter writes a format: ours by name, other people's by entry point.

Ours are imported when they are first asked for: a bank that takes fixed lines never loads the
classes of ISO 20022.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from bank_adapters.adapter import BankAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GROUP", "UnknownFormat", "adapter_for", "forget", "formats", "plugged"]

GROUP: Final = "cct_engine.bank_adapters"
_OURS: Final = {
    "pain.001.001.03": "bank_adapters.iso20022.pain001",
    "pain.001.001.09": "bank_adapters.iso20022.pain001",
    "npci.nach.306": "bank_adapters.npci.writer",
    "npci.apbs.165": "bank_adapters.npci.writer",
    "cnab240.febraban.103": "bank_adapters.cnab240.writer",
    "nacha.ppd": "bank_adapters.nacha.writer",
    "spei.order": "bank_adapters.delimited.writer",
    "delimited": "bank_adapters.delimited.writer",
}


class UnknownFormat(ValueError):  # noqa: N818 - reads as what happened
    """No adapter writes this format."""


def formats() -> tuple[str, ...]:
    """Return every format that can be written here."""
    return tuple(sorted({*_OURS, *(name for one in plugged() for name in one.formats)}))


def adapter_for(format_name: str) -> BankAdapter:
    """Return the adapter that writes a format. Ours win over others of the same name.

    Raises UnknownFormat.
    """
    ours = _OURS.get(format_name)
    if ours is not None:
        adapter: BankAdapter = import_module(ours).ADAPTER
        return adapter
    for other in plugged():
        if format_name in other.formats:
            return other
    raise UnknownFormat(
        f"no adapter writes {format_name!r}; there are {', '.join(formats())}. An adapter of your "
        f"own is a package with an entry point in the group {GROUP}."
    )


def plugged() -> Iterator[BankAdapter]:
    """Yield the adapters of other people, in the order of their names."""
    yield from _plugged()


def forget() -> None:
    """Look for adapters anew at the next call: a package was installed meanwhile."""
    _plugged.cache_clear()


@cache
def _plugged() -> tuple[BankAdapter, ...]:
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        made = point.load()
        adapter = made() if isinstance(made, type) else made
        if not isinstance(adapter, BankAdapter):
            raise TypeError(
                f"entry point {point.name} of {GROUP} is no bank adapter: it lacks one of the "
                "names that bank_adapters.BankAdapter lists. Mend or remove that package."
            )
        found.append(adapter)
    return tuple(found)
