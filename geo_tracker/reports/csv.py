"""What the dashboard shows as CSV files that Excel opens as they are meant; `exports` writes whole workspaces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Any, TextIO

from geo_tracker.exports.guards import guarded
from geo_tracker.metrics.measures import Measurement
from geo_tracker.metrics.records import Estimate
from geo_tracker.metrics.shelf import Flow, Rung, Step
from geo_tracker.metrics.standings import Standing
from geo_tracker.queries.answers import AnswerRow
from geo_tracker.queries.attributes import AttributeRate
from geo_tracker.queries.candidates import Candidate
from geo_tracker.queries.gap import GapSource
from geo_tracker.queries.head_to_head import OfPrompt
from geo_tracker.queries.shelf import Price, ShownOffer
from geo_tracker.queries.source_changes import SourceChange
from geo_tracker.queries.sources import UNKNOWN, CitedSource
from geo_tracker.queries.type_shares import TypeShare
from geo_tracker.reports.shelf import ShelfReport
from geo_tracker.score.campaigns import CampaignFlag

ESTIMATE = tuple(field.name for field in fields(Estimate))
CHANGE = ("value", "low", "high", "p", "q", "p_prompts", "prompts", "family", "verdict")


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its header and its rows, which may be read only once."""

    name: str
    header: Sequence[str]
    rows: Iterable[Iterable[Any]]

    def write(self, file: TextIO) -> None:
        writer = csv.writer(file)
        writer.writerow(self.header)
        writer.writerows([cell(value) for value in row] for row in self.rows)

    def encoded(self) -> bytes:
        """The whole file in memory."""
        text = io.StringIO(newline="")
        self.write(text)
        return text.getvalue().encode("utf-8-sig")


