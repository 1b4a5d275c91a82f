"""The reference of the settings says what the settings are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from cct_engine.cli.main import app
from cct_engine.configuration import reference
from cct_engine.settings import Settings

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"


def test_the_page_is_the_one_that_the_settings_write() -> None:
    assert PAGE.read_text() == reference(), (
        "python -m cct_engine.configuration > docs/configuration.md"
    )


def test_every_setting_stands_on_the_page_once_and_says_what_it_is_for() -> None:
    page = reference()
    for name, field in Settings.model_fields.items():
        assert page.count(f"| `CCT_{name.upper()}` |") == 1
        assert field.description
        assert field.description in page


def test_no_secret_stands_on_the_page() -> None:
    assert "only-for-demo-and-tests" not in reference()


def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCT_SMTP_PORT", "hidden-value")
    monkeypatch.setenv("CCT_LATE_HOURS", "0")
    ran = CliRunner().invoke(app, ["database", "status"])
    assert ran.exit_code == 2
    assert "CCT_SMTP_PORT" in ran.output
    assert "CCT_LATE_HOURS" in ran.output
    assert "hidden-value" not in ran.output
