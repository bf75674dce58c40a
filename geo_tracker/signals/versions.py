"""What changed behind the answers: the model that an engine says it is, the rules that texts are read by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from geo_tracker.queries.served import Ruled, Served, read_models, read_rules
from geo_tracker.signals.findings import Finding
from geo_tracker.signals.history import LENGTHS, LONGEST, History

WEEK = timedelta(days=LENGTHS[0])
"""A version first seen longer ago is no news."""
COMPARED = timedelta(days=2 * LONGEST - 1)
"""From the last day back to the first that anything is compared with."""


def new_models(history: History) -> Iterator[Finding]:
    """Models that an engine named for the first time and that follow others."""
    if history.last is None:
        return
    served: dict[tuple[str, str], list[Served]] = defaultdict(list)
    start = history.last - COMPARED
    for row in read_models(history.session, replace(history.recent, start=start)):
        if row.model:
            served[row.engine, row.surface].append(row)
    for rows in served.values():
        yield from _new_models(rows, history.last)


def _new_models(rows: Sequence[Served], last: date) -> Iterator[Finding]:
    for row in rows:
        earlier = [each for each in rows if each.first < row.first]
        if earlier and row.first > last - WEEK:
            before = max(earlier, key=lambda each: (each.last, each.answers))
            yield Finding(
                days=(row.first, last),
                engine=row.engine,
                surface=row.surface,
                what=row.model or "",
                about={"earlier": before.model, "since": row.first.isoformat()},
                n=row.answers,
            )


def new_rules(history: History) -> Iterator[Finding]:
    """Rules of the newest days that differ from those of days with which they are compared."""
    if history.last is None:
        return
    found = read_rules(history.session, replace(history.recent, start=history.last - COMPARED))
    if len(found) > 1:
        yield _new_rules(found, history.last)


def _new_rules(found: Sequence[Ruled], last: date) -> Finding:
    newest = max(found, key=lambda each: (each.last, each.first))
    others = sorted({each.rules for each in found if each is not newest})
    about = {"earlier": ", ".join(others), "since": newest.first.isoformat()}
    return Finding(days=(newest.first, last), what=newest.rules, about=about)
