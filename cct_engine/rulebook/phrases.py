"""What the engine itself tells a family, whatever the law: in the four languages."""

from __future__ import annotations

from typing import Final

__all__ = ["BOUNDS", "CHOSEN", "COUNTED", "FINDINGS", "GRACE_HAD", "HEADLINE", "REASONS", "RENEW"]

HEADLINE: Final[dict[str, dict[str, str]]] = {
    "en": {
        "pay_now": "{title}, {month}: {amount} to pay now",
        "held": "held {}",
        "withheld": "withheld {}",
        "forfeited": "lost {}",
        "end": ".",
    },
    "pt": {
        "pay_now": "{title}, {month}: {amount} a pagar agora",
        "held": "bloqueado {}",
        "withheld": "retido até comprovação {}",
        "forfeited": "perdido {}",
        "end": ".",
    },
    "es": {
        "pay_now": "{title}, {month}: {amount} por pagar ahora",
        "held": "bloqueado {}",
        "withheld": "retenido hasta comprobar {}",
        "forfeited": "perdido {}",
        "end": ".",
    },
    "hi": {
        "pay_now": "{title}, {month}: अभी देय {amount}",
        "held": "रोका गया {}",
        "withheld": "प्रमाण मिलने पर देय {}",
        "forfeited": "हक़ समाप्त {}",
        "end": "।",
    },
}
"""Language to the parts of the sentence that an explanation begins with; sums of 0 are not told."""

REASONS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "waived": "not asked yet in the first payments",
        "override": "lifted in an emergency",
        "justified": "justified",
        "supply_side": "the service was lacking",
        "annulled": "annulled on appeal",
        "deemed": "the law takes it as done",
    },
    "pt": {
        "waived": "ainda não se exige nos primeiros pagamentos",
        "override": "suspenso por emergência",
        "justified": "motivo justificado",
        "supply_side": "o serviço faltou",
        "annulled": "anulado por recurso",
        "deemed": "a lei considera cumprido",
    },
    "es": {
        "waived": "todavía no se pide en los primeros pagos",
        "override": "suspendido por emergencia",
        "justified": "motivo justificado",
        "supply_side": "faltó el servicio",
        "annulled": "anulado por recurso",
        "deemed": "la ley lo da por cumplido",
    },
    "hi": {
        "waived": "पहले भुगतानों में अभी अपेक्षित नहीं",
        "override": "आपात स्थिति में स्थगित",
        "justified": "उचित कारण",
        "supply_side": "सेवा उपलब्ध नहीं थी",
        "annulled": "अपील से निरस्त",
        "deemed": "क़ानून इसे पूरा मानता है",
    },
}
"""Language to why a condition was not asked of somebody; a law's own reasons stand in its texts."""

FINDINGS: Final[dict[str, dict[str, str]]] = {
    "en": {"ACCOUNT_MISSING": "{amount} waits until an account is registered for the payee."},
    "pt": {"ACCOUNT_MISSING": "{amount} esperam até que se cadastre uma conta de quem recebe."},
    "es": {"ACCOUNT_MISSING": "{amount} esperan hasta que se registre una cuenta de quien recibe."},
    "hi": {"ACCOUNT_MISSING": "{amount} रुके हैं: पाने वाले का खाता दर्ज होने पर दिए जाएँगे।"},
}
"""Language to why money waits after a check; of other findings the law's sentence of a review."""

RENEW: Final[dict[str, str]] = {
    "en": "The registration is old. Please renew it; if it is not renewed, the money will wait.",
    "pt": "O cadastro está antigo. Atualize-o; sem atualização, o dinheiro será bloqueado.",
    "es": "El registro es antiguo. Actualícelo; sin actualización, el dinero quedará bloqueado.",
    "hi": "पंजीकरण पुराना हो गया है। कृपया उसका नवीनीकरण कराएँ; न कराने पर पैसा रोका जाएगा।",
}
"""Language to what a family is told while its registration grows old (`recertify: warn`)."""

GRACE_HAD: Final[dict[str, dict[str, str]]] = {
    "en": {
        "once": "The time of protection is granted only once; it began in {month}.",
        "once_per_enrolment": (
            "The time of protection is granted only once in an enrolment; it began in {month}."
        ),
    },
    "pt": {
        "once": "A proteção é concedida uma única vez; começou em {month}.",
        "once_per_enrolment": (
            "A proteção é concedida uma única vez em cada inscrição; começou em {month}."
        ),
    },
    "es": {
        "once": "La protección se concede una sola vez; comenzó en {month}.",
        "once_per_enrolment": (
            "La protección se concede una sola vez en cada inscripción; comenzó en {month}."
        ),
    },
    "hi": {
        "once": "संरक्षण अवधि केवल एक बार मिलती है; वह {month} में शुरू हुई थी।",
        "once_per_enrolment": ("एक नामांकन में संरक्षण अवधि केवल एक बार मिलती है; वह {month} में शुरू हुई थी।"),
    },
}
"""Language to why a family has no (further) grace, by what `grace.again` says."""

BOUNDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "most": "The law counts at most {most} {counted} ({components}){chosen}. Not counted:"
        " {persons} ({months}).",
        "once": "The law counts each person once only ({components}){chosen}. Not counted:"
        " {claims} ({months}).",
        "month": "A family gets at most {ceiling} a month ({components}). To fit, {less} less is"
        " paid a month. {lines}: {after} instead of {before} ({months}).",
        "cycle": "A family gets at most {ceiling} in one payment ({components}). To fit, {less}"
        " less is paid. {lines}: {after} instead of {before} ({months}).",
    },
    "pt": {
        "most": "A lei conta no máximo {most} {counted} ({components}){chosen}. Fora da conta:"
        " {persons} ({months}).",
        "once": "A lei conta cada pessoa uma só vez ({components}){chosen}. Fora da conta:"
        " {claims} ({months}).",
        "month": "Uma família recebe no máximo {ceiling} por mês ({components}). Para caber nesse"
        " limite, pagam-se {less} a menos por mês. {lines}: {after} em vez de {before} ({months}).",
        "cycle": "Uma família recebe no máximo {ceiling} em um pagamento ({components}). Para caber"
        " nesse limite, pagam-se {less} a menos. {lines}: {after} em vez de {before} ({months}).",
    },
    "es": {
        "most": "La ley cuenta como máximo {most} {counted} ({components}){chosen}. Fuera de la"
        " cuenta: {persons} ({months}).",
        "once": "La ley cuenta a cada persona una sola vez ({components}){chosen}. Fuera de la"
        " cuenta: {claims} ({months}).",
        "month": "Una familia recibe como máximo {ceiling} al mes ({components}). Para no pasar de"
        " ese tope se pagan {less} menos al mes. {lines}: {after} en lugar de {before} ({months}).",
        "cycle": "Una familia recibe como máximo {ceiling} en un pago ({components}). Para no pasar"
        " de ese tope se pagan {less} menos. {lines}: {after} en lugar de {before} ({months}).",
    },
    "hi": {
        "most": "क़ानून में अधिक से अधिक {most} {counted} गिने जाते हैं ({components}){chosen}।"
        " नहीं गिने गए: {persons} ({months})।",
        "once": "क़ानून में हर व्यक्ति एक ही बार गिना जाता है ({components}){chosen}।"
        " नहीं गिना गया: {claims} ({months})।",
        "month": "एक परिवार को महीने में अधिक से अधिक {ceiling} मिलते हैं ({components})। इस सीमा"
        " के कारण हर महीने {less} कम दिए जाते हैं। {lines}: {before} की जगह {after} ({months})।",
        "cycle": "एक परिवार को एक भुगतान में अधिक से अधिक {ceiling} मिलते हैं ({components})। इस"
        " सीमा के कारण {less} कम दिए जाते हैं। {lines}: {before} की जगह {after} ({months})।",
    },
}
"""Language to what a limit left out (others were chosen, or a person counts once) and what a
ceiling of a month or of a payment cut; brackets with nothing to say are left out."""

COUNTED: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": {"member": ("person", "persons"), "claim": ("amount", "amounts")},
    "pt": {"member": ("pessoa", "pessoas"), "claim": ("valor", "valores")},
    "es": {"member": ("persona", "personas"), "claim": ("monto", "montos")},
    "hi": {"member": ("व्यक्ति", "व्यक्ति"), "claim": ("लाभ", "लाभ")},
}
"""Language to what a limit counts: one, and several."""

CHOSEN: Final[dict[str, dict[str, str]]] = {
    "en": {
        "amount DESC": ", the highest amounts first",
        "amount": ", the lowest amounts first",
        "birth_date": ", the oldest first",
        "birth_date DESC": ", the youngest first",
    },
    "pt": {
        "amount DESC": ", primeiro os valores mais altos",
        "amount": ", primeiro os valores mais baixos",
        "birth_date": ", a começar por quem é mais velho",
        "birth_date DESC": ", a começar por quem é mais novo",
    },
    "es": {
        "amount DESC": ", primero los montos más altos",
        "amount": ", primero los montos más bajos",
        "birth_date": ", empezando por quien es mayor",
        "birth_date DESC": ", empezando por quien es menor",
    },
    "hi": {
        "amount DESC": ", पहले सबसे अधिक राशि वाले",
        "amount": ", पहले सबसे कम राशि वाले",
        "birth_date": ", पहले सबसे अधिक उम्र वाले",
        "birth_date DESC": ", पहले सबसे कम उम्र वाले",
    },
}
"""Language to whom a limit chooses first, where its order begins with what a family knows."""
