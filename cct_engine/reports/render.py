"""From the values of a cycle to one self-contained page: no script, no font, no other file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import jinja2

from cct_engine.reports import charts, words
from cct_engine.reports.values import Sum

if TYPE_CHECKING:
    from cct_engine.reports.values import CycleReport

__all__ = ["render"]

CHART_WIDTH: Final = 960
"""Units of a chart's picture; it scales with the page."""
_NAMES_WIDTH: Final = 310
_BARS_WIDTH: Final = 510
"""What names and bars take of a chart with one bar per row; the amounts stand after the bars."""

_PAGES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("cct_engine.reports", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(report: CycleReport) -> str:
    """Return the page as HTML. The same values give the same bytes."""
    page = _PAGES.get_template("cycle.html")
    currency = report.currency
    return page.render(
        report=report,
        amount=partial(words.amount, currency=currency),
        signed=partial(words.signed, currency=currency),
        count=partial(words.count, currency=currency),
        share=partial(words.share, currency=currency),
        day=words.day,
        instant=words.instant,
        period=words.months(report.period, report.month_count),
        width=CHART_WIDTH,
        names_width=_NAMES_WIDTH,
        money_bar=charts.stacked(report.entitled.parts, CHART_WIDTH),
        sent_bar=charts.stacked(report.sent.parts, CHART_WIDTH) if report.sent else [],
        component_bars=_component_bars(report),
        bridge_bars=_bridge(report),
        reason_bars=charts.bars(
            [
                Sum(row.meaning, "returned", row.payment_count, row.amount_minor)
                for row in report.reasons
            ],
            _BARS_WIDTH,
        ),
    )


def _component_bars(report: CycleReport) -> list[tuple[str, int, list[charts.Segment]]]:
    longest = max((row.entitled_minor for row in report.components), default=0)
    rows = []
    for row in report.components:
        parts = [
            Sum("To pay", "to-pay", 0, row.to_pay_minor),
            Sum("Held", "held", 0, row.held_minor),
            Sum("Withheld", "withheld", 0, row.withheld_minor),
        ]
        width = row.entitled_minor * _BARS_WIDTH // longest if longest else 0
        rows.append((row.component, row.entitled_minor, charts.stacked(parts, max(width, 1))))
    return rows


def _bridge(report: CycleReport) -> list[charts.Bar]:
    if report.bridge is None:
        return []
    bridge = report.bridge
    return charts.bridge(bridge.before, bridge.by_reason(), bridge.now, _BARS_WIDTH)
