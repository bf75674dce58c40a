"""What a workspace knows of offers: its own platforms, brands and products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from geo_tracker.cli._place import Place
from geo_tracker.extract.records import Offer
from geo_tracker.score.offers import Catalogue
from geo_tracker.storage.database import reading, workspace_named
from geo_tracker.workspaces.apply import apply
from geo_tracker.workspaces.brands import Brands
from geo_tracker.workspaces.file import read_workspace


class Known:
    """A workspace's platforms, and its word on offers."""

    def __init__(self, session: Session, slug: str) -> None:
        workspace = workspace_named(session, slug)
        brands = Brands(session, workspace)
        self._catalogue = Catalogue(workspace, brands)
        self._names = {brand.id: brand.name for brand in brands.active}
        self.platforms = self._catalogue.platforms

    def record(self, offer: Offer) -> dict[str, Any]:
        """The offer with its brand, product, store and reference price in the workspace."""
        said = self._catalogue.described(offer)
        brand = self._names.get(said.pop("brand_id")) or offer.brand
        return {**asdict(offer), "brand": brand, **said}


def known(workspace: str) -> Known:
    """What the workspace of that file or slug knows; raises `UsageError` where there is neither."""
    with _session(workspace) as (session, slug):
        return Known(session, slug)


@contextmanager
def _session(workspace: str) -> Iterator[tuple[Session, str]]:
    """The database with the workspace of a slug; a file is applied to one in memory."""
    path = Path(workspace)
    if not path.is_file():
        with reading(Place().engine) as session:
            yield session, workspace
        return
    file = read_workspace(path)
    with Session(sa.create_engine("sqlite://")) as session:
        SQLModel.metadata.create_all(session.connection())
        apply(session, file, datetime.now(UTC))
        yield session, file.workspace.slug
