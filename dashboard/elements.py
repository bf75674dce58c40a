"""What every page is made of. Text of answers and pages is hostile: it only goes through these templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard import controls, data, downloads, event_data
from dashboard.downloads import Make
from dashboard.selection import View, theme
from geo_tracker.extract.text.excerpts import bare
from geo_tracker.i18n import Translate
from geo_tracker.metrics.measures import Measurement, answer_counts
from geo_tracker.metrics.records import Change, Facts
from geo_tracker.reports.charts import Chart
from geo_tracker.reports.csv import Table, measured_table
from geo_tracker.reports.words import coverage_text, figure
from geo_tracker.storage.journal import LOCAL
from geo_tracker.words.mistakes import foreign_text, mistake_text
from geo_tracker.words.names import mode_text, surface_text

HERE = Path(__file__).parent
DOCS = "docs/metrics.md"
TILES = 3
"""In a row."""
NAMED = 3
"""Names in a cell of a grid."""
ARROWS: dict[str, Literal["up", "down", "off"]] = {"▲": "up", "▼": "down", "": "off"}
COLOURS: dict[str, Literal["green", "red"]] = {"better": "green", "worse": "red"}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_url"] = safe_url
    environment.filters["bare"] = bare
    environment.filters["foreign"] = foreign_text
    return environment


def safe_url(url: str) -> str | None:
    """The address if a reader may follow it: http and https only, never script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def query(**values: str) -> str:
    """Values as part of an address on this dashboard; a template escapes it."""
    return urlencode(values)


def answer_address(view: View, answer_id: int) -> str:
    """The page of an answer on this dashboard."""
    return f"answers?{query(workspace=view.slug, lang=view.language, answer=str(answer_id))}"


def answers_address(view: View, **changed: Any) -> str:
    """The list of answers of the same selection, narrowed to what `changed` says."""
    here = controls.address(
        **{"workspace": view.slug, "lang": view.language, "page": "", "text": "", "answer": "", **changed}
    )
    return f"answers?{urlencode(here, doseq=True)}"


def mistake(error: Exception, language: str) -> None:
    """Say in the reader's language what went wrong; names in it are text, never Markdown."""
    st.error(plain(mistake_text(str(error), language)), icon=":material/error:")


def plain(text: str) -> str:
    """Without what Markdown would read as its own."""
    return "".join(f"\\{each}" if each in "\\`*_[]()#<>:$~!|" else each for each in text)


def html(template: str, **values: Any) -> None:
    """Show a template; every value in it is escaped."""
    st.html(render(template, **values))


def render(template: str, **values: Any) -> str:
    """A template as HTML; every value in it is escaped."""
    return _templates().get_template(f"{template}.html").render(**values)


def stylesheet() -> None:
    """Our own rules, and the theme's colour of text for what Streamlit writes too pale to read."""
    st.html(HERE / "style.css")
    st.html(f"<style>:root {{ --ink: {theme().ink}; }}</style>")


def spoken(code: str, t: Translate) -> None:
    """Words of Streamlit's own controls, which it has in English only."""
    if code != "en":
        html("spoken", skip=t("dashboard.skip"), upload=t("dashboard.upload"))


def heading(view: View, title: str) -> None:
    """Title, selection and everything that must be known before a number is read."""
    t, filters = view.t, view.filters
    period = before = ""
    if filters.start and filters.end:
        period = t("report.period", first=day_text(filters.start, t), last=day_text(filters.end, t))
    if view.before and view.before.start and view.before.end:
        first, last = (day_text(day, t) for day in (view.before.start, view.before.end))
        before = t("report.compared", first=first, last=last)
    html(
        "heading",
        t=t,
        title=title,
        workspace=view.facts.name,
        period=period,
        before=before,
        sandbox=view.facts.sandbox,
        notes=_notes(view),
    )


def _notes(view: View) -> list[str]:
    t, surfaces = view.t, view.facts.surfaces
    notes = []
    if len(surfaces) > 1:
        notes.append(
            t("dashboard.pooled", surfaces=t("text.comma").join(surface_text(name, t) for name in surfaces))
        )
    if len(modes := view.facts.modes) > 1:
        named = t("text.comma").join(mode_text(name, t) for name in modes)
        notes.append(t("dashboard.pooled_modes", modes=named))
    others = [name for name in view.choices.values["surface"] if name not in surfaces]
    if view.filters.values("surface") and others:
        notes.append(
            t(
                "dashboard.other_surfaces",
                surfaces=t("text.comma").join(surface_text(name, t) for name in others),
            )
        )
    return notes


