"""The bank's answers are fetched whole, each once, and opened only when the bank signed them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pysequoia
import pytest
from ruamel.yaml import YAML

from cct_engine.cycle.channel import channel_of, channels
from cct_engine.cycle.fetching import fetch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    """What fetching needs of a desk: a home with one agreed folder channel."""
    agreed = tmp_path / "bank" / "channels"
    agreed.mkdir(parents=True)
    answers = tmp_path / "bank answers"
    answers.mkdir()
    channel: dict[str, Any] = {
        "kind": "folder",
        "outbox": str(tmp_path / "outbox"),
        "answers": str(answers),
    }
    with (agreed / "FUND-1.yaml").open("w") as file:
        YAML().dump(channel, file)
    return SimpleNamespace(home=tmp_path, settings=SimpleNamespace(bank_key_passphrase=None))


def answers_of(desk: Any) -> Path:
    folder: Path = desk.home / "bank answers"
    return folder


def inbox(desk: Any) -> dict[str, str]:
    return {f.name: f.read_text() for f in (desk.home / "bank" / "inbox").iterdir()}


def test_each_answer_is_fetched_once_and_half_ones_not_at_all(desk: Any) -> None:
    (answers_of(desk) / "a.xml").write_text("<a/>")
    (answers_of(desk) / "b.xml.part").write_text("<b")
    (answers_of(desk) / ".hidden").write_text("x")
    assert fetch(desk).names == ("a.xml",)
    assert fetch(desk).names == ()
    assert inbox(desk) == {"a.xml": "<a/>"}


def test_another_answer_under_the_same_name_replaces_none(desk: Any) -> None:
    (answers_of(desk) / "a.xml").write_text("<a/>")
    fetch(desk)
    (answers_of(desk) / "a.xml").write_text("<another/>")
    assert fetch(desk).names == ("a-2.xml",)
    assert sorted(inbox(desk).values()) == ["<a/>", "<another/>"]


def test_an_answer_of_a_stranger_is_told_and_not_read(desk: Any, tmp_path: Path) -> None:
    ours, banks = (pysequoia.Tsk.generate(f"{name} <{name}@example.org>") for name in "ab")
    (tmp_path / "our.key").write_bytes(bytes(ours))
    (tmp_path / "bank.cert").write_bytes(bytes(banks.extract_certificate()))
    channel = channel_of(tmp_path, "FUND-1").model_dump(mode="json")
    channel["pgp"] = {
        "our_key": str(tmp_path / "our.key"),
        "bank_certificate": str(tmp_path / "bank.cert"),
    }
    with (tmp_path / "bank" / "channels" / "FUND-1.yaml").open("w") as file:
        YAML().dump(channel, file)
    for name, signer in (("true.xml", banks), ("forged.xml", ours)):
        sealed = pysequoia.encrypt(
            f"<{name}/>".encode(),
            recipients=[ours.extract_certificate()],
            signer=signer.signer(),
            armor=False,
        )
        (answers_of(desk) / f"{name}.pgp").write_bytes(sealed)
    fetched = fetch(desk)
    assert fetched.names == ("true.xml",)
    assert [name for name, _ in fetched.refused] == ["forged.xml.pgp"]
    assert inbox(desk) == {"true.xml": "<true.xml/>"}


def test_without_an_agreement_files_go_to_the_outbox_folder(tmp_path: Path) -> None:
    assert channels(tmp_path) == {}
    assert channel_of(tmp_path, "FUND-9").outbox == tmp_path / "bank" / "outbox"
