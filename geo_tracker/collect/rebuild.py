"""Rebuild what was parsed, from the archive alone: the first half of `geo-tracker score --all`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.collect.imports import rebuild
from geo_tracker.errors import GeoTrackerError
from geo_tracker.extract.pages.page import read_page
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Page, PageStatus, Workspace
from geo_tracker.storage.pages import page_columns, pages_of, save_reading
from geo_tracker.workspaces.brands import forget_scores, mark_branded

BATCH = 200
PAGES = 50
"""Of one transaction: reading a page takes far longer than an answer, and other writers wait meanwhile."""


def rebuild_all(
    engine: sa.Engine, archive: Archive, workspace: Workspace, progress: Progress = no_progress
) -> list[str]:
    """Parse the stored bodies of every finished answer again and have all scores made anew.

    Returns a message for each answer whose bodies are missing or damaged; its row stays as it is.
    """
    errors: list[str] = []
    done = (Answer.workspace_id == workspace.id, col(Answer.status) != AnswerStatus.PLANNED)
    with writing(engine) as session:
        ids = list(session.exec(select(Answer.id).where(*done).order_by(col(Answer.id))).all())
    for at in range(0, len(ids), BATCH):
        with writing(engine) as session:
            for answer in session.exec(select(Answer).where(col(Answer.id).in_(ids[at : at + BATCH]))).all():
                try:
                    rebuild(session, archive, answer)
                except GeoTrackerError as error:
                    errors.append(f"answer {answer.id}: {error}")
        progress(min(at + BATCH, len(ids)), len(ids))
    errors += _rebuild_pages(engine, archive, workspace, progress)
    with writing(engine) as session:
        mark_branded(session, workspace)
        forget_scores(session, workspace)
    return errors


def _rebuild_pages(
    engine: sa.Engine, archive: Archive, workspace: Workspace, progress: Progress
) -> list[str]:
    errors: list[str] = []
    stored = (pages_of(workspace), col(Page.sha256).is_not(None))
    with reading(engine) as session:
        ids = list(session.exec(select(Page.id).where(*stored).order_by(col(Page.id))).all())
    for at in range(0, len(ids), PAGES):
        with writing(engine) as session:
            for page in session.exec(select(Page).where(col(Page.id).in_(ids[at : at + PAGES]))).all():
                try:
                    _rebuild_page(session, archive, page)
                except GeoTrackerError as error:
                    if page.status == PageStatus.FETCHED:
                        errors.append(f"page {page.url}: {error}")
        progress(min(at + PAGES, len(ids)), len(ids))
    return errors


def _rebuild_page(session: Session, archive: Archive, page: Page) -> None:
    content = read_page(archive.get(page.sha256 or ""), page.final_url or page.url, page.content_type)
    save_reading(session, page, page_columns(content))
