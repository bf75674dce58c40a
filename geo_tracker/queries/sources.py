"""Cited sources over a selection: which domains and pages answers cite, of which kind, and whom they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from geo_tracker.extract.urls import owned_by
from geo_tracker.metrics.definitions import SOURCE_SHARE
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.citations import (
    Cited,
    Level,
    PageCitations,
    asked,
    by_prompt,
    chosen,
    citing,
    facets,
    from_citations,
    names,
    names_by_page,
    page_citations,
    read_cited,
)
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Brand, Citation, PageReading, Workspace

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


@dataclass(frozen=True, slots=True)
class TypeShare:
    """One type of source over all citations of the selection."""

    type: str | None
    domains: int
    pages: int
    citations: int
    share: Estimate
    """Of all citations."""

    def record(self) -> dict[str, Any]:
        """The type as one JSON object; the fields are those of `geo-tracker sources --by type`."""
        own = {name: getattr(self, name) for name in ("type", "domains", "pages", "citations")}
        shown = ("value", "n", "low", "high", "prompts", "coverage", "verdict")
        return {**own, **{name: getattr(self.share, name) for name in shown}}


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
    answers = {key: sum(of.values()) for key, of in citing(session, workspace, filters, level).items()}
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


def read_types(session: Session, filters: Selection, *, cited: Cited | None = None) -> list[TypeShare]:
    """Every type among the citations of the selected valid answers, the largest share first."""
    workspace = workspace_named(session, filters.workspace)
    of_type: dict[str, list[PageCitations]] = defaultdict(list)
    for part in page_citations(cited or read_cited(session, workspace, filters, weights=False), "domain"):
        of_type[part.type or UNKNOWN].append(part)
    shares = _shares(session, workspace, filters)
    found = [
        TypeShare(
            type=None if name == UNKNOWN else name,
            domains=len({part.domain for part in of}),
            pages=len({part.page_id for part in of} - {None}),
            citations=sum(part.citations for part in of),
            share=shares[name],
        )
        for name, of in of_type.items()
    ]
    return sorted(found, key=lambda share: (-share.citations, share.type or UNKNOWN))


def _shares(session: Session, workspace: Workspace, filters: Selection) -> dict[str, Estimate]:
    """The share of citations of each type, from its citations by prompt."""
    of = asked(session, workspace, filters)
    of["citations_all"] = of["answers_with_citations"] = 0
    for prompt, citations, answers in session.connection().execute(_citing_by_prompt(workspace, filters)):
        of.loc[prompt, ["citations_all", "answers_with_citations"]] = citations, answers
    counts = [tuple(row) for row in session.connection().execute(_types_by_prompt(workspace, filters))]
    names = sorted({name for name, _, _ in counts})
    return estimates(by_prompt(counts, names, of, "citations"), SOURCE_SHARE, names)


def _citing_by_prompt(workspace: Workspace, filters: Selection) -> Any:
    prompt = col(Answer.prompt_id)
    counted = from_citations(sa.select(prompt, func.count(), func.count(sa.distinct(col(Answer.id)))))
    return counted.where(*chosen(workspace, filters), col(Citation.domain) != "").group_by(prompt)


def _types_by_prompt(workspace: Workspace, filters: Selection) -> Any:
    kind, prompt = func.coalesce(PageReading.type, UNKNOWN), col(Answer.prompt_id)
    mine = (col(PageReading.workspace_id) == workspace.id, col(PageReading.page_id) == Citation.page_id)
    counted = from_citations(sa.select(kind, prompt, func.count())).outerjoin(PageReading, sa.and_(*mine))
    return counted.where(*chosen(workspace, filters), col(Citation.domain) != "").group_by(kind, prompt)


def owner(url: str, brands: Sequence[Brand]) -> str | None:
    """The brand that owns the address's domain."""
    return next((brand.name for brand in brands if owned_by(url, brand.domains)), None)
