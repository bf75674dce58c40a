"""The shelf inside the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import Several, checked, groups_of, selecting
from geo_tracker.metrics.dimensions import DIMENSIONS, SHELF_DIMENSIONS
from geo_tracker.metrics.records import Selection
from geo_tracker.metrics.shelf import SHELF_SUMS
from geo_tracker.queries.facts import read_facts
from geo_tracker.reports.shelf import build_shelf, shelf_records
from geo_tracker.storage.database import reading

app = typer.Typer()

TITLES = {
    "metric": "The shelf in numbers: trigger rate, share, wins, official stores, price spread",
    "share": "Shelf share (no brand: offers of no tracked one)",
    "hhi": "Platform concentration (sum of squared shares)",
    "funnel": "Answers at each step",
    "price": "Prices of catalogue products",
    "checkout": "Highest rung of the checkout ladder (0 none to 5 paying in the chat)",
    "flow": "Engine, platform, merchant",
    "offer": "Products, newest first",
}
LEFT_OUT = (
    "kind",
    "numerator",
    "denominator",
    "prompts",
    "coverage",
    "own",
    "image",
    "final_url",
    "newest_answer",
)
"""Only in JSON: a table has no room."""
GROUPS = (*SHELF_DIMENSIONS, *DIMENSIONS)


@app.command()
@selecting
def shelf(
    selection: Selection,
    by: Annotated[str, typer.Option(help=f"Shares by, comma-separated: {', '.join(GROUPS)}.")] = "placement",
    brand: Several = None,
    limit: Annotated[int, typer.Option(help="Products to list.", min=0)] = 50,
    json: Json = False,
) -> None:
    """Whose products answers offer, where, in whose store, at what price, and how near to paying."""
    groups = groups_of(by, GROUPS)
    with reading(Place().engine) as session:
        facts = read_facts(session, checked(session, selection), metrics=SHELF_SUMS)
        report = build_shelf(session, facts, (groups,), tuple(brand or ()), offers=limit)
    _print(shelf_records(report), json=json)


def _print(records: Iterable[dict[str, Any]], *, json: bool) -> None:
    if json:
        emit(records, json=True)
        return
    for kind, rows in groupby(records, key=lambda record: record["kind"]):
        emit(_flat(rows), json=False, title=TITLES[str(kind)])


def _flat(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Without what a table has no room for."""
    for record in records:
        yield {name: value for name, value in record.items() if name not in LEFT_OUT}
