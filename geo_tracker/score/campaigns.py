"""Possible poisoning: soft articles that nearly repeat each other and came up together on pages that answers cite."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select, update

from geo_tracker.extract.pages.duplicates import MAX_CHARS, CitedPage, campaigns, likeness, signature
from geo_tracker.extract.urls import domain
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Workspace,
)

NO_CAMPAIGN = 0
SHOPS = ("owned", "competitor", "ecommerce")
"""Types whose pages repeat the maker's own words: that is their trade, not a campaign."""
BATCH = 500
COMPARED = 200
"""Pages of a campaign of which the similarity is shown."""


@dataclass(frozen=True, slots=True)
class FlaggedPage:
    """A page of a possible campaign."""

    page_id: int
    url: str
    domain: str
    title: str | None
    day: date
    """When it was published, or first cited where that is earlier or all that is known."""


@dataclass(frozen=True, slots=True)
class CampaignFlag:
    """Pages that nearly repeat each other and came up together: a reason to look, never a verdict."""

    number: int
    """The lowest id of its pages."""
    pages: tuple[FlaggedPage, ...]
    """In the order of their days."""
    domains: tuple[str, ...]
    first: date
    last: date
    similarity: float
    """Lowest estimated similarity of a page to the first, 0 to 1."""
    brands: tuple[tuple[str, int], ...]
    """Tracked brands and how many of the pages name them, most first."""
    answers: int
    """Valid answers that cite one of them."""

    def record(self) -> dict[str, Any]:
        """The flag as one JSON object; docs/commerce.md."""
        return {**asdict(self), "brands": dict(self.brands)}


def flag_campaigns(session: Session, workspace: Workspace) -> None:
    """Note on readings which possible campaign a page belongs to, where any was read since; inside a transaction."""
    mine = col(PageReading.workspace_id) == workspace.id
    unseen = select(PageReading.page_id).where(mine, col(PageReading.campaign).is_(None)).limit(1)
    if session.exec(unseen).first() is None:
        return
    found = campaigns(list(_compared(session, workspace)))
    session.exec(update(PageReading).where(mine).values(campaign=NO_CAMPAIGN))
    for campaign in found:
        for at in range(0, len(campaign.pages), BATCH):
            members = col(PageReading.page_id).in_(campaign.pages[at : at + BATCH])
            session.exec(update(PageReading).where(mine, members).values(campaign=min(campaign.pages)))


def read_campaigns(session: Session, slug: str) -> list[CampaignFlag]:
    """The possible campaigns among all pages that a workspace's answers cite, those on most domains first."""
    workspace = workspace_named(session, slug)
    pages: dict[int, list[Page]] = defaultdict(list)
    flagged = select(PageReading.campaign, Page).join(Page, col(Page.id) == col(PageReading.page_id))
    numbered = flagged.where(
        PageReading.workspace_id == workspace.id, col(PageReading.campaign) > NO_CAMPAIGN
    )
    for number, page in session.exec(numbered).all():
        pages[number or 0].append(page)
    found = [_flag(session, workspace, number, members) for number, members in pages.items()]
    return sorted(found, key=lambda flag: (-len(flag.domains), flag.first, flag.number))


def _compared(session: Session, workspace: Workspace) -> Iterator[CitedPage]:
    """The cited pages that may be soft articles, read in batches: their texts together may not fit into memory."""
    cited = _first_cited(session, workspace)
    for at in range(0, len(cited), BATCH):
        batch = list(cited)[at : at + BATCH]
        text = func.substr(Page.text, 1, MAX_CHARS)
        rows = (
            select(Page.id, func.coalesce(Page.final_url, Page.url), text, Page.published)
            .join(PageReading, col(PageReading.page_id) == col(Page.id))
            .where(PageReading.workspace_id == workspace.id, Page.status == PageStatus.FETCHED)
            .where(col(Page.id).in_(batch), func.coalesce(PageReading.type, "").not_in(SHOPS))
        )
        for page_id, url, words, published in session.exec(rows.order_by(col(Page.id))).all():
            day = _came_up(published, cited[page_id])
            yield CitedPage(page_id, domain(url) or "", signature(words or ""), day)


def _first_cited(session: Session, workspace: Workspace, page_ids: Sequence[int] = ()) -> dict[int, date]:
    """The day on which each page was first cited by a valid answer."""
    mine = (Answer.workspace_id == workspace.id, Answer.status == AnswerStatus.CAPTURED)
    days = select(col(Citation.page_id), func.min(Answer.day)).join(
        Answer, col(Answer.id) == col(Citation.answer_id)
    )
    cited = days.where(*mine, Citation.role == "cited", col(Citation.page_id).is_not(None))
    if page_ids:
        cited = cited.where(col(Citation.page_id).in_(page_ids))
    rows = session.exec(cited.group_by(col(Citation.page_id))).all()
    return {page_id: day for page_id, day in rows if page_id is not None}


def _came_up(published: str | None, first_cited: date) -> date:
    try:
        return min(date.fromisoformat((published or "")[:10]), first_cited)
    except ValueError:
        return first_cited


def _flag(session: Session, workspace: Workspace, number: int, members: Sequence[Page]) -> CampaignFlag:
    ids = [page.id for page in members]
    cited = _first_cited(session, workspace, ids)
    dated = [(_came_up(page.published, cited[page.id]), page) for page in members if page.id in cited]
    ordered = sorted(dated, key=lambda each: (each[0], each[1].id))
    pages = tuple(FlaggedPage(page.id, page.url, _domain(page), page.title, day) for day, page in ordered)
    return CampaignFlag(
        number=number,
        pages=pages,
        domains=tuple(sorted({page.domain for page in pages})),
        first=ordered[0][0],
        last=ordered[-1][0],
        similarity=likeness([signature(page.text or "") for _, page in ordered[:COMPARED]]),
        brands=tuple(_brands(session, workspace, ids).most_common()),
        answers=_answers(session, workspace, ids),
    )


def _domain(page: Page) -> str:
    """Where it really stands: an engine may cite through an address of its own."""
    return domain(page.final_url or page.url) or page.domain


def _brands(session: Session, workspace: Workspace, page_ids: Sequence[int]) -> Counter[str]:
    named = select(Brand.name).join(PageMention, col(PageMention.brand_id) == col(Brand.id))
    mine = (Brand.workspace_id == workspace.id, col(PageMention.page_id).in_(page_ids))
    return Counter(session.exec(named.where(*mine).order_by(col(Brand.position))).all())


def _answers(session: Session, workspace: Workspace, page_ids: Sequence[int]) -> int:
    counted = select(func.count(func.distinct(Citation.answer_id))).join(
        Answer, col(Answer.id) == col(Citation.answer_id)
    )
    mine = (Answer.workspace_id == workspace.id, Answer.status == AnswerStatus.CAPTURED)
    cited = (Citation.role == "cited", col(Citation.page_id).in_(page_ids))
    return int(session.exec(counted.where(*mine, *cited)).one())
