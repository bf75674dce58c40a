"""Charts of experiments: the effect among days on which nothing was done."""

from __future__ import annotations

import altair as alt
import pandas as pd

from geo_tracker.i18n import Translate
from geo_tracker.queries.experiments import Experiment
from geo_tracker.reports.charts import LIGHT, Chart, Style, styled


def placebos(of: Experiment, t: Translate, *, width: int | str = 640, style: Style = LIGHT) -> Chart:
    """A point with its interval for each placebo day, and for the experiment in the own colour."""
    days = [(each.start, each.value, each.low, each.high, False) for each in of.placebos]
    rows = [*days, (of.span.start, of.effect.value, of.effect.low, of.effect.high, True)]
    frame = pd.DataFrame(rows, columns=["day", "value", "low", "high", "own"])
    frame = frame.assign(day=pd.to_datetime(frame["day"])).astype({"low": "float64", "high": "float64"})
    colour = alt.condition(alt.datum.own, alt.value(style.own), alt.value(style.other))
    scale = alt.Axis(format=".0%" if of.is_share else ".1f", tickCount=5, domain=False)
    day = alt.X("day:T", title=None, axis=alt.Axis(format=t("chart.day"), grid=False))
    base = alt.Chart(frame).encode(day, color=colour)
    number = ".1%" if of.is_share else ".2f"
    tips = [alt.Tooltip("day:T", title=t("chart.date"), format=t("chart.day"))]
    tips += [
        alt.Tooltip(f"{name}:Q", title=t(f"chart.{name}"), format=number) for name in ("value", "low", "high")
    ]
    whiskers = base.mark_rule(strokeWidth=1.6).encode(
        alt.Y("low:Q", title=None, axis=scale), alt.Y2("high:Q")
    )
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        alt.Y("value:Q", title=None), tooltip=tips
    )
    nothing = (
        alt.Chart(pd.DataFrame({"value": [0.0]}))
        .mark_rule(color=style.soft, strokeDash=[4, 3])
        .encode(y="value:Q")
    )
    return styled(alt.layer(nothing, whiskers, points), width, 180, t("events.chart", name=of.name), style)
