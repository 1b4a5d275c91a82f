"""What bad input and bad people get from the console: a plain refusal, and a line in the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from console_visits import WORDS
from starlette.testclient import TestClient

from cct_engine.console import application
from cct_engine.console.forms import plain_name
from cct_engine.console.local import local
from cct_engine.console.paper import ASSETS, asset
from cct_engine.console.sheets import cell

if TYPE_CHECKING:
    from console_visits import Counter, Officer

CODE: Final = "bolsa_familia-2026-11"
PAGES: Final = {
    "maker": (
        *("/", "/cycles", f"/cycles/{CODE}", f"/cycles/{CODE}/payments", "/households"),
        *(f"/cycles/{CODE}/payments/1", f"/cycles/{CODE}/changes", f"/cycles/{CODE}/approval"),
        *(f"/cycles/{CODE}/proof", "/proofs", "/households/00000000018", "/exceptions"),
        *(f"/exceptions?cycle={CODE}", "/exceptions/1", "/files", "/returns", "/suspense"),
        *("/suspense/1", "/ledger", "/ledger/accounts/2120", "/ledger/batches/3", "/programmes"),
        *("/programmes/bolsa_familia", "/feeds", "/feeds/5", "/calendar", "/controls"),
        *("/activity", "/me", "/help"),
    ),
    "liaison": ("/", "/answers", "/answers/1", "/suspense", "/suspense/1"),
    "administrator": ("/", "/people", "/people/maker", "/calendar", "/activity"),
    "auditor": ("/", "/ledger", "/activity", "/people", "/files"),
}


@pytest.fixture(scope="module")
def pages(closed: Counter) -> dict[str, str]:
    """Every page as its reader gets it."""
    found = {}
    for login, paths in PAGES.items():
        officer = closed.officer(login)
        for path in paths:
            answer = officer.see(path)
            assert answer.status_code == 200, (login, path)
            found[f"{login} {path}"] = answer.text
    return found


@pytest.fixture
def maker(closed: Counter) -> Officer:
    return closed.officer("maker")


def test_no_page_has_script_or_style_of_its_own(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert not re.search(r"<[^>]+\sstyle=", page), name
        assert not re.search(r"<[^>]+\son[a-z]+=", page), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), name
        assert "https://" not in re.sub(r'xmlns="[^"]*"', "", page), name


def test_a_first_visit_weighs_less_than_150_kb(pages: dict[str, str]) -> None:
    loaded = sum(len(asset(name)) for name in ASSETS)
    for name, page in pages.items():
        assert len(page.encode()) + loaded < 150_000, name
        assert len(page.encode()) < 60_000, name


def test_every_page_says_its_language_title_and_main_part(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert '<html lang="en"' in page, name
        assert re.search(r"<title>[^<]+</title>", page), name
        assert page.count("<main") == page.count("<h1") == 1, name
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
            assert "<caption" in table, name
            assert 'scope="col"' in table, name


def test_headers_keep_the_browser_from_what_no_page_does(maker: Officer) -> None:
    headers = maker.see("/cycles").headers
    assert "unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, "another session's"),
        ({}, ""),
        ({"origin": "https://evil.example"}, None),
        ({"sec-fetch-site": "cross-site"}, None),
    ],
)
def test_a_form_from_anywhere_else_does_nothing(
    closed: Counter, maker: Officer, headers: dict[str, str], token: str | None
) -> None:
    maker.see("/cycles")
    form = maker.form("/cycles") | {"programme": "bolsa_familia", "period": "2026-12"}
    if token is not None:
        form["csrf"] = token
    answer = maker.client.post("/cycles", data=form, headers=headers)
    assert answer.status_code == 403
    assert closed.acts("console.act")[-1] == ("POST /cycles", "refused", {"rule": "form_token"})
    with closed.database.transaction() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM cycle.cycle WHERE code = 'bolsa_familia-2026-12'"
        )
        assert found.scalar_one() == 0


def test_a_session_that_was_planted_before_sign_in_is_not_the_one_after(closed: Counter) -> None:
    visitor = closed.visitor("maker")
    visitor.client.cookies.set("cct", "planted-by-somebody-else-0123456789")
    visitor.sign_in()
    token = visitor.client.cookies.get("cct", domain="localhost.local") or max(
        cookie.value or "" for cookie in visitor.client.cookies.jar if cookie.name == "cct"
    )
    assert token != "planted-by-somebody-else-0123456789"  # noqa: S105 - a planted one


def test_the_cookie_is_bound_to_host_and_https_where_there_is_https(closed: Counter) -> None:
    client = TestClient(closed.app, base_url="https://localhost", follow_redirects=False)
    page = client.get("/sign-in")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    answer = client.post(
        "/sign-in", data={"csrf": csrf.group(1), "login": "maker", "password": WORDS}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-cct=")
    assert {"httponly", "secure", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert answer.headers["strict-transport-security"]


def test_another_host_and_plain_http_from_elsewhere_are_turned_away(closed: Counter) -> None:
    app = application(closed.database, closed.settings, closed.clock, hosts=["pay.example"])
    assert TestClient(app, base_url="http://evil.example").get("/").status_code == 421
    assert TestClient(app, base_url="http://pay.example").get("/").status_code == 403
    assert TestClient(app, base_url="https://pay.example").get("/health").status_code == 200


def test_an_act_asked_for_by_get_is_not_there(maker: Officer) -> None:
    for path in (f"/cycles/{CODE}/submissions", "/answers/bookings", "/sessions/closings"):
        assert maker.see(path).status_code in {404, 405}


def test_a_form_with_a_field_too_many_or_twice_is_refused_whole(
    closed: Counter, maker: Officer
) -> None:
    maker.see("/me")
    form = maker.form("/me/preferences") | {"language": "en", "theme": "auto"}
    assert maker.post("/me/preferences", form | {"officer_id": "3"}).status_code == 400
    answer = maker.client.post(
        "/me/preferences",
        content="&".join([*(f"{k}={v}" for k, v in form.items()), "language=hi"]),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    assert closed.acts("console.act")[-1][2] == {"rule": "repeated_field"}


def test_what_is_too_large_or_no_form_is_not_read(maker: Officer) -> None:
    maker.see("/me")
    form = maker.form("/me/preferences")
    large = maker.client.post("/me/preferences", data=form | {"language": "x" * 70_000})
    assert large.status_code == 413
    json = maker.client.post("/me/preferences", json=form)
    assert json.status_code == 415


@pytest.mark.parametrize(
    "path",
    [
        "/cycles/..%2f..%2fetc%2fpasswd",
        "/cycles/nothing-2026-11",
        "/cycles/%00",
        f"/cycles/{CODE}/payments/999999999999",
        f"/cycles/{CODE}/payments/-1",
        f"/cycles/{CODE}/payments?after=99999999999999999999",
        "/payments/1%27%20OR%201=1",
        "/payments/99999999999999999999999",
        "/households/00000000019",
        "/exceptions/0x1",
        "/exceptions?after=%27&code=%27%3B--",
        "/ledger/accounts/1",
        "/ledger/batches/1/lines/1",
        "/ledger?since=yesterday&until=%00",
        "/feeds?kind=nothing",
        "/feeds/99999/rejects.csv",
        "/programmes/..%2fbolsa_familia",
        "/households?lookup=L-000000000000",
        "/activity?before=x&verb=%25",
        "/search?q=%27",
        "/search?q=00000000019",
        "/jobs/1e3",
    ],
)
def test_a_forged_address_is_not_there_and_nothing_fails(maker: Officer, path: str) -> None:
    assert maker.see(path).status_code in {200, 404}


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example"),
        *("/a\r\nSet-Cookie: x=1", "/a\x00", "javascript:alert(1)", "", "/" + "a" * 400),
    ],
)
def test_after_sign_in_nobody_is_led_elsewhere(target: str) -> None:
    assert local(target) == "/"


def test_a_file_handed_in_keeps_nothing_of_the_path_it_was_given() -> None:
    assert plain_name("../../etc/passwd") == "passwd"
    assert plain_name("C:\\secret\\names.csv") == "names.csv"
    assert plain_name("a\r\nb.csv") == "a__b.csv"
    assert plain_name("....") == "file"


def test_a_file_of_another_type_is_refused(maker: Officer) -> None:
    maker.see("/feeds")
    form = maker.form("/feeds") | {"kind": "persons"}
    answer = maker.client.post("/feeds", data=form, files={"file": ("../x.exe", b"MZ")})
    assert answer.status_code == 403
    assert "Nothing was taken in" in answer.text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_is_a_formula(start: str) -> None:
    assert cell(f"{start}HYPERLINK(1)").startswith("'")


def test_an_export_is_plain_and_ends_with_a_seal_of_its_rows(maker: Officer) -> None:
    answer = maker.see(f"/cycles/{CODE}/payments.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("household,place,this_BRL")
    assert lines[-1].startswith(f"rows {len(lines) - 2},sha256 ")


def test_every_page_answers_the_same_as_json(maker: Officer) -> None:
    values = maker.see(f"/cycles/{CODE}.json").json()
    assert values["cycle"]["code"] == CODE
    assert values["figures"]["entitled_minor"] > 0


def test_after_five_wrong_passwords_sign_in_is_locked_and_says_so(closed: Counter) -> None:
    closed.appoint("forgetful")
    visitor = closed.visitor("forgetful")
    for _ in range(5):
        assert visitor.sign_in("not the right words").status_code == 422
    assert visitor.sign_in().status_code == 422
    assert "locked for 15 minutes" in visitor.text()


def test_health_needs_no_sign_in_and_tells_no_secret(closed: Counter) -> None:
    answer = closed.visitor().see("/health")
    assert answer.json() == {"database": True, "schedule": True, "ok": True}
