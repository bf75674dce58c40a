"""Products that answers and the pages they cite show."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS as ALL
from geo_tracker.metrics.shelf import SHELF_METRICS
from geo_tracker.metrics.surfaces import shows_shelf
from geo_tracker.queries.shelf import Price, ShownOffer
from geo_tracker.reports import pictures, shelf_charts, statements
from geo_tracker.reports.model import Block, Cell, Column, Paragraph, Table
from geo_tracker.reports.sections import Material
from geo_tracker.words.names import surface_text


def blocks(of: Material) -> Iterator[Block]:
    """A sentence; where there is a shelf its figures, the funnel, prices, and links that lead nowhere."""
    t, shelf = of.t, of.figures.shelf
    yield Paragraph(statements.shelf(of))
    if not all(map(shows_shelf, of.figures.facts.surfaces)):
        yield Paragraph(t("shelf.api_note"), "note")
    if shelf.empty:
        return
    yield _scorecard(of)
    if steps := shelf.funnel:
        drawn = shelf_charts.funnel(steps, t, width=420, style=of.style)
        yield pictures.funnel(of, drawn, steps)
        surfaces = t("text.comma").join(surface_text(name, t) for name in steps[0].surfaces)
        yield Paragraph(t("shelf.funnel_help", surfaces=surfaces), "note")
    yield from _prices(of)
    yield from _broken(of)


def _scorecard(of: Material) -> Table:
    t = of.t
    cells = {name: of.measure(name, of.brand if ALL[name].per_brand else None) for name in SHELF_METRICS}
    rows: list[tuple[Cell, ...]] = [(t(f"metric.{name}.label"), cell, cell) for name, cell in cells.items()]
    heads = (
        Column(t("doc.figure"), wide=True),
        Column(t("doc.now"), "measure"),
        Column(t("doc.change"), "change"),
    )
    return Table(t("doc.shelf_of", brand=of.brand), heads, tuple(rows))


def _prices(of: Material) -> Iterator[Block]:
    t = of.t
    found = [row for row in of.figures.shelf.prices if row.reference is not None]
    if not found:
        yield Paragraph(t("shelf.no_prices"), "note")
        return
    heads = (
        Column(t("shelf.product"), wide=True),
        Column(t("shelf.merchant")),
        Column(t("shelf.shown"), "number"),
        Column(t("shelf.reference"), "number"),
        Column(t("doc.currency")),
        Column(t("shelf.spread"), "spread"),
        Column(t("report.answers"), "count"),
    )
    rows = tuple(
        (
            f"{row.product} · {row.brand}",
            _shop(of, row, t),
            row.shown,
            row.reference,
            row.currency,
            row.spread,
            row.n,
        )
        for row in found[: of.rows.shelf]
    )
    marked = tuple(at for at, row in enumerate(found[: of.rows.shelf]) if row.own)
    yield Table(t("shelf.prices"), heads, rows, marked)


def _shop(of: Material, row: Price, t: Translate) -> str:
    """Merchant and platform: one merchant may sell on several, and many offers name the platform alone."""
    platform = of.figures.shelf.labels.get(row.platform, row.platform)
    known = [each for each in (row.merchant, platform) if each]
    return " · ".join(dict.fromkeys(known)) or t("shelf.unknown_merchant")


def _broken(of: Material) -> Iterator[Block]:
    t = of.t
    found = [each for each in of.figures.shelf.offers if each.dead or each.available is False]
    if not found:
        yield Paragraph(t("shelf.no_broken"), "note")
        return
    heads = (
        Column(t("shelf.product"), wide=True),
        Column(t("report.brand")),
        Column(t("shelf.merchant")),
        Column(t("shelf.what")),
        Column(t("report.answers"), "count"),
    )
    rows = tuple(
        (
            _linked(each, t),
            each.brand or t("shelf.untracked_brand"),
            each.merchant or t("shelf.unknown_merchant"),
            t("shelf.dead") if each.dead else t("shelf.sold_out"),
            each.answers,
        )
        for each in found[: of.rows.shelf]
    )
    yield Table(t("shelf.broken"), heads, rows, note=t("shelf.broken_help"))


def _linked(each: ShownOffer, t: Translate) -> str:
    """A product with the address that the buyer is sent to: one product may have several."""
    name = each.title or each.product
    return "\n".join(part for part in (name, each.url) if part) or t("number.none")
