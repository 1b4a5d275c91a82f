"""What a log line may say about a person: nothing."""

import io
import json
import sys

import pytest
import structlog

from cct_engine.logs import configure, redact


@pytest.mark.parametrize(
    "private",
    [
        "BR1500000000000010932840814P2",
        "account 000123456789 closed",
        "2345 6789 0123",
        "mail to someone@example.org",
        "PT50000201231234567890154",
    ],
)
def test_what_looks_like_an_account_or_id_is_masked_wherever_it_stands(private: str) -> None:
    event = redact(None, "info", {"event": private, "nested": {"list": [private]}})
    masked = json.dumps(event, ensure_ascii=False)
    assert "•••" in masked
    assert not any(part in masked for part in ("000123456789", "2345 6789", "example.org", "PT50"))


def test_named_personal_fields_are_masked_whatever_they_hold() -> None:
    event = redact(None, "info", {"event": "paid", "name": "X", "account": "7", "aadhaar": 1})
    assert {event[key] for key in ("name", "account", "aadhaar")} == {"•••"}


def test_counts_digests_and_codes_are_left_as_they_are() -> None:
    facts = {
        "event": "cycle.freeze",
        "cycle": "bolsa_familia-2026-09",
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "households": 20_000_000,
        "timestamp": "2026-09-01T06:00:00.000000Z",
    }
    assert redact(None, "info", dict(facts)) == facts


def test_an_exception_is_logged_without_the_values_it_stood_among(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caught = io.StringIO()
    monkeypatch.setattr(sys, "stderr", caught)
    configure(style="json")

    def divide(canary: str) -> float:
        return len(canary) / 0

    try:
        divide("CANARY-HOUSEHOLD-NAME")
    except ZeroDivisionError:
        structlog.get_logger().exception("step.failed")
    assert "step.failed" in caught.getvalue()
    assert "ZeroDivisionError" in caught.getvalue()
    assert "CANARY-HOUSEHOLD-NAME" not in caught.getvalue()


def test_a_failure_on_a_terminal_is_told_by_its_places_and_never_by_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(style="console")
    try:
        int("Maria Conceição 529.982.247-25")
    except ValueError:
        structlog.get_logger().exception("cct.failed")
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "test_logs.py" in said
    assert "Maria" not in said
