"""How amounts, months and persons are written in a family's language.

The plain wording is what officers and machines read (``BRL 142.00``, ``2026-09``); a local one
writes as the language does (``R$ 142,00``, ``setembro de 2026``, ``₹ 1,23,456.00``).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from cct_engine.rulebook.values import CURRENCY_DIGITS, format_minor

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.rulebook.months import Month

__all__ = ["LANGUAGES", "LocalWording", "PlainWording", "Wording"]

LANGUAGES: Final = ("en", "hi", "pt", "es")

_LOCALES: Final = {"en": "en_US", "hi": "hi_IN", "pt": "pt_BR", "es": "es_AR"}
_OF_CURRENCY: Final = {("en", "INR"): "en_IN", ("es", "MXN"): "es_MX"}
_INDIAN: Final = "#,##,##0"
_WESTERN: Final = "#,##0"
_SYMBOLS: Final = {
    "BRL": "R$",
    "INR": "₹",
    "MXN": "$",
    "ARS": "$",
    "CLP": "$",
    "COP": "$",
    "PHP": "₱",
    "IDR": "Rp",
}
_PERSON: Final = {"en": "person", "hi": "व्यक्ति", "pt": "pessoa", "es": "persona"}
_UNITS: Final = {
    "en": {"day": ("day", "days"), "month": ("month", "months"), "cycle": ("cycle", "cycles")},
    "hi": {"day": ("दिन", "दिन"), "month": ("महीना", "महीने"), "cycle": ("चक्र", "चक्र")},
    "pt": {"day": ("dia", "dias"), "month": ("mês", "meses"), "cycle": ("ciclo", "ciclos")},
    "es": {"day": ("día", "días"), "month": ("mes", "meses"), "cycle": ("ciclo", "ciclos")},
}
_TO: Final = {"en": "to", "hi": "से", "pt": "a", "es": "a"}


class Wording(Protocol):
    """Writes what stands in the words of a sentence."""

    def money(self, amount_minor: int, currency: str) -> str:
        """Write an amount with its currency."""
        ...

    def amount(self, amount_minor: int, currency: str) -> str:
        """Write an amount without its currency, in a working."""
        ...

    def month(self, month: Month) -> str:
        """Write a month and its year."""
        ...

    def months(self, first: Month, last: Month) -> str:
        """Write the months from one to another, both included; one alone as itself."""
        ...

    def person(self, person_id: int) -> str:
        """Write a person whose name the reader may not know."""
        ...

    def span(self, length: int, unit: str) -> str:
        """Write a duration such as 30 days; ``unit`` is day, month or cycle."""
        ...

    def share(self, tenths: int) -> str:
        """Write a share of so many tenths of a per cent."""
        ...


@dataclass(frozen=True, slots=True)
class PlainWording:
    """ISO currency and months, English words."""

    def money(self, amount_minor: int, currency: str) -> str:
        """Write ``BRL 1,110.00``."""
        return f"{currency} {self.amount(amount_minor, currency)}"

    def amount(self, amount_minor: int, currency: str) -> str:
        """Write ``1,110.00``."""
        return format_minor(amount_minor, currency=currency)

    def month(self, month: Month) -> str:
        """Write ``2026-09``."""
        return str(month)

    def months(self, first: Month, last: Month) -> str:
        """Write ``2026-06 to 2026-07``."""
        return str(first) if first == last else f"{first} to {last}"

    def person(self, person_id: int) -> str:
        """Write ``person 17``."""
        return f"person {person_id}"

    def span(self, length: int, unit: str) -> str:
        """Write ``30 days``."""
        return f"{length} {_UNITS['en'][unit][length != 1]}"

    def share(self, tenths: int) -> str:
        """Write ``85.3 %``."""
        return f"{tenths // 10}.{tenths % 10} %"


@dataclass(frozen=True, slots=True)
class LocalWording:
    """A language's own formats; ``currency`` decides between its countries."""

    language: str
    currency: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(
                f"There are no formats for language {self.language!r}; known: "
                f"{', '.join(LANGUAGES)}."
            )

    @property
    def locale(self) -> str:
        """The locale whose formats are used."""
        return _OF_CURRENCY.get((self.language, self.currency), _LOCALES[self.language])

    def money(self, amount_minor: int, currency: str) -> str:
        """Write ``R$ 1.110,00`` with spaces that do not break; the sign stands first."""
        written = self.amount(abs(amount_minor), currency)
        sign = "−\u00a0" if amount_minor < 0 else ""
        return f"{sign}{_SYMBOLS.get(currency, currency)}\u00a0{written}"

    def amount(self, amount_minor: int, currency: str) -> str:
        """Write ``1.110,00``."""
        from babel.numbers import format_decimal  # noqa: PLC0415 - only notices pay for it

        digits = CURRENCY_DIGITS.get(currency, 2)
        whole = _INDIAN if self.locale in {"en_IN", "hi_IN"} else _WESTERN
        pattern = f"{whole}.{'0' * digits}" if digits else whole
        amount = Decimal(amount_minor).scaleb(-digits)
        return str(format_decimal(amount, format=pattern, locale=self.locale))

    def month(self, month: Month) -> str:
        """Write ``setembro de 2026``."""
        from babel.dates import format_skeleton  # noqa: PLC0415 - only notices pay for it

        return str(format_skeleton("yMMMM", month.first_day, locale=self.locale))

    def months(self, first: Month, last: Month) -> str:
        """Write ``junho a julho de 2026``; the year stands once where it is one."""
        from babel.dates import format_date  # noqa: PLC0415 - only notices pay for it

        if first == last:
            return self.month(last)
        one_year = first.first_day.year == last.first_day.year
        begun = format_date(first.first_day, "LLLL", locale=self.locale)
        return f"{begun if one_year else self.month(first)} {_TO[self.language]} {self.month(last)}"

    def day(self, day: date) -> str:
        """Write ``9 de setembro de 2026``."""
        from babel.dates import format_date  # noqa: PLC0415 - only notices pay for it

        return str(format_date(day, format="long", locale=self.locale))

    def person(self, person_id: int) -> str:
        """Write ``pessoa 17``, in one piece."""
        return f"{_PERSON[self.language]}\u00a0{person_id}"

    def span(self, length: int, unit: str) -> str:
        """Write ``30 dias``."""
        return f"{length} {_UNITS[self.language][unit][length != 1]}"

    def share(self, tenths: int) -> str:
        """Write ``85,3 %``."""
        from babel.numbers import get_decimal_symbol  # noqa: PLC0415 - only notices pay for it

        mark = get_decimal_symbol(self.locale)
        return f"{tenths // 10}{mark}{tenths % 10}\u00a0%"
