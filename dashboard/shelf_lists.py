"""The lists of the shelf, each with the columns that the reader chooses: ways to pay, prices, broken offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import chosen_columns, elements, gallery
from dashboard.chosen_columns import Column
from dashboard.gallery import platform_text
from dashboard.selection import View
from dashboard.tables import Cell
from geo_tracker.metrics.shelf import Rung
from geo_tracker.queries.shelf import Price, ShownOffer
from geo_tracker.reports.shelf_charts import engine_names, money
from geo_tracker.words.values import value_text

Labels = Mapping[str, str]


def rungs(view: View, rows: Sequence[Rung], labels: Labels) -> None:
    """How near to paying the offers of an engine are, on which platform, in whose store."""
    t = view.t
    names = engine_names([{"engine": row.engine, "surface": row.surface} for row in rows], t)
    engines = dict(zip(map(id, rows), names, strict=True))
    shown: dict[str, Column[Rung]] = {
        "engine": Column(t("report.engine"), lambda row: Cell(engines[id(row)])),
        "platform": Column(t("shelf.platform"), lambda row: Cell(platform_text(row.platform, labels, t))),
        "merchant": Column(
            t("shelf.merchant"), lambda row: Cell(row.merchant or t("shelf.unknown_merchant"))
        ),
        "rung": Column(
            t("shelf.rung"), lambda row: Cell(f"{row.checkout} · {t(f'shelf.rungs.{row.checkout}')}")
        ),
        "offers": Column(t("shelf.offers"), lambda row: Cell(f"{row.offers:,.0f}"), number=True),
        "first_seen": Column(
            t("shelf.first_seen"), lambda row: Cell(elements.day_text(row.first, t)), number=True
        ),
        "last_seen": Column(
            t("shelf.last_seen"), lambda row: Cell(elements.day_text(row.last, t)), number=True
        ),
    }
    chosen_columns.grid(view, "rung_columns", shown, rows)


def prices(view: View, rows: Sequence[Price], labels: Labels) -> None:
    """What products cost in answers, in the catalogue and in the shop."""
    t = view.t

    def amount(value: float | None, row: Price) -> str:
        return t("number.none") if value is None else money(value, row.currency)

    def between(row: Price) -> str:
        low, high = amount(row.shown_low, row), amount(row.shown_high, row)
        return t("shelf.between", low=low, high=high) if low != high else ""

    shown: dict[str, Column[Price]] = {
        "product": Column(t("shelf.product"), lambda row: Cell(row.product, row.brand)),
        "merchant": Column(
            t("shelf.merchant"),
            lambda row: Cell(
                row.merchant or t("shelf.unknown_merchant"), platform_text(row.platform, labels, t)
            ),
        ),
        "shown": Column(
            t("shelf.shown"), lambda row: Cell(amount(row.shown, row), between(row)), number=True
        ),
        "reference": Column(t("shelf.reference"), lambda row: Cell(amount(row.reference, row)), number=True),
        "spread": Column(
            t("shelf.spread"), lambda row: Cell(value_text("price_spread", row.spread, t)), number=True
        ),
        "shop": Column(t("shelf.shop"), lambda row: Cell(amount(row.shop, row)), number=True),
        "last_seen": Column(
            t("shelf.last_seen"),
            lambda row: Cell(elements.day_text(row.last, t), t("report.n", n=f"{row.n:,}")),
            number=True,
        ),
    }
    chosen_columns.grid(view, "price_columns", shown, rows, own=lambda row: row.own)


def broken(view: View, rows: Sequence[ShownOffer], labels: Labels) -> None:
    """Offers that a buyer cannot use, and why."""
    t = view.t
    shown: dict[str, Column[ShownOffer]] = {
        "product": Column(
            t("shelf.product"),
            lambda row: Cell(gallery.title_of(row), row.brand or t("shelf.untracked_brand")),
        ),
        "merchant": Column(
            t("shelf.merchant"),
            lambda row: Cell(
                row.merchant or t("shelf.unknown_merchant"), platform_text(row.platform, labels, t)
            ),
        ),
        "what": Column(
            t("shelf.what"),
            lambda row: Cell("", warning=t("text.comma").join(gallery.broken_texts(row, t))),
        ),
        "answers": Column(t("report.answers"), lambda row: Cell(f"{row.answers:,}"), number=True),
        "last_seen": Column(
            t("shelf.last_seen"), lambda row: Cell(elements.day_text(row.last, t)), number=True
        ),
    }
    chosen_columns.grid(view, "broken_columns", shown, rows, own=lambda row: row.own)
