"""Every verb of ``cct`` runs on the books of a finished demo, and leaves with the code it means.

Exit codes: 0 done · 1 refused by a rule, or a check found something · 2 wrong words on the command
line · 3 a file that cannot be used · 4 no database · 70 a mistake of ours.
"""

from __future__ import annotations

import json
import uuid
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from demo_plays import DEMO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from demo_plays import Books, Cct

CLOSED: Final = "bolsa_familia-2026-11"
SIGNED: Final = "the digest that was signed"
FEED: Final = "feeds/base/persons.csv"
MESSAGE: Final = "bank/received/000001-*.xml"
LAW: Final = "bolsa_familia.yaml"
NEW: Final = "a file or folder that is not there yet"


class Verb(NamedTuple):
    """A verb's words, how it ends on the books of a closed demo, and a part of what it says."""

    words: tuple[str, ...]
    exit_code: int = 0
    says: str = ""


VERBS: Final = {
    "explain": Verb(("1", "bolsa_familia-2026-09"), says="R$"),
    "proof": Verb((CLOSED,), says="The cycle ties."),
    "cycle list": Verb((), says=CLOSED),
    "cycle open": Verb(("bolsa_familia", "2026-12", "--as", "maker"), says="2026-12"),
    "cycle correct": Verb((CLOSED, "--as", "maker"), 1, "A closed cycle stays as it is"),
    "cycle corrections": Verb((CLOSED,), says="families replayed"),
    "cycle recompute": Verb((CLOSED,), says="the same"),
    "appeal uphold": Verb(
        ("1", CLOSED, "--filed", "2026-11-10", "--reason", "the school erred", "--as", "maker"),
        1,
        "has no role",
    ),
    "appeal list": Verb((), says="Appeals upheld"),
    "cycle freeze": Verb((CLOSED, "--as", "maker"), says="had nothing to do"),
    "cycle calculate": Verb((CLOSED, "--as", "maker"), says="had nothing to do"),
    "cycle check": Verb((CLOSED, "--as", "maker"), says="had nothing to do"),
    "cycle recheck": Verb((CLOSED, "--as", "maker"), 1, "A closed cycle stays as it is"),
    "cycle submit": Verb((CLOSED, "--as", "maker"), says="had nothing to do"),
    "cycle reject": Verb(
        (CLOSED, "--remark", "the wrong month", "--as", "checker"), 1, "stays as it is"
    ),
    "cycle approve": Verb((CLOSED, "--list", SIGNED, "--as", "checker"), says="nothing to do"),
    "cycle countersign": Verb((CLOSED, "--list", SIGNED, "--as", "maker"), 1, "has no role"),
    "cycle tier": Verb(
        ("bolsa_familia", "--over", "1.00", "--signatures", "1", "--as", "administrator"),
        says="signature",
    ),
    "cycle release": Verb((CLOSED, "--as", "releaser"), says="had nothing to do"),
    "cycle close": Verb((CLOSED, "--as", "liaison"), says="had nothing to do"),
    "cycle override": Verb((CLOSED, "1", "--as", "checker"), 1, "Nothing"),
    "cycle findings": Verb((CLOSED,), says="ACCOUNT_MISSING"),
    "cycle changes": Verb((CLOSED,), says="families"),
    "feed take-in": Verb(("persons", FEED, "--as", "maker"), says="repeated"),
    "feed coverage": Verb(("attendance", "2026-08"), says="attendance of 2026-08"),
    "programme list": Verb((), says="bolsa_familia"),
    "programme simulate": Verb((LAW, "--against", CLOSED), says="0 would gain, 0 would lose"),
    "programme test": Verb(("mission_convergence",), says="0 failed"),
    "programme check": Verb((LAW,), says="0 problem"),
    "programme reference": Verb((), says="# The rulebook language"),
    "bank simulate": Verb(("--on", "2026-11-20"), says="The bank answered"),
    "bank read": Verb((MESSAGE,), says="entries"),
    "bank receive": Verb(("--as", "liaison"), says="0 file(s)"),
    "bank send": Verb(("--as", "releaser"), says="0 file(s) are with the bank"),
    "bank reconcile": Verb((), says="Who must act"),
    "bank files": Verb((), says="PIXBANKBRL"),
    "bank unclaimed": Verb((), says="nobody claimed it"),
    "bank lapse": Verb(("--as", "checker"), says="No payment is past the window of its law"),
    "bank notices": Verb((), says="Look at these payees' accounts"),
    "bank check": Verb((), says="as it was sealed"),
    "suspense list": Verb((), says="Suspense"),
    "suspense propose": Verb(
        ("1", "funds", "--remark", "it is late", "--as", "liaison"), 1, "Item 1"
    ),
    "suspense confirm": Verb(("1", "--as", "checker"), 1, "Item 1"),
    "ledger head": Verb(()),
    "ledger balance": Verb((), says="Trial balance"),
    "ledger statement": Verb(("1",), says="Household 1"),
    "ledger verify": Verb((), says="The ledger is sound"),
    "ledger prove": Verb(("1", "0", "1"), says="check_proof.py"),
    "ledger anchor": Verb(("--as", "releaser"), 1, "needs auditor or checker"),
    "ledger key new": Verb(("--as", "administrator"), says="signs from now on"),
    "ledger key list": Verb((), says="Keys"),
    "ledger period list": Verb((), says="Fiscal periods"),
    "ledger period open": Verb(
        ("2031-01-01", "2031-12-31", "--as", "checker"), says="takes value dates"
    ),
    "ledger period close": Verb(("99", "--as", "checker"), 1, "no fiscal period 99"),
    "ledger voucher propose": Verb(
        (
            *("allot", "--programme", "bolsa_familia", "--fund", "BF-2026", "--amount", "1.00"),
            *("--document", "W 1", "--reason", "r", "--on", "2026-11-01", "--as", "liaison"),
        ),
        1,
        "needs case worker or maker",
    ),
    "ledger voucher confirm": Verb(("99", "--as", "checker"), 1, "no voucher 99"),
    "ledger voucher withdraw": Verb(("99", "--as", "checker"), 1, "no voucher 99"),
    "ledger voucher list": Verb((), says="Vouchers"),
    "ledger export": Verb(("--format", "beancount", "--out", NEW), says="bean-check"),
    "statement trial-balance": Verb((), says="Debits equal credits"),
    "statement household": Verb(("1",), says="Still owed after"),
    "statement in-transit": Verb((), says="in transit"),
    "statement budget": Verb((), says="Available"),
    "statement funds": Verb((), says="Paid to families"),
    "audit controls": Verb((), says="recompute_and_compare"),
    "audit run": Verb(
        ("--cycle", CLOSED, "--as-of", "2026-11-17"), says="Nobody is paid after death"
    ),
    "audit sample": Verb(("--size", "5", "--seed", "7"), says="hits"),
    "audit pack": Verb(("--cycle", CLOSED, "--as-of", "2026-11-17", "--out", NEW), says="digest"),
    "schedule due": Verb(()),
    "notice files": Verb((CLOSED, "--out", NEW, "--as", "maker"), 1, "No family of"),
    "notice choose": Verb(
        ("1", "--refused", "--language", "hi", "--as", "maker"), says="gets no messages"
    ),
    "notice address": Verb(("maker", "--remove", "--as", "administrator"), 1, "no mail address"),
    "notice list": Verb((), says="Mails to officers"),
    "notice post": Verb((), says="There is no mail server"),
    "token grant": Verb(
        ("treasury", "maker", "--scope", "read", "--as", "administrator"), says="shown once"
    ),
    "token list": Verb((), says="Tokens"),
    "token revoke": Verb(("999", "--as", "administrator"), 1, "no token 999"),
    "people list": Verb((), says="liaison"),
    "people add": Verb(("newcomer", "--as", "administrator"), says="newcomer is officer"),
    "people grant": Verb(("maker", "auditor", "--as", "administrator"), says="is auditor now"),
    "people password": Verb(("nobody", "--stdin", "--as", "administrator"), 2, "no officer"),
    "people bind": Verb(("maker", "4711", "--as", "administrator"), 1, "There is no provider"),
    "people unbind": Verb(("maker", "--as", "administrator"), 1, "no account"),
    "people sessions": Verb((), says="Open sessions"),
    "people revoke-session": Verb(("9", "--as", "administrator"), 1, "no open session"),
    "people break-glass": Verb(
        (
            *("checker", "releaser", "bolsa_familia", "--as", "administrator"),
            *("--reason", "the releaser is ill and value day is today"),
        ),
        says="for 4 hours",
    ),
    "database migrate": Verb((), says="revision"),
    "database status": Verb((), says="revision"),
}
WITHOUT_JSON: Final = {"schedule run", "serve"}
"""They run until they are stopped."""
ONCE: Final = {"people add"}
"""A login is added once, by the test in words."""
ELSEWHERE: Final = {"demo", "doctor", "schedule run", "serve"}
"""The demo and the doctor have tests of their own; the schedule and the console run on."""


