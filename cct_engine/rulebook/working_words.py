"""The words of a working, between the law's own names and numbers: in the four languages."""

from __future__ import annotations

from typing import Final

__all__ = ["WORKING"]

WORKING: Final[dict[str, dict[str, str]]] = {
    "en": {
        "member": "{filled} for each member counted",
        "pregnancy": "{filled} for each pregnancy counted",
        "deduction": "{filled}, taken off",
        "cut": "{whole}; in all {before} ({law}), cut to {shown}, because {of} {per} may be {most}"
        " at most ({cap_law})",
        "month": "a month",
        "cycle": "a cycle",
        "most": "of {of} at most {most} are counted, not {claims} ({law})",
        "once": "of {of} each person is counted once, not {claims} ({law})",
        "case": "{then} if {when}",
        "else": "else {then}",
        "from": "from {day} {value}",
        "and": "and",
        "or": "or",
        "not": "not",
        "in": "in",
        "yes": "yes",
        "no": "no",
    },
    "pt": {
        "member": "{filled} por membro contado",
        "pregnancy": "{filled} por gestação contada",
        "deduction": "{filled}, descontado",
        "cut": "{whole}; ao todo {before} ({law}), reduzido a {shown}, porque {of} {per} pode ser"
        " no máximo {most} ({cap_law})",
        "month": "por mês",
        "cycle": "por ciclo",
        "most": "de {of} contam-se no máximo {most}, sem {claims} ({law})",
        "once": "de {of} cada pessoa conta uma só vez, sem {claims} ({law})",
        "case": "{then} se {when}",
        "else": "senão {then}",
        "from": "desde {day} {value}",
        "and": "e",
        "or": "ou",
        "not": "não",
        "in": "em",
        "yes": "sim",
        "no": "não",
    },
    "es": {
        "member": "{filled} por miembro contado",
        "pregnancy": "{filled} por embarazo contado",
        "deduction": "{filled}, descontado",
        "cut": "{whole}; en total {before} ({law}), reducido a {shown}, porque {of} {per} puede ser"
        " como máximo {most} ({cap_law})",
        "month": "al mes",
        "cycle": "por ciclo",
        "most": "de {of} se cuentan como máximo {most}, sin {claims} ({law})",
        "once": "de {of} cada persona cuenta una sola vez, sin {claims} ({law})",
        "case": "{then} si {when}",
        "else": "si no {then}",
        "from": "desde {day} {value}",
        "and": "y",
        "or": "o",
        "not": "no",
        "in": "en",
        "yes": "sí",
        "no": "no",
    },
    "hi": {
        "member": "{filled}, हर गिने गए सदस्य के लिए",
        "pregnancy": "{filled}, हर गिनी गई गर्भावस्था के लिए",
        "deduction": "{filled}, घटाया गया",
        "cut": "{whole}; कुल {before} ({law}), घटाकर {shown}, क्योंकि {of} {per} अधिक से अधिक {most}"
        " हो सकता है ({cap_law})",
        "month": "महीने में",
        "cycle": "चक्र में",
        "most": "{of} में से अधिक से अधिक {most} गिने जाते हैं, {claims} नहीं ({law})",
        "once": "{of} में से हर व्यक्ति एक ही बार गिना जाता है, {claims} नहीं ({law})",
        "case": "{then} यदि {when}",
        "else": "अन्यथा {then}",
        "from": "{day} से {value}",
        "and": "और",
        "or": "या",
        "not": "नहीं",
        "in": "में से",
        "yes": "हाँ",
        "no": "नहीं",
    },
}
"""Language to its words. What a law names and writes is quoted as it stands there."""
