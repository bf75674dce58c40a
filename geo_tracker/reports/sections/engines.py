"""Engines and surfaces apart: none is pooled with another here."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.metrics.measures import Measurement
from geo_tracker.reports import charts, pictures, statements
from geo_tracker.reports.model import Block, Cell, Column, Measure, Paragraph, Table
from geo_tracker.reports.sections import Material
from geo_tracker.words.names import engine_texts, surface_text

METRICS = ("mention_rate", "share_of_voice", "mean_rank", "citation_rate", "coverage")
HEATMAP = 8
"""Brands that have room side by side."""


def blocks(of: Material) -> Iterator[Block]:
    """A sentence, the brand's rate by engine, the strongest brands by engine, and the table."""
    t, figures = of.t, of.figures
    yield Paragraph(statements.engines(of))
    records = figures.records("engines")
    mine = [row for row in records if row["brand"] == of.brand]
    drawn = charts.engines(records, "mention_rate", of.brand, t, width=420, style=of.style)
    yield pictures.bars(of, drawn, "mention_rate", mine, "engine")
    yield _table(of)
    strongest = _strongest(of)
    rows = [row for row in records if row["brand"] in strongest]
    grid = charts.heatmap(rows, "mention_rate", strongest, t, width=600, style=of.style)
    yield pictures.grid(of, grid, "mention_rate", rows, strongest)


def _strongest(of: Material) -> list[str]:
    rates = {
        each.name: of.figures.estimate("mention_rate", each.name).value or 0.0
        for each in of.figures.facts.brands
    }
    rivals = sorted((name for name in rates if name != of.brand), key=lambda name: -rates[name])
    return [of.brand, *rivals[: HEATMAP - 1]]


def _table(of: Material) -> Table:
    t, found = of.t, dict[tuple[str, str], dict[str, Measurement]]()
    for row in of.figures.tables["engines"]:
        if row.brand in (of.brand, None):
            found.setdefault((row.group["engine"], row.group["surface"]), {})[row.metric] = row
    texts = engine_texts(engine for engine, _ in found)
    rows: list[tuple[Cell, ...]] = [
        (texts[engine], surface_text(surface, t), *(Measure(name, of_one[name].estimate) for name in METRICS))
        for (engine, surface), of_one in sorted(found.items())
    ]
    heads = [Column(t("report.engine"), wide=True), Column(t("doc.surface"))]
    heads += [Column(t(f"metric.{name}.label"), "measure") for name in METRICS]
    return Table(t("doc.engines_of", brand=of.brand), tuple(heads), tuple(rows))
