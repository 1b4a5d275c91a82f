"""Verify an audit pack: ``python3 verify.py [folder]``. Needs Python 3.11 and nothing else.

It shares no code with the system that wrote the pack. It hashes every file, follows the chains of
the books, of the acts and of the payment files, recomputes every balance, and compares what was
approved with what was booked and sent. It prints what is wrong and ends with 1, or ends with 0.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from hashlib import file_digest, sha256
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

csv.field_size_limit(1 << 30)
LINE = 12  # cells of an entitlement line; a family's line has more
OWED, LESS = {20, 22, 26, 29}, {25, 72}  # entitled and released; withheld and netted
PARSED = {"act_id", "officer_id", "detail", "purpose_code", "centre_id"}
SENT = {40, 44}  # instructed, re-issued


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Read a table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def files(folder: Path) -> Iterator[str]:
    """Every file is the one that was written, and no other is there."""
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    said = json.loads(text)
    covered = {key: value for key, value in said.items() if key != "digest"}
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"))
    written = json.dumps(said, indent=1, sort_keys=True) + "\n"
    if sha256(canonical.encode()).hexdigest() != said["digest"] or written != text:
        yield "manifest.json: was changed"
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    for name in sorted(said["files"].keys() | found.keys() - {"manifest.json"}):
        if name not in found:
            yield f"{name}: is not there"
        elif name not in said["files"]:
            yield f"{name}: was not in the pack"
        else:
            with found[name].open("rb") as file:
                if file_digest(file, "sha256").hexdigest() != said["files"][name]:
                    yield f"{name}: was changed"


def books(folder: Path, head: str) -> Iterator[str]:
    """Every line, seal and account of the ledger."""
    check = run_path(str(folder / "books" / "check.py"))["check_pack"]
    wrong, found = check(folder / "books")
    yield from (f"books: {text}" for text in wrong)
    if found != head:
        yield "books: the head of the chain is not the one the pack was written at"
    headers = {row["batch_id"]: row for row in rows(folder / "books", "batch")}
    templates = {row["event"]: row for row in rows(folder / "books", "template")}
    sums: Counter[tuple[str, str, str]] = Counter()
    for seal in rows(folder / "books", "seal"):
        batch = headers[seal["batch_id"]]
        template = templates[batch["event"]]
        for side, sign in (("debit", 1), ("credit", -1)):
            key = batch["programme_id"], batch["fund_id"], template[side]
            sums[key] += sign * int(seal["total_minor"])
    for row in rows(folder / "tables", "trial_balance"):
        key = row["programme_id"], row["fund_id"], row["account"]
        if sums.pop(key, 0) != int(row["balance_minor"]):
            yield f"trial balance: account {key[2]} of fund {key[1]} is not the sum of its seals"
    yield from (f"trial balance: account {key[2]} is missing" for key, sum_ in sums.items() if sum_)


def chain(folder: Path) -> Iterator[str]:
    """Every act and every payment file names the one before it."""
    previous = "0" * 64
    for row in rows(folder / "tables", "act"):
        act = {key: json.loads(value) if key in PARSED else value for key, value in row.items()}
        act.pop("digest")
        text = json.dumps(act, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if sha256(text.encode()).hexdigest() != row["digest"] or row["previous"] != previous:
            yield f"act {row['act_id']}: it, or one before it, was changed"
        previous = row["digest"]
    known = {row["file_id"]: row for row in rows(folder / "tables", "payment_file")}
    previous = ""
    for row in rows(folder / "tables", "manifest"):
        body, file = json.loads(row["body"]), known.get(row["file_id"])
        if (
            sha256(row["body"].encode()).hexdigest() != row["digest"]
            or (body["previous"] or "") != previous
        ):
            yield f"payment file {body['file']}: its entry, or one before it, was changed"
        if file and (body["sha256"], str(body["total_minor"]), str(body["count"])) != (
            file["sha256"],
            file["total_minor"],
            file["instruction_count"],
        ):
            yield f"payment file {body['file']}: register and manifest differ"
        previous = row["digest"]


def booked(folder: Path) -> Counter[tuple[str, str]]:
    """Add up, by cycle, what its approval and its releases booked; corrections come after them."""
    sums: Counter[tuple[str, str]] = Counter()
    batches = {row["batch_id"]: row for row in rows(folder / "books", "batch")}
    for seal in rows(folder / "books", "seal"):
        batch, total = batches[seal["batch_id"]], int(seal["total_minor"])
        event, own = int(batch["event"]), batch["key"].startswith("cycle/")
        if own and event in OWED | LESS:
            sums[batch["cycle_id"], "owed"] += total if event in OWED else -total
        if own and event in SENT:
            sums[batch["cycle_id"], "sent"] += total
    for part in rows(folder / "tables", "payment_file_part"):
        sums[part["cycle_id"], "in files"] += int(part["amount_minor"])
    return sums


def cycles(folder: Path) -> Iterator[str]:
    """What was approved is the list that is here, is what was booked, and is what was sent."""
    sums = booked(folder)
    approved = {
        row["cycle_id"]: row["list_digest"]
        for row in rows(folder / "tables", "approval")
        if row["decision"] == "approved"
    }
    kept = {path.stem: sha256(path.read_bytes()).hexdigest() for path in folder.glob("evidence/*")}
    for row in rows(folder / "tables", "evidence"):
        if row["what"] == "snapshot" and kept.get(row["digest"]) != row["digest"]:
            yield f"cycle {row['cycle_id']}: the manifest of its frozen inputs is not here"
    yield from (
        f"evidence/{name}: is not what it is named by" for name in kept.keys() - kept.values()
    )
    for row in rows(folder / "tables", "cycle"):
        code, law = row["code"], folder / "law" / f"{row['rulebook_digest']}.yaml"
        if row["rulebook_digest"] and sha256(law.read_bytes()).hexdigest() != law.stem:
            yield f"{code}: its law is not the text it was calculated by"
        if row["cycle_id"] not in approved:
            continue
        payable, digest = 0, sha256()
        with (folder / "lists" / f"{code}.txt").open("rb") as text:
            for line in text:
                digest.update(line)
                cells = line.split(b"\t")
                payable += int(cells[10]) if len(cells) == LINE and cells[9] == b"payable" else 0
        if not approved[row["cycle_id"]] == row["list_digest"] == digest.hexdigest():
            yield f"{code}: the list here is not the one that was approved"
        if payable != sums[row["cycle_id"], "owed"]:
            yield f"{code}: what was approved for payment is not what was booked"
        if sums[row["cycle_id"], "in files"] != sums[row["cycle_id"], "sent"]:
            yield f"{code}: the payment files are not what was booked as sent"


def verify(folder: Path) -> tuple[list[str], str]:
    """Return everything that is wrong with the pack, and its digest.

    When a file was changed nothing in the pack is trusted further: not even its own ``check.py``.
    """
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        wrong = list(files(folder))
        if not wrong:
            wrong = [*books(folder, said["head"]), *chain(folder), *cycles(folder)]
    except (LookupError, ValueError, OSError, TypeError) as error:
        return [f"manifest.json, or what it names, cannot be read: {error!r}"], "unknown"
    return wrong, said["digest"]


if __name__ == "__main__":
    problems, digest = verify(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    sys.stdout.write(f"{'CHANGED' if problems else 'SOUND'}, pack {digest}\n")
    sys.exit(bool(problems))
