"""Signatures that large sums need, and notices: decided, written and handed out on their pages."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from lxml import html

import cct_engine
from cct_engine.console.deeds import ACT_WORDS, subject_of
from cct_engine.cycle import TRANSITIONS, tiers
from cct_engine.entitlement import explain
from cct_engine.people import OFFICE, Role

if TYPE_CHECKING:
    from console_visits import Counter, Officer

CODE: Final = "bolsa_familia-2026-11"
FAMILY: Final = "00000000018"


def _decide(administrator: Officer, over: str, signatures: str) -> int:
    administrator.see("/tiers")
    fields = {"programme": "bolsa_familia", "over": over, "signatures": signatures}
    return administrator.send("/tiers", **fields).status_code


def test_an_administrator_decides_and_the_page_says_who_can_still_sign(checked: Counter) -> None:
    administrator = checked.officer("administrator")
    assert _decide(administrator, "100.00", "2") == 200
    assert "R$ 100,00" in administrator.text()
    maker = checked.officer("maker")
    maker.see(f"/cycles/{CODE}")
    maker.send(f"/cycles/{CODE}/submissions")
    maker.see("/tiers")
    assert re.search(r"Bolsa Família, November 2026 R\$ [\d.,]+ ! 0 of 2 nobody yet", maker.text())
    assert "checker, second" in maker.text()
    assert checked.acts("tier.set")[-1][1:] == (
        "done",
        {"over_minor": 10_000, "signature_count": 2},
    )


def test_a_tier_that_is_taken_back_leaves_the_lower_one_in_force(checked: Counter) -> None:
    administrator = checked.officer("administrator")
    for over, signatures in (("100.00", "3"), ("200.00", "2"), ("200.00", "1")):
        assert _decide(administrator, over, signatures) == 200
    with checked.database.transaction() as connection:
        known = tiers.tiers(connection, "bolsa_familia")
        assert [(one.over_minor, one.signature_count) for one in known] == [(10_000, 3)]
        needed = connection.exec_driver_sql(
            f"SELECT cycle.signatures_needed(cycle_id) FROM cycle.cycle WHERE code = '{CODE}'"
        ).scalar_one()
    assert needed == 3


def test_a_sum_that_can_be_read_in_two_ways_decides_nothing(checked: Counter) -> None:
    administrator = checked.officer("administrator")
    for over in ("1.234,50", "", "-5"):
        assert _decide(administrator, over, "2") == 422
        assert "There is a problem" in administrator.text()
    with checked.database.transaction() as connection:
        assert tiers.tiers(connection) == []


def test_a_family_chooses_at_the_centre_and_its_message_is_handed_out_once_written(
    closed: Counter,
) -> None:
    worker, maker = closed.officer("caseworker"), closed.officer("maker")
    worker.see(f"/households/{FAMILY}")
    assert "was not asked yet" in worker.text()
    worker.send(f"/households/{FAMILY}/messages", phone="+55 61 99999 0000", language="pt")
    assert "The family is written to in Português" in worker.text()
    maker.see("/notices?counted=1")
    assert re.search(r"Bolsa Família, November 2026 \d+ 1 \d", maker.text())
    maker.send(f"/notices/{CODE}/files")
    assert "Hand the files to the gateway." in maker.text()
    given = maker.client.get(f"/notices/{CODE}/pt")
    rows = list(csv.DictReader(io.StringIO(given.text)))
    assert [row["phone"] for row in rows] == ["+5561999990000"]
    assert closed.acts("notice.hand out") == [
        (f"cycle/{CODE}", "done", {"language": "pt", "messages": 1})
    ]
    assert closed.officer("auditor").see(f"/notices/{CODE}/pt").status_code == 404
    assert "99999" not in closed.officer("auditor").see("/notices?counted=1").text
    written = closed.settings.home / "notices" / CODE / f"{CODE}.pt.csv"
    written.write_bytes(written.read_bytes() + b"\n")
    refused = maker.client.get(f"/notices/{CODE}/pt")
    assert refused.status_code == 403
    assert "is not the file that was made" in refused.text


def test_every_act_has_words_and_every_subject_a_name() -> None:
    source = Path(cct_engine.__file__).parent
    texts = [one.read_text("utf-8") for one in source.rglob("*.py")]
    written = {verb for text in texts for verb in re.findall(r'verb="([a-z_. ]+)"', text)}
    assert len(written) > 30
    known = written | {*OFFICE} | {f"cycle.{verb}" for verb in TRANSITIONS}
    assert known - ACT_WORDS.keys() == set()
    assert subject_of("accounts", {}).kind == "Accounts"
    assert subject_of(f"cycle/{CODE}/household/18", {}).href == ""


def test_the_record_is_read_in_the_officers_language(closed: Counter) -> None:
    closed.appoint("leitora", Role.AUDITOR)
    reader = closed.officer("leitora")
    reader.speak("pt")
    reader.see("/activity?verb=cycle.close")
    assert "Fechado" in reader.text()
    assert f"Ciclo {CODE}" in reader.text()
    assert not re.search("<td>[^<]*cycle.close", reader.page.text)


def test_what_is_read_aloud_is_in_the_officers_language_with_the_familys_names(
    closed: Counter,
) -> None:
    closed.appoint("atendente", Role.CASE_WORKER)
    worker = closed.officer("atendente")
    worker.speak("pt")
    worker.see(f"/households/{FAMILY}?explained=1")
    [said] = html.fromstring(worker.page.text).xpath("//blockquote/text()")
    said = " ".join(said.split()).replace("\u00a0", " ")
    assert said.startswith("Bolsa Família, novembro de 2026: R$ 300,00 a pagar agora. A renda da")
    assert "pessoa 1" not in said
    worker.see(f"/cycles/{CODE}/payments/1?explained=1")
    assert "Benefício de Renda de Cidadania" in worker.text()
    assert "Proteção: R$\u00a0300,00 a menos, porque a renda da família subiu" in worker.page.text
    assert ", descontado (" in worker.text()
    worker.see(f"/cycles/{CODE}/payments")
    named = html.fromstring(worker.page.text).xpath("//td[contains(., 'Renda de Cidadania')]")
    assert named
    assert not any(cell.xpath(".//*[@lang='en']") for cell in named)


def test_money_that_a_check_set_aside_is_not_read_aloud_as_paid(closed: Counter) -> None:
    with closed.database.transaction() as connection:
        family = connection.execute(
            sa.text(
                "SELECT r.household_id FROM cycle.household_result AS r"
                " JOIN cycle.cycle AS c USING (cycle_id) JOIN cycle.entitlement_line AS l"
                " USING (cycle_id, household_id)"
                " WHERE c.code = :code AND l.money_state = 'held' AND r.pay_now_minor = 0"
                " AND l.reason_code LIKE 'finding:%' ORDER BY 1 LIMIT 1"
            ),
            {"code": "dilli_annashree-2026-11"},
        ).scalar_one()
        told = explain(
            connection,
            closed.settings.home,
            family,
            "dilli_annashree-2026-11",
            language="en",
        )
    said = " ".join(told.sentences).replace("\u00a0", " ")
    assert "₹ 0.00 to pay now; held ₹ 600.00." in said
    assert "₹ 600.00 waits until an account is registered for the payee." in said
