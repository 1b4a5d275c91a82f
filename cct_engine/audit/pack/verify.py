"""Verify an audit pack: ``python3 verify.py [folder]``. Needs Python 3.11 and nothing else.

It shares no code with the system that wrote the pack. It hashes every file, follows the chains of
the books, of the acts and of the payment files, recomputes every balance, and compares what was
approved with what was booked and sent. It prints what is wrong and ends with 1, or ends with 0.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from runpy import run_path

csv.field_size_limit(1 << 30)
LINE = 12  # cells of an entitlement line; a family's line has more
OWED, LESS = {20, 22, 26, 29}, {25, 72}  # entitled and released; withheld and netted
SENT = {40, 44}  # instructed, re-issued
PARSED = {"act_id", "officer_id", "detail", "purpose_code", "centre_id"}
Row = dict[str, str]


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Read a table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def seals(folder: Path) -> Iterator[tuple[Row, int]]:
    """The header of each sealed batch with its two accounts, and its total."""
    templates = {row["event"]: row for row in rows(folder, "books/template")}
    headers = {row["batch_id"]: row for row in rows(folder, "books/batch")}
    for seal in rows(folder, "books/seal"):
        header = headers[seal["batch_id"]]
        yield templates[header["event"]] | header, int(seal["total_minor"])


def hashed(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def hash_of(value: object, *, ascii_only: bool = True) -> str:
    """Hash a value as JSON without spaces, its keys in order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)
    return sha256(text.encode()).hexdigest()


def files(folder: Path) -> Iterator[str]:
    """Every file is the one that was written, and no other is there."""
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    said = json.loads(text)
    digest = hash_of({key: value for key, value in said.items() if key != "digest"})
    if digest != said["digest"] or json.dumps(said, indent=1, sort_keys=True) + "\n" != text:
        yield "manifest.json: was changed"
    here = {p.relative_to(folder).as_posix(): hashed(p) for p in folder.rglob("*") if p.is_file()}
    for name in sorted(said["files"].keys() | here.keys() - {"manifest.json"}):
        if name not in here:
            yield f"{name}: is not there"
        elif name not in said["files"]:
            yield f"{name}: was not in the pack"
        elif here[name] != said["files"][name]:
            yield f"{name}: was changed"


def books(folder: Path, head: str) -> Iterator[str]:
    """Every line, seal and account of the ledger."""
    wrong, found = run_path(str(folder / "books/check.py"))["check_pack"](folder / "books")
    yield from (f"books: {text}" for text in wrong)
    if found != head:
        yield "books: the head of the chain is not the one the pack was written at"
    sums: Counter[tuple[str, str, str]] = Counter()
    for batch, total in seals(folder):
        sums[batch["programme_id"], batch["fund_id"], batch["debit"]] += total
        sums[batch["programme_id"], batch["fund_id"], batch["credit"]] -= total
    for row in rows(folder, "tables/trial_balance"):
        sums[row["programme_id"], row["fund_id"], row["account"]] -= int(row["balance_minor"])
    for (_, fund, account), rest in sums.items():
        if rest:
            yield f"trial balance: account {account} of fund {fund} is not the sum of its seals"


def chains(folder: Path) -> Iterator[str]:
    """Every act and every payment file names the one before it."""
    previous = "0" * 64
    for row in rows(folder, "tables/act"):
        act = {key: json.loads(row[key]) if key in PARSED else row[key] for key in row}
        digest = act.pop("digest")
        if hash_of(act, ascii_only=False) != digest or row["previous"] != previous:
            yield f"act {row['act_id']}: it, or one before it, was changed"
        previous = digest
    known = {row["file_id"]: row for row in rows(folder, "tables/payment_file")}
    last: str | None = None
    for row in rows(folder, "tables/manifest"):
        body, digest, file = json.loads(row["body"]), row["digest"], known.get(row["file_id"])
        if sha256(row["body"].encode()).hexdigest() != digest or body.get("previous") != last:
            yield f"payment file {body.get('file')}: its entry, or one before it, was changed"
        told = tuple(str(body.get(key)) for key in ("sha256", "total_minor", "count"))
        if file and told != (file["sha256"], file["total_minor"], file["instruction_count"]):
            yield f"payment file {body.get('file')}: register and manifest differ"
        last = digest


def evidence(folder: Path) -> Iterator[str]:
    """What was calculated from: each frozen manifest and each law is what it is named by."""
    kept = {path.stem: hashed(path) for path in folder.glob("evidence/*")}
    for row in rows(folder, "tables/evidence"):
        if row["what"] == "snapshot" and kept.get(row["digest"]) != row["digest"]:
            yield f"cycle {row['cycle_id']}: the manifest of its frozen inputs is not here"
    for name in kept.keys() - kept.values():
        yield f"evidence/{name}: is not what it is named by"
    for row in rows(folder, "tables/cycle"):
        law = row["rulebook_digest"]
        if law and hashed(folder / "law" / f"{law}.yaml") != law:
            yield f"{row['code']}: its law is not the text it was calculated by"


def cycles(folder: Path) -> Iterator[str]:
    """What was approved is the list that is here, is what was booked, and is what was sent."""
    sums: Counter[tuple[str, str]] = Counter()
    for batch, total in seals(folder):  # corrections come after what a cycle books itself
        event, cycle = int(batch["event"]), batch["cycle_id"]
        if batch["key"].startswith("cycle/"):
            sums[cycle, "owed"] += total * ((event in OWED) - (event in LESS))
            sums[cycle, "unsent"] += total * (event in SENT)
    for part in rows(folder, "tables/payment_file_part"):
        sums[part["cycle_id"], "unsent"] -= int(part["amount_minor"])
    decided = rows(folder, "tables/approval")
    approved = {r["cycle_id"]: r["list_digest"] for r in decided if r["decision"] == "approved"}
    for row in rows(folder, "tables/cycle"):
        if row["cycle_id"] not in approved:
            continue
        code, path = row["code"], folder / "lists" / f"{row['code']}.txt"
        with path.open("rb") as text:
            lines = (line.split(b"\t") for line in text)
            owed = sum(int(c[10]) for c in lines if len(c) == LINE and c[9] == b"payable")
        if not approved[row["cycle_id"]] == row["list_digest"] == hashed(path):
            yield f"{code}: the list here is not the one that was approved"
        if owed != sums[row["cycle_id"], "owed"]:
            yield f"{code}: what was approved for payment is not what was booked"
        if sums[row["cycle_id"], "unsent"]:
            yield f"{code}: the payment files are not what was booked as sent"


def verify(folder: Path) -> tuple[list[str], str]:
    """Return what is wrong, and the pack's digest; of a changed file nothing is trusted further."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        wrong = list(files(folder))
        if not wrong:  # only then is its own ``check.py`` run
            wrong += [*books(folder, said["head"]), *chains(folder)]
            wrong += [*evidence(folder), *cycles(folder)]
    except (LookupError, ValueError, OSError, TypeError) as error:
        return [f"manifest.json, or what it names, cannot be read: {error!r}"], "unknown"
    return wrong, said["digest"]


if __name__ == "__main__":
    problems, digest = verify(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{'CHANGED' if problems else 'SOUND'}, pack {digest}\n")
    sys.exit(bool(problems))
