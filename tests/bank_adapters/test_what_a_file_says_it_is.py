"""A file is one message of one known kind, the kind its namespace says, or it is refused.

Every trap is set in a small file and in one large enough for the bulk extractor, whose own leniency
must not show.
"""

from __future__ import annotations

from typing import Any

import pytest
from refused_files import both_sizes, refused

from bank_adapters import RefusalCode


@both_sizes
@pytest.mark.parametrize(
    "namespace",
    [
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.99",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13",
        "urn:iso:std:iso:20022:tech:xsd:camt.060.001.05",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08/",
        "urn:example:camt.053",
        "http://www.w3.org/1999/xhtml",
    ],
)
def test_a_namespace_that_is_not_known_is_refused(n: int, namespace: str, messages: Any) -> None:
    whole = messages.statement(n).replace(
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", namespace, 1
    )
    assert refused(whole).code == RefusalCode.NAMESPACE


@both_sizes
def test_a_message_that_is_not_what_its_namespace_says_is_refused(n: int, messages: Any) -> None:
    whole = messages.report(n).replace("pain.002.001.10", "camt.053.001.08", 1)
    assert refused(whole).code == RefusalCode.MESSAGE


def test_two_messages_in_one_document_are_refused(messages: Any) -> None:
    whole = messages.report(2)
    start, end = whole.index("<CstmrPmtStsRpt>"), whole.index("</Document>")
    assert refused(whole[:end] + whole[start:]).code == RefusalCode.MESSAGE


def test_two_documents_in_one_envelope_are_refused(messages: Any) -> None:
    document = messages.report(2).split("\n", 1)[1]
    whole = f'<Envelope xmlns="urn:swift:xsd:envelope">{document}{document}</Envelope>'
    assert refused(whole).code == RefusalCode.TWO_DOCUMENTS


def test_a_message_without_an_id_is_refused(messages: Any) -> None:
    whole = messages.report(2).replace("<MsgId>ACK-1</MsgId>", "")
    assert refused(whole).code == RefusalCode.MESSAGE
