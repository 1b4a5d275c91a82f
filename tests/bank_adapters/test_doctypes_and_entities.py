"""A document type or an entity is refused before anything in it is used.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from refused_files import both_sizes, refused

from bank_adapters import RefusalCode

DOCTYPES = {
    "plain": "<!DOCTYPE Document>",
    "external entity": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "external entity by http": '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>',
    "parameter entity": '<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    "external subset": '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">',
    "laughs": '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    "quadratic": f'<!DOCTYPE d [<!ENTITY x "{"x" * 100_000}">]>',
}


@both_sizes
@pytest.mark.parametrize("kind", sorted(DOCTYPES))
def test_a_doctype_is_refused_before_anything_in_it_is_used(
    n: int, kind: str, messages: Any
) -> None:
    head, body = messages.statement(n).split("\n", 1)
    whole = f"{head}\n{DOCTYPES[kind]}{body.replace('A Person', '&x;' * 50)}"
    started = time.perf_counter()
    assert refused(whole).code == RefusalCode.DOCTYPE
    assert time.perf_counter() - started < 2


@both_sizes
def test_an_entity_nobody_declared_is_refused(n: int, messages: Any) -> None:
    whole = messages.statement(n).replace("A Person", "&x;", 1)
    assert refused(whole).code == RefusalCode.DOCTYPE
