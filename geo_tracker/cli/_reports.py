"""The months' reports that are due, frozen and sent, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from geo_tracker.cli._console import emit, say, warn
from geo_tracker.cli._place import Place, acting
from geo_tracker.errors import GeoTrackerError
from geo_tracker.reports.delivery import targets
from geo_tracker.reports.making import Made
from geo_tracker.reports.monthly import freeze_month, give_up, has_due, month_over, send_month
from geo_tracker.storage.database import reading, workspace_named, writing
from geo_tracker.storage.journal import note
from geo_tracker.storage.models import Workspace


def send_months(place: Place, found: Sequence[Workspace], *, dry_run: bool, json: bool) -> bool:
    """Freeze and send what is due, or show it; False if any did not arrive, which is told."""
    now = datetime.now(UTC)
    with reading(place.engine) as session:
        due = [each for each in found if has_due(session, each, place.settings.environment, now)]
    if dry_run:
        emit(({"workspace": each.slug, "month": str(month_over(each, now))} for each in due), json=json)
        return True
    arrived = [_sent(place, each, now) for each in due]  # one that fails does not stop the others
    return all(arrived)


def _sent(place: Place, workspace: Workspace, now: datetime) -> bool:
    lost = give_up(place.engine, workspace, now)
    for row in lost:
        warn(f"{workspace.slug}: report to {row.shown} given up: {row.error}")
    try:
        made = freeze_month(place.engine, place.archive, workspace, place.settings, now, acting())
        to = targets(place.settings.environment, workspace.slug) if made else []
    except GeoTrackerError as error:
        warn(f"{workspace.slug}: report not sent: {error}")
        return False
    arrived = not lost
    for each in send_month(place.engine, workspace, made, to, now):
        noted(place, made, each.target, each.error)
        if each.error:
            warn(f"{workspace.slug}: report did not arrive at {each.target}; tried again later: {each.error}")
            arrived = False
        else:
            say(f"{workspace.slug}: report of {month_over(workspace, now)} sent to {each.target}")
    return arrived


def noted(place: Place, made: Sequence[Made], target: str, error: str) -> None:
    """Write down what went where."""
    with writing(place.engine) as session:
        workspace = workspace_named(session, made[0].workspace)
        told = {"files": [file.name for file in made], "error": error}
        note(session, workspace, acting(), datetime.now(UTC), "report", "send", target, after=told)
