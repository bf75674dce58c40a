"""The way of products from engine to platform to merchant, as bands whose width is their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd

from geo_tracker.i18n import Translate
from geo_tracker.metrics.shelf import Flow
from geo_tracker.reports.charts import LIGHT, Chart, Style, styled
from geo_tracker.reports.shelf_charts import engine_names

MOST = 9
"""Names in a column; what is less is pooled."""
TALL, SLOT, GAP = 260, 16, 5
"""Pixels: all products on top of each other, the least room for a label, and between two names."""
WIDE = 0.025
"""Of a name's block, in columns."""
STEPS = 20
Path = tuple[str, str, str]


@dataclass(slots=True)
class _Node:
    top: float
    height: float
    entered: float = 0.0
    left: float = 0.0
    """How much of its height bands have taken on either side."""


def flow(
    rows: Sequence[Flow],
    labels: Mapping[str, str],
    t: Translate,
    *,
    width: int | str = 640,
    style: Style = LIGHT,
) -> Chart:
    """Engines on the left, platforms in the middle, merchants on the right; `labels` name the platforms."""
    paths, pooled = _pooled(_named(rows, labels, t), t)
    columns = [_totals(paths, at, pooled) for at in range(3)]
    scale = TALL / max(sum(columns[0].values()), 1e-9)
    nodes = [_placed(column, scale) for column in columns]
    colours = dict(zip(columns[1], (style.own, *style.rivals, *[style.other] * MOST), strict=False))
    height = max((node.top + node.height for column in nodes for node in column.values()), default=SLOT)
    bands = pd.DataFrame(
        [point for at in (0, 1) for point in _bands(paths, nodes, at, scale, colours)],
        columns=["id", "x", "y", "y2", "colour", "from", "to", "offers"],
    )
    blocks = pd.DataFrame(
        [block for at in range(3) for block in _blocks(columns[at], nodes[at], at, colours, style)],
        columns=["x", "x2", "y", "y2", "at", "colour", "label"],
    )
    return styled(_layers(bands, blocks, height, t, style), width, round(height), t("shelf.flow"), style)


def _named(rows: Iterable[Flow], labels: Mapping[str, str], t: Translate) -> dict[Path, float]:
    found = list(rows)
    engines = engine_names([{"engine": row.engine, "surface": row.surface} for row in found], t)
    paths: dict[Path, float] = defaultdict(float)
    for engine, row in zip(engines, found, strict=True):
        platform = labels.get(row.platform, row.platform) or t("shelf.unknown_platform")
        paths[engine, platform, row.merchant or t("shelf.unknown_merchant")] += row.offers
    return paths


def _pooled(paths: Mapping[Path, float], t: Translate) -> tuple[dict[Path, float], list[str]]:
    """The names with most products in each column, the rest under one name, and those names."""
    kept = [_most(paths, at, t) for at in range(3)]
    pooled: dict[Path, float] = defaultdict(float)
    for path, offers in paths.items():
        engine, platform, merchant = (
            names.get(name, names[""]) for names, name in zip(kept, path, strict=True)
        )
        pooled[engine, platform, merchant] += offers
    return pooled, [names[""] for names in kept]


def _most(paths: Mapping[Path, float], at: int, t: Translate) -> dict[str, str]:
    names = list(_totals(paths, at))
    kept = names if len(names) <= MOST else names[: MOST - 1]
    return {**{name: name for name in kept}, "": t("shelf.others", count=len(names) - len(kept))}


def _totals(paths: Mapping[Path, float], at: int, last: Collection[str] = ()) -> dict[str, float]:
    """Products per name of a column, most first, but those of `last` last."""
    totals: dict[str, float] = defaultdict(float)
    for path, offers in paths.items():
        totals[path[at]] += offers
    return dict(sorted(totals.items(), key=lambda item: (item[0] in last, -item[1], item[0])))


def _placed(column: Mapping[str, float], scale: float) -> dict[str, _Node]:
    """The blocks of a column from the top down, each with room for its label."""
    placed, top = {}, 0.0
    for name, offers in column.items():
        height = offers * scale
        room = max(height, SLOT)
        placed[name] = _Node(top + (room - height) / 2, height)
        top += room + GAP
    return placed


