"""From stored answers to Mention, Score and Daily rows; everything here can be thrown away and rebuilt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, select, update

from geo_tracker.brands import Brands
from geo_tracker.extract.mentions import Matcher
from geo_tracker.extract.records import Analysis, BrandScore
from geo_tracker.extract.urls import owned_by
from geo_tracker.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    Discovery,
    Mention,
    Page,
    PageMention,
    Prompt,
    Score,
    Workspace,
)
from geo_tracker.rollup import roll_up
from geo_tracker.scoring import RULES_VERSION, analyse
from geo_tracker.store import insert_new, writing

BATCH = 500
Progress = Callable[[int, int], None]
Naming = dict[int, set[int]]
"""Brand ids that a page names, by page id."""


def no_progress(done: int, total: int) -> None:
    """For callers that show nothing."""


def mark_branded(session: Session, workspace: Workspace) -> None:
    """Note for every prompt whether it names a tracked brand."""
    brands = Brands(session, workspace)
    matcher = brands.matcher(brands.active)
    for prompt in session.exec(select(Prompt).where(Prompt.workspace_id == workspace.id)).all():
        prompt.branded = bool(analyse(prompt.text, matcher).brands)
        session.add(prompt)


def forget_scores(session: Session, workspace: Workspace) -> None:
    """Have every answer of the workspace scored again, because what is looked for has changed."""
    session.exec(update(Answer).where(col(Answer.workspace_id) == workspace.id).values(rules=None))


@dataclass(frozen=True, slots=True)
class Scored:
    """How many answers were scored and how many days rolled up."""

    answers: int
    days: int


def score(engine: sa.Engine, workspace: Workspace, progress: Progress = no_progress) -> Scored:
    """Score the answers that are new or whose brands, rules or cited pages changed; roll up their days.

    A day's answers are marked as scored together with its roll-up: a killed process repeats at most one day.
    """
    with writing(engine) as session:
        pending = _pending(session, workspace)
        scorer = _Scorer(Brands(session, workspace))
    done = 0
    for day, ids in pending.items():
        for batch in _batches(ids):
            with writing(engine) as session:
                _lock(session, workspace)
                scorer.score(session, batch)
            done += len(batch)
            progress(done, sum(map(len, pending.values())))
        with writing(engine) as session:
            _lock(session, workspace)
            roll_up(session, workspace, day, scorer.brands)
            _mark_scored(session, ids)
    return Scored(done, len(pending))


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
    newer_page = (
        select(Citation.id)
        .join(Page, col(Page.id) == col(Citation.page_id))
        .where(Citation.answer_id == Answer.id, col(Page.fetched_at) >= col(Answer.scored_at))
    )
    stale = sa.or_(col(Answer.rules).is_(None), col(Answer.rules) != RULES_VERSION, newer_page.exists())
    done = (Answer.workspace_id == workspace.id, col(Answer.status) != AnswerStatus.PLANNED)
    pending: dict[date, list[int]] = defaultdict(list)
    ordered = (
        select(col(Answer.day), col(Answer.id)).where(*done, stale).order_by(col(Answer.day), col(Answer.id))
    )
    for day, answer_id in session.exec(ordered).all():
        pending[day].append(answer_id)
    return pending


class _Scorer:
    """Scores batches of answers; a cited page is read for brands once, however often it is cited."""

    def __init__(self, brands: Brands) -> None:
        self.brands = brands
        self._naming: Naming = {}

    def score(self, session: Session, ids: Sequence[int]) -> None:
        """Write the Mention and Score rows of these answers anew."""
        answers = session.exec(select(Answer).where(col(Answer.id).in_(ids))).all()
        prompts = _prompt_texts(session, answers)
        sources = _sources(session, ids)
        self._name_pages(session, {c.page_id for rows in sources.values() for c in rows if c.page_id})
        for cleared in (Mention, Score, Discovery):
            session.exec(delete(cleared).where(col(cleared.answer_id).in_(ids)))
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {Mention: [], Score: [], Discovery: []}
        for answer in answers:
            if answer.status == AnswerStatus.CAPTURED:
                tracked = self.brands.on(answer.day)
                matcher = self.brands.matcher(tracked)
                analysis = analyse(answer.text or "", matcher, prompt=prompts[answer.prompt_id])
                rows[Mention] += _mention_rows(answer, tracked, analysis)
                rows[Score] += _score_rows(answer, tracked, analysis, sources[answer.id], self._naming)
                rows[Discovery] += _discovery_rows(answer, analysis)
        for table, values in rows.items():
            insert_new(session, table, values)

    def _name_pages(self, session: Session, page_ids: Iterable[int]) -> None:
        new = [page_id for page_id in page_ids if page_id not in self._naming]
        tracked = self.brands.active
        matcher = self.brands.matcher(tracked)
        rows = []
        for page in session.exec(select(Page).where(col(Page.id).in_(new))).all():
            counts = _brand_counts(page.text or "", matcher, tracked)
            self._naming[page.id] = set(counts)
            rows += [{"page_id": page.id, "brand_id": b, "mentions": n} for b, n in counts.items()]
        stale = delete(PageMention).where(
            col(PageMention.page_id).in_(new), col(PageMention.brand_id).in_([b.id for b in tracked])
        )
        session.exec(stale)
        insert_new(session, PageMention, rows)


def _brand_counts(text: str, matcher: Matcher, tracked: Sequence[Brand]) -> dict[int, int]:
    ids = {brand.name: brand.id for brand in tracked}
    return {ids[found.brand]: len(found.mentions) for found in analyse(text, matcher).brands}


def _prompt_texts(session: Session, answers: Sequence[Answer]) -> dict[int, str]:
    ids = {answer.prompt_id for answer in answers}
    return dict(session.exec(select(Prompt.id, Prompt.text).where(col(Prompt.id).in_(ids))).all())


def _sources(session: Session, ids: Sequence[int]) -> dict[int, list[Citation]]:
    """The cited sources of each answer; what was only retrieved or opened does not count."""
    found: dict[int, list[Citation]] = defaultdict(list)
    cited = (col(Citation.answer_id).in_(ids), Citation.role == "cited")
    for citation in session.exec(select(Citation).where(*cited)).all():
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
    answer: Answer, tracked: Sequence[Brand], analysis: Analysis, cited: Sequence[Citation], naming: Naming
) -> list[dict[str, Any]]:
    """One row per brand that the answer names, knows nothing of, cites or leans on a page about."""
    by_name = {found.brand: found for found in analysis.brands}
    rows = []
    for brand in tracked:
        found = by_name.get(brand.name)
        beside = {
            "absent": brand.name in analysis.absent,
            "citations_owned": sum(owned_by(source.url, brand.domains) for source in cited),
            "pages_naming": sum(brand.id in naming.get(source.page_id or 0, ()) for source in cited),
        }
        if found or any(beside.values()):
            own = _measured(found) if found else {}
            rows.append({"answer_id": answer.id, "brand_id": brand.id, **own, **beside})
    return rows


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
