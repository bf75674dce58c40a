"""The brand's main figures with intervals, and whether each moved."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.reports import charts, pictures
from geo_tracker.reports.model import Block, Column, Paragraph, Table
from geo_tracker.reports.sections import Material

METRICS = (
    *("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "top1_rate", "top3_rate"),
    *("recommendation_rate", "net_sentiment", "citation_rate", "citation_share"),
)


def blocks(of: Material) -> Iterator[Block]:
    """The trend of the mention rate, and the table."""
    t, figures = of.t, of.figures
    heads = (
        Column(t("doc.figure"), wide=True),
        Column(t("doc.now"), "measure"),
        Column(t("doc.change"), "change"),
    )
    cells = {name: of.measure(name, of.brand) for name in METRICS}
    rows = tuple((t(f"metric.{name}.label"), cell, cell) for name, cell in cells.items())
    note = t("doc.compared_note") if figures.before else t("doc.nothing_before")
    yield Table(t("doc.scorecard_of", brand=of.brand), heads, rows, note=note)
    yield from _trend(of)
    if of.events:
        named = (t("events.one", day=t("doc.short_day", day=day), name=name) for day, name in of.events)
        yield Paragraph(t("events.in_period", events=t("text.comma").join(named)))


def _trend(of: Material) -> Iterator[Block]:
    """Lines, where there are days to join; else why there are none."""
    records, metric = of.figures.records("trend"), "mention_rate"
    days = {row["group"][of.figures.facts.step] for row in records if row["metric"] == metric and row["n"]}
    if len(days) < 2:
        yield Paragraph(of.t("doc.no_trend"), "note")
        return
    drawn = charts.trend(
        records,
        metric,
        of.brand,
        of.t,
        height=200,
        style=of.style,
        events=of.events,
        colours=of.colours,
    )
    yield pictures.trend(of, drawn, metric)
    yield Paragraph(of.t("chart.band"), "note")
