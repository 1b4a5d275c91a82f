"""The console's words in four languages, and numbers as each country writes them."""

from __future__ import annotations

import ast
import io
import re
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Final

import pytest
from babel.messages.extract import extract

import cct_engine
import reconciliation
import reconciliation.identities
from cct_engine import compliance, registry
from cct_engine.console import deeds
from cct_engine.console.marks import KINDS, ROLE_WORDS
from cct_engine.console.pages import exceptions, suspense
from cct_engine.console.rail import RAIL
from cct_engine.console.reading import cycles as reading
from cct_engine.console.reading import reasons
from cct_engine.console.words import LANGUAGES, catalogue, count, money, plain, speech
from cct_engine.console.words.refused import REFUSED
from cct_engine.console.words.told import NAMED, SAID, form_of
from cct_engine.cycle.checks.policy import policy
from cct_engine.reports import CHANGE_WORDS
from ledger.chart import CHART
from ledger.events import TEMPLATES
from reconciliation.open_items import REASONS as SUSPENDED
from reconciliation.suspense import RESOLUTIONS

OTHERS: Final = [language for language in LANGUAGES if language != "en"]
CONSOLE: Final = resources.files("cct_engine.console")


def _words_of(template: str) -> set[str]:
    options = {"newstyle_gettext": "true", "extensions": "jinja2.ext.do"}
    found = extract("jinja2", io.BytesIO(template.encode()), options=options)
    words: set[str] = set()
    for _, message, _, _ in found:
        words |= {message} if isinstance(message, str) else {one for one in message if one}
    return words


def _in_templates() -> set[str]:
    files = (CONSOLE / "templates").iterdir()
    return set().union(*(_words_of(one.read_text("utf-8")) for one in files))


def _in_code() -> set[str]:
    """Words that pages take from the code: states, roles, entries, titles, steps, needs, totals."""
    words = {word for _, word in KINDS.values()} | {*ROLE_WORDS.values()} | {*CHANGE_WORDS.values()}
    words |= {entry.word for group in RAIL for entry in group.entries}
    words |= {group.word for group in RAIL} | {*reading.STEP_NAMES}
    for known in (deeds.ACT_WORDS, deeds.STEP_WORDS, deeds.RULE_WORDS, deeds.SUBJECT_WORDS):
        words |= {*known.values()}
    sources = [one.read_text("utf-8") for one in (CONSOLE / "pages").glob("*.py")]
    sources.append((CONSOLE / "reading" / "approval.py").read_text("utf-8"))
    for source in sources:
        words |= set(re.findall(r'View\(\s*"[a-z_.]+",\s*f?"([A-Z][a-z ]*[a-z])', source))
        words |= set(re.findall(r'^ +"((?=[A-Z%])[^"]+ [^"]+)",\n +\{', source, re.MULTILINE))
        words |= set(re.findall(r'"name": "([^"]+)"', source))
    return words | {*SAID}


@pytest.mark.parametrize("language", OTHERS)
def test_not_one_sentence_of_the_pages_is_missing(language: str) -> None:
    shown = _in_templates() | _in_code()
    assert len(shown) > 700
    assert shown - catalogue(language).keys() == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_left_as_it_stands_in_english(language: str) -> None:
    same = {one for one, said in catalogue(language).items() if one == said and " " in one}
    assert same <= {"%(n)s min", "%(n)s h", "%(n)s × %(text)s"}


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_the_same_in_every_language(language: str) -> None:
    for english, said in catalogue(language).items():
        places = [sorted(re.findall(r"%\(\w+\)s", text)) for text in (english, said)]
        assert places[0] == places[1], english


def test_held_and_withheld_are_never_the_same_word() -> None:
    for language in OTHERS:
        assert catalogue(language)["Held"] != catalogue(language)["Withheld"]


def test_money_follows_the_country_of_its_currency_in_every_language() -> None:
    assert money(123456789012, "INR") == "₹ 1,23,45,67,890.12"
    assert money(123456789012, "BRL") == "R$ 1.234.567.890,12"
    assert count(198402, "INR") == "1,98,402"
    assert plain(-123456, "BRL") == "-1234.56"


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "3 Nov 2026"), ("hi", "3 नव॰ 2026"), ("pt", "3 nov. 2026"), ("es", "3 nov 2026")],
)
def test_no_date_can_be_read_in_two_orders(language: str, day: str) -> None:
    assert speech(language).day(date(2026, 11, 3)) == day


def test_an_age_is_told_in_words_and_then_in_days() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    ages = [timedelta(minutes=5), timedelta(hours=30), timedelta(days=3)]
    assert [speech("en").age(now - one, now) for one in ages] == ["5 min", "30 h", "3 days"]


