"""Where rivals are named and the own brand is not."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from geo_tracker.cli._console import Json, emit, say
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.citations import Level
from geo_tracker.queries.gap import GapSource, read_gap
from geo_tracker.storage.database import reading

app = typer.Typer()

SHOWN = 50


@app.command()
@selecting
def gap(
    selection: Selection,
    by: Annotated[str, typer.Option(help="domain or page.")] = "domain",
    json: Json = False,
) -> None:
    """Cited sources that name rivals and not you, most cited first, with what to do: pitch, correct, publish."""
    if by not in get_args(Level):
        raise UsageError(f"--by: {by!r} is none of {', '.join(get_args(Level))}")
    level: Level = "page" if by == "page" else "domain"
    with reading(Place().engine) as session:
        found = read_gap(session, checked(session, selection), level)
    if json:
        emit((row.record() for row in found.sources), json=True)
    else:
        emit(map(_line, found.sources[:SHOWN]), json=False)
        if len(found.sources) > SHOWN:
            say(f"{len(found.sources) - SHOWN} more: --json has all")
    if found.unread:
        say(f"{found.unread} cited {level}s were not read, so whom they name is not known")


def _line(row: GapSource) -> dict[str, Any]:
    """A gap as it reads on a terminal; * marks a weight that rests on equal shares in part."""
    return {
        "source": row.source,
        "type": row.type,
        "do": f"{row.action}, check first: possible poisoning" if row.campaign else row.action,
        "answers": row.answers,
        "weight": f"{row.weight:.2f}{'*' if row.weight_estimated else ''}",
        "score": f"{row.score:.2f}",
        "rivals": dict(row.rivals),
        "engines": row.engines,
    }
