"""The drill-down behind the numbers: lists of answers, and one answer with all that is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.queries.sources import owner
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Body,
    Brand,
    Citation,
    Mention,
    Offer,
    Page,
    PageMention,
    Prompt,
    Score,
    SearchQuery,
    Workspace,
)

BATCH = 500


@dataclass(frozen=True, slots=True)
class AnswerFilters:
    """Which answers of a selection to list."""

    brand: str | None = None
    """Only answers that name this brand, or do not where `named` is False."""
    named: bool = True
    statuses: tuple[AnswerStatus, ...] = (AnswerStatus.CAPTURED,)
    text: str = ""
    """Only answers or prompts that contain this."""
    domain: str | None = None
    """Only answers that cite this domain."""
    page_id: int | None = None
    """Only answers that cite this page."""
    beside: str | None = None
    """Only answers that name this brand, too."""
    without: str | None = None
    """Only answers that do not name this brand."""
    prompt_id: int | None = None
    """Only answers to this prompt."""
    run_id: int | None = None
    """Only answers of this run."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer in a list."""

    id: int
    day: date
    asked_at: datetime | None
    prompt: str
    language: str
    country: str
    topic: str
    engine: str
    surface: str
    mode: str
    model: str | None
    repeat: int
    status: str
    error: str | None
    sandbox: bool
    text: str | None
    citations: int
    """Cited sources."""
    brands: tuple[str, ...] = ()
    """Tracked brands it names, by rank."""


@dataclass(frozen=True, slots=True)
class NamedSpan:
    """A mention: code points `start`..`end` of the answer's text."""

    start: int
    end: int
    text: str
    brand: str
    own: bool
    where: str
    confidence: float = 1.0
    reason: str = "name"
    unsure: bool = False
    """Shown, not counted."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of one answer, with what the crawl found there."""

    position: int
    ordinal: int | None
    role: str
    url: str
    domain: str
    title: str | None
    site: str | None
    published: str | None
    snippet: str | None
    spans: tuple[tuple[int, int], ...]
    page_id: int | None
    page_status: str | None
    owner: str | None
    """The tracked brand that owns the domain."""
    brands: tuple[str, ...]
    """Tracked brands that the page names."""


@dataclass(frozen=True, slots=True)
class AnswerDetail:
    """One answer with everything that is known of it."""

    row: AnswerRow
    search: str
    finish_reason: str | None
    usage: dict[str, Any]
    cost: float | None
    currency: str | None
    rules: str | None
    follow_ups: tuple[str, ...]
    mentions: tuple[NamedSpan, ...]
    """In the order of the text."""
    scores: tuple[dict[str, Any], ...]
    """Per brand, by rank: `brand` and the columns of `score`."""
    sources: tuple[Source, ...]
    queries: tuple[str, ...]
    offers: tuple[dict[str, Any], ...]
    bodies: tuple[dict[str, Any], ...]
    """step, status, sha256 (the key in the archive), superseded."""


EVERY = AnswerFilters()


def count_answers(session: Session, filters: Selection, chosen: AnswerFilters = EVERY) -> int:
    """How many answers `read_answers` can list."""
    statement = _listed(session, filters, chosen, func.count(col(Answer.id)))
    return int(session.exec(statement).one()[0])


def read_answers(
    session: Session,
    filters: Selection,
    chosen: AnswerFilters = EVERY,
    *,
    offset: int = 0,
    limit: int | None = 50,
) -> Iterator[AnswerRow]:
    """The selected answers, newest first, read in batches; `limit=None` reads them all."""
    statement = _listed(session, filters, chosen, Answer.id)
    newest = statement.order_by(col(Answer.day).desc(), col(Answer.id).desc())
    ids = [row[0] for row in session.exec(newest.offset(offset).limit(limit))]
    for start in range(0, len(ids), BATCH):
        yield from _rows(session, ids[start : start + BATCH])


