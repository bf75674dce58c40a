"""Answers as rows: their bodies, sources and searches, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, update

from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer
from geo_tracker.extract.urls import canonical, domain
from geo_tracker.storage.database import insert_new, storable
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Offer,
    Page,
    SearchQuery,
)
from geo_tracker.storage.pages import plan_pages

WHY_NOT_VALID = {
    AnswerStatus.EMPTY: (ErrorKind.EMPTY, "the engine returned no text"),
    AnswerStatus.CUT: (ErrorKind.CUT, "the answer stops before its end"),
}


STATUS_OF_ERROR = {ErrorKind.REFUSED: AnswerStatus.REFUSED, ErrorKind.EMPTY: AnswerStatus.EMPTY}


def save_bodies(session: Session, bodies: Sequence[Body]) -> None:
    """Record archived responses of engines, before anything parses them."""
    session.add_all(bodies)


def supersede(session: Session, answer_id: int, step: int) -> None:
    """Mark the bodies of an answer from a step on as failures that were retried: evidence, never replayed."""
    retried = (col(Body.answer_id) == answer_id, col(Body.step) >= step)
    session.exec(update(Body).where(*retried).values(superseded=True))


def save_answer(session: Session, answer: Answer, parsed: ParsedAnswer, at: datetime | None) -> None:
    """Fill a row from a parsed answer and write its sources and queries anew."""
    save_answers(session, [(answer, parsed)], at)


def save_answers(session: Session, pairs: Sequence[tuple[Answer, ParsedAnswer]], at: datetime | None) -> None:
    """As `save_answer` for many rows in a few statements; all of them are of the sandbox, or none is."""
    pairs = [(answer, storable(parsed)) for answer, parsed in pairs]
    clear_answer(session, [answer.id for answer, _ in pairs if answer.captured_at])
    for answer, parsed in pairs:
        _fill(answer, parsed, at)
        session.add(answer)
    session.flush()
    urls = [cited.url for _, parsed in pairs for cited in parsed.citations]
    pages = plan_pages(session, urls, sandbox=any(answer.sandbox for answer, _ in pairs))
    domains = _domains(session, pages.values())
    insert_new(session, Citation, _rows(pairs, lambda parsed: _citations(parsed, pages, domains)))
    insert_new(session, SearchQuery, _rows(pairs, lambda parsed: ({"text": text} for text in parsed.queries)))


def _status(parsed: ParsedAnswer) -> AnswerStatus:
    if not parsed.text.strip():
        return AnswerStatus.EMPTY
    return AnswerStatus.CUT if parsed.cut else AnswerStatus.CAPTURED


def _fill(answer: Answer, parsed: ParsedAnswer, at: datetime | None) -> None:
    answer.status = _status(parsed)
    answer.captured_at = at
    answer.text = parsed.text
    answer.model = parsed.model
    answer.search = parsed.search
    answer.finish_reason = parsed.finish_reason
    answer.follow_ups = list(parsed.follow_ups)
    answer.cards = [asdict(card) for card in parsed.offers]
    answer.usage = dict(parsed.usage)
    answer.cost, answer.currency = parsed.cost, parsed.currency
    answer.unknown_blocks = [dict(block) for block in parsed.unknown_blocks]
    answer.error_kind, answer.error = WHY_NOT_VALID.get(answer.status, (None, None))
    answer.rules = None
    _release(answer)


def _rows(
    pairs: Sequence[tuple[Answer, ParsedAnswer]], parts: Callable[[ParsedAnswer], Iterable[dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [
        {"answer_id": answer.id, "position": position, **part}
        for answer, parsed in pairs
        for position, part in enumerate(parts(parsed))
    ]


def _citations(
    parsed: ParsedAnswer, pages: Mapping[str, int], domains: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    """Sources as rows, on the domain of the page that they lead to, as far as that is known."""
    for cited in parsed.citations:
        address = canonical(cited.url)
        page_id = pages.get(address)
        yield {
            **asdict(cited),
            "spans": [list(span) for span in cited.spans],
            "page_id": page_id,
            "domain": domains.get(page_id or 0) or domain(address) or "",
        }


def clear_answer(session: Session, answer_ids: Sequence[int]) -> None:
    """Remove what was parsed from the bodies of answers."""
    for table in (Citation, SearchQuery, Offer) if answer_ids else ():
        session.exec(delete(table).where(col(table.answer_id).in_(answer_ids)))


def save_failure(session: Session, answer: Answer, error: EngineError, at: datetime) -> None:
    """End a row with the reason; it stays in coverage and never enters a denominator."""
    answer.status = STATUS_OF_ERROR.get(error.kind, AnswerStatus.FAILED)
    answer.error_kind = error.kind
    answer.error = storable(str(error)[:500])
    answer.captured_at = at
    _release(answer)
    session.add(answer)
    clear_answer(session, [answer.id])


def postpone(session: Session, answer: Answer, error: EngineError, until: datetime | None) -> None:
    """Leave a row planned with the reason of the last failure on it; None asks again in the next run."""
    answer.error_kind = error.kind
    answer.error = storable(str(error)[:500])
    answer.retry_at = until
    answer.claimed_by = answer.claimed_until = None
    session.add(answer)


def _release(answer: Answer) -> None:
    answer.claimed_by = answer.claimed_until = answer.retry_at = None


def _domains(session: Session, page_ids: Iterable[int]) -> dict[int, str]:
    """Registrable domains by page id."""
    found = sa.select(col(Page.id), col(Page.domain)).where(col(Page.id).in_(set(page_ids)))
    return {row.id: row.domain for row in session.connection().execute(found)}
