"""Topics by brands: who is named where buyers ask about what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dashboard import data, elements, tables
from dashboard.selection import View
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.measures import Measurement

DARKEST = 30
"""Percent of the own blue behind the best value: text on it keeps a contrast above 4.5."""


def show(view: View, metric: str) -> None:
    """A row per topic, a column per brand; every value opens its answers."""
    t = view.t
    rows = data.measured(view.url, view.filters, ("topic",), (metric,))
    found = {(row.group["topic"], row.brand): row for row in rows}
    topics = sorted({topic for topic, _ in found}, key=lambda topic: (not topic, topic))
    brands = [each.name for each in view.facts.brands]
    best = _best(found, metric)
    lines = [
        tables.Row(
            [
                tables.Cell(topic or t("doc.unnamed"), _planned(found, topic, view)),
                *(_cell(view, metric, found.get((topic, brand)), best) for brand in brands),
            ]
        )
        for topic in topics
    ]
    elements.html("section", title=t("competitors.topics_title", metric=t(f"metric.{metric}.label")))
    tables.grid((t("dimension.topic"), *brands), lines, (0,))
    elements.html("note", text=t("competitors.topics_help"))
    elements.download(view, "topics", ("topic",))


def _planned(found: Mapping[tuple[str, str | None], Measurement], topic: str, view: View) -> str:
    prompts = max((row.estimate.prompts for (name, _), row in found.items() if name == topic), default=0)
    return view.t("events.prompts", n=prompts)


def _best(found: Mapping[tuple[str, str | None], Measurement], metric: str) -> tuple[float, float]:
    """The worst and the best value of all."""
    values = [row.estimate.value for row in found.values() if row.estimate.value is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    return (high, low) if METRICS[metric].unit == "position" else (low, high)


def _cell(view: View, metric: str, row: Measurement | None, best: tuple[float, float]) -> tables.Cell:
    if row is None or row.estimate.value is None:
        return tables.Cell(view.t("number.none"))
    worst, top = best
    share = (row.estimate.value - worst) / (top - worst) if top != worst else 0.0
    topic = row.group["topic"]
    link = elements.answers_address(
        view, topic=[topic] if topic else [], named=row.brand or "", status="captured"
    )
    return replace(tables.measured(view, metric, row.estimate), link=link, shade=round(share * DARKEST))
