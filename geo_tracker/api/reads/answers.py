"""Answers: a list to look through, and one with all its evidence."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from geo_tracker.api.reads.base import (
    NotFoundError,
    Page,
    Paged,
    Query,
    Read,
    Result,
    Selected,
    Word,
    about,
    page_of,
)
from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.answers import (
    AnswerDetail,
    AnswerFilters,
    AnswerRow,
    NamedSpan,
    Source,
    count_answers,
    read_answer,
    read_answers,
)
from geo_tracker.storage.models import AnswerStatus

LEFT_OUT = frozenset(
    {"id", "workspace_id", "answer_id", "page_id", "brand_id", "target_id", "raw", "source_path"}
)
"""Of an offer: keys of the database, and the engine's own words, which the offer was read from."""


class AnswersQuery(Selected, Paged):
    """Options of `answers`."""

    limit: int = Field(20, ge=1, le=200, description="Answers of this page.")
    brand: Word | None = Field(None, description="Only answers that name this brand.")
    named: bool = Field(True, description="False: only answers that do not name it.")
    status: list[AnswerStatus] = Field(
        default=[AnswerStatus.CAPTURED], description="What became of them; `captured` are the valid ones."
    )
    text: Word = Field("", description="Only answers or prompts that contain this.")
    domain: Word | None = Field(None, description="Only answers that cite this domain.")
    page_id: int | None = Field(None, ge=1, le=2**31 - 1, description="Only answers that cite this page.")

    def filters(self) -> AnswerFilters:
        """What the list is narrowed to."""
        return AnswerFilters(self.brand, self.named, tuple(self.status), self.text, self.domain, self.page_id)


class AnswersPage(Page):
    """Answers, newest first."""

    answers: list[AnswerRow]


class Answers(Read):
    """Answers of assistants, newest first, with the brands each names; `answer` has the evidence of one."""

    name = path = "answers"
    query = AnswersQuery
    result = AnswersPage
    untrusted = ("answers.text", "answers.error")

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> AnswersPage:
        selection, chosen = query.selection(session, slug), query.filters()
        page = {"offset": query.offset, "limit": query.limit}
        return AnswersPage(
            about=about(session, selection),
            answers=list(read_answers(session, selection, chosen, **page)),
            **page_of(count_answers(session, selection, chosen), query),
        )


class AnswerQuery(Query):
    """Options of `answer`."""

    id: int = Field(ge=1, le=2**31 - 1, description="As `answers` lists it.")


class BrandScore(BaseModel):
    """What the answer says of one tracked brand; docs/metrics.md has the meanings."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)
    brand: str
    mentions: int
    rank: int | None
    polarity: str | None
    recommended: bool | None


class AnswerResult(Result):
    """One answer with all that is known of it; offsets are code points of its text."""

    answer: AnswerRow
    search: str
    finish_reason: str | None
    """Why the engine stopped writing."""
    rules: str | None
    mentions: list[NamedSpan]
    scores: list[BrandScore]
    sources: list[Source]
    searches: list[str]
    """What the engine searched for to answer."""
    follow_ups: list[str]
    offers: list[dict[str, Any]]
    bodies: list[dict[str, Any]]
    """The engine's responses as archived: step, status, sha256."""


class Answer(Read):
    """One answer with its evidence: mentions and where they stand, scores of brands, sources, searches, products."""

    name, path = "answer", "answers/{id}"
    query = AnswerQuery
    result = AnswerResult
    untrusted = (
        *("answer.text", "answer.error", "mentions.text", "sources", "searches", "follow_ups", "offers"),
    )

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> AnswerResult:
        try:
            found = read_answer(session, slug, query.id)
        except UsageError as error:
            raise NotFoundError(str(error)) from None
        of = Selection(slug, found.row.day, found.row.day, branded=True)
        return AnswerResult(about=about(session, of.only(engine=[found.row.engine])), **_evidence(found))


def _evidence(found: AnswerDetail) -> dict[str, Any]:
    return {
        "answer": found.row,
        "search": found.search,
        "finish_reason": found.finish_reason,
        "rules": found.rules,
        "mentions": found.mentions,
        "scores": [BrandScore(**score) for score in found.scores],
        "sources": found.sources,
        "searches": found.queries,
        "follow_ups": found.follow_ups,
        "offers": [_without(offer, LEFT_OUT) for offer in found.offers],
        "bodies": [_without(body, LEFT_OUT) for body in found.bodies],
    }


def _without(row: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
