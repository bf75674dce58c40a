"""Every chart, once: Altair specs for the dashboard, and the same specs as SVG for paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from geo_tracker.i18n import Translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.queries.type_shares import TypeShare
from geo_tracker.reports.colours import dashes
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import value_text


@dataclass(frozen=True, slots=True)
class Style:
    """The colours of a theme; `note` stands under every title, such as that the data is the sandbox's."""

    own: str = "#0072B2"
    other: str = "#B4BAC2"
    ink: str = "#1F2933"
    soft: str = "#616E7C"
    faint: str = "#E4E7EB"
    paper: str = "#FFFFFF"
    rivals: tuple[str, ...] = (
        *("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#4D4D4D"),
        *("#661100", "#88CCEE"),
    )
    """Okabe and Ito's palette and two of Tol's, told apart with any colour vision; blue is the own brand's.

    The two leave the least distance of any pair as it was (CIELAB, Machado's simulations of three colour blindnesses,
    2026-11-27).
    """
    heat: tuple[str, str] = ("#F2F6FA", "#0072B2")
    note: str = ""


LIGHT = Style()
DARK = Style(
    own="#56B4E9",
    other="#66707C",
    ink="#E6E9ED",
    soft="#A7B0BA",
    faint="#333C47",
    paper="#0E1117",
    rivals=("#E8833A", "#35C79B", "#E3A3C9", "#F0E442", "#D9D9D9", "#B0587A", "#7C8CFF"),
    heat=("#1B2530", "#2F8FC9"),
)
FONT = "Inter, 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif"
LINES = 5
EVENT_ROWS = 3
_COLUMNS = 5  # engines whose names have room side by side in half a page
_LEGIBLE = 0.8  # from this part of the scale on, white is read better than ink: contrast 4.5 on the own blue
_ROW = 80  # letters of names that stand side by side in half a page, a Chinese one counting twice
_TWO_LINES = 18  # pixels: labels of an axis above grow downwards
_LABEL_HEIGHT = 15  # pixels: closer labels would overlap

Record = Mapping[str, Any]
Chart = alt.LayerChart | alt.FacetChart


