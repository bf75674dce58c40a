"""The citations of a selection, added up by page, as every reading of sources starts from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.metrics.records import Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import once
from geo_tracker.storage.models import (
    Answer,
    AnswerStatus,
    Brand,
    Citation,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    Prompt,
    Workspace,
)

Level = Literal["domain", "page"]
Counts = TypeVar("Counts")
BATCH = 1000


@dataclass(slots=True)
class PageCitations:
    """The citations of one page on one engine, and what is known of the page."""

    key: str
    """The source that it belongs to: the page's domain or URL."""
    domain: str
    page_id: int | None
    """None where the engine gave no address that could be crawled."""
    engine: str
    citations: int
    weight: float
    """Sum over the citations of how much of its answer rests on each, 0..1."""
    estimated: float
    """Part of it from answers whose engine does not say: equal shares."""
    name: str | None = None
    """The page's own: its title, or its site where the source is a domain."""
    status: PageStatus | None = None
    read: bool = False
    type: str | None = None
    reason: str | None = None
    campaign: int | None = None


class Cited(NamedTuple):
    """The citations of a selection by page and engine, and what is known of those pages."""

    sums: Sequence[Any]
    pages: Mapping[int, Any]


def read_cited(session: Session, workspace: Workspace, filters: Selection, *, weights: bool = True) -> Cited:
    """The citations of the selected valid answers; weights only where they are asked for.

    The database adds up by page before it looks anything up of one: over 550,000 citations of 2,100 pages that takes
    0.5 s of a core, 1.1 s with weights; sums by day, prompt, engine and page would be 490,000 rows and take as long
    (SQLite, 100,000 answers of 50 prompts, 5 engines, 180 days; 2026-11-26).
    """
    of = _weighting(workspace, filters).cte("weighting") if weights else None
    sums = session.connection().execute(_sums(workspace, filters, of)).all()
    cited = tuple(sorted({row.page_id for row in sums if row.page_id is not None}))
    return Cited(
        sums, once(session, ("pages", workspace.id, cited), lambda: _pages(session, workspace, cited))
    )


def page_citations(cited: Cited, level: Level) -> list[PageCitations]:
    """The citations by source, page and engine."""
    made = (_page_citations(row, cited.pages.get(row.page_id), level) for row in cited.sums)
    return [part for part in made if part.key]


def chosen(workspace: Workspace, filters: Selection) -> tuple[Any, ...]:
    """The cited sources of the selected valid answers, as conditions on citation, answer and prompt."""
    valid = (col(Answer.status) == AnswerStatus.CAPTURED, col(Citation.role) == "cited")
    return (*selected(Answer, workspace, filters), *valid)


def from_citations(statement: Any) -> Any:
    """A statement over citations, their answers and prompts."""
    joined = statement.select_from(Answer).join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    return joined.join(Citation, col(Citation.answer_id) == col(Answer.id))


def _weighting(workspace: Workspace, filters: Selection) -> sa.Select[Any]:
    """Of each answer, whether its engine says what rests on which source, and an equal share of it."""
    columns: list[Any] = [col(Answer.id).label("answer_id"), col(Answer.engine).label("engine")]
    columns += [(func.count(col(Citation.weight)) > 0).label("stated"), (1.0 / func.count()).label("equal")]
    answers = from_citations(sa.select(*columns)).where(*chosen(workspace, filters))
    grouped: sa.Select[Any] = answers.group_by(col(Answer.id), col(Answer.engine))
    return grouped


def _sums(workspace: Workspace, filters: Selection, weighting: sa.CTE | None) -> Any:
    # A citation's domain is its page's, since the answer was saved or the page moved.
    page = (col(Citation.page_id), col(Citation.domain))
    if weighting is None:
        keys: tuple[Any, ...] = (*page, col(Answer.engine))
        nothing = (sa.literal(0.0).label("weight"), sa.literal(0.0).label("estimated"))
        counted = from_citations(sa.select(*keys, func.count().label("citations"), *nothing))
        return counted.where(*chosen(workspace, filters)).group_by(*keys)
    # The answers are chosen already: their rows, which hold texts, are not looked at again.
    keys = (*page, weighting.c.engine)
    stated = func.coalesce(Citation.weight, 0.0)
    weight = func.sum(sa.case((weighting.c.stated, stated), else_=weighting.c.equal)).label("weight")
    estimated = func.sum(sa.case((weighting.c.stated, 0.0), else_=weighting.c.equal)).label("estimated")
    statement = sa.select(*keys, func.count().label("citations"), weight, estimated).select_from(weighting)
    joined = statement.join(Citation, col(Citation.answer_id) == weighting.c.answer_id)
    return joined.where(col(Citation.role) == "cited").group_by(*keys)


