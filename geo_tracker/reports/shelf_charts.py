"""The charts of the shelf; see `charts` for the look that all share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd

from geo_tracker.i18n import Translate
from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.shelf import Step
from geo_tracker.metrics.surfaces import shows_shelf
from geo_tracker.queries.shelf import Price
from geo_tracker.reports.charts import LIGHT, Chart, Style, styled
from geo_tracker.words.names import engine_texts, surface_text
from geo_tracker.words.values import value_text

PLACEMENTS = ("card", "inline_link", "reference_page")
LONG_LABELS = 1.9
"""Where the axis of bars ends whose labels are as long as `332 · 99.1% (100%)`: on a phone that is half of it."""
ROW = 24
"""Pixels of a bar and its gap."""
PRICES = 24
"""Rows of the price chart at most."""


def triggers(
    rows: Iterable[Measurement], t: Translate, *, width: int | str = 420, style: Style = LIGHT
) -> Chart:
    """Bars of the trigger rate by engine and surface; an API has words instead of a bar, never 0.

    `rows` are those of `measurements(facts, ("engine", "surface"), ("trigger_rate",))`.
    """
    found = sorted(rows, key=lambda row: (row.estimate.value is None, -(row.estimate.value or 0)))
    names = engine_names([row.group for row in found], t)
    frame = _rates(names, [row.estimate for row in found], [_trigger_text(row, t) for row in found])
    tooltip = [alt.Tooltip("name:N", title=t("report.engine")), *_numbers(t)]
    chart = _rated(frame, names, tooltip, style.own, style)
    return styled(chart, width, ROW * max(len(frame), 1), t("shelf.triggers"), style)


def _trigger_text(row: Measurement, t: Translate) -> str:
    if not shows_shelf(row.group["surface"]):
        return t("shelf.api_bar")
    if row.estimate.verdict == "not computed":
        return t("verdict.not computed")
    return value_text("trigger_rate", row.estimate.value, t)


def _rates(names: Sequence[str], estimates: Sequence[Estimate], labels: Sequence[str]) -> pd.DataFrame:
    """A row per bar; the label stands behind the interval, or at 0 where there is no value."""
    rows = [(it.value, it.low, it.high, 0.0 if it.value is None else it.high) for it in estimates]
    frame = pd.DataFrame(rows, columns=["value", "low", "high", "at"], dtype="float64")
    return frame.assign(name=list(names), n=[it.n for it in estimates], label=list(labels))


def _rated(
    frame: pd.DataFrame,
    order: Sequence[str],
    tooltip: Sequence[alt.Tooltip],
    colour: str,
    style: Style,
    reach: float = 1.45,
) -> Chart:
    """Bars of shares 0..1 with intervals and a label behind each, up to `reach`."""
    name = alt.Y("name:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=190))
    base = alt.Chart(frame).encode(name)
    scale = alt.Scale(domain=[0, reach], nice=False)  # room for labels behind a full bar
    bars = base.mark_bar(height=15, cornerRadiusEnd=2, color=colour).encode(
        alt.X("value:Q", title=None, axis=None, scale=scale), tooltip=list(tooltip)
    )
    whiskers = base.mark_rule(color=style.ink, strokeWidth=1.2).encode(
        alt.X("low:Q", title=None), alt.X2("high:Q")
    )
    labels = base.mark_text(align="left", dx=6, fontSize=11, color=style.ink).encode(
        alt.X("at:Q", title=None), text="label:N"
    )
    return alt.layer(bars, whiskers, labels)


def _numbers(t: Translate) -> list[alt.Tooltip]:
    shares = [
        alt.Tooltip(f"{name}:Q", title=t(f"chart.{name}"), format=".1%") for name in ("value", "low", "high")
    ]
    return [*shares, alt.Tooltip("n:Q", title=t("chart.n"), format=",d")]


def placements(
    rows: Iterable[Measurement],
    by: str,
    own: str,
    t: Translate,
    *,
    width: int | str = 640,
    style: Style = LIGHT,
) -> Chart:
    """Stacked bars of products by placement, per brand or per engine and surface.

    `rows` are the shelf shares by placement (`by` is `brand`), or by engine, surface and placement (`engine`).
    """
    found = [row for row in rows if row.metric == "shelf_share"]
    frame = (_per_brand if by == "brand" else _per_engine)(found, t)
    totals = frame.groupby("name", sort=False)["offers"].sum().sort_values(ascending=False)
    totals = totals[totals > 0]
    kinds = {name: t(f"shelf.placements_of.{name}") for name in PLACEMENTS}
    frame = frame[frame["name"].isin(totals.index)].assign(
        share=frame["offers"] / frame["name"].map(totals), kind=frame["placement"].map(kinds)
    )
    ends = totals.rename("total").reset_index().assign(label=[f"{total:,.0f}" for total in totals])
    chart = _stacks(frame, ends, list(kinds.values()), own, t, style)
    return styled(chart, width, ROW * max(len(totals), 1), t("shelf.placements"), style)


def _stacks(
    frame: pd.DataFrame, ends: pd.DataFrame, kinds: Sequence[str], own: str, t: Translate, style: Style
) -> Chart:
    weight = alt.condition(alt.datum.value == own, alt.value("bold"), alt.value("normal"))
    axis = alt.Axis(labelLimit=190, labelFontWeight=weight)
    name = alt.Y("name:N", sort=list(ends["name"]), title=None, axis=axis)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(kinds), range=[style.own, style.rivals[3], style.other]),
        legend=alt.Legend(title=None, orient="top", labelColor=style.ink, symbolType="square", offset=4),
    )
    scale = alt.Scale(domain=[0, float(ends["total"].max()) * 1.15 if len(ends) else 1.0], nice=False)
    tooltip = [
        alt.Tooltip("name:N", title=t("chart.name")),
        alt.Tooltip("kind:N", title=t("shelf.placement")),
        alt.Tooltip("offers:Q", title=t("shelf.offers"), format=",.0f"),
        alt.Tooltip("share:Q", title=t("shelf.share"), format=".1%"),
    ]
    x = alt.X("offers:Q", stack="zero", title=None, axis=None, scale=scale)
    bars = alt.Chart(frame).mark_bar(height=15)
    labels = alt.Chart(ends).mark_text(align="left", dx=6, fontSize=11, color=style.ink)
    return alt.layer(
        bars.encode(x, name, colour, order=alt.Order("place:Q"), tooltip=tooltip),
        labels.encode(alt.X("total:Q"), name, text="label:N"),
    )


def _per_brand(rows: Sequence[Measurement], t: Translate) -> pd.DataFrame:
    return _stacked(
        (row.brand or t("shelf.untracked"), row.group["placement"], row.estimate.numerator) for row in rows
    )


def _per_engine(rows: Sequence[Measurement], t: Translate) -> pd.DataFrame:
    groups = {tuple(row.group.items()): row.estimate.denominator for row in rows}
    names = engine_names([dict(group) for group in groups], t)
    return _stacked(
        (name, dict(group)["placement"], offers)
        for name, (group, offers) in zip(names, groups.items(), strict=True)
    )


def _stacked(rows: Iterable[tuple[str, str, float | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["name", "placement", "offers"])
    return frame.assign(place=[PLACEMENTS.index(name) for name in frame["placement"]])


def engine_names(groups: Sequence[dict[str, str]], t: Translate) -> list[str]:
    """Engine and surface of each group."""
    texts = engine_texts({group["engine"] for group in groups})
    return [f"{texts[group['engine']]} · {surface_text(group['surface'], t)}" for group in groups]


def funnel(steps: Sequence[Step], t: Translate, *, width: int | str = 420, style: Style = LIGHT) -> Chart:
    """Bars of a brand's steps: how many answers, their share, and as many as which part of the step before."""
    names = [t(f"shelf.steps.{step.step}") for step in steps]
    frame = _rates(names, [step.estimate for step in steps], [_step_text(step, t) for step in steps])
    tooltip = [alt.Tooltip("name:N", title=t("shelf.step")), *_numbers(t)]
    chart = _rated(frame, names, tooltip, style.own, style, LONG_LABELS)
    brand = steps[0].brand if steps else ""
    return styled(chart, width, ROW * max(len(frame), 1), t("shelf.funnel", brand=brand), style)


