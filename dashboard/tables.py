"""Tables of figures: every number with its interval, sample and warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dashboard import elements
from dashboard.selection import View
from geo_tracker.metrics.changes import Movement
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Change, Estimate
from geo_tracker.reports.words import Figure, figure
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import difference_text, improved

Changes = dict[tuple[str, str | None], Change]


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what it is about and its figures."""

    name: str
    note: str
    own: bool
    figures: tuple[Figure, ...]
    link: str = ""
    """The answers that its figures rest on."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, what says how far to trust it, and a warning."""

    text: str
    note: str = ""
    """Its lines stand below each other where there is room."""
    warning: str = ""
    link: str = ""
    """Where it leads on this dashboard; only from our own values, never from an answer or a page."""
    direction: str = ""
    """better or worse: of a change that is more than chance."""
    shade: int = 0
    """Percent of colour behind it: the more, the better the value."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of any table; `own` marks the own brand's."""

    cells: Sequence[Cell]
    own: bool = False


def grid(heads: Sequence[str], rows: Sequence[Row], texts: Sequence[int]) -> None:
    """A table of anything; `texts` are the columns that are no numbers."""
    elements.html("grid", heads=heads, rows=rows, texts=texts)


def measured(view: View, metric: str, estimate: Estimate) -> Cell:
    """A value with its interval, sample and warning."""
    shown = figure(metric, estimate, None, view.t)
    return Cell(shown.value, f"{shown.interval}\n{shown.n}", shown.verdict)


def moved(view: View, metric: str, change: Change | None) -> Cell:
    """How a value moved and how sure that is; a dash where nothing is compared."""
    t = view.t
    if change is None or change.value is None:
        return Cell(t("number.none"))
    better = improved(metric, change)
    direction = "" if better is None else "better" if better else "worse"
    return Cell(difference_text(metric, change.value, t), t(f"verdict.{change.verdict}"), direction=direction)


def brands(
    view: View, rows: Sequence[Measurement], metrics: Sequence[str], by: str, changes: Changes
) -> None:
    """One row per brand, the best by the metric `by` first."""
    found = {(row.brand, row.metric): row for row in rows}
    notes = {True: view.t("report.own"), False: ""}
    lines = []
    for brand in sorted(view.facts.brands, key=lambda brand: _best_first(found.get((brand.name, by)))):
        note = view.t("report.archived") if brand.archived else notes[brand.own]
        figures = tuple(_figure(view, found, brand.name, name, changes) for name in metrics)
        link = elements.answers_address(view, named=brand.name, status="captured")
        lines.append(Line(brand.name, note, brand.own, figures, link))
    _table(view, view.t("report.brand"), metrics, lines)


def engines(
    view: View,
    rows: Iterable[Measurement],
    brand: str,
    metrics: Sequence[str],
    moved: Iterable[Movement] = (),
) -> None:
    """One row per engine and surface for one brand, with how each moved."""
    _table(view, view.t("report.engine"), metrics, list(_engine_lines(view, rows, brand, metrics, moved)))


def _engine_lines(
    view: View,
    rows: Iterable[Measurement],
    brand: str,
    metrics: Sequence[str],
    moved: Iterable[Movement],
) -> Iterator[Line]:
    changes = {(row.group["engine"], row.group["surface"], row.metric): row.change for row in moved}
    found: dict[tuple[str, str], dict[str, Measurement]] = {}
    for row in rows:
        if row.brand in (brand, None):
            found.setdefault((row.group["engine"], row.group["surface"]), {})[row.metric] = row
    texts = engine_texts(engine for engine, _ in found)
    for (engine, surface), of in sorted(found.items()):
        figures = tuple(
            figure(name, of[name].estimate, changes.get((engine, surface, name)), view.t) for name in metrics
        )
        link = elements.answers_address(
            view, engine=[engine], surface=surface, named=brand, status="captured"
        )
        yield Line(texts[engine], surface_text(surface, view.t), False, figures, link)


def _figure(
    view: View, found: dict[tuple[str | None, str], Measurement], brand: str, name: str, changes: Changes
) -> Figure:
    return figure(name, found[brand, name].estimate, changes.get((name, brand)), view.t)


def _best_first(row: Measurement | None) -> float:
    if row is None or row.estimate.value is None:
        return float("inf")
    return row.estimate.value if METRICS[row.metric].unit == "position" else -row.estimate.value


def _table(view: View, first: str, metrics: Sequence[str], lines: Sequence[Line]) -> None:
    heads = [(view.t(f"metric.{name}.label"), view.t(f"metric.{name}.help")) for name in metrics]
    elements.html("figures", t=view.t, first=first, heads=heads, lines=lines)
