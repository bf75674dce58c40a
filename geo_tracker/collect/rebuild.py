"""Rebuild what was parsed, from the archive alone: the first half of `geo-tracker score --all`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from geo_tracker.captures.canonical import load
from geo_tracker.captures.companion import read_again
from geo_tracker.collect.readings import captured_columns
from geo_tracker.engines import engine_named
from geo_tracker.engines.base import EngineError, EngineResponse, Prompt, answer_from
from geo_tracker.errors import GeoTrackerError
from geo_tracker.extract.pages.page import read_page
from geo_tracker.score.answers import Progress, no_progress
from geo_tracker.score.processes import WORTH, Pending, Processes, ahead, cores
from geo_tracker.storage.answers import AnswerColumns, answer_columns, clear_answer, save_sources
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import reading, update_rows, writing
from geo_tracker.storage.models import Answer, AnswerStatus, Body, Page, PageStatus, Workspace
from geo_tracker.storage.models import Prompt as StoredPrompt
from geo_tracker.storage.pages import page_columns, pages_of, save_reading
from geo_tracker.workspaces.brands import forget_scores, mark_branded

BATCH = 500
PAGES = 50
"""Of one transaction: reading a page takes far longer than an answer, and other writers wait meanwhile."""


def rebuild_all(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress = no_progress,
    *,
    processes: int | None = None,
) -> list[str]:
    """Parse the stored bodies of every finished answer again and have all scores made anew.

    Returns a message for each answer whose bodies are missing or damaged or no longer give it; its row stays as it
    is. Bodies are parsed in so many `processes`, None for one per core where there are enough; the rows are the same.
    """
    errors: list[str] = []
    with reading(engine) as session:
        ids = _finished(session, workspace)
    fitting = cores() if len(ids) >= WORTH else 1
    with Processes(processes or fitting, _same, archive) as pool:
        batches = (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
        for done, (jobs, parsed) in enumerate(ahead(_begun(engine, pool, batches)), 1):
            with writing(engine) as session:
                errors += _written(session, _unchanged(session, jobs, parsed.results()))
            progress(min(done * BATCH, len(ids)), len(ids))
    errors += _rebuild_pages(engine, archive, workspace, progress)
    with writing(engine) as session:
        mark_branded(session, workspace)
        forget_scores(session, workspace)
    return errors


class _Bodies(NamedTuple):
    """The archived bodies of an answer, and how it was asked."""

    answer_id: int
    engine: str
    imported: bool
    has_text: bool
    prompt: Prompt
    bodies: tuple[tuple[int, str], ...]
    """HTTP status and sha256, in order."""


def _same(archive: Archive) -> Archive:
    return archive


def _parsed(archive: Archive, of: _Bodies) -> AnswerColumns | str | None:
    """An answer from its bodies: its rows, or what is wrong with them; None for one that failed and still does."""
    try:
        bodies = [(status, archive.get(sha)) for status, sha in of.bodies]
        if of.imported:
            kept = load(bodies[0][1])
            return captured_columns(read_again(kept, bodies[1][1]) if bodies[1:] else kept)
        responses = [EngineResponse(status, body) for status, body in bodies]
        return answer_columns(answer_from(engine_named(of.engine), responses, of.prompt))
    except EngineError as error:
        return f"answer {of.answer_id}: {error}" if of.has_text else None
    except GeoTrackerError as error:
        return f"answer {of.answer_id}: {error}"


def _finished(session: Session, workspace: Workspace) -> Sequence[int]:
    done = (Answer.workspace_id == workspace.id, col(Answer.status) != AnswerStatus.PLANNED)
    return session.exec(select(Answer.id).where(*done).order_by(col(Answer.id))).all()


def _begun(
    engine: sa.Engine, pool: Processes[Archive], batches: Iterable[Sequence[int]]
) -> Iterator[tuple[Sequence[_Bodies], Pending[AnswerColumns | str | None]]]:
    for ids in batches:
        with reading(engine) as session:
            jobs = _bodies(session, ids)
        yield jobs, pool.run(_parsed, jobs)


def _bodies(session: Session, ids: Sequence[int]) -> list[_Bodies]:
    """What there is to parse of these answers; those without bodies are left out."""
    current = (col(Body.answer_id).in_(ids), col(Body.superseded).is_(False))
    found: dict[int, list[tuple[int, str]]] = {}
    removed = select(Body.answer_id).where(col(Body.answer_id).in_(ids), col(Body.removed_at).is_not(None))
    columns = sa.select(col(Body.answer_id), col(Body.status), col(Body.sha256)).where(*current)
    columns = columns.where(col(Body.answer_id).not_in(removed))  # what was read of them stays
    for answer_id, status, sha in session.connection().execute(
        columns.order_by(col(Body.answer_id), col(Body.step))
    ):
        found.setdefault(answer_id, []).append((status, sha))
    asked = sa.select(
        col(Answer.id),
        col(Answer.engine),
        col(Answer.key),
        col(Answer.status),
        col(StoredPrompt.text),
        col(StoredPrompt.language),
        col(StoredPrompt.country),
    ).join(StoredPrompt, col(StoredPrompt.id) == col(Answer.prompt_id))
    rows = session.connection().execute(asked.where(col(Answer.id).in_(found)).order_by(col(Answer.id)))
    return [
        _Bodies(
            row.id,
            row.engine,
            row.key.startswith("import:"),
            AnswerStatus(row.status).has_text,
            Prompt(row.text, row.language or None, row.country or None),
            tuple(found[row.id]),
        )
        for row in rows
    ]


def _unchanged(
    session: Session, jobs: Sequence[_Bodies], results: Sequence[AnswerColumns | str | None]
) -> dict[int, AnswerColumns | str | None]:
    """The results by answer, without those of answers that got other bodies since these were parsed."""
    now = {job.answer_id: job for job in _bodies(session, [job.answer_id for job in jobs])}
    return {
        job.answer_id: result
        for job, result in zip(jobs, results, strict=True)
        if now.get(job.answer_id) == job
    }


def _written(session: Session, results: Mapping[int, AnswerColumns | str | None]) -> list[str]:
    """Write parsed answers over their rows; returns what is wrong with the others."""
    good = {answer_id: each for answer_id, each in results.items() if isinstance(each, AnswerColumns)}
    clear_answer(session, list(good))
    update_rows(session, Answer, {answer_id: each.own for answer_id, each in good.items()})
    for sandbox, ids in _by_origin(session, list(good)).items():
        save_sources(session, {answer_id: good[answer_id] for answer_id in ids}, sandbox=sandbox)
    return [each for each in results.values() if isinstance(each, str)]


def _by_origin(session: Session, ids: Sequence[int]) -> dict[bool, list[int]]:
    """Answers by whether they are of the sandbox."""
    found: dict[bool, list[int]] = {}
    rows = sa.select(col(Answer.sandbox), col(Answer.id)).where(col(Answer.id).in_(ids))
    for sandbox, answer_id in session.connection().execute(rows.order_by(col(Answer.id))):
        found.setdefault(sandbox, []).append(answer_id)
    return found


def _rebuild_pages(
    engine: sa.Engine, archive: Archive, workspace: Workspace, progress: Progress
) -> list[str]:
    errors: list[str] = []
    stored = (pages_of(workspace), col(Page.sha256).is_not(None), col(Page.removed_at).is_(None))
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