@pytest.fixture(scope="module")
def books(finished: Books, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """A copy of a finished demo whose officers have had their rights for ever.

    The demo plays in the autumn of 2026; the command line acts now, whenever that is.
    """
    name = uuid.uuid4().hex[:12]
    books = finished.copy(tmp_path_factory.mktemp("cli") / name, f"cli_{name}")
    with books.tampering() as connection:
        connection.execute("UPDATE people.role_grant SET granted_at = '2000-01-01'")
    yield books
    books.drop()


def test_no_verb_is_left_out() -> None:
    found = dict(_verbs())
    assert set(found) == set(VERBS) | ELSEWHERE
    assert {verb for verb, has_json in found.items() if not has_json} == WITHOUT_JSON


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_to_people_what_it_did_or_why_not(verb: str, books: Books, cct: Cct) -> None:
    ran = cct(books, *_command(verb, books))
    assert ran.exit_code == VERBS[verb].exit_code, ran
    assert VERBS[verb].says in (ran.errors if ran.exit_code else ran.output)
    assert ran.output or ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in WITHOUT_JSON | ONCE])
def test_a_verb_gives_machines_one_json_value(verb: str, books: Books, cct: Cct) -> None:
    ran = cct(books, *_command(verb, books), "--json")
    assert ran.exit_code == VERBS[verb].exit_code, ran
    if ran.exit_code == 0:
        json.loads(ran.output)
    else:
        assert ran.output == ""
        assert VERBS[verb].says in ran.errors


