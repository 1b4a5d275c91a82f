"""The page of a person: accounts of the ministry's provider are bound to officers there."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from openid_door import Door

from cct_engine.people import Role

if TYPE_CHECKING:
    from console_visits import Counter, Officer
    from openid_provider import Provider


@pytest.fixture
def named_by_hand(closed: Counter, provider: Provider) -> Door:
    """A provider whose names are none of our logins: only an administrator binds."""
    return Door(closed, provider, oidc_login_claim="none")


def _bound(administrator: Officer, login: str, account: str) -> int:
    administrator.see(f"/people/{login}")
    return administrator.send(f"/people/{login}/accounts", account=account).status_code


@pytest.mark.parametrize(
    ("language", "bind", "end"),
    [
        ("en", "Bind the account", "End the binding"),
        ("hi", "खाता जोड़ें", "जोड़ समाप्त करें"),
        ("pt", "Vincular a conta", "Encerrar o vínculo"),
        ("es", "Vincular la cuenta", "Terminar el vínculo"),
    ],
)
def test_an_administrator_binds_an_account_and_ends_it_on_the_officers_page(
    closed: Counter, named_by_hand: Door, language: str, bind: str, end: str
) -> None:
    login, account = f"bound.{language}", f"9f1c2b7e-{language}"
    closed.appoint(login, Role.MAKER)
    administrator = named_by_hand.office.officer("administrator")
    administrator.speak(language)
    assert bind in administrator.see(f"/people/{login}").text
    assert named_by_hand.comes(sub=account).page.status_code == 403

    assert _bound(administrator, login, account) == 200
    assert end in administrator.page.text
    assert account not in administrator.page.text
    officer = named_by_hand.comes(sub=account)
    assert officer.see("/cycles").url.path == "/cycles"

    administrator.send(f"/people/{login}/accounts/endings")
    assert bind in administrator.page.text
    assert officer.see("/cycles").url.path == "/sign-in"
    number = closed.number(login)
    for verb in ("account.bind", "account.unbind"):
        assert closed.acts(verb)[-1] == (f"officer/{number}", "done", {})
    administrator.speak("en")


def test_what_may_not_be_bound_is_refused_in_words_and_recorded(
    closed: Counter, named_by_hand: Door
) -> None:
    closed.appoint("first.holder", Role.MAKER)
    closed.appoint("second.holder", Role.MAKER)
    administrator = named_by_hand.office.officer("administrator")
    assert _bound(administrator, "first.holder", "one-account") == 200
    for login, account, rule in (
        ("second.holder", "one-account", "bound"),
        ("second.holder", " ", "subject"),
        ("second.holder", "x" * 256, "subject"),
    ):
        assert _bound(administrator, login, account) == 403
        assert closed.acts("account.bind")[-1][1:] == ("refused", {"rule": rule})
    administrator.see("/people/administrator")
    assert 'action="/people/administrator/accounts"' not in administrator.page.text
    administrator.see("/people/second.holder")
    form = administrator.form("/people/second.holder/accounts")
    refused = administrator.post("/people/administrator/accounts", form | {"account": "mine"})
    assert refused.status_code == 403
    assert closed.acts("account.bind")[-1][1:] == ("refused", {"rule": "own_work"})


def test_without_a_provider_nothing_is_offered_and_nothing_bound(closed: Counter) -> None:
    closed.appoint("no.provider", Role.MAKER)
    administrator = closed.officer("administrator")
    administrator.see("/people/no.provider")
    assert "/accounts" not in administrator.page.text
    form = administrator.form("/people/no.provider/grants")
    answer = administrator.post("/people/no.provider/accounts", form | {"account": "x"})
    assert answer.status_code == 403
    assert "There is no provider" in administrator.text()


def test_a_bound_account_is_a_way_in_and_only_ways_of_this_installation_count(
    closed: Counter, provider: Provider
) -> None:
    both = Door(closed, provider, oidc_login_claim="none")
    alone = Door(closed, provider, oidc_login_claim="none", password_sign_in=False)
    closed.appoint("only.word", Role.MAKER)
    administrator = both.office.officer("administrator")
    administrator.see("/people")
    administrator.send("/people", login="only.bound")
    assert _bound(administrator, "only.bound", "the-account") == 200
    assert "ministry's account" in administrator.see("/people").text.replace("&#39;", "'")
    assert _can_sign_in(administrator) >= {"only.bound", "only.word"}
    assert _can_sign_in(closed.officer("administrator")) & {"only.bound", "only.word"} == {
        "only.word"
    }
    closed.appoint("other.administrator", Role.ADMINISTRATOR)
    assert _bound(administrator, "other.administrator", "the-other") == 200
    other = alone.comes(sub="the-other")
    assert _can_sign_in(other) & {"only.bound", "only.word"} == {"only.bound"}


def _can_sign_in(administrator: Officer) -> set[str]:
    written = administrator.see("/people.csv").content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(written))
    return {row["officer"] for row in rows if row["can_sign_in"] in {"True", "true", "yes"}}
