"""Daily rows: the sums that every aggregate on screen is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select

from geo_tracker.metrics.shelf import shows_shelf
from geo_tracker.score import offers
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Citation,
    Daily,
    DailyShelf,
    Offer,
    Score,
    Workspace,
)
from geo_tracker.workspaces.brands import Brands

Cell = tuple[int, str, str]
"""prompt, engine, surface"""
Shelf = tuple[int | None, str, str, str, int]
"""brand, placement, platform, merchant, checkout"""
BATCH = 1000


@dataclass(slots=True)
class _Sums:
    """What all brands of a cell share, and what each has of its own."""

    sandbox: bool = False
    statuses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    citations: int = 0
    with_citations: int = 0
    weight: float = 0.0
    weighted: int = 0
    shelf_answers: int = 0
    triggered: int = 0
    with_offers: int = 0
    offers: int = 0
    shelf: dict[Shelf, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    brands: dict[int, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )


def roll_up(session: Session, workspace: Workspace, day: date, brands: Brands) -> None:
    """Write the Daily and DailyShelf rows of a day anew; call inside a writing transaction."""
    cells: dict[Cell, _Sums] = defaultdict(_Sums)
    _add_answers(session, workspace, day, cells)
    _add_scores(session, workspace, day, cells)
    _add_offers(session, workspace, day, cells)
    for table in (Daily, DailyShelf):
        session.exec(delete(table).where(col(table.workspace_id) == workspace.id, col(table.day) == day))
    tracked = brands.on(day)
    of_day = {"workspace_id": workspace.id, "day": day}
    rows = [{**of_day, **_row(cell, sums, brand.id)} for cell, sums in cells.items() for brand in tracked]
    insert_new(session, Daily, rows)
    shelves = [
        {**of_day, **_shelf_row(cell, shelf, counts)}
        for cell, sums in cells.items()
        for shelf, counts in sums.shelf.items()
    ]
    insert_new(session, DailyShelf, shelves)


def _add_answers(session: Session, workspace: Workspace, day: date, cells: dict[Cell, _Sums]) -> None:
    cited = (
        sa.select(col(Citation.answer_id), func.count().label("n"), func.sum(Citation.weight).label("weight"))
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .where(*_captured_on(workspace, day), col(Citation.role) == "cited")
        .group_by(col(Citation.answer_id))
        .subquery()
    )
    statement = (
        sa.select(
            *(col(Answer.prompt_id), col(Answer.engine), col(Answer.surface)),
            *(col(Answer.status), col(Answer.sandbox), cited.c.n, cited.c.weight),
        )
        .outerjoin(cited, cited.c.answer_id == Answer.id)
        .where(col(Answer.workspace_id) == workspace.id, col(Answer.day) == day)
    )
    rows = session.connection().execute(statement)
    for prompt, engine, surface, status, sandbox, citations, weight in rows:
        sums = cells[prompt, engine, surface]
        sums.sandbox |= sandbox
        sums.statuses[status] += 1
        if status == AnswerStatus.CAPTURED:
            sums.citations += citations or 0
            sums.with_citations += bool(citations)
            sums.weight += weight or 0.0
            sums.weighted += weight is not None
            sums.shelf_answers += shows_shelf(surface)


def _add_scores(session: Session, workspace: Workspace, day: date, cells: dict[Cell, _Sums]) -> None:
    statement = (
        select(Answer.prompt_id, Answer.engine, Answer.surface, Score)
        .join(Score, col(Score.answer_id) == col(Answer.id))
        .where(Answer.workspace_id == workspace.id, Answer.day == day)
    )
    for prompt, engine, surface, score in session.exec(statement).all():
        own = cells[prompt, engine, surface].brands[score.brand_id]
        own["absent"] += score.absent
        own["cited"] += bool(score.citations_owned)
        own["citations_owned"] += score.citations_owned
        own["weight_owned"] += score.weight_owned
        own["retrieved"] += score.retrieved
        own["sourced"] += bool(score.citations_owned or score.pages_naming)
        own["offers"] += score.offers
        own["offers_official"] += score.offers_official
        own["offers_first"] += score.offer_first
        own["shown"] += bool(score.offers)
        own["clickable"] += score.clickable
        own["buyable"] += score.buyable
        own["offers_priced"] += score.offers_priced
        own["price_spread"] += score.price_spread
        if score.mentions:
            own["mentioned"] += 1
            own["mentions"] += score.mentions
            own["prominence"] += score.prominence or 0.0
            own["word_share"] += score.word_share or 0.0
            own["rank_sum"] += score.rank or 0
            own["top1"] += score.rank == 1
            own["top3"] += (score.rank or 99) <= 3
            own["recommended"] += score.recommended is True
            _add_opinion(own, score.polarity)


def _add_opinion(own: dict[str, Any], polarity: str | None) -> None:
    if polarity:
        own[polarity] += 1
        own["opinions"] += 1
        own["balance"] += (polarity == "positive") - (polarity == "negative")


def _add_offers(session: Session, workspace: Workspace, day: date, cells: dict[Cell, _Sums]) -> None:
    columns = (col(Answer.id), col(Answer.prompt_id), col(Answer.engine), col(Answer.surface))
    captured = sa.select(*columns).where(*_captured_on(workspace, day)).order_by(col(Answer.id))
    found = session.connection().execute(captured).all()
    for at in range(0, len(found), BATCH):
        batch: dict[int, Cell] = {
            answer: (prompt, engine, surface) for answer, prompt, engine, surface in found[at : at + BATCH]
        }
        for answer, offered in offers.of_answers(session, workspace, _cited_pages(session, batch)).items():
            if offered:
                _add_shelf(cells[batch[answer]], batch[answer][2], offered)


def _captured_on(workspace: Workspace, day: date) -> Iterator[sa.ColumnElement[bool]]:
    yield col(Answer.workspace_id) == workspace.id
    yield col(Answer.day) == day
    yield col(Answer.status) == AnswerStatus.CAPTURED


def _cited_pages(session: Session, answers: Iterable[int]) -> dict[int, list[int]]:
    cited = (col(Citation.answer_id).in_(list(answers)), col(Citation.role) == "cited")
    pages: dict[int, list[int]] = {answer: [] for answer in answers}
    rows = sa.select(col(Citation.answer_id), col(Citation.page_id)).where(*cited)
    for answer, page in session.connection().execute(rows.order_by(col(Citation.position))):
        if page is not None:
            pages[answer].append(page)
    return pages


def _add_shelf(sums: _Sums, surface: str, offered: Sequence[Offer]) -> None:
    """One answer's offers; those of an API count, but its silence says nothing about the app's shelf."""
    sums.triggered += shows_shelf(surface)
    sums.with_offers += 1
    sums.offers += len(offered)
    for offer in offered:
        platforms = offers.credits(offer)
        for platform in platforms:
            key = (offer.brand_id, offer.placement, platform, offer.merchant or "", offer.checkout)
            counts = sums.shelf[key]
            counts["offers"] += 1 / len(platforms)
            counts["official"] += (offer.store == "official") / len(platforms)
            counts["dead"] += (offer.dead is True) / len(platforms)
            counts["unavailable"] += (offer.available is False) / len(platforms)


def _shelf_row(cell: Cell, shelf: Shelf, counts: Mapping[str, float]) -> dict[str, Any]:
    names = ("brand_id", "placement", "platform", "merchant", "checkout")
    prompt, engine, surface = cell
    return {
        "prompt_id": prompt,
        "engine": engine,
        "surface": surface,
        **dict(zip(names, shelf, strict=True)),
        **counts,
    }


def _row(cell: Cell, sums: _Sums, brand_id: int) -> dict[str, Any]:
    prompt, engine, surface = cell

    def of_all(column: str) -> Any:
        return sum(own[column] for own in sums.brands.values())

    return {
        "prompt_id": prompt,
        "engine": engine,
        "surface": surface,
        "brand_id": brand_id,
        "sandbox": sums.sandbox,
        "planned": sum(sums.statuses.values()),
        "answers": sums.statuses[AnswerStatus.CAPTURED],
        "failed": sums.statuses[AnswerStatus.FAILED],
        "refused": sums.statuses[AnswerStatus.REFUSED],
        "empty": sums.statuses[AnswerStatus.EMPTY],
        "mentions_all": of_all("mentions"),
        "mentioned_all": of_all("mentioned"),
        "prominence_all": of_all("prominence"),
        "citations_all": sums.citations,
        "answers_with_citations": sums.with_citations,
        "weight_all": sums.weight,
        "answers_weighted": sums.weighted,
        "shelf_answers": sums.shelf_answers,
        "triggered": sums.triggered,
        "answers_with_offers": sums.with_offers,
        "offers_all": sums.offers,
        **sums.brands[brand_id],
    }