def read_answers_to(session: Session, slug: str, answer_id: int, limit: int) -> list[AnswerRow]:
    """The newest answers with a text to the prompt of an answer, that one among them if it is new enough."""
    workspace = workspace_named(session, slug)
    prompt = select(Answer.prompt_id).where(Answer.id == answer_id, Answer.workspace_id == workspace.id)
    texts = col(Answer.status).in_([each for each in AnswerStatus if each.has_text])
    same = select(Answer.id).where(col(Answer.prompt_id) == prompt.scalar_subquery(), texts)
    newest = same.order_by(col(Answer.day).desc(), col(Answer.id).desc()).limit(limit)
    return list(_rows(session, session.exec(newest).all()))


def _listed(session: Session, filters: Selection, chosen: AnswerFilters, column: Any) -> Any:
    workspace = workspace_named(session, filters.workspace)
    statement = sa.select(column).join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    return statement.where(*selected(Answer, workspace, filters), *_chosen(workspace, chosen))


def _chosen(workspace: Workspace, chosen: AnswerFilters) -> Iterator[Any]:
    if chosen.statuses:
        yield col(Answer.status).in_(chosen.statuses)
    if chosen.text:
        yield sa.or_(
            *(col(text).icontains(chosen.text, autoescape=True) for text in (Answer.text, Prompt.text))
        )
    for brand, named in ((chosen.brand, chosen.named), (chosen.beside, True), (chosen.without, False)):
        if brand is not None:
            naming = _naming(workspace, brand)
            yield naming if named else ~naming
    if chosen.prompt_id is not None:
        yield col(Answer.prompt_id) == chosen.prompt_id
    if chosen.run_id is not None:
        yield col(Answer.run_id) == chosen.run_id
    cited = select(Citation.id).where(Citation.answer_id == Answer.id, Citation.role == "cited")
    if chosen.domain is not None:
        yield cited.where(Citation.domain == chosen.domain).exists()
    if chosen.page_id is not None:
        yield cited.where(Citation.page_id == chosen.page_id).exists()


def _naming(workspace: Workspace, brand: str) -> Any:
    sure = (Brand.name == brand, ~col(Mention.unsure))
    mentions = select(Mention.answer_id).join(Brand).where(*sure)
    return col(Answer.id).in_(mentions.where(Brand.workspace_id == workspace.id))


def _rows(session: Session, ids: Sequence[int]) -> Iterator[AnswerRow]:
    pairs = select(Answer, Prompt).join(Prompt).where(col(Answer.id).in_(ids))
    found = {answer.id: (answer, prompt) for answer, prompt in session.exec(pairs)}
    brands: dict[int, list[str]] = defaultdict(list)
    ranked = (
        select(Score.answer_id, Brand.name)
        .join(Brand)
        .where(col(Score.answer_id).in_(ids), Score.mentions > 0)
    )
    for answer_id, name in session.exec(ranked.order_by(col(Score.rank), col(Brand.position))):
        brands[answer_id].append(name)
    cited = select(Citation.answer_id, func.count()).where(Citation.role == "cited")
    counted = cited.where(col(Citation.answer_id).in_(ids)).group_by(col(Citation.answer_id))
    citations: dict[int, int] = dict(session.exec(counted).all())
    for answer_id in ids:
        yield _row(*found[answer_id], citations.get(answer_id, 0), tuple(brands[answer_id]))


def _row(answer: Answer, prompt: Prompt, citations: int, brands: tuple[str, ...]) -> AnswerRow:
    return AnswerRow(
        id=answer.id,
        day=answer.day,
        asked_at=answer.asked_at,
        prompt=prompt.text,
        language=prompt.language,
        country=prompt.country,
        topic=prompt.topic,
        engine=answer.engine,
        surface=answer.surface,
        mode=answer.mode,
        model=answer.model,
        repeat=answer.repeat,
        status=answer.status,
        error=answer.error,
        sandbox=answer.sandbox,
        text=answer.text,
        citations=citations,
        brands=brands,
    )


