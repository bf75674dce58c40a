"""Tables as CSV and XLSX and charts as PNG and SVG, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.selection import View
from geo_tracker.metrics.measures import answer_counts
from geo_tracker.metrics.records import Facts
from geo_tracker.reports.charts import Chart
from geo_tracker.reports.csv import Table
from geo_tracker.reports.renderers.drawing import picture
from geo_tracker.reports.sheet import workbook
from geo_tracker.words.names import surface_text

WIDTH = 900
"""Pixels of a chart as a picture; a PNG has twice as many."""
MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}
Make = Callable[[], Table]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with the numbers that it was drawn from."""

    chart: Chart
    facts: Facts | None = None
    """Where they are not those of the whole selection."""


def offer(view: View, name: str, make: Make | None, drawn: Drawn | None = None, label: str = "") -> None:
    """A menu with the files of a table, of a chart, or of both; `name` is theirs and one of its kind on the page."""
    with st.popover(
        label or view.t("dashboard.download"),
        icon=":material/download:",
        type="tertiary",
        key=f"downloads-{name}",
    ):
        for kind, data in _files(view, make, drawn):
            st.download_button(
                view.t(f"dashboard.download_{kind}"),
                data,
                f"{view.slug}-{name}.{kind}",
                MIME[kind],
                key=f"download-{name}-{kind}",
                on_click="ignore",
                type="tertiary",
            )


def _files(view: View, make: Make | None, drawn: Drawn | None) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if make is not None:
        yield "csv", lambda: make().encoded()
        yield "xlsx", lambda: workbook(make())
    if drawn is not None:
        yield "png", lambda: picture(on_paper(view, drawn), "png")
        yield "svg", lambda: picture(on_paper(view, drawn), "svg")


def on_paper(view: View, drawn: Drawn) -> dict[str, Any]:
    """The chart's specification with a width of its own, a ground, and below its title what it rests on."""
    spec: dict[str, Any] = drawn.chart.to_dict(validate=False)
    if spec.get("width") == "container":
        spec["width"] = WIDTH
    title = spec.get("title")
    if isinstance(title, dict):
        notes = [title.get("subtitle") or "", basis(view, drawn.facts or view.facts)]
        spec["title"] = {**title, "subtitle": [note for note in notes if note]}
    spec["autosize"] = {"type": "pad"}
    spec["padding"] = 16
    spec["config"] = {**spec.get("config", {}), "background": view.style.paper}
    return spec


def basis(view: View, facts: Facts) -> str:
    """Period, surfaces and number of answers of the numbers, and what their bands and bars mean."""
    t, filters = view.t, view.filters
    period = ""
    if filters.start and filters.end:
        first, last = (t("dashboard.day", day=day) for day in (filters.start, filters.end))
        period = t("report.period", first=first, last=last)
    surfaces = t("text.comma").join(surface_text(name, t) for name in facts.surfaces)
    answers = answer_counts(facts)["answers"] if len(facts.cells) else 0
    n = t("report.n", n=t("number.none") if answers is None else f"{answers:,}")
    return " · ".join(filter(None, (period, surfaces, n, t("chart.band"))))
