"""The extractor on any text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from geo_tracker.cli._console import Json, emit
from geo_tracker.cli._input import Input, Jsonl, Texts
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
    """Find and score the workspace's brands in any text; no database, constant memory."""
    declared = read_workspace(workspace)
    matcher = Matcher(declared.specs, topics=declared.topics, attributes=declared.attributes)
    texts = Texts(file, jsonl=jsonl)
    for text_id, text, prompt in texts:
        record = to_json(text_id, analyse_text(text, matcher, prompt=prompt))
        if json:
            sys.stdout.buffer.write(orjson.dumps(record) + b"\n")
        else:
            emit(_rows(record), json=False, title=f"{text_id}: {record['words']} words")
    if texts.failed:
        raise typer.Exit(1)


def _rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for found in record["brands"]:
        names = sorted({mention["text"] for mention in found["mentions"]})
        scores = {k: v for k, v in found.items() if not isinstance(v, (list, dict))}
        rows.append({**scores, "mentions": len(found["mentions"]), "as": ", ".join(names)})
    return rows
