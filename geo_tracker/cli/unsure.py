"""Mentions that may name a brand: list them, decide on one, see and undo what was taught."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from geo_tracker.cli._console import Json, emit, progress, say, show
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.unsure import read_unsure
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.lessons import forget, lessons, teach

app = typer.Typer()


@app.command()
@selecting
def unsure(
    selection: Selection,
    is_brand: Annotated[
        str | None, typer.Option(metavar="PLACE", help="The mention at this place is the brand.")
    ] = None,
    not_brand: Annotated[
        str | None, typer.Option(metavar="PLACE", help="The mention at this place is not the brand.")
    ] = None,
    word: Annotated[
        str | None,
        typer.Option(help="With a decision: the word beside the name that tells, if not its neighbour."),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="The rules that decisions have taught.")] = False,
    forgotten: Annotated[int | None, typer.Option("--forget", help="Undo the rule of this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The first mentions only.")] = 20,
    json: Json = False,
) -> None:
    """Mentions that may name a brand and do not count; a decision on one is a rule for all answers."""
    place = Place()
    tracked = place.workspace(selection.workspace)
    asked = [each for each in (is_brand, not_brand, forgotten, rules or None) if each is not None]
    if len(asked) > 1 or (word and is_brand is None and not_brand is None):
        raise UsageError(
            "give one of --is-brand, --not-brand, --rules and --forget; --word goes with the first two"
        )
    if is_brand is not None or not_brand is not None or forgotten is not None:
        _decide(place, tracked, is_brand, not_brand, word, forgotten)
        return
    with reading(place.engine) as session:
        if rules:
            taught = lessons(session, tracked)
            rows = [{"number": at, **asdict(lesson)} for at, lesson in enumerate(taught, 1)]
        else:
            rows = [asdict(each) for each in read_unsure(session, checked(session, selection), limit)]
    emit(rows, json=json)


def _decide(
    place: Place,
    workspace: Workspace,
    is_brand: str | None,
    not_brand: str | None,
    word: str | None,
    forgotten: int | None,
) -> None:
    with writing(place.engine) as session:
        if forgotten is not None:
            show(f"forget {forget(session, workspace, forgotten)}")
        else:
            at = is_brand if is_brand is not None else not_brand or ""
            show(f"add {teach(session, workspace, at, brand=is_brand is not None, word=word)}")
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score(place.engine, place.archive, workspace, bar)
    say(f"{workspace.slug}: {scored.answers} answers scored, {scored.days} days rolled up")
