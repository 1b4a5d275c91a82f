"""The frame of a short message in the four languages; reasons come from the law's own texts."""

from __future__ import annotations

from typing import Final

__all__ = ["PLACE", "WORDS"]

PLACE: Final = "@@@@"
"""Stands for the last four digits of the account until the file is written."""

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "paid": "{title} {month}: {amount} on {day}.",
        "paid_into": "{title} {month}: {amount} on {day}, account ending {place}.",
        "nothing": "{title} {month}: no payment.",
        "before": "Last time: {amount}.",
        "ended": "Not due any more: {components}.",
        "extra": "Last time {amount} of earlier months was in it.",
        "taken_back": "Taken back: {amount}.",
        "ask": "Ask at your centre why, and how to object.",
    },
    "pt": {
        "paid": "{title} {month}: {amount} em {day}.",
        "paid_into": "{title} {month}: {amount} em {day}, conta final {place}.",
        "nothing": "{title} {month}: sem pagamento.",
        "before": "Da última vez: {amount}.",
        "ended": "Já não se deve: {components}.",
        "extra": "Da última vez havia {amount} de meses anteriores.",
        "taken_back": "Descontado: {amount}.",
        "ask": "Pergunte no seu centro por quê e como contestar.",
    },
    "es": {
        "paid": "{title} {month}: {amount} el {day}.",
        "paid_into": "{title} {month}: {amount} el {day}, cuenta terminada en {place}.",
        "nothing": "{title} {month}: sin pago.",
        "before": "La vez anterior: {amount}.",
        "ended": "Ya no corresponde: {components}.",
        "extra": "La vez anterior había {amount} de meses anteriores.",
        "taken_back": "Descontado: {amount}.",
        "ask": "Pregunte en su centro por qué y cómo objetar.",
    },
    "hi": {
        "paid": "{title} {month}: {amount}, {day} को।",
        "paid_into": "{title} {month}: {amount}, {day} को, खाता {place}।",
        "nothing": "{title} {month}: भुगतान नहीं।",
        "before": "पिछली बार: {amount}।",
        "ended": "अब देय नहीं: {components}।",
        "extra": "पिछली बार उसमें पुराने महीनों का {amount} था।",
        "taken_back": "काटा गया: {amount}।",
        "ask": "कारण और आपत्ति का तरीका अपने केंद्र पर पूछें।",
    },
}
