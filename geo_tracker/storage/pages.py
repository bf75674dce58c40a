"""Rows of reference pages: which are to be crawled, and what a visit makes of them: versions, moves, failures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select, update

from geo_tracker.extract.records import PageContent
from geo_tracker.extract.urls import canonical, domain, is_public_http
from geo_tracker.storage.database import insert_new, storable
from geo_tracker.storage.leases import owner
from geo_tracker.storage.models import (
    Answer,
    Citation,
    Offer,
    Page,
    PageMention,
    PageReading,
    PageStatus,
    PageVersion,
    Workspace,
)

GONE = (404, 410)
MAX_STEPS = 5
"""Moved pages that are followed from one to the next."""
CONTENT: dict[str, Any] = {
    "title": None,
    "site": None,
    "author": None,
    "published": None,
    "language": None,
    "text": None,
    "types": [],
}
"""Columns of a page without content."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of asking for a page's address.

    `columns` of `Page` hold a status, unless the way was left because it led to a page that is known; without a
    text, a fetched page is as it was.
    """

    row_id: int
    at: datetime
    address: str
    """Canonical address of the page that this is about; another than the row's where that one moved."""
    hops: Sequence[dict[str, Any]] = ()
    columns: dict[str, Any] = field(default_factory=dict, repr=False)


def stale_before(workspace: Workspace, now: datetime, days: int | None = None) -> datetime | None:
    """Pages last asked for before this time are asked for again; None for never. `days` replaces the workspace's."""
    age = workspace.recrawl_days if days is None else days
    return now - timedelta(days=age) if age > 0 else None


def to_crawl(before: datetime | None) -> sa.ColumnElement[bool]:
    """Pages that were never fetched, and those last asked for before that time."""
    planned = col(Page.status) == PageStatus.PLANNED
    if before is None:
        return planned
    asked = func.coalesce(Page.checked_at, Page.fetched_at)
    kept = col(Page.removed_at).is_(None)
    return sa.or_(planned, sa.and_(col(Page.status) != PageStatus.PLANNED, kept, asked < before))


def known_page(session: Session, address: str, since: datetime | None) -> Page | None:
    """The page at a canonical address, if it was asked for and need not be again."""
    page = session.exec(select(Page).where(Page.url == address)).first()
    page = page and _end(session, page)
    if page is None or page.status == PageStatus.PLANNED:
        return None
    asked = page.checked_at or page.fetched_at
    return page if since is None or (asked and asked >= since) else None


def save_visits(session: Session, visits: Iterable[Visit]) -> None:
    """Write what visits found, but for rows that another process holds or has ended since."""
    by_row = {visit.row_id: visit for visit in visits}
    held = (col(Page.id).in_(by_row), col(Page.claimed_by) == owner())
    for page in session.exec(select(Page).where(*held).order_by(col(Page.id)).with_for_update()).all():
        _save(session, page, by_row[page.id])


def _save(session: Session, page: Page, visit: Visit) -> None:
    about = _row_at(session, page, visit.address)
    if about is not page:
        _move(session, page, about, visit)
    status = visit.columns.get("status")
    if about is page or (
        about.status != PageStatus.FETCHED if status == PageStatus.FETCHED else _is_new(about)
    ):
        _write(session, about, visit)


def _is_new(page: Page) -> bool:
    return page.status == PageStatus.PLANNED


def _row_at(session: Session, page: Page, address: str) -> Page:
    """The row of an address, made if need be; the page's own where none can be made."""
    if address == page.url or not is_public_http(address) or len(address.encode()) > MAX_KEY:
        return page
    insert_new(session, Page, [{"url": address, "domain": domain(address) or "", "sandbox": page.sandbox}])
    found = session.exec(select(Page).where(Page.url == address).with_for_update()).one()
    return _end(session, found) if found.sandbox is page.sandbox else page


def _end(session: Session, page: Page) -> Page:
    """The row that a moved one leads to."""
    for _ in range(MAX_STEPS):
        target = session.get(Page, page.target_id) if page.target_id else None
        if target is None:
            break
        page = target
    return page


