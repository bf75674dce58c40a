"""Cited sources over a selection: which domains and pages answers lean on, and whom they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.errors import UsageError
from geo_tracker.extract.urls import owned_by
from geo_tracker.facts import selected
from geo_tracker.metrics.records import Filters
from geo_tracker.models import Answer, AnswerStatus, Brand, Citation, Page, PageMention, Prompt, Workspace
from geo_tracker.store import workspace_named

Level = Literal["domain", "page"]


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A domain or a page over all selected answers that cite it."""

    source: str
    """The domain, or the page's URL."""
    page_id: int | None
    title: str | None
    answers: int
    citations: int
    engines: tuple[str, ...]
    brands: tuple[str, ...]
    """Tracked brands that its cited pages name."""
    owner: str | None
    statuses: tuple[str, ...]
    """How the crawl of its cited pages ended."""


@dataclass(frozen=True, slots=True)
class PageDetail:
    """One cited page and whom it is about."""

    page: Page
    owner: str | None
    brands: tuple[tuple[str, int], ...]
    """Tracked brands that it names and how often, most often first."""


def read_sources(
    session: Session, filters: Filters, level: Level = "domain", *, limit: int | None = 100
) -> list[CitedSource]:
    """The sources that the selected valid answers cite, most answers first; `limit=None` reads them all."""
    workspace = workspace_named(session, filters.workspace)
    key: Any = col(Citation.domain) if level == "domain" else col(Page.url)
    cited = _cited(workspace, filters, key)
    counted = session.exec(_counts(cited, limit)).all()
    keys = [row.key for row in counted]
    engines = _distinct(session, cited, keys, cited.c.engine)
    named = (PageMention, PageMention.page_id == cited.c.page_id), (Brand, Brand.id == PageMention.brand_id)
    brands = _distinct(session, cited, keys, col(Brand.name), *named)
    statuses = _distinct(session, cited, keys, cited.c.status)
    owners = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    return [
        CitedSource(
            source=row.key,
            page_id=row.page_id if level == "page" else None,
            title=row.title if level == "page" else row.site,
            answers=row.answers,
            citations=row.citations,
            engines=tuple(engines[row.key]),
            brands=tuple(brands[row.key]),
            owner=owner(f"https://{row.key}" if level == "domain" else row.key, owners),
            statuses=tuple(statuses[row.key]),
        )
        for row in counted
    ]


def read_page(session: Session, slug: str, page_id: int) -> PageDetail:
    """A page that the workspace's answers cite; raises `UsageError` where they cite none of that id."""
    workspace = workspace_named(session, slug)
    cited = select(Citation.id).join(Answer).where(Citation.page_id == page_id)
    page = session.get(Page, page_id)
    if page is None or not session.exec(cited.where(Answer.workspace_id == workspace.id).limit(1)).first():
        raise UsageError(f"no page {page_id} is cited in workspace {slug!r}")
    named = select(Brand.name, PageMention.mentions).join(PageMention)
    mine = named.where(PageMention.page_id == page_id, Brand.workspace_id == workspace.id)
    brands = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    return PageDetail(
        page=page,
        owner=owner(page.url, brands),
        brands=tuple(session.exec(mine.order_by(col(PageMention.mentions).desc())).all()),
    )


def owner(url: str, brands: Sequence[Brand]) -> str | None:
    """The brand that owns the address's domain."""
    return next((brand.name for brand in brands if owned_by(url, brand.domains)), None)


def _cited(workspace: Workspace, filters: Filters, key: Any) -> sa.Subquery:
    """One row per citation: its source, answer, engine and page."""
    described: list[Any] = [
        func.coalesce(getattr(Page, name), getattr(Citation, name)).label(name) for name in ("title", "site")
    ]
    columns = [key.label("key"), Citation.answer_id, Citation.page_id, Answer.engine, Page.status, *described]
    statement = (
        sa.select(*columns)
        .join(Answer, col(Answer.id) == col(Citation.answer_id))
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .outerjoin(Page, col(Page.id) == col(Citation.page_id))
        .where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
        .where(col(Citation.role) == "cited", key != "")
    )
    cited: sa.Subquery = statement.subquery()
    return cited


def _counts(cited: sa.Subquery, limit: int | None) -> Any:
    answers = func.count(sa.distinct(cited.c.answer_id)).label("answers")
    columns = (cited.c.key, answers, func.count().label("citations"))
    described = (func.max(cited.c[name]).label(name) for name in ("page_id", "title", "site"))
    ordered = sa.select(*columns, *described).group_by(cited.c.key)
    return ordered.order_by(answers.desc(), sa.desc("citations"), cited.c.key).limit(limit)


def _distinct(
    session: Session, cited: sa.Subquery, keys: Sequence[str], column: Any, *joins: tuple[Any, Any]
) -> dict[str, list[str]]:
    """The distinct values of a column per source, sorted."""
    statement = sa.select(cited.c.key, column).select_from(cited)
    for table, condition in joins:
        statement = statement.join(table, condition)
    found: dict[str, list[str]] = defaultdict(list)
    wanted = set(keys)
    for key, value in session.connection().execute(statement.distinct().order_by(column)):
        if key in wanted and value is not None:
            found[key].append(value)
    return found