def _step_text(step: Step, t: Translate) -> str:
    if step.estimate.numerator is None:
        return t("verdict.not computed")
    count = f"{step.estimate.numerator:,.0f}"
    if step.estimate.value is None:
        return f"{count} · {t('shelf.api_says_nothing')}"
    said = f"{count} · {value_text('mention_rate', step.estimate.value, t)}"
    return said if step.of_previous is None else f"{said} ({step.of_previous:.0%})"


def price_spreads(
    rows: Sequence[Price],
    labels: Mapping[str, str],
    t: Translate,
    *,
    width: int | str = 640,
    style: Style = LIGHT,
) -> Chart:
    """Dots of shown prices against the reference price, per product and merchant; a line for the shop's own page."""
    known = [row for row in rows if row.spread is not None][:PRICES]
    names = _products(known, labels)
    values = [
        (name, row.spread, row.shop_spread, row.own, row.n) for name, row in zip(names, known, strict=True)
    ]
    frame = pd.DataFrame(values, columns=["name", "spread", "shop", "own", "n"])
    frame = frame.assign(label=[_price_text(row, t) for row in known])
    frame = frame.astype({"spread": "float64", "shop": "float64"})
    return styled(_dots(frame, t, style), width, ROW * max(len(frame), 1), t("shelf.prices"), style)