def _write(session: Session, page: Page, visit: Visit) -> None:
    status = visit.columns.get("status")
    values: dict[str, Any] = {"checked_at": visit.at, "claimed_by": None, "claimed_until": None}
    if visit.row_id == page.id:
        values["hops"] = list(visit.hops)
    if status == PageStatus.FETCHED:
        values |= _content(session, page, visit)
    elif status is not None:
        values |= _failure(page, visit)
    else:  # what stood at the end of the way has gone since: it is to be crawled again
        del values["checked_at"]
    page.sqlmodel_update(storable(values))
    session.add(page)


def _content(session: Session, page: Page, visit: Visit) -> dict[str, Any]:
    """Columns of a page that has content: only the time it was checked where that is what it had."""
    known = page.status == PageStatus.FETCHED
    if "text" not in visit.columns or (known and page.sha256 == visit.columns["sha256"]):
        validators = _some(visit.columns, "etag", "last_modified")
        return {"error": None, **{name: value for name, value in validators.items() if value}}
    version = page.version
    if not version or page.sha256 != visit.columns["sha256"]:
        version += 1
        session.add(_version(page, version, storable(visit.columns), visit.at))
    else:  # its body had been removed, and is there again
        same = (col(PageVersion.page_id) == page.id, col(PageVersion.sha256) == page.sha256)
        session.exec(update(PageVersion).where(*same).values(removed_at=None))
    return {**visit.columns, "version": version, "fetched_at": visit.at, "target_id": None}


def _some(columns: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: columns[name] for name in names if name in columns}


def _version(page: Page, version: int, columns: dict[str, Any], at: datetime | None) -> PageVersion:
    described = _some(columns, "sha256", "final_url", "title", "published")
    return PageVersion(page_id=page.id, version=version, fetched_at=at, **described)


def _failure(page: Page, visit: Visit) -> dict[str, Any]:
    """Columns of a page that was not read this time; what was read of it before stays."""
    columns = visit.columns
    dead = columns.get("http_status") in GONE or columns.get("wall") == "gone"
    if page.version and page.status == PageStatus.FETCHED and not dead:
        return {"error": f"could not be checked: {columns['error']}"[:500]}
    if page.version:
        told = _some(columns, "http_status", "wall") if dead else {}
        columns = {**told, "status": PageStatus.FAILED, "error": columns["error"]}
    else:
        columns = {**CONTENT, **columns, "target_id": None}
    # Nothing is scored again because a page is still what it was.
    return columns if columns["status"] == page.status else {**columns, "fetched_at": visit.at}


def _move(session: Session, page: Page, target: Page, visit: Visit) -> None:
    """Make a row one that leads to another, and have what leans on it lean on that."""
    if page.version:
        for table in (PageReading, PageMention, Offer):
            session.exec(delete(table).where(col(table.page_id) == page.id))
    values = {
        **CONTENT,
        **dict.fromkeys(("sha256", "etag", "last_modified", "error", "wall", "claimed_by", "claimed_until")),
        "status": PageStatus.MOVED,
        "target_id": target.id,
        "hops": list(visit.hops),
        "final_url": visit.columns.get("final_url", target.url),
        "http_status": visit.columns.get("http_status"),
        "fetched_at": visit.at,
        "checked_at": visit.at,
    }
    page.sqlmodel_update(storable(values))
    session.add(page)
    session.flush()  # an answer that is being saved waits for this, and then sees where the page has moved
    _redirect_rows(session, page, target)


def _redirect_rows(session: Session, page: Page, target: Page) -> None:
    """Have citations, offers and moved rows point at the target; what was scored with the old one is stale."""
    shown = select(Citation.answer_id).join(Offer, col(Offer.page_id) == col(Citation.page_id))
    leaning: sa.CompoundSelect[Any] = sa.union(
        select(Citation.answer_id).where(Citation.page_id == page.id),
        select(Offer.answer_id).where(Offer.target_id == page.id, col(Offer.answer_id).is_not(None)),
        shown.where(Offer.target_id == page.id),
    )
    scored = (col(Answer.rules).is_not(None), col(Answer.id).in_(leaning))
    session.exec(update(Answer).where(*scored).values(rules=None))
    cited = update(Citation).where(col(Citation.page_id) == page.id)
    session.exec(cited.values(page_id=target.id, domain=target.domain))
    session.exec(update(Offer).where(col(Offer.target_id) == page.id).values(target_id=target.id))
    earlier = update(Page).where(col(Page.target_id) == page.id)
    session.exec(earlier.values(target_id=target.id))


