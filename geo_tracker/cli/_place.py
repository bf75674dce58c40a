"""Where a command works: settings, database, archive, and the workspaces in it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer
from sqlmodel import col, select

from geo_tracker.config import Settings
from geo_tracker.errors import UsageError
from geo_tracker.storage.database import migrate, open_engine, reading, workspace_named
from geo_tracker.storage.journal import LOCAL
from geo_tracker.storage.models import Workspace

if TYPE_CHECKING:
    from geo_tracker.storage.archive import Archive

Slug = Annotated[str, typer.Option("--workspace", "-w", help="Slug of a workspace, as 'status' lists them.")]
AnySlug = Annotated[str | None, typer.Option("--workspace", "-w", help="Slug; all workspaces without it.")]

ACTING = "GEO_ACTING"
"""Set by the dashboard for the commands that it starts: in whose name."""


def acting() -> str:
    """In whose name the command does what it does, for the journal."""
    return os.environ.get(ACTING) or LOCAL


class Place:
    """Settings, an up-to-date database and the archive."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_environment()
        self.engine: sa.Engine = open_engine(self.settings.database_url)
        migrate(self.engine)

    @cached_property
    def archive(self) -> Archive:
        """Opened when a command asks for it: its file systems take 20 ms to load."""
        from geo_tracker.storage.archive import Archive

        return Archive(self.settings.archive_url)

    def workspace(self, slug: str) -> Workspace:
        """The workspace of that slug; raises `UsageError` that lists the known ones."""
        with reading(self.engine) as session:
            return workspace_named(session, slug)

    def workspaces(self, slug: str | None) -> list[Workspace]:
        """The one of that slug, or all; raises `UsageError` where there is none."""
        if slug:
            return [self.workspace(slug)]
        with reading(self.engine) as session:
            found = list(session.exec(select(Workspace).order_by(col(Workspace.slug))).all())
        if not found:
            raise UsageError(
                "no workspace yet: write one with 'geo-tracker init', then 'geo-tracker apply FILE'"
            )
        return found
