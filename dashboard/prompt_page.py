"""One prompt: who is named in its answers over time, what each engine said last, and what they rest on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import controls, elements, prompt_list, reads, tables
from dashboard.place_names import country_text, language_text
from dashboard.rendered import rendered
from dashboard.selection import View
from geo_tracker.errors import UsageError
from geo_tracker.metrics.measures import measurements
from geo_tracker.metrics.records import Selection
from geo_tracker.metrics.stability import Likeness
from geo_tracker.queries.prompts import PromptDetail
from geo_tracker.reports import charts
from geo_tracker.reports.csv import Table, measured_table
from geo_tracker.words.names import engine_texts, surface_text

METRICS = ("mention_rate", "mean_rank", "share_of_voice", "recommendation_rate")
CHARTED = ("mean_rank", "mention_rate")
SEARCHES = 20


def show(view: View, prompt_id: int) -> None:
    """The prompt over the selection; a branded one is shown whatever the switch says."""
    t = view.t
    st.button(
        t("prompts.back"), icon=":material/arrow_back:", on_click=partial(controls.put, prompt="", metric="")
    )
    try:
        found = reads.prompt(view.url, replace(view.filters, branded=True), prompt_id)
    except UsageError:
        elements.elsewhere(view)
        return
    filters = replace(view.filters, branded=found.prompt.branded)
    _head(view, found)
    if not found.answers:
        elements.html("empty", title=t("dashboard.nothing"), text=t("dashboard.nothing_help"))
        return
    _brands(view, filters, prompt_id)
    branded = "1" if found.prompt.branded else ""
    address = elements.answers_address(
        view, question=str(prompt_id), prompt="", status="captured", branded=branded
    )
    elements.html("more", text=t("prompts.all_answers", count=f"{found.answers:,}"), address=address)
    _latest(view, found)
    left, right = st.columns(2, gap="large")
    with left:
        _sources(view, found)
    with right:
        _searches(view, filters, prompt_id)


def _head(view: View, found: PromptDetail) -> None:
    t, prompt, of = view.t, found.prompt, found.stability
    stage = t(f"doc.stage.{prompt.stage}") if prompt.stage in prompt_list.STAGES else prompt.stage
    steady = prompt_list.steady(view, Likeness(of.pairs, of.jaccard))
    floor = "" if of.jaccard_floor is None else t("prompts.floor", floor=f"{of.jaccard_floor:.2f}")
    facts = [
        (t("dimension.topic"), prompt.topic),
        (t("dimension.stage"), stage),
        (t("dimension.language"), language_text(prompt.language, view.language)),
        (t("dimension.country"), country_text(prompt.country, view.language)),
        (t("dimension.persona"), prompt.persona),
        (t("dimension.tag"), t("text.comma").join(prompt.tags)),
        (t("report.answers"), f"{found.answers:,}"),
        (t("prompts.stability"), " · ".join(filter(None, (steady.text, steady.note, floor)))),
    ]
    elements.html(
        "question",
        t=t,
        text=prompt.text,
        facts=[(name, value) for name, value in facts if value],
        archived=prompt.archived_at is not None,
        branded=prompt.branded,
        sandbox=view.facts.sandbox,
    )


def _brands(view: View, filters: Selection, prompt_id: int) -> None:
    """The brands of this prompt side by side, and one metric of them over time."""
    t, brand = view.t, elements.choose_brand(view)
    of_prompt = reads.of_prompt(view.url, filters, prompt_id)
    rows = measurements(of_prompt, (), METRICS)
    tables.brands(view, rows, METRICS, "mention_rate", {})
    metric = elements.choose_metric(view, CHARTED)
    step = of_prompt.step
    over_time = reads.of_prompt(view.url, filters, prompt_id, step, metric)
    records = [row.record() for row in measurements(over_time, (step,), (metric,))]
    drawn = charts.trend(
        records, metric, brand, t, width="container", height=260, style=view.style, colours=view.colours
    )

    def table() -> Table:
        found = measurements(over_time, (step,), (metric,))
        return measured_table("prompt", (step,), found, sandbox=view.facts.sandbox)

    elements.draw(view, drawn, t(f"metric.{metric}.label"), f"prompt-{prompt_id}", table, of_prompt)
    elements.html("note", text=t("prompts.few"))


def _latest(view: View, found: PromptDetail) -> None:
    """What each engine said last, side by side."""
    t = view.t
    names = engine_texts(row.engine for row in found.latest)
    colours = view.colours
    lines = [
        {
            "title": f"{names[row.engine]} · {surface_text(row.surface, t)}",
            "note": " · ".join(filter(None, (elements.day_text(row.day, t), row.model))),
            "html": rendered(
                row.text, row.mentions, row.sources, colours=colours, other=view.style.other, page=link
            ),
            "link": link,
        }
        for row in found.latest
        for link in [elements.answer_address(view, row.id)]
    ]
    elements.html("side", t=t, title=t("prompts.latest"), lines=lines)


def _sources(view: View, found: PromptDetail) -> None:
    t = view.t
    elements.html("section", title=t("prompts.sources"))
    if not found.sources:
        elements.html("note", text=t("dashboard.no_citations"))
        return
    rows = [
        tables.Row(
            (
                tables.Cell(domain),
                tables.Cell(f"{answers:,}", t("prompts.of_answers", share=f"{answers / found.answers:.0%}")),
            )
        )
        for domain, answers in found.sources
    ]
    tables.grid((t("report.source"), t("report.answers")), rows, (0,))


def _searches(view: View, filters: Selection, prompt_id: int) -> None:
    t = view.t
    rows = reads.searches(view.url, filters, SEARCHES, prompt_id)
    elements.html("section", title=t("dashboard.queries"))
    if not rows:
        elements.html("note", text=t("dashboard.no_queries"))
        return
    lines = [tables.Row((tables.Cell(row.text), tables.Cell(f"{row.answers:,}"))) for row in rows]
    tables.grid((t("prompts.search"), t("report.answers")), lines, (0,))
