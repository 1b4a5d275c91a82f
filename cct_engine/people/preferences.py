"""How an officer likes the pages: language, theme, single keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "THEMES", "keep"]

LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "hi": "हिन्दी",
    "pt": "Português",
    "es": "Español",
}
THEMES: Final = ("auto", "light", "dark")


def keep(
    connection: sa.Connection, officer_id: int, *, language: str, theme: str, single_keys: bool
) -> None:
    """Keep an officer's preferences; raises ValueError for a language or theme there is not."""
    if language not in LANGUAGES or theme not in THEMES:
        raise ValueError(f"There is no language {language!r} or no theme {theme!r}.")
    connection.execute(
        sa.text(
            "INSERT INTO people.preference (officer_id, language, theme, single_keys) "
            "VALUES (:officer_id, :language, :theme, :single_keys) ON CONFLICT (officer_id) "
            "DO UPDATE SET language = :language, theme = :theme, single_keys = :single_keys"
        ),
        {
            "officer_id": officer_id,
            "language": language,
            "theme": theme,
            "single_keys": single_keys,
        },
    )
