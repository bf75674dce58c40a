"""Which bodies of the archive rows rest on, and the removal of those that none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.storage.archive import Archive
from geo_tracker.storage.models import Answer, Body, FrozenReport, Page, PageVersion, Workspace

BATCH = 500


def used_bodies(session: Session) -> Iterator[tuple[str, str]]:
    """Every sha256 that a row rests on, with what rests on it; streamed, since there may be millions."""
    answers = (
        sa.select(col(Body.sha256), col(Answer.id), col(Workspace.slug))
        .join(Answer, col(Answer.id) == col(Body.answer_id))
        .join(Workspace, col(Workspace.id) == col(Answer.workspace_id))
    )
    kept = answers.where(col(Body.removed_at).is_(None)).order_by(col(Body.id))
    for sha, answer, slug in _streamed(session, kept):
        yield sha, f"answer {answer} of {slug}"
    pages = sa.select(col(Page.sha256), col(Page.url)).where(
        col(Page.sha256).is_not(None), col(Page.removed_at).is_(None)
    )
    for sha, url in _streamed(session, pages.order_by(col(Page.id))):
        yield sha, f"page {url}"
    versions = sa.select(col(PageVersion.sha256), col(Page.url), col(PageVersion.version)).join(
        Page, col(Page.id) == col(PageVersion.page_id)
    )
    versions = versions.where(col(PageVersion.removed_at).is_(None))
    for sha, url, version in _streamed(session, versions.order_by(col(Page.id), col(PageVersion.version))):
        yield sha, f"version {version} of page {url}"
    reports = sa.select(
        col(FrozenReport.report), col(FrozenReport.files), col(FrozenReport.month), col(Workspace.slug)
    )
    reports = reports.join(Workspace, col(Workspace.id) == col(FrozenReport.workspace_id))
    for sha, files, month, slug in _streamed(session, reports.order_by(col(FrozenReport.id))):
        for each in (sha, *(file["sha256"] for file in files)):
            yield each, f"report {month} of {slug}"


def _streamed(session: Session, statement: sa.Executable) -> Any:
    return session.connection().execution_options(yield_per=BATCH).execute(statement)


def remove_unused(session: Session, archive: Archive, candidates: Iterable[str]) -> int:
    """Remove those of the bodies that no row rests on; returns how many."""
    used = {bytes.fromhex(sha) for sha, _ in used_bodies(session)}
    removed = 0
    for sha in candidates:
        if bytes.fromhex(sha) not in used:
            archive.delete(sha)
            removed += 1
    return removed
