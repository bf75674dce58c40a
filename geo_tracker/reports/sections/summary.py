"""One screen in statements: where the brand stands, what moved, what threatens, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from geo_tracker.reports import statements
from geo_tracker.reports.model import Block, Column, Paragraph, Table
from geo_tracker.reports.sections import Material

TILES = ("mention_rate", "share_of_voice", "recommendation_rate", "citation_rate")
ACTIONS = 3


def blocks(of: Material) -> Iterator[Block]:
    """Status with the headline figures, growth, risk, and the next three actions."""
    t = of.t
    yield Paragraph(statements.status(of), "lead")
    rows = tuple(
        (t(f"metric.{name}.label"), cell, cell) for name in TILES for cell in (of.measure(name, of.brand),)
    )
    heads = (Column(t("doc.figure")), Column(t("doc.now"), "measure"), Column(t("doc.change"), "change"))
    yield Table(t("doc.headline_figures"), heads, rows, tiles=True)
    for kind, found in (("growth", statements.growth(of)), ("risk", statements.risks(of))):
        for at, text in enumerate(found):
            yield Paragraph(text, head="" if at else t(f"doc.head.{kind}"))
    actions = list(statements.actions(of))[:ACTIONS]
    if not actions:
        yield Paragraph(t("doc.act.nothing"), head=t("doc.head.actions"))
    for at, (text, evidence) in enumerate(actions, 1):
        yield Paragraph(f"{text}{t('text.gap')}{evidence}", "step", head=t("doc.head.step", number=at))
    for warning in statements.warnings(of):
        yield Paragraph(warning, "warning")