def _pages(session: Session, workspace: Workspace, page_ids: Sequence[int]) -> dict[int, Any]:
    of_page = [getattr(Page, name) for name in ("id", "url", "title", "site", "status", "wall")]
    of_reading = [getattr(PageReading, name) for name in ("type", "reason", "campaign")]
    mine = (col(PageReading.page_id) == col(Page.id), col(PageReading.workspace_id) == workspace.id)
    statement = sa.select(*of_page, *of_reading).outerjoin(PageReading, sa.and_(*mine))
    found: dict[int, Any] = {}
    for at in range(0, len(page_ids), BATCH):
        batch = statement.where(col(Page.id).in_(page_ids[at : at + BATCH]))
        found |= {row.id: row for row in session.connection().execute(batch)}
    return found


def _page_citations(row: Any, page: Any, level: Level) -> PageCitations:
    key = row.domain if level == "domain" else page.url if page else ""
    sums = (row.citations, float(row.weight), float(row.estimated))
    part = PageCitations(key, row.domain, row.page_id, row.engine, *sums)
    if page is not None:
        part.name = page.site if level == "domain" else page.title
        part.status, part.read = page.status, page.status == PageStatus.FETCHED and page.wall is None
        part.type, part.reason, part.campaign = page.type, page.reason, page.campaign
    return part


def citing(
    session: Session, workspace: Workspace, filters: Selection, level: Level, *, only: Any = None
) -> dict[str, dict[int, int]]:
    """How many valid answers cite each source, by prompt; `only` is a condition on its citations."""
    rows = _citing(session, workspace, filters, level, [col(Answer.prompt_id)], only)
    found: dict[Any, dict[int, int]] = defaultdict(dict)
    for key, prompt, count in rows:
        if key:
            found[key][prompt] = count
    return dict(found) if level == "domain" else _by_url(session, found)


def answers_citing(
    session: Session, workspace: Workspace, filters: Selection, level: Level
) -> dict[str, int]:
    """How many valid answers cite each source."""
    rows = _citing(session, workspace, filters, level, [], None)
    found = {key: count for key, count in rows if key}
    return found if level == "domain" else _by_url(session, found)


def _citing(
    session: Session, workspace: Workspace, filters: Selection, level: Level, by: list[Any], only: Any
) -> Any:
    source = col(Citation.domain) if level == "domain" else col(Citation.page_id)
    counted = from_citations(sa.select(source, *by, func.count(sa.distinct(col(Answer.id)))))
    wanted = (*chosen(workspace, filters), *([] if only is None else [only]))
    return session.connection().execute(counted.where(*wanted).group_by(source, *by))


def _by_url(session: Session, found: Mapping[int, Counts]) -> dict[str, Counts]:
    urls: dict[int, str] = {}
    ids = sorted(found)
    for at in range(0, len(ids), BATCH):
        of = select(Page.id, Page.url).where(col(Page.id).in_(ids[at : at + BATCH]))
        urls |= dict(session.exec(of).all())
    return {urls[page_id]: counts for page_id, counts in found.items()}


