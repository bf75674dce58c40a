"""Answers as rows: their bodies, sources and searches, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, update

from geo_tracker.captures.modes import mode_of
from geo_tracker.engines.base import EngineError, ErrorKind, ParsedAnswer, ParsedCitation
from geo_tracker.extract.urls import canonical, domain
from geo_tracker.storage.database import insert_new, storable
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Citation,
    Offer,
    SearchQuery,
)
from geo_tracker.storage.pages import Planned, crawlable, plan_addresses

Row = dict[str, Any]

WHY_NOT_VALID = {
    AnswerStatus.EMPTY: (ErrorKind.EMPTY, "the engine returned no text"),
    AnswerStatus.CUT: (ErrorKind.CUT, "the answer stops before its end"),
}


SOURCE = tuple(field.name for field in fields(ParsedCitation))
BY_HAND = "session:"
"""What the key of a row begins with that a person asks in an app: no crawler takes it."""
RELEASED: Row = {"claimed_by": None, "claimed_until": None, "retry_at": None}
"""Columns of an answer that nobody works on any more."""
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


class AnswerColumns(NamedTuple):
    """A parsed answer as rows, made without a database."""

    own: Row
    """Of the answer itself."""
    sources: list[Row]
    """Each with the canonical `address` of where it leads."""
    queries: tuple[str, ...]
    addresses: dict[str, str]
    """Those that may be crawled, with their registrable domains."""


def answer_columns(parsed: ParsedAnswer) -> AnswerColumns:
    """What an answer's row and those of its sources and queries say."""
    parsed = storable(parsed)
    sources = [_source(cited) for cited in parsed.citations]
    return AnswerColumns(
        _own(parsed), sources, parsed.queries, crawlable(cited.url for cited in parsed.citations)
    )


def save_answers(session: Session, pairs: Sequence[tuple[Answer, ParsedAnswer]], at: datetime | None) -> None:
    """As `save_answer` for many rows in a few statements; all of them are of the sandbox, or none is."""
    clear_answer(session, [answer.id for answer, _ in pairs if answer.captured_at])
    rows = {answer.id: answer_columns(parsed) for answer, parsed in pairs}
    for answer, _ in pairs:
        for name, value in {**rows[answer.id].own, "captured_at": at}.items():
            setattr(answer, name, value)
        session.add(answer)
    session.flush()
    save_sources(session, rows, sandbox=any(answer.sandbox for answer, _ in pairs))


def save_sources(session: Session, answers: Mapping[int, AnswerColumns], *, sandbox: bool) -> None:
    """Write the sources and queries of answers that have none yet, and plan the pages that they lead to."""
    addresses = {url: of for each in answers.values() for url, of in each.addresses.items()}
    pages = plan_addresses(session, addresses, sandbox=sandbox)
    insert_new(session, Citation, _rows(answers, lambda each: (_placed(row, pages) for row in each.sources)))
    insert_new(session, SearchQuery, _rows(answers, lambda each: ({"text": text} for text in each.queries)))


def _status(parsed: ParsedAnswer) -> AnswerStatus:
    if not parsed.text.strip():
        return AnswerStatus.EMPTY
    return AnswerStatus.CUT if parsed.cut else AnswerStatus.CAPTURED


def _own(parsed: ParsedAnswer) -> Row:
    status = _status(parsed)
    kind, error = WHY_NOT_VALID.get(status, (None, None))
    return {
        "status": status,
        "text": parsed.text,
        "model": parsed.model,
        "search": parsed.search,
        "mode": mode_of(parsed.usage),
        "finish_reason": parsed.finish_reason,
        "follow_ups": list(parsed.follow_ups),
        "cards": [asdict(card) for card in parsed.offers],
        "usage": dict(parsed.usage),
        "cost": parsed.cost,
        "currency": parsed.currency,
        "unknown_blocks": [dict(block) for block in parsed.unknown_blocks],
        "error_kind": kind,
        "error": error,
        "rules": None,
        **RELEASED,
    }


def _source(cited: ParsedCitation) -> Row:
    row = {name: getattr(cited, name) for name in SOURCE}
    address = canonical(cited.url)
    return {
        **row,
        "spans": [list(span) for span in cited.spans],
        "address": address,
        "domain": domain(address) or "",
    }


def _placed(source: Row, pages: Mapping[str, Planned]) -> Row:
    """A source on the domain of the page that it leads to, as far as that is known."""
    page = pages.get(source["address"])
    row = {name: value for name, value in source.items() if name != "address"}
    return {**row, "page_id": page and page.id, "domain": (page and page.domain) or source["domain"]}


def _rows(answers: Mapping[int, AnswerColumns], parts: Callable[[AnswerColumns], Iterable[Row]]) -> list[Row]:
    return [
        {"answer_id": answer_id, "position": position, **part}
        for answer_id, each in answers.items()
        for position, part in enumerate(parts(each))
    ]


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
    for name, value in RELEASED.items():
        setattr(answer, name, value)
