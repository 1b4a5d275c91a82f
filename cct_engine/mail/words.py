"""The words of mails to officers, in the four languages of the console: subject and sentence."""

from __future__ import annotations

from typing import Final

__all__ = ["CLOSING", "LINK", "WORDS"]

WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": {
        "sign": (
            "To sign: {cycle}",
            "The list of {cycle} was submitted and waits for your signature. It pays on {pays_on}.",
        ),
        "release": (
            "To release: {cycle}",
            (
                "The list of {cycle} is approved and waits for you to release it to the bank. "
                "It pays on {pays_on}."
            ),
        ),
        "exceptions": (
            "Exceptions: {cycle}",
            (
                "{count} exceptions stand in the way of {cycle}. It cannot be submitted before "
                "they are resolved."
            ),
        ),
        "override": (
            "To confirm: override in {cycle}",
            (
                "An override of finding {finding} in {cycle} was proposed and waits for a second "
                "officer."
            ),
        ),
        "suspense": (
            "Suspense overdue: {count}",
            "{count} lines of bank money {programme} have no home yet, the oldest for {days} days.",
        ),
        "late": (
            "Late: {step} {cycle}",
            "The step '{step}' of {cycle} was due on {since} and is not done.",
        ),
        "break_glass": (
            "BREAK-GLASS USED: {role} in {programme}",
            (
                "The role {role} in {programme} was lent to {officer} for {hours} hours in an "
                "emergency. Act {act} of the record has the reason. Look at what is done with it."
            ),
        ),
    },
    "pt": {
        "sign": (
            "Para assinar: {cycle}",
            "A lista de {cycle} foi submetida e espera a sua assinatura. Paga em {pays_on}.",
        ),
        "release": (
            "Para liberar: {cycle}",
            (
                "A lista de {cycle} está aprovada e espera que você a libere ao banco. "
                "Paga em {pays_on}."
            ),
        ),
        "exceptions": (
            "Exceções: {cycle}",
            (
                "{count} exceções impedem {cycle}. Antes de resolvê-las, a lista não pode ser "
                "submetida."
            ),
        ),
        "override": (
            "Para confirmar: exceção em {cycle}",
            "Propôs-se pagar apesar do achado {finding} em {cycle}; falta um segundo servidor.",
        ),
        "suspense": (
            "Pendências vencidas: {count}",
            (
                "{count} lançamentos do banco {programme} ainda estão sem destino, o mais antigo "
                "há {days} dias."
            ),
        ),
        "late": (
            "Atrasado: {step} {cycle}",
            "O passo '{step}' de {cycle} vencia em {since} e não foi feito.",
        ),
        "break_glass": (
            "ACESSO DE EMERGÊNCIA: {role} em {programme}",
            (
                "O papel {role} em {programme} foi emprestado a {officer} por {hours} horas numa "
                "emergência. O ato {act} do registro diz a razão. Veja o que se faz com ele."
            ),
        ),
    },
    "es": {
        "sign": (
            "Para firmar: {cycle}",
            "La lista de {cycle} fue presentada y espera su firma. Se paga el {pays_on}.",
        ),
        "release": (
            "Para liberar: {cycle}",
            (
                "La lista de {cycle} está aprobada y espera que usted la libere al banco. "
                "Se paga el {pays_on}."
            ),
        ),
        "exceptions": (
            "Excepciones: {cycle}",
            (
                "{count} excepciones impiden {cycle}. La lista no puede presentarse antes de "
                "resolverlas."
            ),
        ),
        "override": (
            "Para confirmar: excepción en {cycle}",
            (
                "Se propuso pagar a pesar del hallazgo {finding} en {cycle}; falta un segundo "
                "funcionario."
            ),
        ),
        "suspense": (
            "Partidas vencidas: {count}",
            (
                "{count} partidas del banco {programme} siguen sin destino, la más antigua desde "
                "hace {days} días."
            ),
        ),
        "late": (
            "Atrasado: {step} {cycle}",
            "El paso '{step}' de {cycle} vencía el {since} y no se ha hecho.",
        ),
        "break_glass": (
            "ACCESO DE EMERGENCIA: {role} en {programme}",
            (
                "El rol {role} en {programme} fue prestado a {officer} por {hours} horas en una "
                "emergencia. El acto {act} del registro dice la razón. Mire lo que se hace con él."
            ),
        ),
    },
    "hi": {
        "sign": (
            "हस्ताक्षर के लिए: {cycle}",
            "{cycle} की सूची जमा हुई और आपके हस्ताक्षर की प्रतीक्षा में है। भुगतान का दिन {pays_on}।",
        ),
        "release": (
            "जारी करने के लिए: {cycle}",
            (
                "{cycle} की सूची स्वीकृत है और बैंक को जारी करने के लिए आपकी प्रतीक्षा में है। "
                "भुगतान का दिन {pays_on}।"
            ),
        ),
        "exceptions": (
            "अपवाद: {cycle}",
            "{count} अपवाद {cycle} को रोकते हैं। उन्हें सुलझाए बिना सूची जमा नहीं हो सकती।",
        ),
        "override": (
            "पुष्टि के लिए: {cycle} में अपवाद",
            "{cycle} में निष्कर्ष {finding} के बावजूद भुगतान प्रस्तावित है; दूसरे अधिकारी की पुष्टि चाहिए।",
        ),
        "suspense": (
            "उचंत में देर: {count}",
            "बैंक की {count} प्रविष्टियाँ {programme} अब तक बिना ठिकाने हैं, सबसे पुरानी {days} दिन से।",
        ),
        "late": (
            "देर: {step} {cycle}",
            "{cycle} का चरण '{step}' {since} को होना था और नहीं हुआ।",
        ),
        "break_glass": (
            "आपात अधिकार प्रयोग: {role}, {programme}",
            (
                "{programme} में भूमिका {role} आपात स्थिति में {officer} को {hours} घंटे के लिए दी गई। "
                "अभिलेख का कार्य {act} कारण बताता है। देखें कि इससे क्या किया जाता है।"
            ),
        ),
    },
}
LINK: Final = {"en": "Open it:", "pt": "Abrir:", "es": "Abrir:", "hi": "खोलें:"}
CLOSING: Final = {
    "en": "This was written by the payment engine. It cannot be answered.",
    "pt": "Escrito pelo sistema de pagamentos. Não pode ser respondido.",
    "es": "Escrito por el sistema de pagos. No puede responderse.",
    "hi": "यह भुगतान प्रणाली ने लिखा है। इसका उत्तर नहीं दिया जा सकता।",
}