def _bands(
    paths: Mapping[Path, float],
    nodes: Sequence[Mapping[str, _Node]],
    at: int,
    scale: float,
    colours: Mapping[str, str],
) -> Iterable[tuple[Any, ...]]:
    """The points of the bands between two columns, each in the colour of its platform."""
    links: dict[tuple[str, str], float] = defaultdict(float)
    for path, offers in paths.items():
        links[path[at], path[at + 1]] += offers
    order = [list(column) for column in nodes]
    ranked = sorted(links, key=lambda link: (order[at].index(link[0]), order[at + 1].index(link[1])))
    for start, end in ranked:
        wide, platform = links[start, end] * scale, end if at == 0 else start
        source, target = nodes[at][start], nodes[at + 1][end]
        top, bottom = source.top + source.left, target.top + target.entered
        source.left, target.entered = source.left + wide, target.entered + wide
        for step in range(STEPS + 1):
            part = step / STEPS
            y = top + (bottom - top) * part * part * (3 - 2 * part)
            x = at + WIDE + (1 - WIDE) * part
            yield (f"{at} {start} {end}", x, y, y + wide, colours[platform], start, end, links[start, end])


def _blocks(
    column: Mapping[str, float], nodes: Mapping[str, _Node], at: int, colours: Mapping[str, str], style: Style
) -> Iterable[tuple[Any, ...]]:
    for name, node in nodes.items():
        colour = colours[name] if at == 1 else style.soft
        label = f"{column[name]:,.0f}  {name}"  # the name is what a narrow screen cuts
        height = max(node.height, 1)
        # not all labels of tall neighbours at one height: they would meet on a narrow screen
        at_label = node.top + (min(height, 2 * SLOT) if at == 1 else height) / 2
        yield at, at + WIDE, node.top, node.top + height, at_label, colour, label


def _layers(bands: pd.DataFrame, blocks: pd.DataFrame, height: float, t: Translate, style: Style) -> Chart:
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 2 + WIDE], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    tooltip = [
        alt.Tooltip("from:N", title=t("chart.low")),
        alt.Tooltip("to:N", title=t("chart.high")),
        alt.Tooltip("offers:Q", title=t("shelf.offers"), format=",.0f"),
    ]
    areas = (
        alt.Chart(bands)
        .mark_area(opacity=0.34)
        .encode(x, y, alt.Y2("y2:Q"), alt.Detail("id:N"), alt.Color("colour:N", scale=None), tooltip=tooltip)
    )
    names = alt.Chart(blocks)
    rects = names.mark_rect().encode(
        x, alt.X2("x2:Q"), y, alt.Y2("y2:Q"), color=alt.Color("colour:N", scale=None)
    )
    return alt.layer(areas, rects, *_texts(names, style))


def _texts(names: alt.Chart, style: Style) -> Iterable[alt.Chart]:
    """Labels inside of their blocks, on a halo because bands pass below them."""
    left = names.transform_filter(alt.datum.x < 1).encode(alt.X("x2:Q"))
    middle = names.transform_filter((alt.datum.x >= 1) & (alt.datum.x < 2)).encode(alt.X("x2:Q"))
    right = names.transform_filter(alt.datum.x >= 2).encode(alt.X("x:Q"))
    columns: tuple[tuple[alt.Chart, Literal["left", "right"], float], ...]
    columns = (
        (left, "left", 0.46),
        (middle, "left", 0.23),
        (right, "right", 0.24),
    )  # of the width, for its names
    for stroke in (style.paper, "transparent"):
        look: dict[str, Any] = {"fontSize": 11, "color": style.ink, "stroke": stroke, "strokeOpacity": 0.75}
        for column, align, part in columns:
            limit = alt.ExprRef(f"max({part} * width, 60)")
            text = column.mark_text(
                align=align, dx=5 if align == "left" else -5, strokeWidth=3, limit=limit, **look
            )
            yield text.encode(alt.Y("at:Q", axis=None), text="label:N")
