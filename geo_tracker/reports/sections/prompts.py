"""On which prompts the brand is named more often than any rival, and on which a rival is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from geo_tracker.metrics.standings import METRIC, PLACES, Standing, tally
from geo_tracker.reports import statements
from geo_tracker.reports.model import Block, Cell, Column, Measure, Paragraph, Table
from geo_tracker.reports.sections import Material


def blocks(of: Material) -> Iterator[Block]:
    """A sentence, counts by stage and topic, the prompts furthest behind and ahead."""
    t, rows = of.t, of.standings
    yield Paragraph(statements.standing(of))
    for by in ("stage", "topic"):
        if any(getattr(row, by) for row in rows):
            yield _tally(of, by)
        else:
            yield Paragraph(t(f"doc.no_{by}"), "note")
    behind = sorted((row for row in rows if row.place in ("behind", "absent")), key=lambda row: -row.gap)
    ahead = sorted((row for row in rows if row.place == "ahead"), key=lambda row: row.gap)
    for name, found in (("behind", behind), ("ahead", ahead)):
        if found:
            yield prompt_table(of, t(f"doc.prompts_{name}"), found[: of.rows.prompts])
        else:
            yield Paragraph(t(f"doc.prompts_none.{name}"), "note")


def _tally(of: Material, by: Literal["topic", "stage"]) -> Table:
    t = of.t
    heads = [Column(t(f"dimension.{by}"), wide=True), Column(t("doc.prompts"), "count")]
    heads += [Column(t(f"doc.place.{name}"), "count") for name in PLACES[:4]]
    rows: list[tuple[Cell, ...]] = [
        (_name(of, by, name), sum(counts.values()), *(counts[place] for place in PLACES[:4]))
        for name, counts in sorted(tally(of.standings, by).items(), key=lambda each: _order(each[0]))
    ]
    return Table(t(f"doc.prompts_by_{by}"), tuple(heads), tuple(rows))


STAGES = ("awareness", "consideration", "decision")


def _order(name: str) -> tuple[int, str]:
    """Stages as buyers pass them, then by name, what has none last."""
    return (STAGES.index(name) if name in STAGES else len(STAGES) + (not name), name)


def _name(of: Material, by: str, name: str) -> str:
    if not name:
        return of.t("doc.unnamed")
    return of.t(f"doc.stage.{name}") if by == "stage" and name in STAGES else name


def prompt_table(of: Material, title: str, rows: Sequence[Standing]) -> Table:
    """Prompts with the brand's rate and the strongest rival's."""
    t = of.t
    heads = (
        Column(t("doc.prompt"), wide=True),
        Column(t("dimension.topic")),
        Column(of.brand, "measure", quiet=True),
        Column(t("doc.rival")),
        Column(t("doc.rival_rate"), "measure", quiet=True),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            row.prompt,
            row.topic,
            Measure(METRIC, row.own),
            row.rival or t("report.nobody"),
            Measure(METRIC, row.best) if row.best else None,
        )
        for row in rows
    ]
    return Table(title, heads, tuple(cells), note=t("doc.single_prompts"))
