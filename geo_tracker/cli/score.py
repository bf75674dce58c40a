"""Score answers, or rebuild everything from the archive; say what that moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_tracker.cli._after import look_after
from geo_tracker.cli._console import Json, emit, progress, say, warn
from geo_tracker.cli._place import AnySlug, Place
from geo_tracker.score.answers import score as score_answers
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Workspace
from geo_tracker.storage.retention import count_removed

if TYPE_CHECKING:
    from geo_tracker.queries.rescoring import Cause, Moved, Snapshot

app = typer.Typer()


@app.command()
def score(
    workspace: AnySlug = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Rebuild every derived row from the archive, not only what is new.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Print which numbers moved, before and after, and samples of why."),
    ] = False,
    samples: Annotated[int, typer.Option(min=0, max=100, help="Answers shown per reason.")] = 3,
    json: Json = False,
) -> None:
    """Score answers that are new or whose brands or cited pages changed."""
    place = Place()
    complete = True
    for each in place.workspaces(workspace):
        before = _snapshot(place, each) if explain else None
        complete &= _score(place, each, everything=everything)
        if before:
            _explain(place, each, before, samples, json=json)
    if not complete:
        raise typer.Exit(1)


def _score(place: Place, workspace: Workspace, *, everything: bool) -> bool:
    """Score a workspace; False if anything of it could not be rebuilt."""
    errors: list[str] = []
    if everything:
        from geo_tracker.collect.rebuild import rebuild_all  # only it waits for what reads pages

        with progress(f"{workspace.slug}: reading archive") as bar:
            errors = rebuild_all(place.engine, place.archive, workspace, bar)
        for error in errors:
            warn(error)
        _tell_removed(place, workspace)
    with progress(f"{workspace.slug}: scoring") as bar:
        scored = score_answers(place.engine, place.archive, workspace, bar)
    say(f"{workspace.slug}: {scored.answers} answers scored, {scored.days} days rolled up")
    look_after(place, workspace.slug, scored.days)
    return not errors


def _tell_removed(place: Place, workspace: Workspace) -> None:
    """What could not be read again because it is kept no longer: its numbers stay as they are."""
    with reading(place.engine) as session:
        gone = count_removed(session, workspace)
    if any(gone.values()):
        say(
            f"{workspace.slug}: raw bodies of {gone['answers']} answers, texts of {gone['pages']} pages were removed "
            "(retention): what was read from them stays as it is"
        )


def _snapshot(place: Place, workspace: Workspace) -> Snapshot:
    from geo_tracker.queries.rescoring import take_snapshot  # only --explain waits for pandas

    with reading(place.engine) as session:
        return take_snapshot(session, workspace.slug)


def _explain(place: Place, workspace: Workspace, before: Snapshot, samples: int, *, json: bool) -> None:
    from geo_tracker.queries.rescoring import causes, moved

    after = _snapshot(place, workspace)
    numbers = moved(before, after)
    with reading(place.engine) as session:
        reasons = causes(session, before, after, samples)
    if json:
        records = [*(number.record() for number in numbers), *(reason.record() for reason in reasons)]
        emit(({"workspace": workspace.slug, **record} for record in records), json=True)
    elif numbers or reasons:
        emit(map(_number, numbers), json=False, title=f"{workspace.slug}: numbers that moved")
        emit((row for cause in reasons for row in _reason(cause)), json=False, title=f"{workspace.slug}: why")
    else:
        say(f"{workspace.slug}: no number moved")


def _number(of: Moved) -> dict[str, Any]:
    record = of.record()
    return {
        "brand": of.brand,
        "metric": of.metric,
        "before": _of(record["before"]),
        "after": _of(record["after"]),
    }


def _of(numbers: Mapping[str, Any] | None) -> str | None:
    """A value with the sums it is made of: `0.25 (5 / 20)`."""
    if numbers is None or numbers["value"] is None:
        return None
    return f"{numbers['value']:.3f} ({numbers['numerator']:.6g} / {numbers['denominator']:.6g})"


def _reason(cause: Cause) -> Iterator[dict[str, Any]]:
    """One row per sample; the counts stand in the first."""
    what = {
        "brand": cause.brand,
        "what": cause.what,
        "change": f"{cause.before} → {cause.after}",
        "changes": cause.count,
        "answers": len(cause.answers),
    }
    rows = [{"answer": s.answer, "reason": s.reason, "text": s.text} for s in cause.samples]
    for row in rows or [{"answer": None, "reason": None, "text": None}]:
        yield {**what, **row}
        what = dict.fromkeys(what, "")
