"""All tracked brands side by side."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.metrics.records import TrackedBrand
from geo_tracker.reports import charts, pictures, statements
from geo_tracker.reports.model import Block, Cell, Column, Paragraph, Table
from geo_tracker.reports.sections import Material

METRICS = ("mention_rate", "share_of_voice", "mean_rank", "recommendation_rate", "net_sentiment")
BARS = 15


def blocks(of: Material) -> Iterator[Block]:
    """A sentence, shares of voice as bars, and the table of brands, the most named first."""
    t, figures = of.t, of.figures
    ordered = sorted(figures.facts.brands, key=lambda each: -(_rate(of, each) or 0.0))
    yield Paragraph(statements.field(of))
    shown = {each.name for each in ordered[:BARS]} | {of.brand}
    records = [row for row in figures.records("brands") if row["brand"] in shown]
    drawn = charts.shares(
        records, "share_of_voice", of.brand, t, width=480, style=of.style, colours=of.colours
    )
    yield pictures.bars(of, drawn, "share_of_voice", records, "brand")
    heads = [Column(t("report.brand"), wide=True), Column(t("doc.change_of_rate"), "change")]
    heads[1:1] = [Column(t(f"metric.{name}.label"), "measure") for name in METRICS]
    rows = [_row(of, each) for each in ordered[: of.rows.competitors]]
    marked = tuple(at for at, each in enumerate(ordered[: of.rows.competitors]) if each.name == of.brand)
    left = len(ordered) - len(rows)
    note = t("doc.more_brands", count=left) if left > 0 else ""
    yield Table(t("report.brands"), tuple(heads), tuple(rows), marked, note)


def _rate(of: Material, brand: TrackedBrand) -> float | None:
    return of.figures.estimate("mention_rate", brand.name).value


def _row(of: Material, brand: TrackedBrand) -> tuple[Cell, ...]:
    note = of.t("report.own") if brand.own else of.t("report.archived") if brand.archived else ""
    name = of.t("doc.named", name=brand.name, note=note) if note else brand.name
    cells = [of.measure(metric, brand.name) for metric in METRICS]
    return (name, *cells, cells[0])