@dataclass(slots=True)
class Facets:
    """What the citations of one source have between them."""

    engines: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    pages: dict[int | None, bool] = field(default_factory=dict)
    """Whether each was read."""
    kinds: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    """Citations by type and reason."""
    campaign: int | None = None
    citations: int = 0
    weight: float = 0.0
    estimated: float = 0.0
    names: dict[int | None, str | None] = field(default_factory=dict)
    """What its pages call themselves."""

    @property
    def kind(self) -> tuple[str | None, str | None]:
        """Type and reason of most citations; unknown only where no page's type is known."""
        return min(self.kinds, key=lambda kind: (kind[0] is None, -self.kinds[kind], kind[0] or ""))

    @property
    def page_id(self) -> int | None:
        """Its page, of a source that is one."""
        return max((page for page in self.pages if page is not None), default=None)

    def add(self, part: PageCitations) -> None:
        self.engines.add(part.engine)
        self.pages[part.page_id] = part.read
        self.kinds[part.type, part.reason] += part.citations
        self.campaign = self.campaign or part.campaign or None
        self.citations += part.citations
        self.weight += part.weight
        self.estimated += part.estimated
        self.names[part.page_id] = part.name
        if part.status is not None:
            self.statuses.add(part.status)


def facets(found: Iterable[PageCitations]) -> dict[str, Facets]:
    """What each source has among citations of pages."""
    sources: dict[str, Facets] = defaultdict(Facets)
    for part in found:
        sources[part.key].add(part)
    return dict(sources)


def names(
    session: Session, workspace: Workspace, filters: Selection, level: Level, of: Mapping[str, Facets]
) -> dict[str, str | None]:
    """A page's title or a domain's site, by source; where its pages give none, that by which answers cite them."""
    unnamed = {page for each in of.values() for page, name in each.names.items() if page and name is None}
    called = _called(session, workspace, filters, level, sorted(unnamed))
    bare = (
        _called_without_page(session, workspace, filters)
        if any(None in each.names for each in of.values())
        else {}
    )
    found: dict[str, str | None] = {}
    for key, each in of.items():
        given = (
            bare.get(key) if page is None else name or called.get(page) for page, name in each.names.items()
        )
        found[key] = max(filter(None, given), default=None)
    return found


def _called(
    session: Session, workspace: Workspace, filters: Selection, level: Level, page_ids: Sequence[int]
) -> dict[int, str | None]:
    """By page: asked for one by one, each over the index of its citations."""
    column = Citation.title if level == "page" else Citation.site
    mine = (*chosen(workspace, filters), col(Citation.page_id) == col(Page.id))
    called = sa.select(func.max(column)).select_from(Citation).join(Answer).join(Prompt).where(*mine)
    statement = sa.select(col(Page.id), called.correlate(Page).scalar_subquery())
    found: dict[int, str | None] = {}
    for at in range(0, len(page_ids), BATCH):
        batch = statement.where(col(Page.id).in_(page_ids[at : at + BATCH]))
        found |= {row[0]: row[1] for row in session.connection().execute(batch)}
    return found


def _called_without_page(session: Session, workspace: Workspace, filters: Selection) -> dict[str, str | None]:
    """By domain, of citations without a page."""
    called = from_citations(sa.select(col(Citation.domain), func.max(Citation.site)))
    bare = called.where(*chosen(workspace, filters), col(Citation.page_id).is_(None)).group_by(
        Citation.domain
    )
    return {row[0]: row[1] for row in session.connection().execute(bare)}


class Naming(NamedTuple):
    """A tracked brand that a page names, how often and how."""

    page_id: int
    brand: str
    own: bool
    mentions: int
    polarity: str | None


def names_by_page(
    session: Session, workspace: Workspace, pages: Iterable[int | None]
) -> dict[int, list[Naming]]:
    """The brands of the workspace that are still tracked, by those of `pages` that name them."""
    mine = (col(Brand.workspace_id) == workspace.id, col(Brand.archived_at).is_(None))
    columns: list[Any] = [PageMention.page_id, Brand.name, Brand.own, PageMention.mentions]
    named = sa.select(*columns, col(PageMention.polarity)).join(Brand).where(*mine)
    found: dict[int, list[Naming]] = defaultdict(list)
    wanted = sorted({page for page in pages if page is not None})
    for at in range(0, len(wanted), BATCH):
        chosen = col(PageMention.page_id).in_(wanted[at : at + BATCH])
        ordered = named.where(chosen).order_by(col(PageMention.page_id), col(PageMention.brand_id))
        for row in session.connection().execute(ordered):
            found[row.page_id].append(Naming(row.page_id, row.name, row.own, row.mentions, row.polarity))
    return found
