"""A workspace file to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from geo_tracker.cli._console import say
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import make_folder

app = typer.Typer()


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write the file.")] = Path("workspace.yaml"),
) -> None:
    """Write a commented workspace file to start from."""
    if path.exists():
        raise UsageError(f"{path} is there already: choose another name or edit it")
    make_folder(path.parent)
    path.write_text(files("geo_tracker.workspaces").joinpath("template.yaml").read_text("utf-8"), "utf-8")
    say(f"wrote {path}: put in your brands and prompts, then 'geo-tracker apply {path}'")
