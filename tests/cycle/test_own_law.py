"""A law of the installation's own: nobody is paid by it before it checks."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine import cycle
from cct_engine.cycle import CycleError

if TYPE_CHECKING:
    from cycle_office import Office

LAW = Path(__file__).parent / "queue"
SEPTEMBER = date(2026, 9, 1)
CODE = "bolsa_familia-2026-09"


@pytest.fixture
def opened(office: Office) -> Office:
    """A cycle that is open under a law of the installation's own."""
    shutil.copytree(LAW, office.home / "programmes")
    office.endow()
    office.register([office.family("F1", "1234/5678001-1")])
    cycle.open_cycle(office.desk("maker"), office.programme, SEPTEMBER)
    return office


def test_a_law_without_scenarios_freezes_no_cycle_and_is_told_what_it_lacks(
    opened: Office,
) -> None:
    scenarios = opened.home / "programmes" / "bolsa_familia.scenarios.yaml"
    text = scenarios.read_text()
    scenarios.unlink()
    with pytest.raises(CycleError) as told:
        cycle.freeze(opened.desk("maker"), CODE)
    own = opened.home / "programmes" / "bolsa_familia.yaml"
    assert str(told.value) == (
        "bolsa_familia.yaml does not check, so nobody is paid by it: 1 problem(s), the first of "
        "them bolsa_familia.scenarios.yaml:1:1: RB-070 There are no scenarios. Write "
        f"bolsa_familia.scenarios.yaml. See all of them with `cct programme check {own}`, and "
        "freeze again when there are none."
    )
    pinned = "SELECT state, rulebook_digest, as_of_known FROM cycle.cycle"
    assert opened.rows(pinned) == [("opened", None, None)]
    assert opened.rows("SELECT digest FROM cycle.programme_version") == []
    scenarios.write_text(text)
    assert cycle.freeze(opened.desk("maker"), CODE).done


def test_a_law_that_fails_its_own_scenario_freezes_no_cycle(opened: Office) -> None:
    scenarios = opened.home / "programmes" / "bolsa_familia.scenarios.yaml"
    scenarios.write_text(scenarios.read_text().replace("PAY: 200", "PAY: 300"))
    with pytest.raises(CycleError, match="expected"):
        cycle.freeze(opened.desk("maker"), CODE)
    assert opened.rows("SELECT state FROM cycle.cycle") == [("opened",)]


def test_a_law_that_was_pinned_is_not_asked_again(opened: Office) -> None:
    assert cycle.freeze(opened.desk("maker"), CODE).done
    opened.home.joinpath("programmes", "bolsa_familia.scenarios.yaml").unlink()
    maker = opened.desk("maker")
    cycle.open_cycle(maker, opened.programme, date(2026, 10, 1))
    with pytest.raises(CycleError, match=CODE):  # the earlier cycle is still open, no more
        cycle.freeze(maker, "bolsa_familia-2026-10")
