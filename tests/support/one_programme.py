"""The programme of the tests: one department, one programme, one fund that pays it."""

from __future__ import annotations

__all__ = ["PROGRAMME"]

PROGRAMME = (
    "INSERT INTO registry.department VALUES (1, 'mds', 'Social development')",
    """
    INSERT INTO registry.programme
    VALUES (1, 'bolsa_familia', 'Bolsa Família', 'own', 'household', 1, 'BRL', 'America/Sao_Paulo')
    """,
    """
    INSERT INTO registry.fund
    VALUES (1, 'bf-2026', 'Bolsa Família 2026', 1, 'BRL', '0001000012345678', 2026)
    """,
    "INSERT INTO registry.programme_fund VALUES (1, 1)",
)
