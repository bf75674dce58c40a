"""Whether the pages that an answer cites say what its sentences say, as far as their texts tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlmodel import Session, col, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.pages.support import PageEvidence, Verdict
from geo_tracker.extract.records import Document, Sentence
from geo_tracker.extract.scores import carrying
from geo_tracker.extract.text.excerpts import plain
from geo_tracker.extract.text.sentences import count_words, read
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Citation, Page, PageStatus, Workspace

MAX_TEXT = 60_000
"""Characters of a page that are searched."""
MAX_CHECKS = 60
"""Sentences that are checked at a time."""
MAX_SENTENCE = 600
_END = re.compile(r"(?<=[.!?])(?=\s|\0)|(?<=[。！？|])")
UNREAD = {
    PageStatus.PLANNED: "planned",
    PageStatus.MOVED: "planned",
    PageStatus.FAILED: "failed",
    PageStatus.BLOCKED: "blocked",
}


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of an answer that rests on a source, held against the page."""

    answer_id: int
    position: int
    """Of the citation in its answer."""
    sentence: str
    """What of it rests on the source: of a long list item only the statement before the marker."""
    verdict: Verdict | None
    """None where the page was not read."""
    unread: str | None
    """Why not: `planned`, `failed`, `blocked`, `login`, `captcha`, `javascript`, `gone` or `empty`."""
    quote: str | None
    """The passage of the page that says it best."""
    missing: tuple[str, ...] = ()
    """Numbers of the sentence that the passage does not hold."""


def read_support(session: Session, slug: str, answer_id: int) -> list[CheckedSentence]:
    """The sentences of an answer that carry citations, by citation; empty where the engine gives no places."""
    workspace = workspace_named(session, slug)
    answer = session.get(Answer, answer_id)
    if answer is None or answer.workspace_id != workspace.id:
        raise UsageError(f"no answer {answer_id} in workspace {slug!r}")
    cited = select(Citation, Page).outerjoin(Page, col(Page.id) == col(Citation.page_id))
    rows = session.exec(cited.where(Citation.answer_id == answer_id).order_by(col(Citation.position))).all()
    evidence = _Evidence()
    document = read(answer.text or "")
    each = (
        checked
        for citation, page in rows
        if citation.role == "cited"
        for checked in _checked(document, citation, page, evidence)
    )
    return list(islice(each, MAX_CHECKS))


def read_page_support(
    session: Session, slug: str, page_id: int, answer_ids: Sequence[int]
) -> list[CheckedSentence]:
    """The sentences with which these answers of a workspace rest on one page, in the order of the answers."""
    workspace = workspace_named(session, slug)
    page = session.get(Page, page_id)
    evidence = _Evidence()
    each = (
        checked
        for answer, citation in _citing(session, workspace, page_id, answer_ids)
        for checked in _checked(read(answer.text or ""), citation, page, evidence)
    )
    return list(islice(each, MAX_CHECKS))


def _citing(
    session: Session, workspace: Workspace, page_id: int, answer_ids: Sequence[int]
) -> list[tuple[Answer, Citation]]:
    found = select(Answer, Citation).join(Citation, col(Citation.answer_id) == col(Answer.id))
    mine = (Answer.workspace_id == workspace.id, col(Answer.id).in_(answer_ids))
    rows = session.exec(found.where(*mine, Citation.page_id == page_id, Citation.role == "cited")).all()
    return sorted(rows, key=lambda row: (answer_ids.index(row[0].id), row[1].position))


class _Evidence:
    """Pages, each cut into passages once."""

    def __init__(self) -> None:
        self._pages: dict[int, PageEvidence] = {}

    def of(self, page: Page) -> PageEvidence:
        if page.id not in self._pages:
            self._pages[page.id] = PageEvidence((page.text or "")[:MAX_TEXT])
        return self._pages[page.id]


def _checked(
    document: Document, citation: Citation, page: Page | None, evidence: _Evidence
) -> Iterator[CheckedSentence]:
    unread = _unread(page)
    for statement in _statements(document, citation.spans):
        place = (citation.answer_id, citation.position, statement)
        if unread or page is None:
            yield CheckedSentence(*place, verdict=None, unread=unread, quote=None)
        else:
            found = evidence.of(page).check(statement)
            yield CheckedSentence(*place, found.verdict, None, found.quote, found.missing)


def _statements(document: Document, spans: Sequence[Sequence[int]]) -> list[str]:
    """What rests on a citation, each once, without markers, addresses and code."""
    found: dict[str, None] = {}
    for start, end in spans:
        for index in sorted(carrying(document, start, end)):
            text = _statement(document, document.sentences[index], start, end)
            found[plain(text)[:MAX_SENTENCE]] = None
    return [text for text in found if text]


def _statement(document: Document, sentence: Sentence, start: int, end: int) -> str:
    """The part of a sentence that a passage covers, or that stands before a marker."""
    covered = document.clean[max(start, sentence.start) : min(end, sentence.end)]
    if count_words(covered):
        return covered
    before = document.clean[sentence.start : min(max(start, sentence.start), sentence.end)]
    parts = [part for part in _END.split(before) if count_words(part)]
    return parts[-1] if parts else document.clean[sentence.start : sentence.end]


def _unread(page: Page | None) -> str | None:
    """Why a page cannot be held against anything; None where it can."""
    if page is None:
        return "blocked"
    if page.wall:
        return page.wall
    if page.status != PageStatus.FETCHED:
        return UNREAD[page.status]
    return None if (page.text or "").strip() else "empty"
