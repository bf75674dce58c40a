"""The extractor on any text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._input import Input, Jsonl, Texts
from geo_tracker.engines._marks import Resolution, is_marked
from geo_tracker.extract.brands.mentions import Matcher
from geo_tracker.extract.scores import analyse as analyse_text
from geo_tracker.extract.scores import to_json
from geo_tracker.workspaces.file import read_workspace

app = typer.Typer()


@app.command()
def analyse(
    file: Input,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="Workspace file; only its brands are needed.")
    ],
    jsonl: Jsonl = False,
    json: Json = False,
) -> None:
    """Find and score the workspace's brands in any text; no database, constant memory.

    Private marks of ChatGPT count as the words that the app shows; offsets are of the text as it is given.
    """
    declared = read_workspace(workspace)
    matcher = Matcher(declared.specs, topics=declared.topics, attributes=declared.attributes)
    texts = Texts(file, jsonl=jsonl)
    for text_id, text, prompt in texts:
        record = _record(text_id, text, matcher, prompt)
        if json:
            sys.stdout.buffer.write(orjson.dumps(record) + b"\n")
        else:
            emit(_rows(record), json=False, title=f"{text_id}: {record['words']} words")
    if texts.failed:
        raise typer.Exit(1)


def _record(text_id: str, text: str, matcher: Matcher, prompt: str | None) -> dict[str, Any]:
    if not is_marked(text):
        return to_json(text_id, analyse_text(text, matcher, prompt=prompt))
    shown = Resolution(text, {})
    record = to_json(text_id, analyse_text(shown.text, matcher, prompt=prompt))
    found: dict[str, Any] = _placed(record, shown)
    return found


def _placed(value: Any, shown: Resolution) -> Any:
    """A record with its offsets in the text as it was given."""
    if isinstance(value, list):
        return [_placed(item, shown) for item in value]
    if not isinstance(value, dict):
        return value
    placed = {name: _placed(item, shown) for name, item in value.items()}
    if "start" in placed and "end" in placed:
        placed["start"], placed["end"] = shown.given((placed["start"], placed["end"]))
    return placed


def _rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for found in record["brands"]:
        names = sorted({mention["text"] for mention in found["mentions"]})
        scores = {k: v for k, v in found.items() if not isinstance(v, (list, dict))}
        rows.append({**scores, "mentions": len(found["mentions"]), "as": ", ".join(names)})
    return rows