def cell(value: Any) -> str | int | float:
    """A value as a spreadsheet should see it: numbers stay numbers, text is never a formula, None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    return guarded("; ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def measured_table(name: str, by: Sequence[str], rows: Iterable[Measurement], *, sandbox: bool) -> Table:
    """Metrics with n, interval and coverage, one row per group, brand and metric."""
    header = (*by, "brand", "metric", *ESTIMATE, "surfaces", "sandbox")
    of = ((row, astuple(row.estimate)) for row in rows)
    values = ((*row.group.values(), row.brand, row.metric, *it, row.surfaces, sandbox) for row, it in of)
    return Table(name, header, values)


def sources_table(name: str, rows: Iterable[CitedSource], *, sandbox: bool) -> Table:
    """Cited domains or pages."""
    header = (*(field.name for field in fields(CitedSource)), "sandbox")
    return Table(name, header, ((*astuple(source), sandbox) for source in rows))


def types_table(rows: Iterable[TypeShare], *, sandbox: bool) -> Table:
    """Types of sources with their share of all citations."""
    header = ("type", "domains", "pages", "citations", *ESTIMATE, "sandbox")
    values = (
        (row.type or UNKNOWN, row.domains, row.pages, row.citations, *astuple(row.share), sandbox)
        for row in rows
    )
    return Table("source_types", header, values)


def gap_table(name: str, rows: Iterable[GapSource], *, sandbox: bool) -> Table:
    """Sources that name rivals and not the own brand; a rival and how often it is named are one text."""
    columns = tuple(field.name for field in fields(GapSource))
    named = ({**row.record(), "rivals": tuple(f"{name} {n}" for name, n in row.rivals)} for row in rows)
    return Table(name, (*columns, "sandbox"), ((*(row[c] for c in columns), sandbox) for row in named))


def source_changes_table(rows: Iterable[SourceChange], *, sandbox: bool) -> Table:
    """How the share of answers that cite a source moved."""
    own = ("source", "page_id", "title", "type", "state")
    sides = tuple(f"{side}_{name}" for side in ("before", "after") for name in ESTIMATE)
    values = (
        (
            *(getattr(row, name) for name in own),
            *(getattr(row.change, name) for name in CHANGE),
            *astuple(row.change.before),
            *astuple(row.change.after),
            sandbox,
        )
        for row in rows
    )
    return Table("source_changes", (*own, *CHANGE, *sides, "sandbox"), values)


def campaigns_table(rows: Iterable[CampaignFlag], *, sandbox: bool) -> Table:
    """The pages of possible campaigns, one row each."""
    header = ("campaign", "page_id", "url", "domain", "title", "day", "similarity", "brands", "sandbox")
    values = (
        (flag.number, *astuple(page), flag.similarity, tuple(name for name, _ in flag.brands), sandbox)
        for flag in rows
        for page in flag.pages
    )
    return Table("possible_poisoning", header, values)


def candidates_table(rows: Iterable[Candidate], *, sandbox: bool) -> Table:
    """Names that answers contain and the workspace does not track, with one sentence as evidence."""
    header = ("name", *ESTIMATE, "mentions", "engines", "evidence", "sandbox")
    values = (
        (row.name, *astuple(row.share), row.mentions, tuple(row.engines), row.evidence[0].text, sandbox)
        for row in rows
    )
    return Table("candidates", header, values)


def shelf_tables(report: ShelfReport) -> Iterator[Table]:
    """Every table of the shelf."""
    sandbox = report.shelf.facts.sandbox
    for by, rows in report.shares.items():
        yield shares_table(f"shelf_{'_'.join(by)}", by, rows, sandbox=sandbox)
    yield measured_table("shelf_hhi", ("engine", "surface"), report.concentration, sandbox=sandbox)
    yield funnel_table(report.funnels, sandbox=sandbox)
    yield listed_table("shelf_prices", Price, report.prices, sandbox=sandbox)
    yield listed_table("shelf_checkout", Rung, report.ladder, sandbox=sandbox)
    yield listed_table("shelf_flow", Flow, report.flows, sandbox=sandbox)
    yield listed_table("shelf_offers", ShownOffer, report.offers, sandbox=sandbox)


def shares_table(name: str, by: Sequence[str], rows: Iterable[Measurement], *, sandbox: bool) -> Table:
    """Shares of the shelf; the offers of no tracked brand stand under `untracked`."""
    named = (replace(row, brand=row.brand or "untracked") for row in rows)
    return measured_table(name, by, named, sandbox=sandbox)


def funnel_table(steps: Iterable[Step], *, sandbox: bool) -> Table:
    """The steps of funnels with n, interval and coverage."""
    header = ("brand", "step", *ESTIMATE, "of_previous", "surfaces", "sandbox")
    of = ((step, astuple(step.estimate)) for step in steps)
    values = ((step.brand, step.step, *it, step.of_previous, step.surfaces, sandbox) for step, it in of)
    return Table("shelf_funnel", header, values)


def standings_table(rows: Iterable[Standing], brand: str, *, sandbox: bool) -> Table:
    """Prompts with the brand's rate and the strongest rival's, each with its interval."""
    about = ("prompt", "language", "country", "persona", "topic", "stage")
    header = (
        *about,
        "brand",
        "outcome",
        *ESTIMATE,
        "rival",
        *(f"rival_{name}" for name in ESTIMATE),
        "sandbox",
    )
    nothing = (None,) * len(ESTIMATE)
    values = (
        (
            *(getattr(row, name) for name in about),
            *(brand, row.outcome, *astuple(row.own)),
            *(row.rival, *(astuple(row.best) if row.best else nothing), sandbox),
        )
        for row in rows
    )
    return Table("prompts", header, values)


def head_to_head_table(rows: Iterable[OfPrompt], first: str, second: str, *, sandbox: bool) -> Table:
    """Of every prompt how many valid answers name both brands, one of them, or neither."""
    columns = tuple(field.name for field in fields(OfPrompt))
    values = ((*astuple(row), row.answers, first, second, sandbox) for row in rows)
    return Table("head_to_head", (*columns, "answers", "first_brand", "second_brand", "sandbox"), values)


def attributes_table(rows: Iterable[AttributeRate], *, sandbox: bool) -> Table:
    """How often answers that name a brand give it an attribute, by polarity."""
    header = ("attribute", "brand", "polarity", *ESTIMATE, "sandbox")
    values = ((row.attribute, row.brand, row.polarity, *astuple(row.share), sandbox) for row in rows)
    return Table("attributes", header, values)


def listed_table(name: str, kind: type[Any], rows: Iterable[Any], *, sandbox: bool) -> Table:
    """Records of one kind, a column per field."""
    header = (*(field.name for field in fields(kind)), "sandbox")
    return Table(name, header, ((*astuple(row), sandbox) for row in rows))


def answers_table(rows: Iterable[AnswerRow]) -> Table:
    """Answers, whatever their status."""
    return Table("answers", [field.name for field in fields(AnswerRow)], map(astuple, rows))
