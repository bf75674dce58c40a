"""From stored answers to Mention, Offer, Score and Daily rows; everything here can be thrown away and rebuilt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, select, update

from geo_tracker.extract.records import Analysis, BrandScore, Document
from geo_tracker.extract.scores import RULES_VERSION, analyse_document, citation_weights
from geo_tracker.extract.text.sentences import read
from geo_tracker.extract.urls import owned_by
from geo_tracker.score import offers
from geo_tracker.score.campaigns import flag_campaigns
from geo_tracker.score.offers import Catalogue
from geo_tracker.score.pages import PageReader
from geo_tracker.score.rollup import roll_up
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, storable, writing
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    Discovery,
    Mention,
    Offer,
    Page,
    Prompt,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

BATCH = 500
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many answers were scored and how many days rolled up."""

    answers: int
    days: int


def read_offers_of(
    engine: sa.Engine, archive: Archive, workspace: Workspace, progress: Progress = no_progress
) -> None:
    """Take the offers of answers and cited pages that are not scored yet, and plan the pages that they lead to.

    To be followed by a crawl of those pages and by `score`; `score` alone does the same and knows nothing of them.
    """
    _work_through(engine, archive, workspace, progress, _Scorer.read_offers_of)


def score(
    engine: sa.Engine, archive: Archive, workspace: Workspace, progress: Progress = no_progress
) -> Scored:
    """Score the answers that are new or whose brands, rules or pages changed; roll up their days.

    A day's answers are marked as scored together with its roll-up: a killed process repeats at most one day.
    """
    scored = _work_through(engine, archive, workspace, progress, _Scorer.score, _finish)
    with writing(engine) as session:
        _lock(session, workspace)
        flag_campaigns(session, workspace)
    return scored


def _work_through(
    engine: sa.Engine,
    archive: Archive,
    workspace: Workspace,
    progress: Progress,
    job: Callable[[_Scorer, Session, Sequence[int]], None],
    finish: Callable[[Session, Workspace, date, Brands, Sequence[int]], None] | None = None,
) -> Scored:
    """Do a job on the answers that are not scored, day by day, a batch a transaction."""
    with writing(engine) as session:
        pending = _pending(session, workspace)
        scorer = _Scorer(archive, workspace, Brands(session, workspace))
    done = 0
    for day, ids in pending.items():
        for batch in _batches(ids):
            with writing(engine) as session:
                _lock(session, workspace)
                job(scorer, session, batch)
            done += len(batch)
            progress(done, sum(map(len, pending.values())))
        if finish:
            with writing(engine) as session:
                _lock(session, workspace)
                finish(session, workspace, day, scorer.brands, ids)
    return Scored(done, len(pending))


def _finish(session: Session, workspace: Workspace, day: date, brands: Brands, ids: Sequence[int]) -> None:
    roll_up(session, workspace, day, brands)
    _mark_scored(session, ids)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def _mark_scored(session: Session, ids: Sequence[int]) -> None:
    for batch in _batches(ids):
        scored = update(Answer).where(col(Answer.id).in_(batch))
        session.exec(scored.values(rules=RULES_VERSION, scored_at=datetime.now(UTC)))


def _lock(session: Session, workspace: Workspace) -> None:
    """Two scorers of one workspace take turns."""
    session.exec(select(Workspace.id).where(Workspace.id == workspace.id).with_for_update()).one()


def _pending(session: Session, workspace: Workspace) -> dict[date, list[int]]:
    """Ids of the answers to score, by day."""
    stale = sa.or_(col(Answer.rules).is_(None), col(Answer.rules) != RULES_VERSION)
    ids = sa.select(col(Answer.id)).where(*_ended(workspace), stale).union(*_with_newer_pages(workspace))
    ordered = select(col(Answer.day), col(Answer.id)).where(col(Answer.id).in_(ids))
    pending: dict[date, list[int]] = defaultdict(list)
    for day, answer_id in session.exec(ordered.order_by(col(Answer.day), col(Answer.id))).all():
        pending[day].append(answer_id)
    return pending


def _ended(workspace: Workspace) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Answer.workspace_id) == workspace.id, col(Answer.status) != AnswerStatus.PLANNED