def _literals(node: ast.AST, function: str) -> list[str]:
    """Return the texts that are handed to a function, a mark where something is filled in."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    named = [one for one in calls if ast.unparse(one.func).rpartition(".")[2] == function]
    return [text for one in named for argument in one.args if (text := _text(argument))]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(one.value) if isinstance(one, ast.Constant) else _FILLED for one in node.values
        )
    return ""


def _marked(form: str) -> str:
    return re.sub(r"%\(\w+\)s", _FILLED, form)


def _refused_with() -> set[str]:
    """What the pages' acts and jobs are refused with, read in the code that says it."""
    package = Path(cct_engine.__file__).parent
    sources = [one for part in _REFUSING for one in (package / part).rglob("*.py")]
    sources.append(Path(reconciliation.__file__).parent / "suspense.py")
    texts: set[str] = set()
    for source in sources:
        if source.name not in _COMMAND_LINE_ONLY:
            tree = ast.parse(source.read_text("utf-8"))
            texts |= {text for refusal in _REFUSALS for text in _literals(tree, refusal)}
    return {text for text in texts if " " in text and text not in _ONLY_RECORDED}


_FILLED: Final = "\0"
_REFUSING: Final = ("cycle", "people", "console", "registry/intake")
_COMMAND_LINE_ONLY: Final = {"appeals.py", "tokens.py", "mailboxes.py"}
_ONLY_RECORDED: Final = {"not sent from a page of ours", "not theirs"}
_REFUSALS: Final = (
    *("Refused", "CycleError", "Changed", "OutcomeUnknown", "ProviderError", "refuse"),
    *("RefusedFeed", "ResolutionRefused", "SecondPersonNeeded"),
)


@pytest.mark.parametrize("language", OTHERS)
def test_no_refusal_of_an_act_lacks_words(language: str) -> None:
    said = {_marked(form) for form in catalogue(language)}
    refused = _refused_with()
    assert len(refused) > 90
    assert refused - said == set()
    assert {_marked(form) for form in (*NAMED, *REFUSED)} - said == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_name_of_the_books_the_controls_or_the_proof_lacks_words(language: str) -> None:
    proof = ast.parse(Path(reconciliation.identities.__file__).read_text("utf-8"))
    shown = {one.name for one in TEMPLATES.values()} | {one.name for one in CHART.values()}
    for programme, currency in (("bolsa_familia", "BRL"), ("dilli_annashree", "INR")):
        controls = policy(programme, currency).values()
        shown |= {text for one in controls for text in (one.meaning, one.because)}
    shown |= {*_literals(proof, "Identity")} | {*SUSPENDED.values()} | {*reasons.STANDINGS.values()}
    shown |= {one.replace("_", " ") for one in (*registry.feeds, *compliance.feeds)}
    shown |= {name for name in suspense.BANDS if " " in name} | {*exceptions.GROUNDS}
    shown |= {*deeds.STATE_WORDS.values()} | {one.text for one in RESOLUTIONS.values()}
    assert len(shown) > 150
    english = {
        text for text in shown if speech(language).told(text.replace(_FILLED, "1"))[1] == "en"
    }
    assert english == set()


def test_a_refusal_within_a_refusal_is_said_in_the_readers_language() -> None:
    said = (
        "Officer 4 prepared this, so the same officer may not do 'approve': no one signs their "
        "own work. One other officer can."
    )
    told, language = speech("pt").told(said)
    assert language == "pt"
    assert "'Aprovar': ninguém assina o próprio trabalho. Outra pessoa pode." in told
    assert speech("es").told("correct: hold") == ("corrección: bloqueo", "es")
    assert speech("hi").told("Held for review: No account to pay to")[1] == "hi"


def test_a_name_filled_into_a_sentence_is_never_translated() -> None:
    told, _ = speech("es").told("There is an officer hold already; logins are given once.")
    assert "hold" in told


def test_what_the_engine_says_of_an_act_is_known_by_its_form() -> None:
    """Every piece of every form stands in the engine's code, as it would be said today."""
    package = Path(cct_engine.__file__).parent
    code = [*(package / "cycle").rglob("*.py"), *(package / "console" / "pages").glob("*.py")]
    code += [package / "console" / "trying.py", package / "simulation" / "values.py"]
    source = "".join(one.read_text("utf-8") for one in code)
    source = re.sub(r'"\)?\s*(\+ \()?\s*f?"', "", source)
    pieces = {piece for form in SAID for piece in re.split(r"%\(\w+\)s|(?<=\.) ", form)}
    assert {piece for piece in pieces if len(piece) > 4 and piece.strip() not in source} == set()


def test_a_sentence_of_an_act_is_said_in_the_readers_language() -> None:
    said = "bolsa_familia-2026-11 is approved and posted. The money is not released yet."
    assert speech("pt").told(said) == (
        "bolsa_familia-2026-11 está aprovado e lançado. O dinheiro ainda não foi liberado.",
        "pt",
    )
    tried = (
        "Over 6 families of x-2026-11: 3 would gain, 1 would lose. The cycle would cost R$ 5,00"
        " more: R$ 15,00 instead of R$ 10,00. Nothing was booked, and nobody is paid by it."
    )
    assert speech("pt").told(tried) == (
        (
            "Sobre 6 famílias de x-2026-11: ganhariam 3, perderiam 1. O ciclo custaria R$ 5,00 a"
            " mais: R$ 15,00 em vez de R$ 10,00. Nada foi lançado, e ninguém é pago por isso."
        ),
        "pt",
    )
    assert speech("pt").told("Something new happened.") == ("Something new happened.", "en")
    assert all(form_of(form) for form in SAID)


def test_an_unknown_language_is_answered_in_english() -> None:
    assert speech("xx").language == "en"
