"""How the figures were made: method, coverage, failures, models and rules, and every prompt."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from geo_tracker.metrics.grades import grade
from geo_tracker.metrics.measures import STATUSES, answer_counts
from geo_tracker.reports.model import Block, Cell, Column, Paragraph, Table
from geo_tracker.reports.sections import Material
from geo_tracker.reports.sections.prompts import prompt_table
from geo_tracker.reports.words import coverage_text, grade_text, weights_text
from geo_tracker.words.names import engine_texts, mode_text, surface_text

DEFINED = (
    *("mention_rate", "share_of_voice", "share_of_prominence", "mean_rank", "recommendation_rate"),
    *("net_sentiment", "citation_rate", "citation_share", "coverage"),
)
DEGREES = ("real", "suggestive", "noise", "thin", "incomparable")


def blocks(of: Material) -> Iterator[Block]:
    """Method and words first, then what was asked of whom, and all prompts."""
    t, facts = of.t, of.figures.facts
    if facts.sandbox:
        yield Paragraph(t("doc.sandbox_means"), "warning")
    yield Paragraph(t("doc.method"))
    yield Paragraph(t("report.intervals"))
    yield Paragraph(_selection(of), head=t("report.filters"))
    yield Paragraph(coverage_text(of.figures.coverage, answer_counts(facts), t))
    yield Paragraph(grade_text(grade(facts), t))
    if weights := weights_text(facts, t):
        yield Paragraph(weights)
    yield _degrees(of)
    yield _definitions(of)
    if not facts.empty:
        yield _coverage(of)
    yield from _models(of)
    yield from _rules(of)
    rows = of.standings[: of.rows.all_prompts]
    if rows:
        left = len(of.standings) - len(rows)
        title = t("doc.all_prompts", count=len(of.standings))
        yield prompt_table(of, title, rows)
        if left:
            yield Paragraph(t("doc.more_prompts", count=left), "note")


def _selection(of: Material) -> str:
    t, filters = of.t, of.figures.facts.filters
    texts = {"mode": partial(mode_text, t=t)}
    chosen = [
        f"{t(f'dimension.{name}')}: {t('text.comma').join(map(texts.get(name, str), values))}"
        for name, values in filters.chosen
    ]
    branded = t("report.branded" if filters.branded else "report.unbranded")
    return " · ".join([*(chosen or [t("report.everything")]), branded])


def _degrees(of: Material) -> Table:
    t = of.t
    rows = tuple((t(f"doc.sure.{name}"), t(f"doc.means.{name}")) for name in DEGREES)
    return Table(t("doc.degrees"), (Column(t("doc.word")), Column(t("dashboard.meaning"), wide=True)), rows)


def _definitions(of: Material) -> Table:
    t = of.t
    heads = (
        Column(t("doc.figure")),
        Column(t("dashboard.meaning"), wide=True),
        Column(t("dashboard.formula_head"), wide=True),
    )
    texts = ("label", "help", "formula")
    rows = tuple(tuple(t(f"metric.{name}.{text}") for text in texts) for name in DEFINED)
    return Table(t("doc.definitions"), heads, rows)


def _coverage(of: Material) -> Table:
    t, cells = of.t, of.figures.facts.cells
    how = {**dict.fromkeys(STATUSES, "sum"), "first": "min", "last": "max"}
    sums = cells.groupby(["engine", "surface"], as_index=False).agg(how)
    known = answer_counts(of.figures.facts)
    texts = engine_texts(sums["engine"])
    rows: list[tuple[Cell, ...]] = []
    for row in sums.to_dict("records"):
        counts = [None if known[name] is None else int(row[name]) for name in STATUSES]
        planned, valid = row["planned"], row["answers"]
        share = valid / planned if planned else None
        days = (t("dashboard.day", day=row["first"]), t("dashboard.day", day=row["last"]))
        rows.append((texts[row["engine"]], surface_text(row["surface"], t), *counts, share, *days))
    heads = [Column(t("report.engine"), wide=True), Column(t("doc.surface"))]
    heads += [Column(t(f"doc.status.{name}"), "count") for name in STATUSES]
    heads += [
        Column(t("metric.coverage.label"), "share"),
        Column(t("doc.first_day"), "day"),
        Column(t("doc.last_day"), "day"),
    ]
    return Table(t("doc.coverage"), tuple(heads), tuple(rows))


def _models(of: Material) -> Iterator[Block]:
    t = of.t
    if not of.models:
        return
    texts = engine_texts(each.engine for each in of.models)
    rows = tuple(
        (
            texts[each.engine],
            surface_text(each.surface, t),
            each.model or t("surface.unknown"),
            t("dashboard.day", day=each.first),
            t("dashboard.day", day=each.last),
            each.answers,
        )
        for each in of.models
    )
    heads = (
        Column(t("report.engine"), wide=True),
        Column(t("doc.surface")),
        Column(t("doc.model"), wide=True),
        Column(t("doc.first_day"), "day"),
        Column(t("doc.last_day"), "day"),
        Column(t("report.answers"), "count"),
    )
    yield Table(t("doc.models"), heads, rows, note=t("doc.models_note"))


def _rules(of: Material) -> Iterator[Block]:
    t = of.t
    timezone = of.figures.facts.timezone
    versions = ", ".join(of.figures.facts.rules) or t("number.none")
    yield Paragraph(t("report.rules", versions=versions, timezone=timezone), "note")
    if len(of.rules) > 1:
        rows = tuple(
            (each.rules, t("dashboard.day", day=each.first), t("dashboard.day", day=each.last))
            for each in of.rules
        )
        heads = (
            Column(t("doc.rules_version"), wide=True),
            Column(t("doc.first_day"), "day"),
            Column(t("doc.last_day"), "day"),
        )
        yield Table(t("doc.rules_changed"), heads, rows)
