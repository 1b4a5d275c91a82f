"""Addresses of ours, told from those that lead elsewhere."""

from __future__ import annotations

__all__ = ["local"]


def local(target: str) -> str:
    """Return an address of ours, or ``/``: nothing that could lead elsewhere.

    >>> local("//evil.example/x"), local("/cycles"), local("https://evil.example")
    ('/', '/cycles', '/')
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    harmless = all(" " < letter < "\x7f" and letter != "\\" for letter in target)
    return target if plain and harmless and len(target) < 300 else "/"  # noqa: PLR2004 - long enough
