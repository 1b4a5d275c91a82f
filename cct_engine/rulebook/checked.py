"""A law under check: what is asked of it, and where refusals go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cct_engine.rulebook.vocabulary import known_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.reading import Document

__all__ = ["Checked"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A law and the document that takes its problems."""

    law: Law
    document: Document

    @property
    def components(self) -> tuple[str, ...]:
        """Return the codes of all components."""
        return tuple(component.code for component in self.law.components)

    def own(self, noun: str) -> tuple[str, ...]:
        """Return every attribute of a noun, built in or the law's own."""
        return tuple(known_attributes(self.law)[noun])

    def refuse(self, path: Path, code: str, message: str, instead: str) -> None:
        """Add a problem at an entry."""
        self.document.refuse(path, code, message, instead)

    def known(self, word: str, names: Iterable[str], path: Path, noun: str) -> None:
        """Refuse a word that is none of the names."""
        listed = tuple(names)
        if word not in listed:
            known = ", ".join(listed) or "none"
            self.refuse(path, "RB-015", f"Nobody knows the {noun} `{word}`.", f"Known: {known}.")
