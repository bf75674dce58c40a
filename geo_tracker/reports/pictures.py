"""Charts as blocks: the spec that is drawn, the numbers behind it, and words for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.shelf import Step
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.reports import charts
from geo_tracker.reports.model import Chart, Series
from geo_tracker.reports.sections import Material
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import value_text

Record = Mapping[str, Any]
LINES = 5


def trend(of: Material, drawn: charts.Chart, metric: str) -> Chart:
    """A line per brand over time, the own one with its intervals: those of all would hide the lines."""
    step = of.figures.facts.step
    found: dict[str, dict[str, Record]] = {}
    for row in of.figures.records("trend"):
        if row["metric"] == metric:
            found.setdefault(row["brand"], {})[row["group"][step]] = row
    days = sorted({day for rows in found.values() for day in rows})
    names = [of.brand, *_strongest(found, of.brand)]
    series = tuple(_line(name, found.get(name, {}), days, own=name == of.brand) for name in names)
    shown = tuple(of.t("doc.short_day", day=date.fromisoformat(day)) for day in days)
    label = of.t(f"metric.{metric}.label")
    title = of.t(f"chart.trend_{step}", metric=label)
    return Chart(
        title, _line_alt(of, label, shown, series, metric), "line", metric, shown, series, _spec(drawn)
    )


def _line(name: str, rows: Mapping[str, Record], days: Sequence[str], *, own: bool) -> Series:
    values, low, high = (
        tuple(rows[day][part] if day in rows else None for day in days) for part in ("value", "low", "high")
    )
    return Series(name, values, own, low, high) if own else Series(name, values)


def _strongest(found: Mapping[str, Mapping[str, Record]], own: str) -> list[str]:
    every = {name: [row["value"] for row in rows.values()] for name, rows in found.items()}
    known = {name: [v for v in values if v is not None] for name, values in every.items()}
    means = {name: sum(v) / len(v) for name, v in known.items() if v and name != own}
    return sorted(means, key=lambda name: -means[name])[: LINES - 1]


def bars(of: Material, drawn: charts.Chart, metric: str, records: Sequence[Record], by: str) -> Chart:
    """A bar per brand, or per engine and surface of one brand."""
    rows = [row for row in records if row["metric"] == metric and row["value"] is not None]
    rows.sort(key=lambda row: -row["value"])
    names = tuple(_engine_names(of, rows) if by == "engine" else [str(row["brand"]) for row in rows])
    label = of.t(f"metric.{metric}.label")
    title = (
        of.t("chart.engines", metric=label, brand=of.brand)
        if by == "engine"
        else of.t("chart.shares", metric=label)
    )
    values, low, high = (tuple(row[part] for row in rows) for part in ("value", "low", "high"))
    series = (Series(label, values, by == "engine", low, high),)
    alt = _bar_alt(of, title, names, series[0], metric)
    own = tuple(at for at, name in enumerate(names) if by == "brand" and name == of.brand)
    return Chart(title, alt, "bar", metric, names, series, _spec(drawn), marked=own)


def _engine_names(of: Material, rows: Sequence[Record]) -> list[str]:
    texts = engine_texts(row["group"]["engine"] for row in rows)
    return [
        f"{texts[row['group']['engine']]} · {surface_text(row['group']['surface'], of.t)}" for row in rows
    ]


def grid(
    of: Material, drawn: charts.Chart, metric: str, records: Sequence[Record], brands: Sequence[str]
) -> Chart:
    """Brands by engine."""
    rows = [row for row in records if row["metric"] == metric]
    names = list(dict.fromkeys(_engine_names(of, rows)))
    values = {
        (name, row["brand"]): row["value"] for name, row in zip(_engine_names(of, rows), rows, strict=True)
    }
    series = tuple(
        Series(brand, tuple(values.get((name, brand)) for name in names), brand == of.brand)
        for brand in brands
    )
    title = of.t("chart.heatmap", metric=of.t(f"metric.{metric}.label"))
    alt = of.t("doc.alt.grid", title=title, brands=len(brands), engines=len(names))
    return Chart(title, alt, "grid", metric, tuple(names), series, _spec(drawn))


def types(of: Material, drawn: charts.Chart) -> Chart:
    """Shares of the types of sources."""
    rows = [row for row in of.figures.types if row.share.value is not None]
    names = tuple(of.t(f"sources.kind.{row.type or UNKNOWN}") for row in rows)
    title = of.t("sources.types_title")
    series = (_estimated(title, [row.share for row in rows]),)
    alt = _bar_alt(of, title, names, series[0], "citation_share")
    own = tuple(at for at, row in enumerate(rows) if row.type == "owned")
    return Chart(title, alt, "bar", "citation_share", names, series, _spec(drawn), marked=own)


def funnel(of: Material, drawn: charts.Chart, steps: Sequence[Step]) -> Chart:
    """How many answers take each step."""
    known = [step for step in steps if step.estimate.value is not None]
    names = tuple(_step(of, step) for step in known)
    title = of.t("shelf.funnel", brand=of.brand)
    series = (_estimated(title, [step.estimate for step in known], own=True),)
    alt = _bar_alt(of, title, names, series[0], "mention_rate")
    return Chart(title, alt, "bar", "mention_rate", names, series, _spec(drawn))


def _step(of: Material, step: Step) -> str:
    """A step with how many answers take it, and as many as which part of the step before."""
    told = f"{of.t(f'shelf.steps.{step.step}')} · {step.estimate.numerator:,.0f}"
    return told if step.of_previous is None else f"{told} ({step.of_previous:.0%})"


def _estimated(title: str, rows: Sequence[Estimate], *, own: bool = False) -> Series:
    values, low, high = (tuple(getattr(row, part) for row in rows) for part in ("value", "low", "high"))
    return Series(title, values, own, low, high)


def _spec(drawn: charts.Chart) -> dict[str, Any]:
    spec: dict[str, Any] = drawn.to_dict(validate=False)
    return spec


def _bar_alt(of: Material, title: str, names: Sequence[str], series: Series, metric: str) -> str:
    pairs = zip(names, series.values, strict=True)
    said = (f"{name} {value_text(metric, value, of.t)}" for name, value in list(pairs)[:12])
    return of.t("text.term", term=title, meaning=of.t("text.comma").join(said))


def _line_alt(of: Material, label: str, days: Sequence[str], series: Sequence[Series], metric: str) -> str:
    own = next((each for each in series if each.own), None)
    known = [
        (day, value) for day, value in zip(days, own.values if own else (), strict=False) if value is not None
    ]
    if not known or own is None:
        return label
    (first, start), (last, end) = known[0], known[-1]
    values = {"before": value_text(metric, start, of.t), "after": value_text(metric, end, of.t)}
    return of.t("doc.alt.trend", metric=label, brand=own.name, first=first, last=last, **values)