def test_the_demo_says_to_people_where_every_unit_is_and_what_to_do_next(
    moments: dict[str, Books], cct: Cct, copied: Callable[[Books], Books]
) -> None:
    books = copied(moments["account corrections"])
    ran = cct(books, *(word for word in DEMO if word != "--json"))
    assert ran.exit_code == 0, ran
    assert "Every unit is in one named state" in ran.output
    assert "ledger head" in ran.output
    assert "Next: cct --demo serve · cct --demo proof" in ran.output
    assert "prove and close" in ran.errors


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("cycle", "nonsense"),
        ("cycle", "list", "--nonsense"),
        ("cycle", "open", "bolsa_familia", "September", "--as", "maker"),
        ("cycle", "freeze", CLOSED),
        ("cycle", "freeze", CLOSED, "--as", "nobody"),
        ("demo", "--households", "1"),
        ("feed", "take-in", "persons", "no-such-file.csv", "--as", "maker"),
    ],
    ids=" ".join,
)
def test_wrong_words_leave_with_2(words: tuple[str, ...], books: Books, cct: Cct) -> None:
    ran = cct(books, "--demo", *words)
    assert ran.exit_code == 2, ran
    assert "Usage" in ran.errors


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cycle", "open", "bolsa_familia", "2027-01", "--as", "releaser"), "maker"),
        (("cycle", "freeze", CLOSED, "--as", "checker"), "maker"),
        (("cycle", "freeze", "bolsa_familia-1999-01", "--as", "maker"), "bolsa_familia-1999-01"),
        (("proof", "nonsense"), "nonsense"),
        (("explain", "999999", CLOSED), "999999"),
        (("people", "add", "friend", "--as", "maker"), "administrator"),
        (("people", "grant", "administrator", "maker", "--as", "administrator"), "themselves"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_rule_refuses_leaves_with_1_and_says_why(
    words: tuple[str, ...], says: str, books: Books, cct: Cct
) -> None:
    ran = cct(books, "--demo", *words)
    assert ran.exit_code == 1, ran
    assert says in ran.errors
    assert "Traceback" not in ran.errors
    assert ran.output == ""


@pytest.mark.parametrize(
    "words",
    [
        ("feed", "take-in", "persons", "{file}", "--as", "maker"),
        ("bank", "read", "{file}"),
        ("programme", "test", "--scenarios", "{file}"),
    ],
    ids=" ".join,
)
def test_a_file_that_cannot_be_used_leaves_with_3(
    words: tuple[str, ...], books: Books, cct: Cct, tmp_path: Path
) -> None:
    file = tmp_path / "not-a-file-of-ours.csv"
    file.write_text("<this is: [nothing\n")
    ran = cct(books, "--demo", *(word.format(file=file) for word in words))
    assert ran.exit_code == 3, ran
    assert len(ran.errors) > 30
    assert ran.output == ""


def test_mistakes_in_a_law_are_findings_and_leave_with_1(
    books: Books, cct: Cct, tmp_path: Path
) -> None:
    file = tmp_path / "law.yaml"
    file.write_text("programme: nothing\n")
    ran = cct(books, "programme", "check", str(file))
    assert ran.exit_code == 1, ran
    assert "problem(s) in law.yaml" in ran.output


def test_a_database_that_does_not_answer_leaves_with_4(books: Books, cct: Cct) -> None:
    ran = cct(books._replace(database="there_is_no_such_database"), "--demo", "cycle", "list")
    assert ran.exit_code == 4, ran
    assert "The database does not answer" in ran.errors


def _command(verb: str, books: Books) -> list[str]:
    """The words of a verb, with the places and the digest that only these books know."""
    law = resources.files("cct_engine.programmes") / LAW
    known = {
        FEED: str(books.corner / FEED),
        MESSAGE: str(next(books.corner.glob(MESSAGE))),
        LAW: str(law),
        NEW: str(books.corner / uuid.uuid4().hex),
        SIGNED: _digest(books) if SIGNED in VERBS[verb].words else "",
    }
    return ["--demo", *verb.split(), *(known.get(word, word) for word in VERBS[verb].words)]


def _digest(books: Books) -> str:
    from cct_engine import cycle  # noqa: PLC0415 - only one verb pays for it

    with books.opened() as database, database.transaction() as connection:
        return str(cycle.by_code(connection, CLOSED).list_digest)


def _verbs() -> Iterator[tuple[str, bool]]:
    """Walk the whole command line: each verb, and whether it speaks JSON."""
    import typer  # noqa: PLC0415 - as above

    from cct_engine.cli.main import app  # noqa: PLC0415 - as above

    yield from _below(typer.main.get_command(app), "")


def _below(command: Any, name: str) -> Iterator[tuple[str, bool]]:
    if hasattr(command, "list_commands"):
        context = command.make_context(name or "cct", ["--help"], resilient_parsing=True)
        for word in command.list_commands(context):
            yield from _below(command.get_command(context, word), f"{name} {word}".strip())
    else:
        yield name, any("--json" in parameter.opts for parameter in command.params)
