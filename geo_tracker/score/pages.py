"""Cited pages as a workspace sees them: what kind of source each is, whom it names, what it sells."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, delete, select

from geo_tracker.errors import GeoTrackerError
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.scores import RULES_VERSION
from geo_tracker.score.processes import Processes
from geo_tracker.score.texts import PageRows, PageText, Texts
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new
from geo_tracker.storage.models import Offer, Page, PageMention, PageReading, PageStatus, Workspace
from geo_tracker.workspaces.brands import Brands

logger = logging.getLogger(__name__)
BATCH = 100
"""Pages whose bodies are in memory at once."""


class PageReader:
    """Reads each page for a workspace once per content and version of the rules."""

    def __init__(
        self, archive: Archive, workspace: Workspace, brands: Brands, texts: Processes[Texts]
    ) -> None:
        self.naming: dict[int, set[int]] = {}
        """Brand ids by page id."""
        self.addresses: dict[int, str] = {}
        """Where each page really is, by page id."""
        self._archive = archive
        self._workspace = workspace
        self._texts = texts
        self._mine = [brand.id for brand in brands.active]

    def read(self, session: Session, page_ids: Iterable[int]) -> None:
        """Bring what is known of these pages up to date; call inside a writing transaction."""
        unknown = [page_id for page_id in set(page_ids) if page_id not in self.naming]
        wanted = select(Page).where(col(Page.id).in_(unknown)).order_by(col(Page.id))
        pages = session.exec(wanted).all()
        fresh = self._fresh(session, unknown)
        # Of a page whose text was removed stands what was read while it was there.
        stale = [page for page in pages if (page.id, page.sha256) not in fresh and page.removed_at is None]
        for at in range(0, len(stale), BATCH):
            self._write(session, stale[at : at + BATCH])
        for page in pages:
            self.naming[page.id] = set()
            self.addresses[page.id] = page.final_url or page.url
        named = (col(PageMention.page_id).in_(unknown), col(PageMention.brand_id).in_(self._mine))
        for mention in session.exec(select(PageMention).where(*named)).all():
            self.naming[mention.page_id].add(mention.brand_id)

    def _fresh(self, session: Session, page_ids: Sequence[int]) -> set[tuple[int, str | None]]:
        """Page and content of the readings that still hold."""
        mine = (PageReading.workspace_id == self._workspace.id, PageReading.rules == RULES_VERSION)
        found = session.exec(select(PageReading).where(*mine, col(PageReading.page_id).in_(page_ids))).all()
        return {(reading.page_id, reading.sha256) for reading in found}

    def _write(self, session: Session, pages: Sequence[Page]) -> None:
        ids = [page.id for page in pages]
        named = (col(PageMention.page_id).in_(ids), col(PageMention.brand_id).in_(self._mine))
        session.exec(delete(PageMention).where(*named))
        for table in (PageReading, Offer):
            mine_of = (col(table.workspace_id) == self._workspace.id, col(table.page_id).in_(ids))
            session.exec(delete(table).where(*mine_of))
        found = self._found([self._text(page) for page in pages])
        insert_new(session, PageReading, [page.reading for page in found])
        insert_new(session, PageMention, [row for page in found for row in page.mentions])
        insert_new(session, Offer, [row for page in found for row in page.offers])

    def _found(self, pages: Sequence[PageText]) -> list[PageRows]:
        """What pages say; those with nothing to read are not sent anywhere."""
        found = self._texts.run(Texts.page, [page for page in pages if page.text or page.body]).results()
        bare = [self._texts.state.page(page) for page in pages if not (page.text or page.body)]
        return sorted([*found, *bare], key=lambda rows: rows.reading["page_id"])

    def _text(self, page: Page) -> PageText:
        content = PageContent(
            title=page.title,
            site=page.site,
            published=page.published,
            language=page.language,
            text=page.text or "",
            types=tuple(page.types),
        )
        fetched = page.status == PageStatus.FETCHED
        return PageText(
            page_id=page.id,
            url=page.final_url or page.url,
            sha256=page.sha256,
            content=content if fetched else None,
            text=page.text or "",
            body=self._body(page) if fetched else None,
            content_type=page.content_type,
        )

    def _body(self, page: Page) -> bytes | None:
        try:
            return self._archive.get(page.sha256) if page.sha256 else None
        except GeoTrackerError as error:
            logger.warning("offers of %s are missing: %s", page.url, error)
            return None