def trend(
    records: Iterable[Record],
    metric: str,
    own: str,
    t: Translate,
    *,
    width: int | str = 640,
    height: int = 220,
    style: Style = LIGHT,
    events: Iterable[tuple[date, str]] = (),
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Lines over time of the own brand, with its interval as a band, and of the strongest rivals.

    `events` are days with names, drawn where they lie within the lines; `colours` are those of brands.

    `records` are those of `metrics.table(facts, by=("day",))` or `("week",)`.
    """
    frame = _frame(records, metric)
    step = next((next(iter(group)) for group in frame["group"]), "day")
    frame["day"] = pd.to_datetime([group[step] for group in frame["group"]])
    brands = _strongest(frame, metric, own)
    frame = frame[frame["brand"].isin(brands)]
    frame = frame.assign(alone=frame.groupby("brand")["day"].transform("nunique") == 1)  # one day is no line
    drawn = pd.concat([frame["value"], frame.loc[frame["brand"] == own, "high"]])
    top = float(drawn.max()) if len(frame) else 1.0
    known = colours or dict(zip(brands, (style.own, *style.rivals), strict=False))
    shown = {name: known.get(name, style.other) for name in brands}
    colour = alt.Color("brand:N", legend=None, scale=alt.Scale(domain=brands, range=list(shown.values())))
    dash = alt.StrokeDash("brand:N", legend=None, scale=alt.Scale(domain=brands, range=dashes(brands, shown)))
    axis = alt.Axis(format=t("chart.day"), values=_ticks(frame["day"]), grid=False)
    day = alt.X("day:T", title=None, axis=axis)
    value = alt.Y("value:Q", title=None, axis=_axis(metric), scale=_scale(metric, top))
    base = alt.Chart(frame).encode(day, color=colour)
    of_own = base.transform_filter(alt.datum.brand == own)
    one_day = bool(frame.loc[frame["brand"] == own, "alone"].any())
    band = (
        of_own.mark_rule(opacity=0.16, strokeWidth=12) if one_day else of_own.mark_area(opacity=0.16)
    ).encode(alt.Y("low:Q", title=None), alt.Y2("high:Q"))
    weight = alt.condition(alt.datum.brand == own, alt.value(2.6), alt.value(1.2))
    lines = base.mark_line().encode(value, dash, strokeWidth=weight, tooltip=_tooltip(t, metric, _day(t)))
    ends = alt.Chart(_line_ends(frame, _reach(metric, top) * _LABEL_HEIGHT / height)).encode(
        day, color=colour
    )
    names = ends.mark_text(align="left", dx=7, fontSize=11, clip=False, limit=160).encode(
        alt.Y("at:Q", title=None), text="brand:N"
    )
    seen = alt.condition(alt.datum.alone, alt.value(1), alt.value(0))
    dots = base.mark_point(size=60, filled=True).encode(
        value, opacity=seen, tooltip=_tooltip(t, metric, _day(t))
    )
    title = t(f"chart.trend_{step}", metric=_label(metric, t))
    marks = _events(frame["day"], events, day, t, style)
    return styled(alt.layer(band, *marks, lines, dots, names), width, height, title, style)


def _events(
    days: pd.Series, events: Iterable[tuple[date, str]], day: alt.X, t: Translate, style: Style
) -> list[alt.Chart]:
    """A dashed line with a name for each event within the days; names of neighbours stand one below the other."""
    within = [(pd.Timestamp(at), name) for at, name in events if days.min() <= pd.Timestamp(at) <= days.max()]
    if not within:
        return []
    frame = pd.DataFrame(sorted(within), columns=["day", "event"])
    tips = [alt.Tooltip("event:N", title=t("events.head.name")), _day(t)]
    lines = alt.Chart(frame).mark_rule(color=style.soft, strokeDash=[4, 3]).encode(day, tooltip=tips)
    names = [
        alt.Chart(frame[at::EVENT_ROWS])
        .mark_text(align="left", dx=4, fontSize=10, color=style.soft, limit=150)
        .encode(day, y=alt.value(5 + _LABEL_HEIGHT * at), text="event:N", tooltip=tips)
        for at in range(min(EVENT_ROWS, len(frame)))
    ]
    return [lines, *names]


def shares(
    records: Iterable[Record],
    metric: str,
    own: str,
    t: Translate,
    *,
    width: int | str = 300,
    style: Style = LIGHT,
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Bars by brand with intervals, largest first, each in its colour; without `colours` the own brand in its.

    `records` are those of `metrics.table(facts)`.
    """
    frame = _frame(records, metric)
    title = t("chart.shares", metric=_label(metric, t))
    frame = frame.assign(name=frame["brand"], own=frame["brand"] == own)
    if colours:
        frame = frame.assign(colour=[colours.get(name, style.other) for name in frame["brand"]])
    return _bars(frame, metric, title, t, width, style)


def engines(
    records: Iterable[Record],
    metric: str,
    brand: str,
    t: Translate,
    *,
    width: int | str = 300,
    style: Style = LIGHT,
) -> Chart:
    """Bars by engine and surface with intervals for one brand.

    `records` are those of `metrics.table(facts, by=("engine", "surface"))`.
    """
    frame = _frame([record for record in records if record["brand"] == brand], metric)
    title = t("chart.engines", metric=_label(metric, t), brand=brand)
    return _bars(frame.assign(name=_engines(frame, t), own=True), metric, title, t, width, style)


def types(rows: Iterable[TypeShare], t: Translate, *, width: int | str = 640, style: Style = LIGHT) -> Chart:
    """Bars by type of source with intervals: its share of all citations, own sites in the own colour."""
    frame = pd.DataFrame(
        [
            {
                **{name: getattr(row.share, name) for name in ("value", "low", "high", "n", "prompts")},
                "name": t(f"sources.kind.{row.type or UNKNOWN}"),
                "own": row.type == "owned",
            }
            for row in rows
        ]
    )
    return _bars(frame, "citation_share", t("sources.types_title"), t, width, style)


def heatmap(
    records: Iterable[Record],
    metric: str,
    brands: Sequence[str],
    t: Translate,
    *,
    width: int | str = 640,
    style: Style = LIGHT,
) -> Chart:
    """A grid of brands, in the order given, by engine and surface; darker is better, thin samples are pale.

    Many engines stand one under the other, so that their names can be read.

    `records` are those of `metrics.table(facts, by=("engine", "surface"))`.
    """
    frame = _frame(records, metric)
    labels = [value_text(metric, value, t) for value in frame["value"]]
    solid = [1.0 if verdict == "ok" else 0.45 for verdict in frame["verdict"]]
    frame = frame.assign(engine=_engines(frame, t), label=labels, solid=solid).drop(columns="group")
    position = METRICS[metric].unit == "position"
    least, most = (frame["value"].min(), frame["value"].max()) if len(frame) else (0, 0)
    edge = least + (most - least) * (1 - _LEGIBLE if position else _LEGIBLE)
    side = alt.Axis(labelLimit=230, domain=False, ticks=False, title=None)
    gap = alt.Scale(paddingInner=0.03)
    order = {"brand": list(brands), "engine": sorted(set(frame["engine"]))}
    across, down = ("brand", "engine") if len(order["engine"]) > _COLUMNS else ("engine", "brand")
    # Engine and surface on a line each: they stand side by side on a phone.
    top = alt.Axis(
        orient="top",
        **_leaning(order[across]),
        labelExpr="split(datum.label, ' · ')",
        labelPadding=_TWO_LINES if across == "engine" else 3,
        domain=False,
        ticks=False,
        title=None,
    )
    base = alt.Chart(frame).encode(
        alt.X(f"{across}:N", sort=order[across], axis=top, scale=gap),
        alt.Y(f"{down}:N", sort=order[down], axis=side, scale=gap),
    )
    scale = alt.Scale(range=list(reversed(style.heat) if position else style.heat))
    cells = base.mark_rect(stroke=None).encode(
        alt.Color("value:Q", scale=scale, legend=None),
        opacity=alt.Opacity("solid:Q", scale=None),
        tooltip=_tooltip(t, metric, alt.Tooltip("engine:N", title=t("report.engine"))),
    )
    dark = (alt.datum.value < edge if position else alt.datum.value > edge) & (alt.datum.solid == 1)
    texts = base.mark_text(fontSize=12).encode(
        text="label:N", color=alt.condition(dark, alt.value("#FFFFFF"), alt.value(style.ink))
    )
    title = t("chart.heatmap", metric=_label(metric, t))
    height = 30 * max(frame[down].nunique(), 1)
    return styled(alt.layer(cells, texts), width, height, title, style)


def _leaning(names: Sequence[str]) -> dict[str, Any]:
    """How names stand above columns: lying where all have room, else leaning, since they would run into one another."""
    longest = max((len(part.encode("gb18030")) for name in names for part in name.split(" · ")), default=0)
    if longest * len(names) <= _ROW:
        return {"labelAngle": 0, "labelLimit": 150}
    return {"labelAngle": -35, "labelLimit": 130, "labelAlign": "left"}


def svg(chart: Chart) -> str:
    """A chart as a stand-alone SVG picture; text stays text."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))


def _frame(records: Iterable[Record], metric: str) -> pd.DataFrame:
    columns = ["group", "brand", "value", "low", "high", "n", "prompts", "verdict"]
    chosen = [record for record in records if record["metric"] == metric and record["value"] is not None]
    frame = pd.DataFrame([{name: record[name] for name in columns} for record in chosen], columns=columns)
    return frame.astype(dict.fromkeys(("value", "low", "high"), "float64"))


def _engines(frame: pd.DataFrame, t: Translate) -> list[str]:
    """Engine and surface of each row."""
    texts = engine_texts(group["engine"] for group in frame["group"])
    return [f"{texts[group['engine']]} · {surface_text(group['surface'], t)}" for group in frame["group"]]


def _bars(
    frame: pd.DataFrame, metric: str, title: str, t: Translate, width: int | str, style: Style
) -> Chart:
    frame = frame.sort_values("value", ascending=METRICS[metric].unit == "position")
    frame = frame.assign(label=[value_text(metric, value, t) for value in frame["value"]])
    frame = frame.drop(columns="group", errors="ignore")
    top = float(frame[["value", "high"]].max().max()) if len(frame) else 1.0
    name = alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=230))
    base = alt.Chart(frame).encode(name)
    scale = _scale(metric, top * 1.22)  # room for the label behind the longest interval
    position = METRICS[metric].unit == "position"  # a bar would start at no meaningful place
    mark = (
        base.mark_point(size=90, filled=True, opacity=1)
        if position
        else base.mark_bar(height=15, cornerRadiusEnd=2)
    )
    bars = mark.encode(
        alt.X("value:Q", title=None, axis=None, scale=scale),
        color=alt.Color("colour:N", scale=None, legend=None) if "colour" in frame else _marked(style),
        tooltip=_tooltip(t, metric, alt.Tooltip("name:N", title=t("chart.name")), brand="brand" in frame),
    )
    whiskers = base.mark_rule(color=style.ink, strokeWidth=1.2).encode(
        alt.X("low:Q", title=None), alt.X2("high:Q")
    )
    furthest = "datum.low" if position else "datum.high"  # ranks run from right to left
    texts = base.transform_calculate(end=f"{furthest} === null ? datum.value : {furthest}")
    labels = texts.mark_text(align="left", dx=6, fontSize=11, color=style.ink).encode(
        alt.X("end:Q", title=None), text="label:N"
    )
    return styled(alt.layer(bars, whiskers, labels), width, 24 * max(len(frame), 1), title, style)


def _marked(style: Style) -> Any:
    return alt.condition(alt.datum.own, alt.value(style.own), alt.value(style.other))


def _strongest(frame: pd.DataFrame, metric: str, own: str) -> list[str]:
    """The own brand, then the rivals with the best values: as many as can be told apart."""
    means = frame[frame["brand"] != own].groupby("brand")["value"].mean()
    ordered = means.sort_values(ascending=METRICS[metric].unit == "position")
    return [own, *ordered.index[: LINES - 1]]


def _line_ends(frame: pd.DataFrame, gap: float) -> pd.DataFrame:
    """Each brand's last day and value, labels moved apart upwards so that none covers another."""
    ends = frame.sort_values("day").groupby("brand").tail(1).sort_values("value")
    at: list[float] = []
    for value in ends["value"]:
        at.append(max(value, at[-1] + gap) if at else value)
    return ends.assign(at=at, day=frame["day"].max()).drop(columns="group")


def _ticks(days: pd.Series) -> list[dict[str, int]]:
    """At most eight days of the data, evenly spaced."""
    known = sorted(days.unique())
    chosen = known[:: max(1, -(-len(known) // 8))]
    return [{"year": day.year, "month": day.month, "date": day.day} for day in chosen]


def _reach(metric: str, top: float) -> float:
    """Length of the value axis."""
    if METRICS[metric].unit == "balance":
        return 2.0
    return max(top - 1, 0.1) if METRICS[metric].unit == "position" else top


def _axis(metric: str) -> alt.Axis:
    return alt.Axis(format=".0%" if METRICS[metric].unit == "share" else ".1f", tickCount=5, domain=False)


def _scale(metric: str, top: float) -> alt.Scale:
    if METRICS[metric].unit == "balance":
        return alt.Scale(domain=[-1, max(1, min(1.25, top * 1.05))])
    if METRICS[metric].unit == "position":
        return alt.Scale(domain=[1, 1 + 1.05 * _reach(metric, top)], nice=False, zero=False, reverse=True)
    return alt.Scale(domain=[0, min(1.25, top * 1.05) if top else 1])


def _day(t: Translate) -> alt.Tooltip:
    return alt.Tooltip("day:T", title=t("chart.date"), format=t("chart.day"))


def _tooltip(t: Translate, metric: str, first: alt.Tooltip, *, brand: bool = True) -> Sequence[alt.Tooltip]:
    number = ".1%" if METRICS[metric].unit == "share" else ".2f"
    values = [
        alt.Tooltip(f"{name}:Q", title=t(f"chart.{name}"), format=number) for name in ("value", "low", "high")
    ]
    counts = [alt.Tooltip(f"{name}:Q", title=t(f"chart.{name}"), format=",d") for name in ("n", "prompts")]
    named = [alt.Tooltip("brand:N", title=t("report.brand"))] if brand else []
    return [first, *named, *values, *counts]


def _label(metric: str, t: Translate) -> str:
    return t(f"metric.{metric}.label")


def styled(chart: Chart, width: int | str, height: int, title: str, style: Style) -> Chart:
    """The chart in the look that all share: title, note, fonts and lines."""
    heading = alt.TitleParams(
        title,
        anchor="start",
        fontSize=13,
        fontWeight=600,
        color=style.ink,
        offset=10,
        subtitle=style.note,
        subtitleColor=style.soft,
    )
    lines = dict.fromkeys(("gridColor", "tickColor", "domainColor"), style.faint)
    styled: Chart = (
        chart.properties(width=width, height=height, title=heading)
        .configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(labelColor=style.ink, labelFontSize=11, **lines)
    )
    return styled