def _products(rows: Sequence[Price], labels: Mapping[str, str]) -> list[str]:
    """Product and merchant, else platform, of each row; the currency too where that is not enough."""
    short = [f"{row.product} · {row.merchant or labels.get(row.platform, row.platform)}" for row in rows]
    often = Counter(short)
    return [
        name if often[name] == 1 else f"{name} · {labels.get(row.platform, row.platform)} {row.currency}"
        for name, row in zip(short, rows, strict=True)
    ]


def _price_text(row: Price, t: Translate) -> str:
    return f"{value_text('price_spread', row.spread, t)} · {money(row.shown, row.currency)}"


def _dots(frame: pd.DataFrame, t: Translate, style: Style) -> Chart:
    furthest = frame[["spread", "shop"]].abs().max().max()
    reach = max(0.1, float(furthest) if len(frame) else 0.0) * 1.15
    axis = alt.Axis(format="+.0%", tickCount=5, domain=False)
    scale = alt.Scale(domain=[-reach, reach * 1.6], nice=False)  # room for labels behind the last dot
    name = alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=280, grid=True))
    base = alt.Chart(frame).encode(name)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=style.soft, strokeDash=[4, 3])
    dots = base.mark_point(size=90, filled=True, opacity=1).encode(
        alt.X("spread:Q", title=None, axis=axis, scale=scale),
        color=alt.condition(alt.datum.own, alt.value(style.own), alt.value(style.other)),
        tooltip=[
            alt.Tooltip("name:N", title=t("shelf.product")),
            alt.Tooltip("spread:Q", title=t("shelf.spread"), format="+.1%"),
            alt.Tooltip("shop:Q", title=t("shelf.shop"), format="+.1%"),
            alt.Tooltip("n:Q", title=t("chart.n"), format=",d"),
        ],
    )
    shops = base.mark_tick(thickness=2, size=15, color=style.ink).encode(alt.X("shop:Q", title=None))
    labels = base.mark_text(align="left", dx=9, fontSize=11, color=style.ink)
    texts = labels.encode(alt.X("spread:Q", title=None), text="label:N")
    return alt.layer(zero.encode(x="zero:Q"), dots, shops, texts)


def money(amount: float, currency: str | None) -> str:
    """An amount with its currency: `129 CNY`, `18.50 GBP`."""
    return f"{amount:,.2f}".removesuffix(".00") + (f" {currency}" if currency else "")
