"""All prompts: who wins each, how sure that is, how steady the answers are and how the brand's rate moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from dashboard import chosen_columns, controls, elements, reads, tables
from dashboard.chosen_columns import Column
from dashboard.place_names import country_text, language_text
from dashboard.selection import View
from dashboard.tables import Cell
from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.stability import Likeness
from geo_tracker.metrics.standings import METRIC, OUTCOMES, Standing
from geo_tracker.reports.csv import standings_table
from geo_tracker.words.values import value_text

ROWS = 25
PARTS = "\u00a0· "
"""Between parts of a cell: no line begins with the dot."""
STAGES = ("awareness", "consideration", "decision")
ORDERS: Mapping[str, Callable[[Standing], object]] = {
    "outcome": lambda row: (OUTCOMES.index(row.outcome), -row.gap, row.prompt),
    "rate": lambda row: (row.own.value is None, -(row.own.value or 0.0), row.prompt),
    "prompt": lambda row: row.prompt,
}


def show(view: View) -> None:
    """Counts of each outcome, the filters, a page of the table and all of it as a file."""
    brand = elements.choose_brand(view)
    rows = reads.standings(view.url, view.filters, brand)
    if not rows:
        elements.html("empty", title=view.t("dashboard.nothing"), text=view.t("dashboard.nothing_help"))
        return
    elements.html("note", text=_counts(view, rows, brand))
    chosen = _chosen(view, rows)
    page = controls.page("page", -(-len(chosen) // ROWS))
    _table(view, chosen[ROWS * (page - 1) : ROWS * page], brand)
    elements.html("note", text=f"{view.t('prompts.outcome_help')} {view.t('prompts.stability_help')}")
    elements.download_table(
        view, "prompts", lambda: standings_table(chosen, brand, sandbox=view.facts.sandbox)
    )


def _counts(view: View, rows: Sequence[Standing], brand: str) -> str:
    count = Counter(row.outcome for row in rows)
    parts = (f"{view.t(f'prompts.{name}')} {count[name]}" for name in OUTCOMES if count[name])
    return view.t("prompts.counts", brand=brand, count=len(rows), parts=" · ".join(parts))


def _chosen(view: View, rows: Sequence[Standing]) -> list[Standing]:
    t = view.t
    with st.container(key="filters"):
        words, outcome, order = st.columns((3, 2, 2), vertical_alignment="bottom")
    with words:
        text = controls.words(t("dashboard.search"), "find", placeholder=t("prompts.find_help")).casefold()
    with outcome:
        kept = controls.some_of(
            t("prompts.outcome"),
            "outcome",
            OUTCOMES,
            lambda name: t(f"prompts.{name}"),
            placeholder=t("dashboard.everything"),
        )
    with order:
        by = controls.one_of(
            t("prompts.order"), "order", tuple(ORDERS), "outcome", lambda name: t(f"prompts.by_{name}")
        )
    found = [row for row in rows if text in row.prompt.casefold() and (not kept or row.outcome in kept)]
    return sorted(found, key=ORDERS[by])  # type: ignore[arg-type]


def _table(view: View, rows: Sequence[Standing], brand: str) -> None:
    t = view.t
    if not rows:
        elements.html("note", text=t("dashboard.nothing_help"))
        return
    ids = tuple(row.prompt_id for row in rows)
    likeness = reads.likeness(view.url, view.filters, ids)
    ranks = reads.by_prompt(view.url, view.filters, "mean_rank", brand)
    moved = reads.prompts_moved(view.url, view.before, view.filters, brand) if view.before else {}
    shown: dict[str, Column[Standing]] = {
        "prompt": Column(
            t("dashboard.prompt"), lambda row: Cell(row.prompt, link=address(view, row.prompt_id))
        ),
        "about": Column(t("prompts.about"), lambda row: Cell(about(view, row))),
        "outcome": Column(
            t("prompts.outcome"), lambda row: Cell(t(f"prompts.{row.outcome}"), direction=_direction(row))
        ),
        "rate": Column(
            t(f"metric.{METRIC}.label"), lambda row: tables.measured(view, METRIC, row.own), number=True
        ),
        "rank": Column(
            t("metric.mean_rank.label"), lambda row: _rank(view, ranks.get(row.prompt_id)), number=True
        ),
        "change": Column(
            t("prompts.change"),
            lambda row: tables.moved(view, METRIC, moved.get(row.prompt_id)),
            number=True,
        ),
        "winner": Column(t("prompts.winner"), lambda row: _winner(view, row, brand)),
        "stability": Column(
            t("prompts.stability"), lambda row: steady(view, likeness.get(row.prompt_id)), number=True
        ),
        "language": Column(
            t("dimension.language"), lambda row: Cell(language_text(row.language, view.language)), shown=False
        ),
        "country": Column(
            t("dimension.country"), lambda row: Cell(country_text(row.country, view.language)), shown=False
        ),
        "persona": Column(t("dimension.persona"), lambda row: Cell(row.persona), shown=False),
    }
    chosen_columns.grid(view, "prompt_columns", shown, rows)


def address(view: View, prompt_id: int) -> str:
    """The page of a prompt, with the same selection."""
    here = controls.address(
        workspace=view.slug, lang=view.language, find="", outcome="", order="", page="", prompt=str(prompt_id)
    )
    return f"prompts?{urlencode(here, doseq=True)}"


def about(view: View, row: Standing) -> str:
    """Topic, stage and persona of a prompt as far as they are declared; language and country where they differ."""
    stage = view.t(f"doc.stage.{row.stage}") if row.stage in STAGES else row.stage
    language = language_text(row.language, view.language) if _differ(view, "language") else ""
    country = country_text(row.country, view.language) if _differ(view, "country") else ""
    return PARTS.join(filter(None, (row.topic, stage, language, country, row.persona)))


def _differ(view: View, dimension: str) -> bool:
    return len(view.choices.values[dimension]) > 1


def steady(view: View, of: Likeness | None) -> tables.Cell:
    """How alike repeated answers are, with the pairs compared; a dash without repeats."""
    if of is None or of.jaccard is None:
        return tables.Cell(view.t("number.none"))
    return tables.Cell(f"{of.jaccard:.2f}", view.t("prompts.pairs", count=f"{of.pairs:,}"))


def _direction(row: Standing) -> str:
    return {"won": "better", "lost": "worse"}.get(row.outcome, "")


def _rank(view: View, of: Estimate | None) -> tables.Cell:
    return tables.measured(view, "mean_rank", of) if of else tables.Cell(view.t("number.none"))


def _winner(view: View, row: Standing, brand: str) -> tables.Cell:
    """Who is named most often, and how often; nobody, or a tie."""
    t = view.t
    if row.place == "unknown" or row.outcome == "nobody":
        return tables.Cell(t("number.none"))
    if row.place == "level":
        return tables.Cell(t("prompts.tie", rival=row.rival), value_text(METRIC, row.own.value, t))
    best = row.best if row.leader else row.own
    return tables.Cell(row.leader or brand, value_text(METRIC, best.value if best else None, t))
