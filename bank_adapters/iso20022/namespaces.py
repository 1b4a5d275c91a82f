"""Which message and version a namespace names."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["format_of_namespace", "other_message"]

_VERSIONS: Final = {
    "pain.001": range(3, 13),
    "pain.002": range(3, 15),
    "pacs.002": range(3, 15),
    "pacs.008": range(2, 13),
    "pain.008": range(2, 12),
    "pacs.004": range(2, 15),
    "camt.029": range(3, 14),
    "camt.052": range(2, 13),
    "camt.053": range(2, 13),
    "camt.054": range(2, 13),
}
_STANDARD: Final = re.compile(
    r"urn:iso:std:iso:20022:tech:xsd:((?:pain|camt|pacs)\.\d{3})\.(\d{3})\.(\d\d)"
)
# The same structures under national names: Swiss (SIX) and German (DK) rules.
_NATIONAL: Final = re.compile(
    r"http://www\.six-interbank-clearing\.com/de/(pain\.00[128])\.(001)\.(0[23])\.ch\.0[1-3]\.xsd"
)
_GERMAN_VARIANTS: Final = {
    ("pain.001", "002", "03"),
    ("pain.001", "003", "03"),
    ("pain.002", "002", "03"),
    ("pain.002", "003", "03"),
    ("pain.008", "002", "02"),
    ("pain.008", "003", "02"),
}
_ANY: Final = re.compile(r"urn:(?:iso:std:iso:20022:tech|swift):xsd:([a-z]{4}\.\d{3}\.\d{3}\.\d\d)")


def format_of_namespace(namespace: str) -> str | None:
    """Return the message and version a namespace names, if it is one that is read."""
    match = _STANDARD.fullmatch(namespace) or _NATIONAL.fullmatch(namespace)
    if match is None:
        return None
    family, variant, version = match.groups()
    is_standard = variant == "001" and int(version) in _VERSIONS.get(family, range(0))
    if not is_standard and (family, variant, version) not in _GERMAN_VARIANTS:
        return None
    return f"{family}.{variant}.{version}"


def other_message(namespace: str) -> str | None:
    """Return the name of any message of ISO 20022, whether it is read or not."""
    match = _ANY.fullmatch(namespace)
    return match[1] if match else None
