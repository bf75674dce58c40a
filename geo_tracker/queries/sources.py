"""Cited sources over a selection: which domains and pages answers cite, of which kind, and whom they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, select

from geo_tracker.extract.urls import owned_by
from geo_tracker.metrics.records import Selection
from geo_tracker.queries.citations import (
    Cited,
    Level,
    answers_citing,
    facets,
    names,
    names_by_page,
    page_citations,
    read_cited,
)
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Brand

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A domain or a page over all selected answers that cite it."""

    source: str
    """The domain, or the page's URL."""
    page_id: int | None
    title: str | None
    type: str | None
    """Of a domain that of most of its citations; None where nothing tells."""
    reason: str | None
    """What told the type, see docs/commerce.md."""
    answers: int
    citations: int
    weight: float
    """Sum over its citations of the answer's share that each bears."""
    engines: tuple[str, ...]
    brands: tuple[str, ...]
    """Tracked brands that its cited pages name."""
    owner: str | None
    statuses: tuple[str, ...]
    """How the crawl of its cited pages ended."""

    def record(self) -> dict[str, Any]:
        """The source as one JSON object; the fields are those of `geo-tracker sources`."""
        return asdict(self)


def read_sources(
    session: Session,
    filters: Selection,
    level: Level = "domain",
    *,
    limit: int | None = 100,
    cited: Cited | None = None,
) -> list[CitedSource]:
    """The sources that the selected valid answers cite, most answers first; `limit=None` reads them all.

    `cited` are the selection's, where they were read already.
    """
    workspace = workspace_named(session, filters.workspace)
    found = facets(page_citations(cited or read_cited(session, workspace, filters), level))
    answers = answers_citing(session, workspace, filters, level)
    shown = sorted(found, key=lambda key: (-answers[key], -found[key].citations, key))[:limit]
    naming = names_by_page(session, workspace, (page for key in shown for page in found[key].pages))
    called = names(session, workspace, filters, level, {key: found[key] for key in shown})
    owners = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    return [
        CitedSource(
            source=key,
            page_id=of.page_id if level == "page" else None,
            title=called[key],
            type=of.kind[0],
            reason=of.kind[1],
            answers=answers[key],
            citations=of.citations,
            weight=of.weight,
            engines=tuple(sorted(of.engines)),
            brands=tuple(sorted({named.brand for page in of.pages for named in naming.get(page or 0, ())})),
            owner=owner(f"https://{key}" if level == "domain" else key, owners),
            statuses=tuple(sorted(of.statuses)),
        )
        for key in shown
        for of in [found[key]]
    ]


def owner(url: str, brands: Sequence[Brand]) -> str | None:
    """The brand that owns the address's domain."""
    return next((brand.name for brand in brands if owned_by(url, brand.domains)), None)