def _with_newer_pages(workspace: Workspace) -> Iterator[sa.Select[Any]]:
    """Answers scored before a page was fetched: one they cite, or one that an offer of theirs or of those leads to.

    Each starts from the rows that lead to pages, not from the answers: asked for every answer, SQLite would look
    through all offers of the workspace each time.
    """
    newer = (*_ended(workspace), col(Page.fetched_at) >= col(Answer.scored_at))
    mine = col(Offer.workspace_id) == workspace.id
    cited = sa.select(col(Answer.id)).join(Citation, col(Citation.answer_id) == col(Answer.id))
    yield cited.join(Page, col(Page.id) == col(Citation.page_id)).where(*newer)
    offered = sa.select(col(Answer.id)).join(Offer, col(Offer.answer_id) == col(Answer.id))
    yield offered.join(Page, col(Page.id) == col(Offer.target_id)).where(mine, *newer)
    led = sa.select(col(Offer.page_id), sa.func.max(Page.fetched_at).label("fetched_at")).where(mine)
    latest = led.join(Page, col(Page.id) == col(Offer.target_id)).group_by(col(Offer.page_id)).subquery()
    shown = cited.join(latest, latest.c.page_id == Citation.page_id)
    yield shown.where(*_ended(workspace), latest.c.fetched_at >= col(Answer.scored_at))


class _Scorer:
    """Scores batches of answers; a cited page is read once, however often it is cited."""

    def __init__(self, archive: Archive, workspace: Workspace, brands: Brands) -> None:
        self.brands = brands
        self._workspace = workspace
        self._catalogue = Catalogue(workspace, brands)
        self._pages = PageReader(archive, workspace, brands, self._catalogue)

    def read_offers_of(self, session: Session, ids: Sequence[int]) -> None:
        """Write the offers of these answers and of the pages they cite anew, and plan where they lead."""
        answers = session.exec(select(Answer).where(col(Answer.id).in_(ids))).all()
        self._shelve(session, answers, _citations(session, ids))

    def _shelve(
        self, session: Session, answers: Sequence[Answer], citations: Mapping[int, Sequence[Citation]]
    ) -> dict[int, list[Offer]]:
        self._pages.read(session, {c.page_id for cited in citations.values() for c in cited if c.page_id})
        session.exec(delete(Offer).where(col(Offer.answer_id).in_([answer.id for answer in answers])))
        captured = [answer for answer in answers if answer.status == AnswerStatus.CAPTURED]
        rows = [row for answer in captured for row in self._catalogue.answer_rows(answer)]
        insert_new(session, Offer, storable(rows))
        found = offers.of_answers(session, self._workspace, cited_pages(citations))
        for sandbox in {answer.sandbox for answer in captured}:
            shown = [o for answer in captured if answer.sandbox is sandbox for o in found[answer.id]]
            offers.plan_targets(session, shown, sandbox=sandbox)
        return found

    def score(self, session: Session, ids: Sequence[int]) -> None:
        """Write the Offer, Mention, Score and Discovery rows of these answers anew."""
        answers = session.exec(select(Answer).where(col(Answer.id).in_(ids))).all()
        prompts = _prompt_texts(session, answers)
        citations = _citations(session, ids)
        offered = self._shelve(session, answers, citations)
        self._settle(session, {offer.id: offer for shown in offered.values() for offer in shown})
        for cleared in (Mention, Score, Discovery):
            session.exec(delete(cleared).where(col(cleared.answer_id).in_(ids)))
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {Mention: [], Score: [], Discovery: []}
        for answer in answers:
            if answer.status == AnswerStatus.CAPTURED:
                tracked = self.brands.on(answer.day)
                matcher = self.brands.matcher(tracked)
                document = read(answer.text or "", prompt=prompts[answer.prompt_id])
                analysis = analyse_document(document, matcher)
                sources = _Sources(citations[answer.id], self._pages)
                sources.weigh(document)
                rows[Mention] += _mention_rows(answer, tracked, analysis)
                rows[Score] += _score_rows(answer, tracked, analysis, sources, offered[answer.id])
                rows[Discovery] += _discovery_rows(answer, analysis)
        for table, values in rows.items():
            insert_new(session, table, values)

    def _settle(self, session: Session, offered: Mapping[int, Offer]) -> None:
        """Note on the offers what the crawl of their links found."""
        targets = offers.ends(session, offered.values())
        self._pages.read(session, {page.id for page in targets.values()})
        offers.settle(session, self._workspace, offered.values(), targets, self._catalogue.platforms)


