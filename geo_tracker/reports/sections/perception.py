"""What answers say of the brand: how often they praise and criticise, and in which words."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.reports import statements
from geo_tracker.reports.model import Block, Cell, Column, Paragraph, Quote, Quotes, Table
from geo_tracker.reports.sections import Material
from geo_tracker.words.names import engine_text, surface_text

METRICS = ("net_sentiment", "recommendation_rate")
BRANDS = 8
TOLD = ("untrue", "settled")
"""Decisions on a statement that its quote tells."""


def blocks(of: Material) -> Iterator[Block]:
    """A sentence, the brands' sentiment, and quotes, praise first."""
    t = of.t
    yield Paragraph(statements.perception(of))
    spoken = [
        each.name
        for each in of.figures.facts.brands
        if of.figures.estimate("net_sentiment", each.name).value is not None
    ]
    ordered = sorted(spoken, key=lambda name: (name != of.brand, -_n(of, name)))[:BRANDS]
    if ordered:
        heads = [Column(t("report.brand"), wide=True)]
        heads += [Column(t(f"metric.{name}.label"), "measure") for name in METRICS]
        heads.append(Column(t("doc.change_of_sentiment"), "change"))
        rows = tuple(_row(of, name) for name in ordered)
        marked = (0,) if ordered[0] == of.brand else ()
        yield Table(t("doc.sentiment"), tuple(heads), rows, marked, t("doc.sentiment_note"))
    if of.opinions:
        yield Quotes(t("doc.quotes"), tuple(_quotes(of)))
        yield Paragraph(t("doc.quotes_note"), "note")
    elif ordered:
        yield Paragraph(t("doc.no_quotes"), "note")


def _n(of: Material, name: str) -> int:
    return of.figures.estimate("net_sentiment", name).n


def _row(of: Material, name: str) -> tuple[Cell, ...]:
    cells = [of.measure(metric, name) for metric in METRICS]
    return (name, *cells, cells[0])


def _quotes(of: Material) -> Iterator[Quote]:
    t = of.t
    for each in of.opinions:
        parts = (
            t(f"polarity.{each.polarity}"),
            engine_text(each.engine),
            surface_text(each.surface, t),
            t("dashboard.day", day=each.day),
            t("doc.asked", prompt=each.prompt),
            *([t(f"perception.state_{decided}")] if (decided := of.marks.get(each.answer)) in TOLD else []),
        )
        yield Quote(each.text, " · ".join(parts), each.polarity)