def elsewhere(view: View) -> None:
    """Say that the workspace has no such page or answer: the address is of another one, or of one that is gone."""
    t = view.t
    html("empty", title=t("dashboard.elsewhere"), text=t("dashboard.elsewhere_help", workspace=view.slug))


def empty(view: View) -> bool:
    """Say what to do where the selection holds nothing; True if so."""
    t = view.t
    if view.choices.first is None:
        html(
            "empty", title=t("dashboard.no_answers"), text=t("dashboard.no_answers_help", workspace=view.slug)
        )
        commands = (f"geo-tracker {verb} --workspace {view.slug}" for verb in ("run", "import answers.jsonl"))
        st.code("\n".join(commands), language="bash")
        to_runs = f"runs?{query(workspace=view.slug, lang=view.language)}"
        html("more", text=t("importing.here"), address=to_runs)
    elif not view.facts.brands:
        html("empty", title=t("workspace.first_brand"), text=t("workspace.first_brand_help"))
        to_brands = f"workspace?{query(workspace=view.slug, lang=view.language)}"
        html("more", text=t("workspace.to_brands"), address=to_brands)
    elif view.facts.empty:
        html("empty", title=t("dashboard.nothing"), text=t("dashboard.nothing_help"))
    return view.facts.empty or not view.facts.brands


def choose_brand(view: View) -> str:
    """The brand a page is about; a choice only where there are several."""
    names = tuple(brand.name for brand in view.own)
    if len(names) == 1:
        return names[0]
    return controls.one_of(view.t("report.brand"), "brand", names, names[0], width=260)


def choose_metric(view: View, metrics: tuple[str, ...]) -> str:
    """The metric that the charts of a page show."""
    t = view.t
    return controls.one_of(
        t("dashboard.metric"),
        "metric",
        metrics,
        metrics[0],
        lambda name: t(f"metric.{name}.label"),
        st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )


def tiles(view: View, rows: Sequence[Measurement], changes: Mapping[tuple[str, str | None], Change]) -> None:
    """Numbers side by side, three in a row; on a phone two."""
    with st.container(key="tiles"):
        for at in range(0, len(rows), TILES):
            for column, row in zip(st.columns(TILES), rows[at : at + TILES], strict=False):
                with column:
                    tile(view, row, changes.get((row.metric, row.brand)))


def tile(view: View, row: Measurement, change: Change | None) -> None:
    """One number with its interval, sample and change."""
    t = view.t
    shown = figure(row.metric, row.estimate, change, t)
    moved, verdict = shown.change or (None, None)
    sample = t("dashboard.planned", n=f"{row.estimate.n:,}") if row.metric == "coverage" else shown.sample
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            shown.label,
            shown.value,
            moved,
            delta_description=verdict,
            delta_color=COLOURS.get(shown.direction, "off"),
            delta_arrow=ARROWS[shown.arrow],
            help=metric_help(view, row.metric),
        )
        html(
            "tile",
            interval=t("dashboard.interval", interval=shown.interval, scope=shown.scope),
            market=t("dashboard.market", interval=shown.market) if shown.market else "",
            sample=sample,
            verdict=shown.verdict,
            verdict_help=shown.verdict_help,
            answers=_behind(view, row),
            read=t("dashboard.show_answers"),
        )


def _behind(view: View, row: Measurement) -> str:
    """The answers that a number rests on: of coverage all that were planned, else those that name the brand."""
    if row.metric == "coverage":
        return answers_address(view, status="")
    return answers_address(view, named=row.brand or "", status="captured")


def metric_help(view: View, name: str) -> str:
    """What a metric means, its formula and where more is written; our own words, so Markdown is safe."""
    t = view.t
    formula = t("dashboard.formula", formula=t(f"metric.{name}.formula"))
    link = f"[{t('dashboard.definitions')}](definitions?lang={view.language}#{name})"
    return "\n\n".join((t(f"metric.{name}.help"), formula, t("dashboard.more", link=f"{link}, `{DOCS}`")))


