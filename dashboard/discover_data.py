"""What the page Discover reads and decides, kept as in `dashboard.data`."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard import person
from dashboard.caching import database, kept, look_again, reading_run
from geo_tracker.config import Settings
from geo_tracker.queries.candidates import Candidate, read_candidates, track
from geo_tracker.queries.facts import Selection
from geo_tracker.queries.unsure import Unsure, read_unsure
from geo_tracker.score.answers import Progress, score
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Workspace
from geo_tracker.workspaces.lessons import Lesson, forget, lessons, teach
from geo_tracker.workspaces.priors import Prior, forget_learnt, learn, priors


@kept(50)
def candidates(url: str, filters: Selection, limit: int) -> list[Candidate]:
    with reading_run(url) as session:
        return read_candidates(session, filters, limit)


def track_brand(url: str, slug: str, name: str, progress: Progress) -> None:
    """Track a name, score all answers with it and have every page read anew."""
    with person.changing(url, slug, "edit") as (session, _):
        workspace = workspace_named(session, slug)
        track(session, workspace, name)
    _score_again(url, workspace, progress)


def unsure(url: str, filters: Selection, limit: int) -> list[Unsure]:
    with reading_run(url) as session:
        return read_unsure(session, filters, limit)


def rules(url: str, slug: str) -> list[Lesson]:
    with reading_run(url) as session:
        return lessons(session, workspace_named(session, slug))


def decide(url: str, slug: str, place: str, progress: Progress, *, brand: bool) -> None:
    """Teach the workspace whether an unsure mention is the brand, and score all answers with the rule."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        teach(session, workspace, place, brand=brand, word=None)
    _score_again(url, workspace, progress)


def undo(url: str, slug: str, number: int, progress: Progress) -> None:
    """Take a taught rule back, and score all answers without it."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        forget(session, workspace, number)
    _score_again(url, workspace, progress)


def learnt(url: str, slug: str) -> list[Prior]:
    with reading_run(url) as session:
        return priors(session, workspace_named(session, slug))


def learn_uses(url: str, slug: str, progress: Progress, *, drop: bool) -> None:
    """Learn from all answers how they use each name, or drop that, and score them again if that changed."""
    with person.changing(url, slug, "mark") as (session, _):
        workspace = workspace_named(session, slug)
        changed = drop and forget_learnt(session, workspace)
    if not drop:  # reads for long: not inside the transaction
        changed = learn(database(url), workspace, datetime.now(UTC), progress)
    if changed:
        _score_again(url, workspace, progress)


def _score_again(url: str, workspace: Workspace, progress: Progress) -> None:
    score(database(url), Archive(Settings.from_environment().archive_url), workspace, progress)
    look_again()
