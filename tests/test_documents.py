"""The documents name what there is: files, headings, verbs and options, and each word once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_lines import mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = "bank_adapters|benchmarks|cct_engine|deploy|docs|ledger|reconciliation|tests"

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


@each_document
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if "://" not in link:
            path, _, heading = link.partition("#")
            target = document.parent / path if path else document
            assert target.exists(), link
            assert not heading or heading in _headings(target), link


@each_document
def test_every_file_of_ours_that_is_named_is_there(document: Path) -> None:
    for named in re.findall(rf"`((?:{OURS})/[\w./*-]+)`", document.read_text()):
        assert list(ROOT.glob(named)), named


@each_document
def test_every_command_that_is_shown_is_one_with_those_options(document: Path) -> None:
    assert [fault for line in _commands(document.read_text()) for fault in mistakes(line)] == []


def test_a_command_that_there_is_not_would_be_found() -> None:
    text = (
        "`cct bank\nguess FILE` and `cct bank read FILE --nonsense`\n"
        "    cct ledger voucher propose|undo 1 \\\n        --as maker   # none\n"
        "$ .venv/bin/cct --demo cycle list --json && cct cycle paint\n"
    )
    assert [fault for line in _commands(text) for fault in mistakes(line)] == [
        "cct bank guess FILE: there is no guess",
        "cct bank read FILE --nonsense: --nonsense is none of its options",
        "cct ledger voucher propose|undo 1 --as maker: there is no propose|undo",
        "cct cycle paint: there is no paint",
    ]


def test_every_target_of_make_that_is_named_is_one() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        assert set(re.findall(r"`make ([a-z]+)`", document.read_text())) <= targets


def test_every_switch_of_the_tests_is_told_to_who_contributes() -> None:
    read = re.compile(r"""environ(?:\.get\(|\[)"(CCT_(?:TEST_|CHROMIUM|PICTURES)\w*)""")
    code = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    told = re.findall(r"`(CCT_\w+)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert set(read.findall(code)) == set(told)


def test_a_word_has_one_meaning() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)
    words = Counter(word.strip() for row in rows for word in re.sub(r"\(.*", "", row).split(","))
    assert [word for word, count in words.items() if count > 1] == []


def test_every_decision_stands_in_the_list_by_its_own_name() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    headed = [(path.name[:4], path.name, _title(path)) for path in sorted(folder.glob("0*.md"))]
    assert listed == headed


def _commands(text: str) -> Iterator[str]:
    """What stands behind ``cct``, in backticks or as a command of a line of its own."""
    whole = re.sub(r"\s*\\\n\s*", " ", text)
    for inline in re.findall(r"`cct ([^`]+)`", whole):
        yield " ".join(inline.split())
    for line in whole.splitlines():
        for command in re.split(r"&&|;|\|\|", re.sub(r"(^|\s)#.*", "", line)):
            if found := re.fullmatch(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S+/)?cct (.+)", command):
                yield found[1].strip()


def _headings(document: Path) -> set[str]:
    """The names by which a page's headings are linked to."""
    found = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def _title(decision: Path) -> str:
    return decision.read_text().splitlines()[0].removeprefix(f"# {decision.name[:4]} ")
