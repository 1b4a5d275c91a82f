"""Signing in, and signing, by the ministry's OpenID provider: a real one that the test runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest
from console_visits import WORDS
from joserfc.jwk import RSAKey
from openid_door import Door, person_of
from openid_provider import CLIENT, Provider
from pydantic import SecretStr, ValidationError

from cct_engine.openid import ProviderError, provider_of
from cct_engine.people import Refused, Role, subjects
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from console_visits import Counter

CODE: Final = "bolsa_familia-2026-11"
PAGE: Final = f"/cycles/{CODE}"
SHEET: Final = f"{PAGE}/approval"


@pytest.fixture(scope="module")
def _appointed(closed: Counter) -> None:
    for login in ("oidc.one", "oidc.two", "oidc.three", "oidc.four", "oidc.five"):
        closed.appoint(login, Role.MAKER)


@pytest.mark.usefixtures("_appointed")
def test_an_officer_signs_in_by_the_provider_and_lands_where_they_wanted(
    closed: Counter, door: Door
) -> None:
    visitor = door.visitor()
    visitor.see("/sign-in?next=/cycles")
    assert "Sign in with the ministry's account" in visitor.text()
    officer = door.signed_in("oidc.one")
    assert officer.page.url.path == "/cycles"
    assert "oidc.one" in officer.text()
    assert closed.acts("session.open")[-1][1:] == ("done", {"by": "openid"})
    asked = door.provider.asked[-1]
    assert asked["scope"] == "openid profile"
    assert len(asked["code_challenge"]) == len(asked["nonce"]) == 43
    assert asked["nonce"] != asked["state"]


@pytest.mark.usefixtures("_appointed")
def test_the_first_sign_in_binds_the_account_and_no_other_one_opens_that_officer(
    closed: Counter, door: Door
) -> None:
    assert door.signed_in("oidc.two").page.url.path == "/cycles"
    assert closed.acts("account.bind")[-1] == (
        f"officer/{closed.number('oidc.two')}",
        "done",
        {},
    )
    other = {"sub": "somebody-else", "preferred_username": "oidc.two"}
    visitor = door.comes(**other)
    assert visitor.page.status_code == 403
    assert "An administrator ends the old one first" in visitor.text()
    subjects.unbind(
        closed.database,
        officer_id=closed.number("oidc.two"),
        at=closed.clock.now(),
        by=closed.number("administrator"),
    )
    assert door.comes(**other).page.status_code == 200


def test_who_is_no_officer_is_not_made_one_and_told_what_to_do(closed: Counter, door: Door) -> None:
    visitor = door.comes(sub="4711", preferred_username="nobody.of.ours")
    assert visitor.page.status_code == 403
    assert "Officers are never made by signing in" in visitor.text()
    assert "cct people bind LOGIN 4711" in visitor.text()
    assert closed.acts("session.open")[-1][1:] == ("refused", {"rule": "stranger"})
    assert visitor.see("/cycles").url.path == "/sign-in"


@pytest.mark.usefixtures("_appointed")
def test_an_address_names_an_officer_only_of_our_domain_and_verified(
    closed: Counter, provider: Provider
) -> None:
    claim = {"oidc_login_claim": "email", "oidc_login_domain": "gov.example"}
    door = Door(closed, provider, **claim)
    for email, verified, status in (
        ("oidc.four@evil.example", True, 403),
        ("oidc.four@gov.example", False, 403),
        ("OIDC.four@gov.example", True, 200),
    ):
        visitor = door.comes(sub="by-mail", email=email, email_verified=verified)
        assert visitor.page.status_code == status


def test_the_engine_itself_signs_in_nowhere(door: Door) -> None:
    for login in ("engine", "bank"):
        assert door.comes(sub=login, preferred_username=login).page.status_code == 403


OTHER_KEY: Final = RSAKey.generate_key(2048, {"kid": "first"})


@pytest.mark.usefixtures("_appointed")
@pytest.mark.parametrize(
    ("rule", "deviation"),
    [
        ("nonce", {"lies": {"nonce": "of-another-question"}}),
        ("nonce", {"lies": {"nonce": None}}),
        ("audience", {"lies": {"aud": "another-client"}}),
        ("audience", {"lies": {"aud": [CLIENT, "another-client"], "azp": "another-client"}}),
        ("issuer", {"lies": {"iss": "https://evil.example"}}),
        ("expired", {"lies": {"exp": 1_700_000_000}}),
        ("algorithm", {"alg": "none"}),
        ("algorithm", {"alg": "HS256"}),
        ("signature", {"key": OTHER_KEY}),
        ("claim", {"lies": {"sub": None}}),
    ],
)
def test_a_token_that_is_not_the_providers_answer_to_us_opens_nothing(
    closed: Counter, door: Door, rule: str, deviation: dict[str, Any]
) -> None:
    door.provider.deviate(**deviation)
    visitor = door.comes(**person_of("oidc.one"))
    assert visitor.page.status_code == 403, visitor.text()
    assert closed.acts("session.open")[-1][1:] == ("refused", {"rule": rule})
    assert visitor.see("/cycles").url.path == "/sign-in"


@pytest.mark.usefixtures("_appointed")
def test_what_was_sent_for_one_browser_opens_nothing_in_another(
    closed: Counter, door: Door
) -> None:
    door.provider.person = person_of("oidc.one")
    back = door.sent_back(door.visitor())
    victim = door.visitor()
    door.sent_back(victim)
    assert victim.see(back).status_code == 403
    assert "was not sent to the provider for that" in victim.text()
    assert closed.acts("session.open")[-1][1:] == ("refused", {"rule": "state"})


@pytest.mark.usefixtures("_appointed")
def test_an_answer_is_taken_once_and_a_code_is_good_once(closed: Counter, door: Door) -> None:
    door.provider.person = person_of("oidc.one")
    visitor = door.visitor()
    back = door.sent_back(visitor)
    assert visitor.see(back).status_code == 200
    visitor.send("/sessions/closings")
    assert visitor.see(back).status_code == 403
    used = urlsplit(back).query.partition("code=")[2].partition("&")[0]
    fresh = door.sent_back(visitor)
    code = urlsplit(fresh).query.partition("code=")[2].partition("&")[0]
    assert visitor.see(fresh.replace(code, used)).status_code == 403
    assert closed.acts("session.open")[-1][1:] == ("refused", {"rule": "code"})


@pytest.mark.usefixtures("_appointed")
def test_who_comes_back_too_late_or_without_a_code_begins_again(
    closed: Counter, door: Door
) -> None:
    visitor = door.visitor()
    back = door.sent_back(visitor)
    state = back[back.index("state=") :]
    declined = visitor.see(f"/sign-in/openid/answers?error=access_denied&{state}")
    assert declined.status_code == 403
    assert "The provider let nobody in" in visitor.text()
    back = door.sent_back(visitor)
    closed.clock.at += timedelta(minutes=11)
    assert visitor.see(back).status_code == 403


@pytest.mark.usefixtures("_appointed")
def test_nobody_is_led_elsewhere_after_the_provider(door: Door) -> None:
    door.provider.person = person_of("oidc.one")
    for target in ("https://evil.example/", "//evil.example", "/%5cevil.example"):
        visitor = door.visitor()
        back = door.sent_back(visitor, f"/sign-in/openid?next={target}")
        landed = visitor.client.get(back, follow_redirects=False)
        assert landed.headers["location"] == "/"


def test_a_provider_that_calls_itself_otherwise_or_is_down_sends_nobody_anywhere(
    closed: Counter, provider: Provider
) -> None:
    provider.document = {"issuer": "https://evil.example"}
    visitor = Door(closed, provider).visitor()
    assert visitor.see("/sign-in/openid").status_code == 403
    assert "calls itself otherwise" in visitor.text()
    provider.document = {"token_endpoint": "http://evil.example/token"}
    assert Door(closed, provider).visitor().see("/sign-in/openid").status_code == 403
    with Provider(lambda: closed.clock.at) as another:
        visitor = Door(closed, another).visitor()
    assert visitor.see("/sign-in/openid").status_code == 403
    assert "does not answer rightly" in visitor.text()


@pytest.mark.usefixtures("_appointed")
def test_keys_that_the_provider_changes_are_asked_for_again(closed: Counter, door: Door) -> None:
    assert door.signed_in("oidc.one").page.url.path == "/cycles"
    closed.clock.at += timedelta(minutes=2)
    door.provider.key = door.provider.published = RSAKey.generate_key(2048, {"kid": "second"})
    assert door.signed_in("oidc.one").page.url.path == "/cycles"
    assert closed.acts("session.open")[-1][1] == "done"


@pytest.mark.usefixtures("_appointed")
def test_a_session_by_the_provider_ends_like_any_other(closed: Counter, door: Door) -> None:
    officer = door.signed_in("oidc.one")
    officer.see("/me")
    assert "its password is changed there" in officer.text()
    officer.send("/sessions/closings")
    assert "You are signed out here." in officer.text()
    left = officer.client.get("/sign-in/openid/leave", follow_redirects=False)
    assert left.headers["location"].startswith(f"{door.provider.issuer}/leave?client_id={CLIENT}")
    assert officer.see("/cycles").url.path == "/sign-in"
    officer = door.signed_in("oidc.one")
    closed.clock.at += timedelta(minutes=31)
    assert officer.see("/cycles").url.path == "/sign-in"
    officer = door.signed_in("oidc.one")
    administrator = closed.officer("administrator")
    administrator.see("/people/oidc.one")
    administrator.send("/people/oidc.one/sessions")
    assert officer.see("/cycles").url.path == "/sign-in"


@pytest.mark.usefixtures("_appointed")
def test_roles_that_the_provider_does_not_name_are_not_in_the_session(
    closed: Counter, provider: Provider
) -> None:
    door = Door(closed, provider, oidc_roles_claim="realm.roles")
    known = person_of("oidc.five")
    named = ["auditor", "administrator", "nothing-of-ours"]
    visitor = door.comes(**known, realm={"roles": named})
    assert visitor.page.status_code == 404  # no maker any more, and no auditor ever
    assert visitor.see("/me").status_code == 200
    assert "You have no role yet" in visitor.text()
    visitor = door.comes(**known, realm={"roles": []})
    assert visitor.page.status_code == 403
    assert "names no role of this office" in visitor.text()


@pytest.mark.usefixtures("_appointed")
def test_where_passwords_are_switched_off_none_opens_anything(
    closed: Counter, provider: Provider
) -> None:
    by_password = closed.officer("oidc.three")
    assert by_password.see("/cycles").status_code == 200
    door = Door(closed, provider, password_sign_in=False)
    token = by_password.client.cookies
    stale = door.visitor("oidc.three")
    stale.client.cookies = token
    assert stale.see("/cycles").url.path == "/sign-in"
    visitor = door.visitor("oidc.three")
    visitor.see("/sign-in")
    assert 'name="password"' not in visitor.page.text
    visitor.see("/cycles")
    csrf = next(c.value for c in visitor.client.cookies.jar if c.name == "cct-door")
    forged = {"csrf": str(csrf), "login": "oidc.three", "password": WORDS}
    assert visitor.post("/sign-in", forged).status_code == 403
    assert closed.acts("session.open")[-1][1:] == ("refused", {"rule": "switched_off"})


def test_an_account_is_bound_by_an_administrator_and_by_nobody_for_themselves(
    closed: Counter, provider: Provider
) -> None:
    at, administrator = closed.clock.now(), closed.number("administrator")
    one: dict[str, Any] = {"issuer": provider.issuer, "subject": "by-hand", "at": at}
    with pytest.raises(Refused, match="No one binds an account to themselves"):
        subjects.bind(closed.database, officer_id=administrator, by=administrator, **one)
    with pytest.raises(Refused, match="no role"):
        subjects.bind(
            closed.database,
            officer_id=closed.number("maker"),
            by=closed.number("checker"),
            **one,
        )
    subjects.bind(closed.database, officer_id=closed.number("maker"), by=administrator, **one)
    door = Door(closed, provider, oidc_login_claim="none")
    visitor = door.comes(sub="by-hand")
    assert visitor.page.status_code == 200
    assert "maker" in visitor.text()
    subjects.unbind(
        closed.database, officer_id=closed.number("maker"), at=closed.clock.now(), by=administrator
    )
    assert visitor.see("/cycles").url.path == "/sign-in"


def test_a_checker_signs_after_the_provider_saw_them_again_for_this_very_list(
    checked: Counter,
) -> None:
    maker = checked.officer("maker")
    maker.see(PAGE)
    maker.send(f"{PAGE}/submissions")
    with Provider(lambda: checked.clock.at) as provider:
        door = Door(checked, provider)
        checker = door.signed_in("checker")
        checker.see(SHEET)
        assert "To sign, prove once more who you are." in checker.text()
        assert f'action="{PAGE}/approvals"' not in checker.page.text
        form = checker.form("/sessions/closings") | checker.form(f"{PAGE}/rejections")
        forged = form | {"once": "a" * 32, "password": WORDS, "digest": "x"}
        assert checker.post(f"{PAGE}/approvals", forged).status_code == 403
        assert checked.acts("cycle.sign")[-1][1:] == ("refused", {"rule": "identity"})

        provider.seen_before = 3600  # it lets the person through as it saw them an hour ago
        assert checker.see(door.sent_back(checker, f"{PAGE}/identification")).status_code == 403
        assert "did not ask again who it is" in checker.text()
        provider.seen_before = 0
        provider.person = person_of("second")
        assert checker.see(door.sent_back(checker, f"{PAGE}/identification")).status_code == 403
        assert "another person than checker" in checker.text()

        provider.person = {"sub": "sub-of-checker"}
        checker.see(door.sent_back(checker, f"{PAGE}/identification"))
        assert provider.asked[-1]["prompt"] == "login"
        assert provider.asked[-1]["max_age"] == "0"
        assert "You proved who you are." in checker.text()
        assert checked.state(CODE) == "submitted"  # coming back signs nothing
        checker.send(f"{PAGE}/approvals")
        assert "The money is not released yet." in checker.text()
        assert checked.state(CODE) == "approved"
        proof, outcome, _ = checked.acts("identity.prove")[-1]
        assert proof.startswith(f"cycle/{CODE}/")
        assert outcome == "done"


def test_settings_that_let_nobody_in_or_name_two_secrets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="nobody could sign in"):
        Settings(home=tmp_path, password_sign_in=False)
    with pytest.raises(ValidationError, match="CCT_OIDC_CLIENT_ID"):
        Settings(home=tmp_path, oidc_issuer="https://login.example")
    with pytest.raises(ValidationError, match="oidc_issuer"):
        Settings(home=tmp_path, oidc_issuer="http://login.example")
    known: dict[str, Any] = {
        "home": tmp_path,
        "oidc_issuer": "https://login.example",
        "oidc_client_id": CLIENT,
        "console_url": "https://pay.example",
        "oidc_client_secret_file": tmp_path / "secret",
    }
    with pytest.raises(ValidationError, match="both set"):
        Settings(**known, oidc_client_secret=SecretStr("x"))
    with pytest.raises(ProviderError, match="cannot be read"):
        provider_of(Settings(**known))
    (tmp_path / "secret").write_text("words of a file\n")
    made = provider_of(Settings(**known))
    assert made is not None
    assert made.secret is not None
    assert made.secret.get_secret_value() == "words of a file"
