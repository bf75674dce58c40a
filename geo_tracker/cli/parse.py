"""Parse a stored body."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from geo_tracker.cli._console import Json, emit, say, show, warn
from geo_tracker.cli._input import Input, read_whole
from geo_tracker.engines import engine_named
from geo_tracker.engines.base import EngineError, ParsedAnswer

app = typer.Typer()


@app.command()
def parse(
    file: Input,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Name of the engine; 'engines' lists them.")],
    json: Json = False,
) -> None:
    """Parse a stored body of an engine (JSON or its SSE stream) and print the answer it holds."""
    adapter = engine_named(engine)
    body = read_whole(file)
    try:
        record: dict[str, Any] = {**asdict(adapter.parse(body)), "error": None}
    except EngineError as error:
        record = {
            **asdict(ParsedAnswer("")),
            "error": {"kind": error.kind, "message": str(error), "retry_after": error.retry_after},
        }
    emit([record], json=True) if json else _show(record)
    if record["error"]:
        raise typer.Exit(1)


def _show(record: dict[str, Any]) -> None:
    if record["error"]:
        warn(f"{record['error']['kind']}: {record['error']['message']}")
        return
    show(record["text"])
    emit(
        (
            {"#": c["ordinal"], "role": c["role"], "title": c["title"], "url": c["url"]}
            for c in record["citations"]
        ),
        json=False,
    )
    if record["cut"]:
        warn(f"the answer is cut: {record['finish_reason'] or 'the stream stops before its end'}")
    say(
        f"search: {record['search']}; queries: {', '.join(record['queries']) or '-'}; model: {record['model'] or '-'}"
    )
