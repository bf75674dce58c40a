"""The planner: what it takes to tell a change, and what the coming month costs."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, elements, event_data, tables
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.i18n import Translate
from geo_tracker.metrics.planner import MOST_DAYS
from geo_tracker.queries.planner import Cost, Month, Plan, PricedDesign
from geo_tracker.words.mistakes import mistake_text
from geo_tracker.words.names import engine_texts

POINTS = ("3", "5", "8", "10", "15")
POWERS = ("0.8", "0.9", "0.95")


def show(view: View) -> None:
    """Ways to tell a change of the mention rate, and the panels' coming month."""
    t = view.t
    elements.html("section", title=t("plan.title"))
    brand = elements.choose_brand(view)
    left, right = st.columns((1, 3))
    with left:
        points = controls.one_of(t("plan.detect"), "detect", POINTS, "5", lambda n: t("plan.points", n=n))
    with right:
        power = controls.one_of(
            t("plan.power"),
            "power",
            POWERS,
            "0.8",
            lambda share: f"{float(share):.0%}",
            st.segmented_control,
            required=True,
        )
    try:
        found = event_data.plan(view.url, view.filters, brand, int(points) / 100, float(power))
    except UsageError as error:
        elements.html("note", text=mistake_text(str(error), view.language))
    else:
        _designs(view, found)
    _month(view, event_data.month(view.url, view.slug))


def _share(text: str) -> str:
    return f"{float(text):.0%}"


def _designs(view: View, found: Plan) -> None:
    t, noise = view.t, found.noise
    metric = t(f"metric.{found.metric}.label")
    elements.html("note", text=t("plan.help", metric=metric, days=noise.days, n=f"{noise.answers:,}"))
    if not found.designs:
        elements.html("note", text=t("plan.no_way", days=MOST_DAYS))
        return
    heads = [t(f"plan.head.{name}") for name in ("prompts", "repeats", "days", "answers", "cost")]
    tables.grid(heads, [_design(each, t) for each in found.designs], ())
    elements.html("note", text=t("plan.note"))
    if found.designs[0].across is not None:
        elements.html("note", text=t("plan.across", n=found.designs[0].across))
    _unsaid(view, found.designs[0].cost)


def _design(each: PricedDesign, t: Translate) -> tables.Row:
    of = each.design
    counts = (f"{count:,}" for count in (of.repeats, of.days, of.answers))
    first = tables.Cell(f"{of.prompts:,}", t("plan.present") if of.present else "")
    return tables.Row(
        [first, *map(tables.Cell, counts), tables.Cell(cost_text(each.cost, t))], own=of.present
    )


def cost_text(cost: Cost, t: Translate) -> str:
    """The sums by currency; at least that where prices are missing or lower bounds."""
    if not cost.amounts:
        return t("plan.unknown")
    text = t("text.comma").join(
        f"{amount:,.2f} {currency}" for currency, amount in sorted(cost.amounts.items())
    )
    return t("plan.at_least", amount=text) if cost.unpriced or cost.lower_bound else text


def _unsaid(view: View, cost: Cost) -> None:
    """What costs leave out."""
    t = view.t
    if cost.unpriced:
        names = t("text.comma").join(engine_texts(cost.unpriced).values())
        elements.html("note", text=t("plan.unpriced", engines=names))
    if cost.lower_bound:
        elements.html("note", text=t("plan.lower_bound"))


def _month(view: View, found: list[Month]) -> None:
    t = view.t
    elements.html("section", title=t("plan.month"))
    if not found:
        elements.html("note", text=t("plan.no_panel"))
        return
    elements.html("note", text=t("plan.month_help", month=found[0].month))
    heads = [t(f"plan.month_head.{name}") for name in ("panel", "passes", "calls", "cost")]
    tables.grid(heads, [_panel(each, t) for each in found], (0,))


def _panel(each: Month, t: Translate) -> tables.Row:
    if each.passes is None or each.calls is None or each.cost is None:
        return tables.Row([tables.Cell(each.panel), *map(tables.Cell, (t("plan.no_cron"), "–", "–"))])
    warning = t("plan.over") if each.over else ""
    counts = (f"{count:,}" for count in (each.passes, each.calls))
    cost = tables.Cell(cost_text(each.cost, t), "", warning)
    return tables.Row([tables.Cell(each.panel), *map(tables.Cell, counts), cost])
