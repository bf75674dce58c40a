"""What answers cite: domains, pages and types of sources, and how that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from sqlmodel import Session

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import Several, checked, selecting, windows
from geo_tracker.errors import UsageError
from geo_tracker.extract.pages.source_types import SOURCE_TYPES
from geo_tracker.i18n import translate
from geo_tracker.metrics.records import Change, Estimate, Selection
from geo_tracker.queries.citations import Level
from geo_tracker.queries.sources import UNKNOWN, CitedSource, read_sources
from geo_tracker.storage.database import reading

if TYPE_CHECKING:  # what they need takes longer to load than a list of sources takes to read
    from geo_tracker.queries.source_changes import SourceChange
    from geo_tracker.queries.type_shares import TypeShare

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
        level: Level = "page" if by == "page" else "domain"
        found: list[Any]
        line: Any
        if by == "type":
            found, line = _types(session, selection), _type_line
        elif compare:
            found, line = list(_changed(session, selection, level)), _change_line
        else:
            found, line = read_sources(session, selection, level, limit=None), _source_line
    chosen = [row for row in found if not type or (row.type or UNKNOWN) in type]
    if json:
        emit((row.record() for row in chosen), json=True)
    else:
        emit(map(line, chosen[:SHOWN]), json=False)
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


def _types(session: Session, selection: Selection) -> list[TypeShare]:
    from geo_tracker.queries.type_shares import read_types

    return read_types(session, selection)


def _changed(session: Session, selection: Selection, level: Level) -> Iterator[SourceChange]:
    """Against the window before; what speaks against the comparison goes to stderr."""
    from geo_tracker.metrics.comparing import comparability
    from geo_tracker.queries.facts import read_facts
    from geo_tracker.queries.source_changes import read_source_changes

    compared = windows(session, selection)
    if compared is None:
        return
    before, after = compared
    t = translate("en")
    for note in comparability(read_facts(session, before), read_facts(session, after)):
        say(t(note))
    yield from read_source_changes(session, before, after, level)


def _type_line(row: TypeShare) -> dict[str, Any]:
    """A type as it reads on a terminal."""
    share = {"share": _estimate(row.share), "n": row.share.n, "verdict": row.share.verdict}
    counted = {name: getattr(row, name) for name in ("domains", "pages", "citations")}
    return {"type": row.type or UNKNOWN, **counted, **share}


def _change_line(row: SourceChange) -> dict[str, Any]:
    """A change as it reads on a terminal."""
    return {"source": row.source, "type": row.type, "state": row.state, **_moved(row.change)}


def _source_line(row: CitedSource) -> dict[str, Any]:
    """A source as it reads on a terminal."""
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
