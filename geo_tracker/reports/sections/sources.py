"""What answers rest on, and the places that name rivals alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo_tracker.i18n import Translate
from geo_tracker.queries.gap import GapSource
from geo_tracker.queries.sources import UNKNOWN, CitedSource
from geo_tracker.reports import charts, pictures, statements
from geo_tracker.reports.model import Block, Cell, Column, Paragraph, Table
from geo_tracker.reports.sections import Material
from geo_tracker.reports.words import todo_text

NAMES = 8
"""Brands that a cell names."""


def blocks(of: Material) -> Iterator[Block]:
    """A sentence, types of sources, the most cited domains, and the gap with what to do."""
    figures = of.figures
    yield Paragraph(statements.sources(of))
    if not figures.domains:
        return
    yield _types(of)
    yield _domains(of)
    yield from _gap(of)


def _types(of: Material) -> Block:
    drawn = charts.types(of.figures.types, of.t, width=480, style=of.style)
    return pictures.types(of, drawn)


def _domains(of: Material) -> Table:
    t, found = of.t, of.figures.domains
    heads = (
        Column(t("report.source"), wide=True),
        Column(t("doc.type")),
        Column(t("report.answers"), "count"),
        Column(t("report.citations"), "count"),
        Column(t("report.named"), wide=True),
    )
    rows = tuple(_domain(of, each) for each in found[: of.rows.sources])
    marked = tuple(at for at, each in enumerate(found[: of.rows.sources]) if each.owner == of.brand)
    left = len(found) - len(rows)
    note = t("doc.more_sources", count=left) if left > 0 else ""
    return Table(t("report.sources"), heads, rows, marked, note)


def _domain(of: Material, each: CitedSource) -> tuple[Cell, ...]:
    t = of.t
    kind = t("report.owned", brand=each.owner) if each.owner else t(f"sources.kind.{each.type or UNKNOWN}")
    return (each.source, kind, each.answers, each.citations, _named(each.brands, t) or t("report.nobody"))


def _named(brands: Sequence[str], t: Translate) -> str:
    """Some names, and how many more there are."""
    told = t("text.comma").join(brands[:NAMES])
    left = len(brands) - NAMES
    return t("doc.names_more", names=told, count=left) if left > 0 else told


def _gap(of: Material) -> Iterator[Block]:
    t, found = of.t, of.figures.gap.sources
    if not found:
        yield Paragraph(statements.no_gap(of), "note")
        return
    heads = (
        Column(t("doc.page"), wide=True),
        Column(t("report.answers"), "count"),
        Column(t("doc.rivals_there")),
        Column(t("sources.what"), wide=True),
    )
    rows = tuple(_gap_row(of, each) for each in found[: of.rows.sources])
    yield Table(t("sources.report_gap"), heads, rows, note=_unread(of))


def _gap_row(of: Material, each: GapSource) -> tuple[Cell, ...]:
    t = of.t
    rivals = _named([name for name, _ in each.rivals], t)
    todo = t("text.term", term=t(f"sources.action.{each.action}"), meaning=todo_text(each, t))
    if each.campaign:
        todo = f"{todo}{t('text.gap')}{t('sources.check_first')}"
    page = f"{each.title}\n{each.source}" if each.title else each.source
    return (page, each.answers, rivals, todo)


def _unread(of: Material) -> str:
    unread = of.figures.gap.unread
    return of.t("doc.unread", count=unread) if unread else ""
