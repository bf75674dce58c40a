"""The one-page summary: a single HTML file that prints on one sheet and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geo_tracker.i18n import Translate, language, translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.grades import grade
from geo_tracker.metrics.measures import Measurement, answer_counts
from geo_tracker.metrics.records import TrackedBrand
from geo_tracker.metrics.shelf import SHELF_METRICS
from geo_tracker.metrics.surfaces import shows_shelf
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.reports import charts
from geo_tracker.reports.figures import Figures
from geo_tracker.reports.words import (
    Figure,
    coverage_text,
    figure,
    grade_text,
    headline,
    todo_text,
    weights_text,
)
from geo_tracker.storage.database import make_folder
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import interval_text, value_text

TILES = ("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "top3_rate", "citation_rate")
COLUMNS = (
    "mention_rate",
    "share_of_voice",
    "share_of_prominence",
    "mean_rank",
    "citation_rate",
    "citation_share",
)
ENGINE_COLUMNS = ("mention_rate", "share_of_voice", "mean_rank", "citation_rate")
CHANGES = (
    *("real across your prompts", "real", "suggestive"),
    *("within noise", "not comparable", "thin sample"),
)
"""Verdicts that the summary explains."""
SOURCES = 5
GAPS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: who it is about and its figures."""

    name: str
    note: str
    own: bool
    figures: list[Figure]


def write_html(report: Figures, out: Path) -> list[Path]:
    """Write the summary to the file `out`, or to `summary.html` in the folder `out`."""
    path = out if out.suffix.lower() in (".html", ".htm") else out / "summary.html"
    make_folder(path.parent)
    path.write_text(render_html(report), encoding="utf-8")
    return [path]


def render_html(report: Figures) -> str:
    """The summary in the workspace's language."""
    t = translate(report.facts.locale)
    return (
        _environment()
        .get_template("summary.html")
        .render(
            t=t,
            lang=language(report.facts.locale),
            report=report,
            headline=_headline(report, t),
            tiles=[_figure(report, name, report.focus.name, t) for name in TILES],
            charts=_charts(report, t),
            columns=[t(f"metric.{name}.label") for name in COLUMNS],
            brands=[_brand_line(report, brand, t) for brand in report.facts.brands],
            engine_columns=[t(f"metric.{name}.label") for name in ENGINE_COLUMNS],
            engines=list(_engine_lines(report, t)),
            shelf=_shelf(report, t),
            sources=report.domains[:SOURCES],
            types=_types(report, t),
            gaps=[(gap, todo_text(gap, t)) for gap in report.gap_pages.sources[:GAPS]],
            filters=_filters(report, t),
            notes=list(_notes(report, t)),
            glossary=[(t(f"metric.{name}.label"), t(f"metric.{name}.help")) for name in COLUMNS],
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("geo_tracker.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _charts(report: Figures, t: Translate) -> dict[str, Markup]:
    focus = report.focus.name
    drawn = {
        "trend": charts.trend(report.records("trend"), "mention_rate", focus, t, width=650, height=130),
        "shares": charts.shares(report.records("brands"), "share_of_voice", focus, t, width=235),
        "engines": charts.engines(report.records("engines"), "mention_rate", focus, t, width=235),
    }
    # drawn by Vega from specs of ours: it escapes the text in them, and nothing else goes in
    return {name: Markup(charts.svg(chart)) for name, chart in drawn.items()}  # noqa: S704


def _shelf(report: Figures, t: Translate) -> list[Figure]:
    """The shelf of the brand; nothing where no answer offers anything."""
    if report.shelf.shelf.empty:
        return []
    brands = {name: report.focus.name if METRICS[name].per_brand else None for name in SHELF_METRICS}
    found = {(row.metric, row.brand): row.estimate for row in report.shelf.metrics if not row.group}
    return [
        figure(name, found[name, brand], report.changes.get((name, brand)), t)
        for name, brand in brands.items()
    ]


def _figure(report: Figures, metric: str, brand: str, t: Translate) -> Figure:
    change = report.changes.get((metric, brand))
    return figure(metric, report.estimate(metric, brand), change, t)


def _brand_line(report: Figures, brand: TrackedBrand, t: Translate) -> Line:
    note = t("report.own") if brand.own else t("report.archived") if brand.archived else ""
    figures = [_figure(report, name, brand.name, t) for name in COLUMNS]
    return Line(brand.name, note, brand.own, figures)


def _engine_lines(report: Figures, t: Translate) -> Iterator[Line]:
    found: dict[tuple[str, str], dict[str, Measurement]] = {}
    for row in report.tables["engines"]:
        if row.brand in (report.focus.name, None):
            found.setdefault((row.group["engine"], row.group["surface"]), {})[row.metric] = row
    texts = engine_texts(engine for engine, _ in found)
    for (engine, surface), rows in sorted(found.items()):
        figures = [figure(name, rows[name].estimate, None, t) for name in (*ENGINE_COLUMNS, "coverage")]
        yield Line(texts[engine], surface_text(surface, t), False, figures)


def _headline(report: Figures, t: Translate) -> str:
    metric, focus = "mention_rate", report.focus.name
    rates = {brand.name: report.estimate(metric, brand.name) for brand in report.facts.brands}
    return headline(focus, rates, report.changes.get((metric, focus)), t)


def _types(report: Figures, t: Translate) -> str:
    """The types of cited sources with their shares of all citations, on one line."""
    named = ((t(f"sources.kind.{row.type or UNKNOWN}"), row.share) for row in report.types)
    each = (
        f"{name} {value_text('citation_share', share.value, t)} ({interval_text('citation_share', share, t)})"
        for name, share in named
    )
    return " · ".join(each)


def _filters(report: Figures, t: Translate) -> str:
    filters = report.facts.filters
    chosen = [f"{t(f'dimension.{name}')}: {t('text.comma').join(values)}" for name, values in filters.chosen]
    branded = t("report.branded" if filters.branded else "report.unbranded")
    return " · ".join([*(chosen or [t("report.everything")]), branded])


def _notes(report: Figures, t: Translate) -> Iterator[str]:
    facts = report.facts
    if facts.sandbox:
        yield t("report.sandbox_help")
    if len(facts.surfaces) > 1:
        yield t(
            "report.pooled",
            surfaces=t("text.comma").join(surface_text(surface, t) for surface in facts.surfaces),
        )
    yield from (t(note) for note in report.notes)
    if not all(map(shows_shelf, facts.surfaces)) and not report.shelf.shelf.empty:
        yield t("shelf.api_note")
    yield grade_text(grade(facts), t)
    if weights := weights_text(facts, t):
        yield weights
    yield t("report.intervals")
    for verdict in CHANGES:
        yield t("text.term", term=t(f"verdict.{verdict}"), meaning=t(f"verdict_help.{verdict}"))
    yield coverage_text(report.coverage, answer_counts(facts), t)
    yield t("report.rules", versions=", ".join(facts.rules) or t("number.none"), timezone=facts.timezone)
