"""What the words of one expression can mean: the subject it speaks of and everything declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cct_engine.rulebook.grammar import ExpressionError
from cct_engine.rulebook.names import BUILT_IN_NAMES, MOMENT_NAMES, STANDING_NAMES, Known
from cct_engine.rulebook.tree import Name, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cct_engine.rulebook.model import Law

__all__ = ["SUBJECTS", "Vocabulary", "known_attributes"]

SUBJECTS = ("household", "member", "pregnancy")
_MOMENTS = ("cycle", "month", "window")
_OF_THE_LANGUAGE = "a word of every law"
_EXTRAS = ("breach", "judged", "months_in_state", "months_in_phase", "subtotal")
_MEANT = {
    "age": "`age_at(cycle.first_day)` is an age. ",
    "today": "`cycle.first_day` is the day on which a cycle looks. ",
    "now": "`cycle.first_day` is the day on which a cycle looks. ",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one place in a rulebook.

    ``components`` are those above the place, with what each is paid for; ``later`` those below,
    so that reading forward is refused by its name. ``extras`` are the words only this place has
    (a ladder's counters, a deduction's ``subtotal``). ``conditions`` say of whom they ask,
    ``counting`` are those whose reports add up to a number; ``judged_later`` those not above a
    condition that asks. ``home_known``: a member may ask for all members of the household.
    ``unjudged``: why no verdict is known in this place, and what to write instead;
    ``unjudged_sums``: the same of a sum over members.
    """

    subject: str
    attributes: Mapping[str, Mapping[str, Known]]
    parameters: Mapping[str, Type]
    tables: Mapping[str, tuple[tuple[str, ...], Type]]
    definitions: Mapping[str, str]
    components: Mapping[str, str] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    extras: Mapping[str, Type] = field(default_factory=dict)
    moments: frozenset[str] = frozenset({"cycle", "month"})
    conditions: Mapping[str, str] = field(default_factory=dict)
    counting: frozenset[str] = frozenset()
    judged_later: frozenset[str] = frozenset()
    unjudged: tuple[str, str] | None = None
    unjudged_sums: tuple[str, str] | None = None
    standing_known: bool = True
    standing_told: bool = True
    home_known: bool = False

    def bare(self, word: str) -> Name | str:
        """Return what a word without prefix means; a definition comes back as its text."""
        found: dict[str, Name | str] = {}
        attribute = self.attributes[self.subject].get(word)
        if attribute is not None:
            found[f"an attribute of a {self.subject}"] = Name(self.subject, word, attribute.type)
        if word in self.extras:
            kind = _OF_THE_LANGUAGE if word in _EXTRAS else "a counter"
            found[kind] = Name("extra", word, self.extras[word])
        if word in self.components:
            found["a component"] = Name("component", word, Type.MONEY)
        if word in self.parameters:
            found["a parameter"] = Name("parameter", word, self.parameters[word])
        if word in self.definitions:
            found["a definition"] = self.definitions[word]
        if word == "standing" and self.standing_known and self.standing_told:
            found[_OF_THE_LANGUAGE] = Name("standing", "state", Type.CODE)
        if len(found) > 1:
            message = f"`{word}` means two things here: {' and '.join(found)}."
            own = [kind for kind in found if kind != _OF_THE_LANGUAGE]
            named = f", or write `{self.subject}.{word}` for the attribute" if attribute else ""
            instead = f"Rename the {own[-1].partition(' ')[2]}{named}."
            raise ExpressionError("RB-016", message, instead)
        if not found:
            raise self._unknown(word)
        return next(iter(found.values()))

    def prefixed(self, prefix: str, word: str) -> Name:
        """Return what ``prefix.word`` means."""
        if prefix in self.attributes and (prefix in {"household", self.subject}):
            known = self.attributes[prefix].get(word)
            if known is not None:
                return Name(prefix, word, known.type)
        elif prefix in self.moments and word in MOMENT_NAMES:
            return Name(prefix, word, MOMENT_NAMES[word])
        elif prefix == "standing" and self.standing_known and word in STANDING_NAMES:
            return Name("standing", word, STANDING_NAMES[word])
        raise self._unknown(word, prefix)

    def _unknown(self, word: str, prefix: str = "") -> ExpressionError:
        written = f"{prefix}.{word}" if prefix else word
        if word in self.later and not prefix:
            return ExpressionError(
                "RB-030",
                f"This reads {word}, which comes after it.",
                f"Move {word} up, or read an earlier component.",
            )
        known = sorted(self._words(prefix))
        names = ", ".join(known) or "nothing in this place"
        near = next(iter(get_close_matches(word, known, 1)), "")
        meant = f"Did you mean `{near}`? " if near else ""
        meant = _MEANT.get(word, meant)
        told = (one.values for noun in self.attributes.values() for one in noun.values())
        if not prefix and any(word in codes for codes in told):
            meant = f"A code is written '{word}'. "
        where = "`attributes`" if prefix else "`parameters` or `attributes`"
        return ExpressionError(
            "RB-015",
            f"Nobody knows `{written}`.",
            f"{meant}Declare it under {where}; known: {names}.",
        )

    def _words(self, prefix: str) -> Iterable[str]:
        if prefix in _MOMENTS:
            return MOMENT_NAMES if prefix in self.moments else ()
        if prefix == "standing":
            return STANDING_NAMES
        if prefix:
            return self.attributes.get(prefix, ())
        own = (*self.attributes[self.subject], *self.extras, *self.components)
        return (*own, *self.parameters, *self.definitions)

    def codes(self, name: Name) -> tuple[str, ...]:
        """Return the closed list of codes of an attribute; empty if any code may come."""
        if name.of == "standing":
            return ("full", "grace", "not_eligible", "exited")
        known = self.attributes.get(name.of, {}).get(name.name)
        return known.values if known else ()


def known_attributes(law: Law) -> dict[str, dict[str, Known]]:
    """Return all attributes by noun: built in, then the rulebook's own, which may redeclare."""
    result: dict[str, dict[str, Known]] = {}
    for noun in SUBJECTS:
        own = getattr(law.attributes, noun)
        result[noun] = dict(BUILT_IN_NAMES[noun])
        for name, attribute in own.items():
            result[noun][name] = Known(Type(attribute.type), attribute.absent, attribute.values)
    return result
