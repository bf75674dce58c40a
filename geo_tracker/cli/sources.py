"""What answers cite: domains, pages and types of sources, and how that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args

import typer
from sqlmodel import Session

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import Several, checked, selecting, windows
from geo_tracker.errors import UsageError
from geo_tracker.extract.pages.source_types import SOURCE_TYPES
from geo_tracker.i18n import translate
from geo_tracker.metrics.comparing import comparability
from geo_tracker.metrics.records import Change, Estimate, Selection
from geo_tracker.queries.citations import Level
from geo_tracker.queries.facts import read_facts
from geo_tracker.queries.source_changes import SourceChange, read_source_changes
from geo_tracker.queries.sources import UNKNOWN, CitedSource, TypeShare, read_sources, read_types
from geo_tracker.storage.database import reading

app = typer.Typer()

SHOWN = 50
"""Rows of a table on a terminal; --json has all."""
BY = (*get_args(Level), "type")


@app.command()
@selecting
def sources(
    selection: Selection,
    by: Annotated[str, typer.Option(help="domain, page or type.")] = "domain",
    type: Several = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Against the window of the same length before.")
    ] = False,
    json: Json = False,
) -> None:
    """Cited domains, pages or types of sources; with --compare what is new, lost, rising or falling."""
    _check(by, type, compare=compare)
    with reading(Place().engine) as session:
        checked(session, selection)
        if by == "type":
            found: list[Any] = read_types(session, selection)
        else:
            level: Level = "page" if by == "page" else "domain"
            found = list(
                _changed(session, selection, level) if compare else _cited(session, selection, level)
            )
    chosen = [row for row in found if not type or (row.type or UNKNOWN) in type]
    if json:
        emit((row.record() for row in chosen), json=True)
    else:
        emit(map(_line, chosen[:SHOWN]), json=False)
        if len(chosen) > SHOWN:
            say(f"{len(chosen) - SHOWN} more: --json has all")


def _check(by: str, types: Iterable[str] | None, *, compare: bool) -> None:
    if by not in BY:
        raise UsageError(f"--by: {by!r} is none of {', '.join(BY)}")
    if compare and by == "type":
        raise UsageError("--compare is of domains or pages")
    known = (*SOURCE_TYPES, UNKNOWN)
    if wrong := sorted(set(types or ()).difference(known)):
        raise UsageError(f"--type: {wrong[0]!r} is none of {', '.join(known)}")


def _cited(session: Session, selection: Selection, level: Level) -> Iterator[CitedSource]:
    yield from read_sources(session, selection, level, limit=None)


def _changed(session: Session, selection: Selection, level: Level) -> Iterator[SourceChange]:
    """Against the window before; what speaks against the comparison goes to stderr."""
    compared = windows(session, selection)
    if compared is None:
        return
    before, after = compared
    t = translate("en")
    for note in comparability(read_facts(session, before), read_facts(session, after)):
        say(t(note))
    yield from read_source_changes(session, before, after, level)


def _line(row: CitedSource | TypeShare | SourceChange) -> dict[str, Any]:
    """A row as it reads on a terminal."""
    if isinstance(row, TypeShare):
        share = {"share": _estimate(row.share), "n": row.share.n, "verdict": row.share.verdict}
        return {
            "type": row.type or UNKNOWN,
            "domains": row.domains,
            "pages": row.pages,
            "citations": row.citations,
            **share,
        }
    if isinstance(row, SourceChange):
        return {"source": row.source, "type": row.type, "state": row.state, **_moved(row.change)}
    shown = ("source", "type", "answers", "citations", "weight", "engines", "brands")
    return {name: getattr(row, name) for name in shown}


def _moved(change: Change) -> dict[str, Any]:
    return {
        "before": _estimate(change.before),
        "after": _estimate(change.after),
        "change": None if change.value is None else f"{change.value:+.1%}",
        "q": change.q,
        "verdict": change.verdict,
    }


def _estimate(of: Estimate) -> str | None:
    if of.value is None:
        return None
    interval = "" if of.low is None or of.high is None else f" [{of.low:.1%}, {of.high:.1%}]"
    return f"{of.value:.1%}{interval}"
