"""The words of the pages in four languages, and numbers and dates as their readers write them.

English stands in the templates; the other languages are catalogues beside this module in the form
translators work with (``.po``), read once when the console starts: nothing is compiled.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from babel.dates import format_date
from babel.messages.pofile import read_po

from cct_engine.console.deeds import STATE_WORDS, STEP_WORDS
from cct_engine.console.words.told import form_of
from cct_engine.money import exponent, format_minor
from cct_engine.people.preferences import LANGUAGES
from cct_engine.reports import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

__all__ = ["LANGUAGES", "Speech", "catalogue", "speech"]

_HOURS_AS_WORDS: Final = 48
_SENTENCES: Final = {"advice", "could", "error", "event", "reasons", "what", "where"}
"""What is filled into the engine's sentences and is one of its sentences or names itself."""
_ENDS: Final = re.compile(r"(?<=[.।]) (?=[A-Z0-9])")
"""Where a sentence of the engine's ends and another begins."""
_STATES: Final = {"deed", "now", "since", "state"}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return a language's words by their English ones; what is missing stays English."""
    if language == "en":
        return {}
    text = files(__package__).joinpath(f"{language}.po").read_text(encoding="utf-8")
    read = read_po(io.StringIO(text), locale=language)
    return {str(one.id): str(one.string) for one in read if one.id and one.string}


@lru_cache(maxsize=10_000)
def _written(on: date, form: str, locale: str) -> str:
    """Write a date; pages write the same few days over and over."""
    return format_date(on, form, locale=locale)


class Speech:
    """How one language says things. Amounts follow the country of their currency."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = catalogue(language)

    def text(self, english: str, **filled: object) -> str:
        """Return a sentence in this language, filled in."""
        said = self._words.get(english, english)
        return said % filled if filled else said

    def told(self, sentence: str) -> tuple[str, str]:
        """Say a sentence or a name of the engine's in this language, with the language it is in."""
        if self.language == "en":
            return sentence, "en"
        if sentence in self._words:
            return self._words[sentence], self.language
        known = form_of(sentence)
        if known is None:
            return self._one_by_one(sentence)
        form, filled = known
        within = {name: self._within(name, value) for name, value in filled.items()}
        return self.text(form, **within), self.language

    def _one_by_one(self, sentences: str) -> tuple[str, str]:
        """Say several sentences in this language; if one of them is not known, all as they are."""
        for end in reversed([found.start() for found in _ENDS.finditer(sentences)]):
            first, rest = sentences[:end], sentences[end + 1 :]
            if form_of(first) is not None:
                said, language = self.told(rest)
                if language == self.language:
                    return f"{self.told(first)[0]} {said}", language
        return sentences, "en"

    def _within(self, name: str, value: str) -> str:
        """Say what stands within a sentence: another one, a step, a state; a name stays."""
        if name == "verb":
            value = STEP_WORDS.get(value.removeprefix("cycle."), value)
        elif name in _STATES:
            value = STATE_WORDS.get(value, value)
        elif name == "not":
            return self.text("no" if value else "yes")
        elif name not in _SENTENCES:
            return value
        return self.told(value)[0]

    def many(self, one: str, more: str, number: int, **filled: object) -> str:
        """Return the sentence for one thing or for several."""
        return self.text(one if number == 1 else more, **filled)

    def day(self, on: date | None) -> str:
        """Write a date so that no order of numbers can be mistaken: 3 Nov 2026."""
        if on is None:
            return "–"
        local = {"en": "en", "es": "es_MX", "pt": "pt_BR", "hi": "hi_IN"}[self.language]
        return _written(on, "d MMM y", local)

    def instant(self, at: datetime | None, zone: ZoneInfo | None = None) -> str:
        """Write an instant with its zone."""
        if at is None:
            return "–"
        local = at.astimezone(zone or UTC)
        return f"{self.day(local.date())}, {self.clock(at, zone)}"

    def clock(self, at: datetime, zone: ZoneInfo | None = None) -> str:
        """Write the time of day with its zone."""
        local = at.astimezone(zone or UTC)
        name = local.tzname() or ""
        said = f"UTC{name}" if name.startswith(("+", "-")) else name
        return f"{local:%H:%M} {said}".strip()

    def age(self, since: datetime | None, now: datetime) -> str:
        """Write how long ago, in words: minutes, hours, then days."""
        if since is None:
            return "–"
        minutes = max(int((now - since).total_seconds() // 60), 0)
        if minutes < 60:  # noqa: PLR2004 - an hour
            return self.text("%(n)s min", n=minutes)
        if minutes < _HOURS_AS_WORDS * 60:
            return self.text("%(n)s h", n=minutes // 60)
        return self.text("%(n)s days", n=minutes // 1440)

    def month(self, first: date) -> str:
        """Write a month: November 2026."""
        return _written(first, "LLLL y", self.language)

    def month_short(self, first: date) -> str:
        """Write a month where there is little room, as under a bar: Nov 2026."""
        return _written(first, "LLL y", self.language)


def amount(minor: int | None, currency: str) -> str:
    """Write an amount without its symbol; the heading names the currency."""
    return "–" if minor is None else words.amount(minor, currency)


def signed(minor: int | None, currency: str) -> str:
    """Write a difference with its sign."""
    return "–" if minor is None else words.signed(minor, currency)


def money(minor: int | None, currency: str) -> str:
    """Write an amount with its symbol, for sentences and buttons."""
    return "–" if minor is None else format_minor(minor, currency)


def count(number: int | None, currency: str = "") -> str:
    """Write a number of things, grouped as the currency's country groups."""
    if number is None:
        return "–"
    return words.count(number, currency) if currency else f"{number:,}"


def plain(minor: int, currency: str) -> str:
    """Write an amount for a spreadsheet: a plain decimal with a point."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    text = f"{whole}.{part:0{places}d}" if places else str(whole)
    return f"-{text}" if minor < 0 else text


def spoken(name: str) -> str:
    """Write a name of the law as people say it; two numbers that meet are a span.

    >>> spoken("school_min_6_17")
    'school min 6–17'
    """
    return re.sub(r"(?<=\d)_(?=\d)", "–", name).replace("_", " ")


@cache
def speech(language: str) -> Speech:
    """Return how a language speaks; English where there is none of that name."""
    return Speech(language if language in LANGUAGES else "en")
