"""Cited pages as a workspace sees them: what kind of source each is, whom it names, what it sells."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from geo_tracker.errors import GeoTrackerError
from geo_tracker.extract.commerce.product_pages import is_markup, page_offers
from geo_tracker.extract.pages.encodings import decode
from geo_tracker.extract.pages.source_types import source_type
from geo_tracker.extract.records import Offer as FoundOffer
from geo_tracker.extract.records import PageContent
from geo_tracker.extract.scores import RULES_VERSION, analyse
from geo_tracker.score.offers import Catalogue
from geo_tracker.storage.archive import Archive
from geo_tracker.storage.database import insert_new, storable
from geo_tracker.storage.models import Offer, Page, PageMention, PageReading, PageStatus, Workspace
from geo_tracker.workspaces.brands import Brands

logger = logging.getLogger(__name__)


class PageReader:
    """Reads each page for a workspace once per content and version of the rules."""

    def __init__(self, archive: Archive, workspace: Workspace, brands: Brands, catalogue: Catalogue) -> None:
        self.naming: dict[int, set[int]] = {}
        """Brand ids by page id."""
        self.addresses: dict[int, str] = {}
        """Where each page really is, by page id."""
        self._archive = archive
        self._workspace = workspace
        self._brands = brands.active
        self._matcher = brands.matcher(self._brands)
        self._catalogue = catalogue
        self._owned = [name for brand in self._brands if brand.own for name in brand.domains]
        self._competing = [name for brand in self._brands if not brand.own for name in brand.domains]

    def read(self, session: Session, page_ids: Iterable[int]) -> None:
        """Bring what is known of these pages up to date; call inside a writing transaction."""
        unknown = [page_id for page_id in set(page_ids) if page_id not in self.naming]
        pages = session.exec(select(Page).where(col(Page.id).in_(unknown))).all()
        fresh = self._fresh(session, unknown)
        stale = [page for page in pages if (page.id, page.sha256) not in fresh]
        self._write(session, stale)
        for page in pages:
            self.naming[page.id] = set()
            self.addresses[page.id] = page.final_url or page.url
        mine = [brand.id for brand in self._brands]
        named = (col(PageMention.page_id).in_(unknown), col(PageMention.brand_id).in_(mine))
        for mention in session.exec(select(PageMention).where(*named)).all():
            self.naming[mention.page_id].add(mention.brand_id)

    def _fresh(self, session: Session, page_ids: Sequence[int]) -> set[tuple[int, str | None]]:
        """Page and content of the readings that still hold."""
        mine = (PageReading.workspace_id == self._workspace.id, PageReading.rules == RULES_VERSION)
        found = session.exec(select(PageReading).where(*mine, col(PageReading.page_id).in_(page_ids))).all()
        return {(reading.page_id, reading.sha256) for reading in found}

    def _write(self, session: Session, pages: Sequence[Page]) -> None:
        ids = [page.id for page in pages]
        mine = [brand.id for brand in self._brands]
        session.exec(
            delete(PageMention).where(col(PageMention.page_id).in_(ids), col(PageMention.brand_id).in_(mine))
        )
        for table in (PageReading, Offer):
            mine_of = (col(table.workspace_id) == self._workspace.id, col(table.page_id).in_(ids))
            session.exec(delete(table).where(*mine_of))
        insert_new(session, PageReading, [self._reading(page) for page in pages])
        insert_new(session, PageMention, [row for page in pages for row in self._mentions(page)])
        for page in pages:
            insert_new(session, Offer, storable(self._catalogue.page_rows(page, self._offers(page))))

    def _reading(self, page: Page) -> dict[str, Any]:
        content = PageContent(
            title=page.title,
            site=page.site,
            published=page.published,
            language=page.language,
            text=page.text or "",
            types=tuple(page.types),
        )
        source = source_type(
            page.final_url or page.url,
            content if page.status == PageStatus.FETCHED else None,
            owned=self._owned,
            competitors=self._competing,
            overrides=self._workspace.source_types,
            platforms=self._catalogue.platforms,
        )
        return {
            "workspace_id": self._workspace.id,
            "page_id": page.id,
            "sha256": page.sha256,
            "rules": RULES_VERSION,
            "type": source.type if source else None,
            "reason": source.reason if source else None,
        }

    def _mentions(self, page: Page) -> Iterable[dict[str, Any]]:
        ids = {brand.name: brand.id for brand in self._brands}
        for found in analyse(page.text or "", self._matcher).brands:
            yield {
                "page_id": page.id,
                "brand_id": ids[found.brand],
                "mentions": len(found.mentions),
                "polarity": found.polarity,
            }

    def _offers(self, page: Page) -> Sequence[FoundOffer]:
        """The offers of a page that was fetched; a PDF or a plain text has none."""
        if page.status != PageStatus.FETCHED or page.sha256 is None:
            return ()
        try:
            source = decode(self._archive.get(page.sha256), page.content_type)
        except GeoTrackerError as error:
            logger.warning("offers of %s are missing: %s", page.url, error)
            return ()
        if not is_markup(source):
            return ()
        return page_offers(source, page.final_url or page.url, self._catalogue.platforms)