def read_answer(session: Session, slug: str, answer_id: int) -> AnswerDetail:
    """One answer of a workspace; raises `UsageError` where the workspace has none of that id."""
    workspace = workspace_named(session, slug)
    answer = session.get(Answer, answer_id)
    if answer is None or answer.workspace_id != workspace.id:
        raise UsageError(f"no answer {answer_id} in workspace {slug!r}")
    ordered = select(SearchQuery.text).where(SearchQuery.answer_id == answer_id)
    return AnswerDetail(
        row=next(_rows(session, [answer_id])),
        search=answer.search,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        cost=answer.cost,
        currency=answer.currency,
        rules=answer.rules,
        follow_ups=tuple(answer.follow_ups),
        mentions=tuple(named_spans(session, answer_id)),
        scores=tuple(_scores(session, answer_id)),
        sources=tuple(answer_sources(session, workspace, answer_id)),
        queries=tuple(session.exec(ordered.order_by(col(SearchQuery.position)))),
        offers=_dumped(
            session, select(Offer).where(Offer.answer_id == answer_id).order_by(col(Offer.position))
        ),
        bodies=_dumped(session, select(Body).where(Body.answer_id == answer_id).order_by(col(Body.id))),
    )


def _dumped(session: Session, statement: Any) -> tuple[dict[str, Any], ...]:
    return tuple(row.model_dump() for row in session.exec(statement))


def named_spans(session: Session, answer_id: int) -> Iterator[NamedSpan]:
    """The mentions of an answer in the order of its text."""
    found = select(Mention, Brand).join(Brand).where(Mention.answer_id == answer_id)
    for mention, brand in session.exec(found.order_by(col(Mention.start))):
        span = (mention.start, mention.end, mention.text)
        sureness = (mention.confidence, mention.reason, mention.unsure)
        yield NamedSpan(*span, brand.name, brand.own, mention.where, *sureness)


def _scores(session: Session, answer_id: int) -> Iterator[dict[str, Any]]:
    found = select(Score, Brand.name).join(Brand).where(Score.answer_id == answer_id)
    for score, brand in session.exec(found.order_by(col(Score.rank).is_(None), col(Score.rank))):
        yield {"brand": brand, **score.model_dump(exclude={"answer_id", "brand_id"})}


def answer_sources(session: Session, workspace: Workspace, answer_id: int) -> Iterator[Source]:
    """The sources of an answer in its order."""
    brands = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    found = select(Citation, Page).outerjoin(Page).where(Citation.answer_id == answer_id)
    rows = session.exec(found.order_by(col(Citation.position))).all()
    named = _named(session, [page.id for _, page in rows if page is not None], brands)
    for citation, page in rows:
        yield Source(
            position=citation.position,
            ordinal=citation.ordinal,
            role=citation.role,
            url=citation.url,
            domain=citation.domain,
            title=(page and page.title) or citation.title,
            site=(page and page.site) or citation.site,
            published=(page and page.published) or citation.published,
            snippet=citation.snippet,
            spans=tuple((start, end) for start, end in citation.spans),
            page_id=citation.page_id,
            page_status=None if page is None else page.status,
            owner=owner(citation.url, brands),
            brands=tuple(named[citation.page_id or 0]),
        )


def _named(session: Session, page_ids: Sequence[int], brands: Sequence[Brand]) -> dict[int, list[str]]:
    names = {brand.id: brand.name for brand in brands}
    found: dict[int, list[str]] = defaultdict(list)
    mentions = select(PageMention).where(
        col(PageMention.page_id).in_(page_ids), col(PageMention.brand_id).in_(names)
    )
    for mention in session.exec(mentions.order_by(col(PageMention.mentions).desc())):
        found[mention.page_id].append(names[mention.brand_id])
    return found