def draw(
    view: View,
    chart: Chart,
    description: str,
    name: str,
    make: Make | None = None,
    facts: Facts | None = None,
) -> None:
    """A chart over the whole width of its column, in its own colours, and its files.

    `make` gives the table of what it shows; `facts` are its numbers where those are not of the whole selection.
    """
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    fitted = chart.properties(autosize=fit, padding={"left": 0, "right": 5, "top": 5, "bottom": 5})
    st.altair_chart(fitted, theme=None, width="stretch", alt=description)
    downloads.offer(view, name, make, downloads.Drawn(chart, facts))


def marks(view: View) -> list[tuple[date, str]]:
    """Events as trends draw them."""
    return [(event.day, event.name) for event in event_data.events(view.url, view.slug)]


def all_metrics(view: View, name: str, by: Sequence[str]) -> Make:
    """All metrics of all brands as a table, computed when it is asked for."""

    def table() -> Table:
        return measured_table(name, by, data.measured(view.url, view.filters, by), sandbox=view.facts.sandbox)

    return table


def download(view: View, name: str, by: Sequence[str]) -> None:
    """All metrics of all brands as files."""
    downloads.offer(view, name, all_metrics(view, name, by))


def download_table(view: View, name: str, make: Make, label: str = "") -> None:
    """A table as files."""
    downloads.offer(view, name, make, label=label)


def choose_columns(view: View, key: str, heads: Mapping[str, str], shown: Sequence[str]) -> tuple[str, ...]:
    """Which of the columns to show, the first one always; `shown` where nobody has chosen."""
    t = view.t
    first, *others = heads
    with st.popover(
        t("dashboard.columns"), icon=":material/view_column:", type="tertiary", key=f"{key}-menu"
    ):
        chosen = controls.some_of(
            t("dashboard.columns"),
            key,
            tuple(others),
            heads.__getitem__,
            placeholder=t("dashboard.columns_usual"),
            help=t("dashboard.columns_help", first=heads[first]),
        )
    return (first, *(name for name in others if name in (chosen or shown)))


def some(names: Sequence[str], t: Translate) -> str:
    """The first names of a list and how many more there are: a cell of a grid cuts what is longer."""
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    return t("text.comma").join(names[:NAMED]) + more


def pick(
    view: View,
    frame: pd.DataFrame,
    key: str,
    widths: Sequence[int],
    usual: int,
    order: Sequence[int] = (),
) -> int | None:
    """A list as a grid with columns of `widths` pixels; the row that the reader clicks.

    The first `usual` columns are there while the reader has chosen none; `order` is that of all columns.
    """
    heads = {str(at): str(frame.columns[at]) for at in order or range(len(frame.columns))}
    kept = [
        int(each)
        for each in choose_columns(view, f"{key.split('-')[0]}_columns", heads, tuple(heads)[:usual])
    ]
    names = [str(frame.columns[at]) for at in kept]
    state = st.dataframe(
        frame[names],
        key=f"grid-{key}-{'-'.join(map(str, kept))}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height="content" if len(frame) <= 25 else 820,
        column_config={
            name: st.column_config.NumberColumn(width=widths[at], format="%.2f")
            if pd.api.types.is_float_dtype(frame[name])
            else st.column_config.Column(width=widths[at])
            for name, at in zip(names, kept, strict=True)
        },
    )
    cells = state.selection.cells
    return int(cells[0][0]) if cells else None


def coverage_note(view: View) -> None:
    """How many of the planned answers the numbers rest on."""
    coverage = data.measured(view.url, view.filters, metrics=("coverage",))
    estimate = coverage[0].estimate if coverage else None
    html("note", text=coverage_text(estimate, answer_counts(view.facts), view.t))


def day_text(day: date, t: Translate) -> str:
    return t("dashboard.day", day=day)


def who_text(who: str, t: Translate) -> str:
    """Who did something; whoever uses this machine where nobody signs in."""
    return t("people.local") if who in ("", LOCAL) else who


def time_text(moment: datetime | None, timezone: str, t: Translate) -> str:
    """A moment in the workspace's timezone."""
    if moment is None:
        return t("number.none")
    return t("dashboard.time", at=moment.astimezone(ZoneInfo(timezone)), zone=timezone)
