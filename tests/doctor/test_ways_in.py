"""The doctor asks the OpenID provider what the first officer would find out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openid_provider import CLIENT, Provider

from cct_engine.doctor.ways_in import sign_in
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _found(provider: Provider, home: Path, **more: Any) -> list[tuple[str, str]]:
    settings = Settings(
        home=home,
        console_url="https://pay.example",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        **more,
    )
    return [(one.grade.value, one.found) for one in sign_in(settings, at=NOW)]


def test_a_provider_that_answers_rightly_is_fine_and_a_secret_is_asked_for(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("words")
    secret.chmod(0o600)
    with Provider(lambda: NOW) as provider:
        told = _found(provider, tmp_path, oidc_client_secret_file=secret)
        assert told == [("fine", f"{provider.issuer} answers, 1 keys")]
        assert ("look", "this engine has no secret at the provider") in _found(provider, tmp_path)
        secret.chmod(0o644)
        open_one = _found(provider, tmp_path, oidc_client_secret_file=secret)
        assert open_one[1][0] == "mend"


def test_a_provider_that_is_another_one_or_takes_no_pkce_is_told(tmp_path: Path) -> None:
    with Provider(lambda: NOW) as provider:
        provider.document = {"code_challenge_methods_supported": ["plain"]}
        assert any("PKCE" in found for _, found in _found(provider, tmp_path))
        provider.document = {"issuer": "https://evil.example"}
        assert _found(provider, tmp_path)[0][0] == "mend"


def test_a_provider_that_is_down_is_to_be_mended(tmp_path: Path) -> None:
    with Provider(lambda: NOW) as provider:
        issuer = provider.issuer
    settings = Settings(
        home=tmp_path, console_url="https://pay.example", oidc_issuer=issuer, oidc_client_id=CLIENT
    )
    (one,) = sign_in(settings, at=NOW)
    assert "does not answer rightly" in one.found
    assert one.to_do == "Check CCT_OIDC_* and the provider."


def test_without_a_provider_officers_have_passwords(tmp_path: Path) -> None:
    assert [one.found for one in sign_in(Settings(home=tmp_path), at=NOW)] == [
        "by passwords of ours"
    ]
