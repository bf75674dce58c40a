"""Days where a workspace is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from geo_tracker.storage.models import Workspace


def last_possible_day(workspace: Workspace) -> date:
    """Tomorrow where the workspace is: the world's clocks are up to a day ahead of it."""
    return day_of(datetime.now(UTC), workspace) + timedelta(days=1)


def day_of(moment: datetime, workspace: Workspace) -> date:
    """The day of a moment where the workspace is."""
    return moment.astimezone(ZoneInfo(workspace.timezone)).date()
