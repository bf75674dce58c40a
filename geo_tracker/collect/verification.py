"""Whether the archive holds what the rows rest on: every body unpacked and compared with its sha256."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage.archive import Archive, MissingBody
from geo_tracker.storage.database import reading
from geo_tracker.storage.models import Answer, Body, Page, PageVersion, Workspace

BATCH = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """A body that is not what it should be, and a row that rests on it."""

    sha256: str
    state: str
    """missing | damaged"""
    used_by: str | None
    """`answer 12 of demo-zh` or `page https://…`, the first of them; None where no row rests on it."""
    detail: str

    def record(self) -> dict[str, Any]:
        """The fault as one JSON object."""
        return asdict(self)


@dataclass(slots=True)
class Verified:
    """How many bodies were looked at; grows while `faults` is read."""

    bodies: int = 0
    unused: int = 0
    """Of them, those that no row rests on: of deleted workspaces or interrupted work, harmless."""


def faults(engine: sa.Engine, archive: Archive, counted: Verified) -> Iterator[Fault]:
    """Every missing or damaged body: those that rows rest on, then the others that the archive holds."""
    seen: set[bytes] = set()
    with reading(engine) as session:
        for sha, user in _used(session):
            if bytes.fromhex(sha) not in seen:
                seen.add(bytes.fromhex(sha))
                counted.bodies += 1
                yield from _fault(archive, sha, user)
    for sha in archive.stored():
        if not _is_sha(sha) or bytes.fromhex(sha) not in seen:
            counted.bodies += 1
            counted.unused += 1
            yield from _fault(archive, sha, None)


def _is_sha(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _fault(archive: Archive, sha: str, user: str | None) -> Iterator[Fault]:
    try:
        archive.get(sha)
    except GeoTrackerError as error:
        yield Fault(sha, "missing" if isinstance(error, MissingBody) else "damaged", user, str(error))


def _used(session: Session) -> Iterator[tuple[str, str]]:
    """Every sha256 that a row rests on, with what rests on it; streamed, since there may be millions."""
    answers = (
        sa.select(col(Body.sha256), col(Answer.id), col(Workspace.slug))
        .join(Answer, col(Answer.id) == col(Body.answer_id))
        .join(Workspace, col(Workspace.id) == col(Answer.workspace_id))
    )
    for sha, answer, slug in _streamed(session, answers.order_by(col(Body.id))):
        yield sha, f"answer {answer} of {slug}"
    pages = sa.select(col(Page.sha256), col(Page.url)).where(col(Page.sha256).is_not(None))
    for sha, url in _streamed(session, pages.order_by(col(Page.id))):
        yield sha, f"page {url}"
    versions = sa.select(col(PageVersion.sha256), col(Page.url), col(PageVersion.version)).join(
        Page, col(Page.id) == col(PageVersion.page_id)
    )
    for sha, url, version in _streamed(session, versions.order_by(col(Page.id), col(PageVersion.version))):
        yield sha, f"version {version} of page {url}"


def _streamed(session: Session, statement: sa.Executable) -> Any:
    return session.connection().execution_options(yield_per=BATCH).execute(statement)
