"""Tables of what is measured: every number with n, interval, coverage and surfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields, replace
from typing import Any, get_args

from sqlmodel import Session

from geo_tracker.exports.table import Table, columns
from geo_tracker.metrics.changes import movements
from geo_tracker.metrics.dimensions import CHOSEN, DIMENSIONS, SHELF_DIMENSIONS
from geo_tracker.metrics.measures import Measurement, measurements
from geo_tracker.metrics.records import Change, Estimate, Selection, previous
from geo_tracker.metrics.shelf import Flow, Rung, concentration, flows, funnel, ladder, shares
from geo_tracker.queries.candidates import read_candidates
from geo_tracker.queries.citations import Level
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.gap import GapSource, read_gap
from geo_tracker.queries.offered import read_offered, read_spread
from geo_tracker.queries.shelf import Price, ShownOffer, read_offers, read_prices, read_shelf
from geo_tracker.queries.source_rates import read_source_rates
from geo_tracker.queries.sources import UNKNOWN, CitedSource, read_sources
from geo_tracker.queries.type_shares import read_types

ESTIMATE = tuple(field.name for field in fields(Estimate))
CHANGE = ("value", "low", "high", "p", "q", "prompts", "verdict")
SHELF = (*SHELF_DIMENSIONS, "engine")
CANDIDATES = 1_000
Rows = Iterator[Sequence[Any]]


def _estimate(of: Estimate) -> tuple[Any, ...]:
    return astuple(of)


def _measured(rows: Iterable[Measurement], by: Sequence[str], dimensions: Sequence[str]) -> Rows:
    for row in rows:
        group = (row.group.get(name) for name in dimensions)
        yield (",".join(by), *group, row.brand, row.metric, *_estimate(row.estimate), row.surfaces)


GROUPS = (
    (),
    ("engine", "surface"),
    *((each.name,) for each in CHOSEN if each.of == "prompt" and not each.several),
    ("prompt", *(each.name for each in CHOSEN if each.of == "prompt" and not each.several)),
)
"""What the metrics are grouped by, besides by time."""


def _metrics(session: Session, selection: Selection) -> Rows:
    facts = read_facts(session, selection)
    for by in GROUPS:
        yield from _measured(measurements(facts, by), by, DIMENSIONS)
    step = (facts.step,)
    yield from _measured(measurements(read_facts(session, selection, step), step), step, DIMENSIONS)


def _changes(session: Session, selection: Selection) -> Rows:
    after = read_facts(session, selection)
    first, last = selection.start or after.first, selection.end or after.last
    if first is None or last is None:
        return
    start, end = previous(first, last)
    before = read_facts(session, replace(selection, start=start, end=end))
    if before.empty:
        return
    for row in movements(before, after):
        moved: Change = row.change
        sides = (moved.before.value, moved.before.n, moved.after.value, moved.after.n)
        own = (getattr(moved, name) for name in CHANGE)
        yield (start, end, first, last, row.brand, row.metric, *own, *sides, moved.notes, after.surfaces)


_LEVELS: tuple[Level, ...] = get_args(Level)


def _sources(session: Session, selection: Selection) -> Rows:
    for level in _LEVELS:
        found = read_sources(session, selection, level, limit=None)
        rates = read_source_rates(session, selection, level, [row.source for row in found])
        for row in found:
            yield (level, *astuple(row), *_estimate(rates[row.source]))


def _types(session: Session, selection: Selection) -> Rows:
    for row in read_types(session, selection):
        yield (row.type or UNKNOWN, row.domains, row.pages, row.citations, *_estimate(row.share))


def _gap(session: Session, selection: Selection) -> Rows:
    facts = read_facts(session, selection, (), ("coverage",))
    if not any(brand.own and not brand.archived for brand in facts.brands):
        return
    for level in _LEVELS:
        for row in read_gap(session, selection, level).sources:
            rivals = tuple(f"{name} {count}" for name, count in row.rivals)
            yield (level, *astuple(replace(row, rivals=rivals)))  # type: ignore[arg-type]


def _candidates(session: Session, selection: Selection) -> Rows:
    for row in read_candidates(session, selection, CANDIDATES):
        yield (row.name, row.mentions, tuple(row.engines), row.evidence[0].text, *_estimate(row.share))


def _shelf(session: Session, selection: Selection) -> Rows:
    facts = read_facts(session, selection)
    for by in SHELF:
        for row in shares(read_offered(session, facts, (by,))):
            named = replace(row, brand=row.brand or "untracked")
            yield from _measured([named], (by,), SHELF)
    yield from _measured(concentration(read_spread(session, facts)), ("engine", "surface"), SHELF)


def _funnel(session: Session, selection: Selection) -> Rows:
    facts = read_facts(session, selection)
    for brand in facts.brands:
        for step in funnel(facts, brand.name):
            yield (step.brand, step.step, *_estimate(step.estimate), step.of_previous, step.surfaces)


def _checkout(session: Session, selection: Selection) -> Rows:
    yield from map(astuple, ladder(read_shelf(session, read_facts(session, selection))))


def _flows(session: Session, selection: Selection) -> Rows:
    yield from map(astuple, flows(read_shelf(session, read_facts(session, selection))))


def _prices(session: Session, selection: Selection) -> Rows:
    yield from map(astuple, read_prices(session, selection))


def _products(session: Session, selection: Selection) -> Rows:
    yield from map(astuple, read_offers(session, selection, limit=None))


def _fields(kind: type[Any], **renamed: str) -> tuple[str, ...]:
    return tuple(renamed.get(field.name, field.name) for field in fields(kind))


SOURCE = {"type": "source_type", "reason": "type_reason", "weight": "weight_sum"}
MEASURED = (
    Table(
        "metrics",
        "Every metric of every brand: over the whole selection, by engine and surface, topic, stage, prompt and time.",
        columns("by", *DIMENSIONS, "brand", "metric", *ESTIMATE, "surfaces"),
        _metrics,
    ),
    Table(
        "changes",
        "How every metric moved against the window of the same length before; one family of comparisons.",
        columns(
            *("before_from", "before_to", "from", "to", "brand", "metric"),
            *("change", "change_low", "change_high", *CHANGE[3:6], "change_verdict"),
            *("before", "before_n", "after", "after_n", "notes", "surfaces"),
        ),
        _changes,
    ),
    Table(
        "sources",
        "Cited domains and pages, with the share of answers that cite them.",
        columns("level", *_fields(CitedSource, **SOURCE), *ESTIMATE),
        _sources,
    ),
    Table(
        "source_types",
        "Types of sources with their share of all citations.",
        columns("source_type", "domains_count", "pages", "citations", *ESTIMATE),
        _types,
    ),
    Table(
        "gap",
        "Cited domains and pages that name rivals, and the own brand not at all or only badly.",
        columns("level", *_fields(GapSource, **SOURCE, prompts="questions")),
        _gap,
    ),
    Table(
        "candidates",
        "Names that answers contain and the workspace does not track, with one sentence each.",
        columns("name", "mentions", "engines", "evidence", *ESTIMATE),
        _candidates,
    ),
    Table(
        "shelf_shares",
        "Shares of all offers by where they stand and who sells, and how concentrated platforms are.",
        columns("by", *SHELF, "brand", "metric", *ESTIMATE, "surfaces"),
        _shelf,
    ),
    Table(
        "shelf_funnel",
        "Answers at each step from being named to being sold.",
        columns("brand", "step", *ESTIMATE, "of_previous", "surfaces"),
        _funnel,
    ),
    Table(
        "shelf_checkout",
        "How near to paying offers lead.",
        columns(*_fields(Rung, offers="offers_shared")),
        _checkout,
    ),
    Table(
        "shelf_flows",
        "From engines over platforms to merchants.",
        columns(*_fields(Flow, offers="offers_shared", dead="offers_dead", unavailable="offers_unavailable")),
        _flows,
    ),
    Table(
        "shelf_prices",
        "Prices of the catalogue's products by merchant.",
        columns(*_fields(Price, reference="reference_price", shop="shop_price")),
        _prices,
    ),
    Table(
        "shelf_products",
        "Products as answers show them, newest first.",
        columns(*_fields(ShownOffer)),
        _products,
    ),
)
"""All of them; each is as long as what it is grouped by, not as the answers are many."""
