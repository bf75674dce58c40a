"""Mentions that may name a brand: list them, decide on one, see and undo what was taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from geo_tracker.cli._console import Json, emit, progress, say, show
from geo_tracker.cli._place import Place
from geo_tracker.cli._selection import checked, selecting
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.unsure import read_unsure
from geo_tracker.score.answers import score
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.apply import Change
from geo_tracker.workspaces.audit import apply_file
from geo_tracker.workspaces.declared import read_text
from geo_tracker.workspaces.edit import replace
from geo_tracker.workspaces.file import workspace_of
from geo_tracker.workspaces.lessons import Lesson, forget, lessons, teach, with_lesson
from geo_tracker.workspaces.priors import forget_learnt, learn, priors
from geo_tracker.workspaces.written import rewritten

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
    write: Annotated[
        Path | None,
        typer.Option(
            help="With a decision: also write its rule into this workspace file, which keeps its layout."
        ),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="The rules that decisions have taught.")] = False,
    forgotten: Annotated[int | None, typer.Option("--forget", help="Undo the rule of this number.")] = None,
    learning: Annotated[
        bool,
        typer.Option("--learn", help="Learn from all answers how they use each name, and score them again."),
    ] = False,
    learnt: Annotated[
        bool, typer.Option("--learnt", help="What was learnt, and from how many answers.")
    ] = False,
    forgetting: Annotated[
        bool, typer.Option("--forget-learnt", help="Drop what was learnt, and score all answers again.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The first mentions only.")] = 20,
    json: Json = False,
) -> None:
    """Mentions that may name a brand and do not count; a decision on one is a rule for all answers.

    --learn reads how all answers use each name, which then tells in every answer.
    """
    place = Place()
    tracked = place.workspace(selection.workspace)
    decided = [each for each in (is_brand, not_brand) if each is not None]
    asked = [*decided, *([] if forgotten is None else [forgotten])]
    asked += [each for each in (rules, learning, learnt, forgetting) if each]
    if len(asked) > 1 or ((word or write) and not decided):
        raise UsageError(
            "give one of --is-brand, --not-brand, --rules, --forget, --learn, --learnt and --forget-learnt; "
            "--word and --write go with the first two"
        )
    if decided or forgotten is not None:
        _decide(place, tracked, is_brand, not_brand, word, forgotten, write)
        return
    if learning or forgetting:
        _learn(place, tracked, learning=learning)
        return
    with reading(place.engine) as session:
        if rules:
            taught = lessons(session, tracked)
            rows = [{"number": at, **asdict(lesson)} for at, lesson in enumerate(taught, 1)]
        elif learnt:
            rows = [asdict(each) for each in priors(session, tracked)]
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
    file: Path | None,
) -> None:
    with writing(place.engine) as session:
        if forgotten is not None:
            show(f"forget {forget(session, workspace, forgotten)}")
        else:
            at = is_brand if is_brand is not None else not_brand or ""
            lesson = teach(session, workspace, at, brand=is_brand is not None, word=word)
            changes = _declared(session, workspace, file, lesson) if file else []
            show(f"add {lesson}")
            for change in changes:
                show(str(change))
    _score(place, workspace)


def _declared(session: Session, workspace: Workspace, path: Path, lesson: Lesson) -> Sequence[Change]:
    """Write the rule into the workspace file and apply that; nothing is decided where it cannot be written."""
    text = read_text(path)
    before = workspace_of(path, text)
    if before.workspace.slug != workspace.slug:
        raise UsageError(f"{path} declares another workspace than {workspace.slug}")
    after = before.model_copy(update={"brands": with_lesson(before.brands, lesson)})
    replace(path, rewritten(path, text, after), marked=path.read_bytes().startswith(b"\xef\xbb\xbf"))
    return apply_file(session, after, datetime.now(UTC)).changes


def _learn(place: Place, workspace: Workspace, *, learning: bool) -> None:
    if learning:
        with progress(f"{workspace.slug}: reading") as bar:
            changed = learn(place.engine, workspace, datetime.now(UTC), bar)
        with reading(place.engine) as session:
            known = priors(session, workspace)
        for each in known:
            show(str(each))
        unchanged = (
            "nothing new" if known else "no answer surely uses a Chinese name that is an everyday word"
        )
    else:
        with writing(place.engine) as session:
            changed = forget_learnt(session, workspace)
        unchanged = "nothing was learnt"
    if changed:
        _score(place, workspace)
    else:
        say(f"{workspace.slug}: {unchanged}")


def _score(place: Place, workspace: Workspace) -> None:
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score(place.engine, place.archive, workspace, bar)
    say(f"{workspace.slug}: {scored.answers} answers scored, {scored.days} days rolled up")
