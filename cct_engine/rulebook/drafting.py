"""A file of sentences to fill in: what laws say alike stands there, else the words it may have."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

from cct_engine.rulebook.loading import programmes
from cct_engine.rulebook.texts import FILLED, needed_texts, programme_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["draft"]

_ALIKE: Final = 2
"""So many laws say a sentence in the same words before it is offered to another."""
_OF_NO_LAW: Final = frozenset({"standing", "held", "sources", "payee", "nobody", "appeal"})


def draft(rulebook: Rulebook, language: str) -> str:
    """Return the text of ``<programme>.texts.<language>.yaml``, every sentence with its place.

    A sentence that only this law can say stays empty, with the words that may be filled into it;
    the check goes on asking for it.
    """
    alike = _said_alike(language)
    lines = [f"programme: {rulebook.programme}", f"language: {language}"]
    open_: tuple[str, ...] = ()
    needed = needed_texts(rulebook, language)
    firsts = list(dict.fromkeys(path[0] for path in needed))
    for path in sorted(needed, key=lambda one: firsts.index(one[0])):
        for depth, key in enumerate(path[:-1]):
            if open_[: depth + 1] != path[: depth + 1]:
                lines.append(f"{'  ' * depth}{_key(key)}:")
        open_ = path[:-1]
        lines.append(f"{'  ' * len(open_)}{_key(path[-1])}: {_sentence(rulebook, path, alike)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _key(word: str) -> str:
    return json.dumps(word) if ":" in word else word


def _sentence(rulebook: Rulebook, path: tuple[str, ...], alike: dict[tuple[str, ...], str]) -> str:
    words = FILLED.get(path[0], frozenset())
    if path[0] == "appeal" and rulebook.law.appeals is None:
        words = frozenset()
    said = alike.get(path, "")
    if said and (words or "{" not in said):
        return json.dumps(said, ensure_ascii=False)
    filled = " ".join(sorted(f"{{{word}}}" for word in words))
    return f"# {filled}" if filled else ""


@cache
def _said_alike(language: str) -> dict[tuple[str, ...], str]:
    """Return the sentences that several shipped laws say in the same words, by their place."""
    said: dict[tuple[str, ...], Counter[str]] = {}
    for code in programmes():
        for path, sentence in _sentences(code, language):
            if path[0] not in _OF_NO_LAW:
                continue
            said.setdefault(path, Counter())[sentence] += 1
    most = {path: counted.most_common(1)[0] for path, counted in said.items()}
    return {path: sentence for path, (sentence, times) in most.items() if times >= _ALIKE}


def _sentences(code: str, language: str) -> Iterator[tuple[tuple[str, ...], str]]:
    try:
        yield from programme_texts(code, language=language).sentences.items()
    except FileNotFoundError:
        return
