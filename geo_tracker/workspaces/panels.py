"""What a workspace asks: its panels and prompts in use."""

from __future__ import annotations

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.storage.models import Panel, Prompt, Workspace


def panels_of(session: Session, workspace: Workspace, name: str | None = None) -> list[Panel]:
    """The active panels, or the one of that name; raises `UsageError` if there is none."""
    active = (Panel.workspace_id == workspace.id, col(Panel.archived_at).is_(None))
    panels = list(session.exec(select(Panel).where(*active).order_by(col(Panel.id))).all())
    chosen = [panel for panel in panels if name in (None, panel.name)]
    if not chosen:
        known = ", ".join(panel.name for panel in panels) or "none"
        raise UsageError(f"workspace {workspace.slug} has no panel {name or ''} to run; panels: {known}")
    return chosen


def active_prompts(session: Session, workspace: Workspace) -> list[Prompt]:
    """The declared prompts in the file's order."""
    active = (
        Prompt.workspace_id == workspace.id,
        col(Prompt.declared).is_(True),
        col(Prompt.archived_at).is_(None),
    )
    return list(session.exec(select(Prompt).where(*active).order_by(col(Prompt.position))).all())
