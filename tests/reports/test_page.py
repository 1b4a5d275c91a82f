"""The cycle report: sums that tie, for people who read them in their own country's way."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from lxml import etree, html

from cct_engine.reports import Change, Equation, Sum, render

if TYPE_CHECKING:
    from cct_engine.reports import CycleReport


def _page(report: CycleReport) -> Any:
    return html.fromstring(render(report))


def _text(report: CycleReport) -> str:
    return re.sub(r"\s+", " ", _page(report).xpath("//body")[0].text_content())


def test_the_equation_stands_first_and_ends_with_its_difference(annashree: CycleReport) -> None:
    text = _text(annashree)
    equation = text[text.index("What families are entitled to") :]
    order = ["Entitled", "To pay", "Held", "Withheld", "Difference", "0.00 ✓ ties"]
    places = [equation.index(word) for word in order]
    assert places == sorted(places)


def test_rupees_are_grouped_the_indian_way(annashree: CycleReport) -> None:
    text = _text(annashree)
    assert "11,90,41,200.00" in text
    assert "1,98,402 families" in text


def test_reais_are_grouped_the_brazilian_way(annashree: CycleReport) -> None:
    text = _text(dataclasses.replace(annashree, currency="BRL"))
    assert "119.041.200,00" in text
    assert "198.402 families" in text
    assert "97,6 % of what is owed" in text


def test_a_sum_that_does_not_tie_is_said_on_top(annashree: CycleReport) -> None:
    short = dataclasses.replace(
        annashree,
        entitled=Equation(
            "Entitled",
            Sum("Entitled", "whole", 198_402, annashree.entitled.whole.amount_minor),
            annashree.entitled.parts[:2],
            "families",
        ),
    )
    assert not short.ties
    text = _text(short)
    assert "! Not every sum on this page ties" in text
    assert "9,72,000.00 ! does not tie" in text


def test_a_difference_without_a_reason_is_shown_and_does_not_tie(annashree: CycleReport) -> None:
    assert annashree.bridge is not None
    fewer = annashree.bridge._replace(changes=annashree.bridge.changes[:2])
    report = dataclasses.replace(annashree, bridge=fewer)
    assert not report.ties
    assert "Left unexplained: -3,39,600.00 ! does not tie" in _text(report)


def test_the_chart_has_one_bar_per_reason_and_the_table_one_row_per_component(
    annashree: CycleReport,
) -> None:
    assert annashree.bridge is not None
    more = Change("Joined", "GAS", 10, 0)
    bridge = annashree.bridge._replace(changes=(*annashree.bridge.changes, more))
    assert [one.reason for one in bridge.by_reason()] == ["Joined", "Left", "Other amount"]
    page = _page(dataclasses.replace(annashree, bridge=bridge))
    assert len(page.xpath("//svg[@aria-labelledby='bridge-title bridge-desc']/rect")) == 5
    assert len(page.xpath("//table[caption='The same by component']/tbody/tr")) == 5


def test_the_page_is_complete_in_itself(annashree: CycleReport) -> None:
    page = _page(annashree)
    assert page.xpath("//script") == []
    assert page.xpath("//link") == []
    assert page.xpath("//@src") == []
    assert page.xpath("//*[@style]") == []
    assert "http" not in render(annashree)


def test_every_chart_says_what_it_shows_and_has_its_table(annashree: CycleReport) -> None:
    page = _page(annashree)
    charts = page.xpath("//svg")
    assert len(charts) == 5
    for chart in charts:
        for label in chart.get("aria-labelledby").split():
            assert page.xpath(f"//*[@id='{label}']"), label
        assert chart.xpath("following::table")


def test_no_state_is_told_by_colour_alone(annashree: CycleReport) -> None:
    marks = _page(annashree).xpath("//span[contains(@class, 'mark')]")
    assert len(marks) > 5
    for mark in marks:
        assert mark.text in {"○", "‖", "◐", "×", "→", "●", "↩", "⊘", "◇"}
        assert mark.tail
        assert mark.tail.strip()


def test_the_same_figures_give_the_same_bytes(annashree: CycleReport) -> None:
    assert render(annashree) == render(annashree)


def test_what_comes_from_outside_cannot_write_the_page(annashree: CycleReport) -> None:
    report = dataclasses.replace(annashree, title="<script>alert(1)</script>")
    assert "<script>" not in render(report)


def test_the_page_is_well_formed(annashree: CycleReport) -> None:
    parser = etree.HTMLParser(recover=False)
    known = {"Tag header invalid", "Tag main invalid", "Tag footer invalid", "Tag svg invalid"}
    known |= {"Tag figure invalid", "Tag figcaption invalid", "Tag rect invalid"}
    known |= {"Tag desc invalid", "Tag text invalid"}
    etree.fromstring(render(annashree), parser)
    assert {error.message for error in parser.error_log} <= known


def test_a_first_cycle_has_nothing_to_compare_with(annashree: CycleReport) -> None:
    report = dataclasses.replace(annashree, bridge=None)
    assert "first cycle" in _text(report)


def test_a_cycle_that_sent_nothing_says_so(annashree: CycleReport) -> None:
    report = dataclasses.replace(annashree, sent=None, files=(), reasons=(), suspense=())
    text = _text(report)
    assert "Nothing has been sent to the bank." in text
    assert "Nothing came back." in text