def save_reading(session: Session, page: Page, columns: dict[str, Any]) -> None:
    """Write what a stored body says, read anew; whether the page could be had last time stays as it was told."""
    if page.version and columns["status"] == PageStatus.FETCHED:
        columns = {name: value for name, value in columns.items() if name not in ("status", "error", "wall")}
    elif columns["status"] == PageStatus.FETCHED:
        session.add(_version(page, 1, {**page.model_dump(), **storable(columns)}, page.fetched_at))
        columns = {**columns, "version": 1}
    page.sqlmodel_update(storable(columns))
    session.add(page)


MAX_KEY = 2_500
"""Bytes of a text that PostgreSQL takes into a unique index, with room for the other columns."""


def page_columns(content: PageContent) -> dict[str, Any]:
    """What a page that was read says, as columns of its row; a wall is a failure, never content."""
    names = ("title", "site", "author", "published", "language", "text")
    columns = {name: None if content.wall else getattr(content, name) for name in names}
    wall = f"shows a wall instead of its content: {content.wall}" if content.wall else None
    return {
        **columns,
        "types": [] if content.wall else list(content.types),
        "wall": content.wall,
        "status": PageStatus.FAILED if wall else PageStatus.FETCHED,
        "error": wall,
    }


def pages_of(workspace: Workspace) -> sa.ColumnElement[bool]:
    """Which pages are a workspace's to crawl: those that its answers cite, and those that its offers lead to."""
    # Asked page by page, over the indexes of both columns: PostgreSQL would make the whole lists for every question.
    cited = select(Citation.id).join(Answer).where(Answer.workspace_id == workspace.id)
    offered = select(Offer.id).where(Offer.workspace_id == workspace.id)
    return sa.or_(
        cited.where(Citation.page_id == Page.id).exists(),
        offered.where(Offer.target_id == Page.id).exists(),
    )


def plan_pages(session: Session, urls: Iterable[str], *, sandbox: bool) -> dict[str, int]:
    """Plan each crawlable address once; returns page ids by canonical URL, of a moved one that of its target."""
    return {url: page.id for url, page in plan_addresses(session, crawlable(urls), sandbox=sandbox).items()}


class Planned(NamedTuple):
    """The page that an address leads to."""

    id: int
    domain: str


def crawlable(urls: Iterable[str]) -> dict[str, str]:
    """The canonical forms of those addresses that may be crawled, in their order, with their registrable domains."""
    pages = dict.fromkeys(canonical(url) for url in urls if is_public_http(url))
    return {page: domain(page) or "" for page in pages if len(page) <= MAX_KEY and is_public_http(page)}


def plan_addresses(session: Session, domains: Mapping[str, str], *, sandbox: bool) -> dict[str, Planned]:
    """As `plan_pages` for what `crawlable` gave."""
    # A page whose text was removed is cited again: it is to be read again.
    removed = (col(Page.url).in_(list(domains)), col(Page.removed_at).is_not(None))
    session.exec(update(Page).where(*removed).values(status=PageStatus.PLANNED, removed_at=None))
    ids = _known_pages(session, domains)
    rows = [
        {"url": url, "domain": of, "sandbox": sandbox, "status": PageStatus.PLANNED}
        for url, of in domains.items()
        if url not in ids
    ]
    if rows:
        insert_new(session, Page, rows)
        ids = _known_pages(session, domains)
    return ids


def _known_pages(session: Session, urls: Iterable[str]) -> dict[str, Planned]:
    known = sa.select(col(Page.url), col(Page.id), col(Page.target_id), col(Page.domain))
    known = known.where(col(Page.url).in_(list(urls))).order_by(col(Page.id))
    # A page that is just moving is waited for: its citations are to be those of its target.
    rows = session.connection().execute(known.with_for_update(read=True)).all()
    moved = {row.target_id for row in rows if row.target_id is not None}
    targets = sa.select(col(Page.id), col(Page.domain)).where(col(Page.id).in_(moved))
    of = {row.id: row.domain for row in session.connection().execute(targets)} if moved else {}
    return {row.url: Planned(row.target_id or row.id, of.get(row.target_id, row.domain)) for row in rows}
