"""Changing a workspace so that it can be told and undone: edits, the file, and where the two disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.journal import LOCAL
from geo_tracker.storage.models import Audit, Brand, Workspace
from geo_tracker.workspaces.apply import Change, apply
from geo_tracker.workspaces.current import file_of
from geo_tracker.workspaces.edits import Difference, differences, items, patched
from geo_tracker.workspaces.file import WorkspaceFile, checked


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a file did."""

    changes: Sequence[Change]
    kept: Sequence[Difference]
    """Changes of the dashboard that the file does not have: they stay."""


def change(
    session: Session, slug: str, wanted: Iterable[Difference], *, who: str, now: datetime, reason: str = ""
) -> Audit | None:
    """Make changes to what a workspace declares and keep them in its history; None where nothing changes.

    Raises `UsageError` where the outcome is no valid workspace file, or an item is no longer as it was when the change
    was made. Call inside a writing transaction.
    """
    workspace = workspace_named(session, slug)
    return _change(
        session, workspace, list(wanted), Audit(who=who, at=now, via="dashboard", reason=reason), now
    )


def _change(
    session: Session, workspace: Workspace, wanted: list[Difference], note: Audit, now: datetime
) -> Audit | None:
    whole = file_of(session, workspace, tracked=True)
    after = patched(whole, wanted)
    found = differences(whole, after)
    stale = [each.name for each in wanted if _was(whole, each) != each.before]
    if stale:
        raise UsageError(f"{', '.join(stale)}: changed by somebody else in the meantime: look again")
    if not found:
        return None
    if workspace.applied is None:
        workspace.applied = file_of(session, workspace).model_dump(mode="json")
    touched = {each.key for each in found if each.section == "brands"}
    undeclared = {name for name in _undeclared(session, workspace) if name not in touched}
    kept = [brand for brand in after.brands if brand.name not in undeclared]
    _adopt_dropped(session, workspace, found)
    apply(session, after.model_copy(update={"brands": kept}), now)
    note.workspace_id, note.changes = workspace.id, [each.record() for each in found]
    session.add(note)
    session.add(workspace)
    return note


def _was(file: WorkspaceFile, of: Difference) -> object:
    return items(file).get(of.place)


def _undeclared(session: Session, workspace: Workspace) -> list[str]:
    mine = select(Brand.name).where(Brand.workspace_id == workspace.id, col(Brand.declared).is_(False))
    return list(session.exec(mine).all())


def _adopt_dropped(session: Session, workspace: Workspace, found: Sequence[Difference]) -> None:
    """`apply` leaves brands alone that no file declares: those that are dropped here are declared first."""
    gone = [each.key for each in found if each.section == "brands" and each.after is None]
    mine = select(Brand).where(Brand.workspace_id == workspace.id, col(Brand.name).in_(gone))
    for brand in session.exec(mine).all():
        brand.declared = True
        session.add(brand)
    session.flush()


def undo(session: Session, slug: str, number: int, *, who: str, now: datetime) -> Audit:
    """Take a change of the history back; raises `UsageError` where one of its items was changed again since."""
    workspace = workspace_named(session, slug)
    row = session.get(Audit, number)
    if row is None or row.workspace_id != workspace.id or row.kind != "workspace" or row.undone:
        raise UsageError(f"there is no change {number} of {slug!r} to undo")
    back = [Difference(**each).back for each in row.changes]
    note = _change(session, workspace, back, Audit(who=who, at=now, via="undo", reason=f"#{number}"), now)
    if note is None:
        raise UsageError(f"change {number} of {slug!r} has no effect any more")
    row.undone = True
    session.add(row)
    return note


def apply_file(
    session: Session, file: WorkspaceFile, now: datetime, *, who: str = LOCAL, overwrite: bool = False
) -> Applied:
    """Bring the database to a file without losing what was changed elsewhere since the file was last applied.

    An item that only the file changed is taken, one that only the dashboard changed stays; where both changed it to
    different things, nothing is applied and `UsageError` names them. `overwrite` takes the file's word for all.
    """
    workspace = session.exec(select(Workspace).where(Workspace.slug == file.workspace.slug)).first()
    before = file_of(session, workspace) if workspace else None
    kept: list[Difference] = []
    wanted = file
    if workspace and before and workspace.applied and not overwrite:
        kept = _kept(checked(workspace.applied, stored=True), before, file)
        wanted = patched(file, kept)
    changes = apply(session, wanted, now)
    workspace = workspace_named(session, file.workspace.slug)
    workspace.applied = file.model_dump(mode="json")
    session.add(workspace)
    session.flush()
    found = differences(before, file_of(session, workspace)) if before else []
    if found:
        note = Audit(workspace_id=workspace.id, at=now, who=who, via="apply")
        note.changes = [each.record() for each in found]
        session.add(note)
    return Applied(changes, kept)


def _kept(base: WorkspaceFile, ours: WorkspaceFile, theirs: WorkspaceFile) -> list[Difference]:
    """What was changed in the dashboard and not in the file; raises `UsageError` where both changed it."""
    there = {each.place: each for each in differences(base, theirs)}
    here = [each for each in differences(base, ours) if getattr(theirs, each.section, ()) is not None]
    both = [each for each in here if each.place in there and there[each.place].after != each.after]
    if both:
        lines = [f"{each.section} {each.name}: changed in the dashboard and in the file" for each in both]
        told = "; 'workspace export' brings the dashboard's into the file, --overwrite takes the file's"
        raise UsageError("\n".join(lines) + told)
    return [each for each in here if each.place not in there]


def history(session: Session, slug: str, *, offset: int = 0, limit: int = 20) -> list[Audit]:
    """What was changed, the newest first."""
    workspace = workspace_named(session, slug)
    mine = select(Audit).where(*_changes(workspace)).order_by(col(Audit.id).desc())
    return list(session.exec(mine.offset(offset).limit(limit)).all())


def count_history(session: Session, slug: str) -> int:
    """How many changes `history` can list."""
    workspace = workspace_named(session, slug)
    counted = select(func.count()).select_from(Audit).where(*_changes(workspace))
    return int(session.exec(counted).one())


def _changes(workspace: Workspace) -> tuple[Any, ...]:
    """Changes of what the workspace declares, among all that the table has."""
    return (Audit.workspace_id == workspace.id, Audit.kind == "workspace")