class _Sources:
    """The sources of one answer, as its brands see them."""

    def __init__(self, citations: Sequence[Citation], pages: PageReader) -> None:
        self.cited = [source for source in citations if source.role == "cited"]
        self._all = citations
        self._pages = pages

    def weigh(self, document: Document) -> None:
        """Note on each cited source how much of the answer leans on it."""
        weights = citation_weights(document, [source.spans for source in self.cited])
        for source, weight in zip(self.cited, weights, strict=True):
            source.weight = weight

    def of(self, brand: Brand) -> dict[str, Any]:
        owned = [source for source in self.cited if self._is_owned(source, brand)]
        return {
            "citations_owned": len(owned),
            "weight_owned": sum(source.weight or 0.0 for source in owned),
            "pages_naming": sum(self._is_about(source, brand) for source in self.cited),
            "retrieved": any(self._is_owned(s, brand) or self._is_about(s, brand) for s in self._all),
        }

    def _is_owned(self, source: Citation, brand: Brand) -> bool:
        """By where the source really is: an engine may cite through an address of its own."""
        return owned_by(self._pages.addresses.get(source.page_id or 0, source.url), brand.domains)

    def _is_about(self, source: Citation, brand: Brand) -> bool:
        return brand.id in self._pages.naming.get(source.page_id or 0, ())


def cited_pages(citations: Mapping[int, Sequence[Citation]]) -> dict[int, list[int]]:
    """The pages that each answer cites, in order; what was only retrieved or opened does not count."""
    return {
        answer: [source.page_id for source in sources if source.page_id and source.role == "cited"]
        for answer, sources in citations.items()
    }


def _prompt_texts(session: Session, answers: Sequence[Answer]) -> dict[int, str]:
    ids = {answer.prompt_id for answer in answers}
    return dict(session.exec(select(Prompt.id, Prompt.text).where(col(Prompt.id).in_(ids))).all())


def _citations(session: Session, ids: Sequence[int]) -> dict[int, list[Citation]]:
    """The sources of each answer, whatever their role."""
    found: dict[int, list[Citation]] = {answer_id: [] for answer_id in ids}
    ordered = select(Citation).where(col(Citation.answer_id).in_(ids)).order_by(col(Citation.position))
    for citation in session.exec(ordered).all():
        found[citation.answer_id].append(citation)
    return found


def _mention_rows(answer: Answer, tracked: Sequence[Brand], analysis: Analysis) -> list[dict[str, Any]]:
    ids = {brand.name: brand.id for brand in tracked}
    sure = [mention for found in analysis.brands for mention in found.mentions]
    return [
        {
            "answer_id": answer.id,
            "brand_id": ids[mention.brand],
            "start": mention.start,
            "end": mention.end,
            "text": mention.text,
            "where": mention.where,
            "confidence": mention.confidence,
            "reason": mention.reason,
            "unsure": unsure,
        }
        for mentions, unsure in ((sure, False), (analysis.unsure, True))
        for mention in mentions
    ]


def _discovery_rows(answer: Answer, analysis: Analysis) -> list[dict[str, Any]]:
    return [
        {
            "answer_id": answer.id,
            "name": found.name,
            "start": found.start,
            "end": found.end,
            "mentions": found.count,
            "reason": found.reason,
        }
        for found in analysis.discovered
    ]


def _score_rows(
    answer: Answer,
    tracked: Sequence[Brand],
    analysis: Analysis,
    sources: _Sources,
    offered: Sequence[Offer],
) -> list[dict[str, Any]]:
    """One row per brand that the answer names, knows nothing of, leans on a page about or offers."""
    by_name = {found.brand: found for found in analysis.brands}
    rows = []
    for brand in tracked:
        found = by_name.get(brand.name)
        beside = {"absent": brand.name in analysis.absent, **sources.of(brand), **_shelf(brand, offered)}
        if found or any(beside.values()):
            own = _measured(found) if found else {}
            rows.append({"answer_id": answer.id, "brand_id": brand.id, **own, **beside})
    return rows


def _shelf(brand: Brand, offered: Sequence[Offer]) -> dict[str, Any]:
    own = [offer for offer in offered if offer.brand_id == brand.id]
    spreads = [spread for spread in map(offers.price_spread, own) if spread is not None]
    return {
        "offers": len(own),
        "offers_official": sum(offer.store == "official" for offer in own),
        "offer_first": bool(offered) and offered[0].brand_id == brand.id,
        "clickable": any(offer.url for offer in own),
        "buyable": any(map(offers.is_buyable, own)),
        "offers_priced": len(spreads),
        "price_spread": sum(spreads),
    }


def _measured(found: BrandScore) -> dict[str, Any]:
    start, end = found.evidence or (None, None)
    return {
        "mentions": len(found.mentions),
        "rank": found.rank,
        "first_position": found.first_position,
        "word_share": found.word_share,
        "prominence": found.prominence,
        "polarity": found.polarity,
        "evidence_start": start,
        "evidence_end": end,
        "recommended": found.recommended,
        "attributes": [asdict(note) for note in found.attributes],
    }
