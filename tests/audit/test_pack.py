"""The pack is verified with nothing but Python; whatever is changed in it is found and named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import duckdb
import pytest

from cct_engine.demo.world import canaries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from demo_plays import Books, Cct

CYCLE: Final = "bolsa_familia-2026-10"


@pytest.fixture(scope="module")
def packs(finished: Books, cct: Cct, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A pack of everything and one of a single cycle."""
    folder = tmp_path_factory.mktemp("packs")
    for name, words in {"whole": (), "cycle": ("--cycle", CYCLE)}.items():
        out = str(folder / name)
        ran = cct(finished, "--demo", "audit", "pack", "--out", out, *words, "--json")
        assert ran.exit_code == 0, ran
        digest = ran.value["digest"]
        assert verified(folder / name) == (0, f"SOUND, pack {digest}\n")
    return {"whole": folder / "whole", "cycle": folder / "cycle"}


def verified(pack: Path) -> tuple[int, str]:
    """What a Python without any package, and without our code in reach, says of a pack."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(pack / "verify.py")],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def pack(packs: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the cycle's pack, to be spoilt."""
    return shutil.copytree(packs["cycle"], tmp_path / "pack")


def test_one_byte_changed_in_any_file_is_refused_and_the_file_is_named(pack: Path) -> None:
    paths = sorted(path for path in pack.rglob("*") if path.is_file())
    assert len(paths) > 40
    for path in paths:
        name = path.relative_to(pack).as_posix()
        before = path.read_bytes()
        at = len(before) // 2
        path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        code, said = verified(pack)
        assert code == 1, name
        if path.name != "verify.py" or "CHANGED" in said:  # else it is not even Python any more
            assert name in said
            assert "CHANGED" in said
        path.write_bytes(before)
    assert verified(pack)[0] == 0


def test_a_file_taken_out_or_added_is_named(pack: Path) -> None:
    (pack / "tables" / "approval.csv").unlink()
    (pack / "note.txt").write_text("all is well")
    code, said = verified(pack)
    assert code == 1
    assert "tables/approval.csv: is not there" in said
    assert "note.txt: was not in the pack" in said


def sealed_again(pack: Path) -> None:
    """Hash everything anew, as a forger who knows the layout would."""
    path = pack / "manifest.json"
    said = json.loads(path.read_text())
    for name in said["files"]:
        said["files"][name] = hashlib.sha256((pack / name).read_bytes()).hexdigest()
    del said["digest"]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    said["digest"] = hashlib.sha256(canonical.encode()).hexdigest()
    path.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")


def _replaced(path: Path, old: str, new: str) -> None:
    text = path.read_bytes()
    assert old.encode() in text, path.name
    path.write_bytes(text.replace(old.encode(), new.encode(), 1))


def _amount_of_a_line(pack: Path) -> None:
    path = pack / "books" / "journal.csv"
    lines = path.read_text().splitlines(keepends=True)
    cells = lines[5].split(",")
    cells[3] = str(int(cells[3]) + 1)
    lines[5] = ",".join(cells)
    path.write_text("".join(lines))


def _officer_of_an_act(pack: Path) -> None:
    _replaced(pack / "tables" / "act.csv", ",4,cycle.", ",5,cycle.")


def _line_of_the_list(pack: Path) -> None:
    path = pack / "lists" / f"{CYCLE}.txt"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[1:]))


FORGERIES: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "a line's amount": (_amount_of_a_line, "books: batch"),
    "an act's officer": (_officer_of_an_act, "act "),
    "a line of the list": (_line_of_the_list, f"{CYCLE}: the list here is not the one"),
    "the law": (
        lambda pack: _replaced(next((pack / "law").iterdir()), "142.00", "143.00"),
        f"{CYCLE}: its law is not the text",
    ),
    "the manifest of the frozen inputs": (
        lambda pack: _replaced(next((pack / "evidence").iterdir()), "sha256", "sha257"),
        "evidence/",
    ),
    "a file's total": (
        lambda pack: _replaced(pack / "tables" / "manifest.csv", "total_minor", "total_Minor"),
        "payment file",
    ),
    "a balance": (
        lambda pack: _replaced(pack / "tables" / "trial_balance.csv", ",5100,", ",5150,"),
        "trial balance: account",
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forger_who_hashes_the_files_anew_is_found_by_what_they_say(
    what: str, pack: Path
) -> None:
    forge, says = FORGERIES[what]
    forge(pack)
    sealed_again(pack)
    code, said = verified(pack)
    assert code == 1
    assert says in said
    assert "CHANGED" in said


def test_a_pack_of_one_cycle_holds_that_cycles_lines_and_the_whole_chain(
    packs: dict[str, Path],
) -> None:
    def count(name: str, table: str) -> int:
        return len((packs[name] / f"{table}.csv").read_text().splitlines())

    assert count("cycle", "books/seal") == count("whole", "books/seal")
    assert 1 < count("cycle", "books/journal") < count("whole", "books/journal")
    assert count("cycle", "tables/cycle") == 2
    assert count("whole", "tables/cycle") == 7


def test_parquet_has_the_rows_of_the_csv_with_types(packs: dict[str, Path]) -> None:
    for source in sorted(packs["whole"].glob("*/*.csv")):
        if source.stem == "scope":
            continue
        with duckdb.connect() as engine:
            engine.execute("SET TimeZone = 'UTC'")
            both = {"csv": str(source), "parquet": str(source.with_suffix(".parquet"))}
            rows = engine.execute(
                "SELECT (SELECT count(*) FROM read_csv($csv, all_varchar = true, header = true)),"
                " (SELECT count(*) FROM read_parquet($parquet))",
                both,
            ).fetchone()
            assert rows is not None
            assert rows[0] == rows[1], source.name
            types = engine.read_parquet(both["parquet"])
            for name, kind in zip(types.columns, types.types, strict=True):
                if name.endswith("_minor"):
                    assert str(kind) == "BIGINT", (source.name, name)


def test_no_personal_data_is_in_a_pack(packs: dict[str, Path], finished: Books) -> None:
    names = [name.encode() for name in canaries(finished.corner / "feeds")]
    assert len(names) > 500
    for path in packs["whole"].rglob("*"):
        if path.is_file() and path.suffix != ".pdf":
            text = path.read_bytes()
            assert not [name for name in names if name in text], path.name


def test_the_report_reads_as_a_page_and_as_pdf(packs: dict[str, Path]) -> None:
    page = (packs["cycle"] / "report.html").read_text()
    assert CYCLE in page
    assert "Every proof ties; no control found anything." in page
    assert "<script" not in page
    pdf = (packs["cycle"] / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.")
    assert b"/JavaScript" not in pdf


def test_a_pack_is_never_overwritten(packs: dict[str, Path], finished: Books, cct: Cct) -> None:
    ran = cct(finished, "--demo", "audit", "pack", "--out", str(packs["cycle"]))
    assert ran.exit_code == 3
    assert "never overwritten" in ran.errors
