"""Cited sources over a selection: which domains and pages answers lean on, of which kind, and whom they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, func, select

from geo_tracker.extract.urls import owned_by
from geo_tracker.metrics.definitions import SOURCE_SHARE
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.citations import (
    Level,
    asked,
    by_prompt,
    cited,
    facet_rows,
    facets,
    names_by_page,
    weighed,
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
    session: Session, filters: Selection, level: Level = "domain", *, limit: int | None = 100
) -> list[CitedSource]:
    """The sources that the selected valid answers cite, most answers first; `limit=None` reads them all."""
    workspace = workspace_named(session, filters.workspace)
    counted = session.connection().execute(_counts(weighed(workspace, filters, level), limit)).all()
    of = facets(facet_rows(session, cited(workspace, filters, level)))
    shown = (page for row in counted for page in of[row.key].pages)
    naming = names_by_page(session, workspace, shown)
    owners = session.exec(select(Brand).where(Brand.workspace_id == workspace.id)).all()
    return [
        CitedSource(
            source=row.key,
            page_id=row.page_id if level == "page" else None,
            title=row.title if level == "page" else row.site,
            type=of[row.key].kind[0],
            reason=of[row.key].kind[1],
            answers=row.answers,
            citations=row.citations,
            weight=float(row.weight),
            engines=tuple(sorted(of[row.key].engines)),
            brands=tuple(sorted({n.brand for page in of[row.key].pages for n in naming.get(page or 0, ())})),
            owner=owner(f"https://{row.key}" if level == "domain" else row.key, owners),
            statuses=tuple(sorted(of[row.key].statuses)),
        )
        for row in counted
    ]


def read_types(session: Session, filters: Selection) -> list[TypeShare]:
    """Every type among the citations of the selected valid answers, the largest share first."""
    workspace = workspace_named(session, filters.workspace)
    rows = cited(workspace, filters, "domain")
    kind = func.coalesce(rows.c.type, UNKNOWN)
    by_cell = sa.select(kind, rows.c.prompt_id, func.count()).group_by(kind, rows.c.prompt_id)
    counts = [(name, prompt, count) for name, prompt, count in session.connection().execute(by_cell)]
    each = (func.count(sa.distinct(rows.c.key)), func.count(sa.distinct(rows.c.page_id)), func.count())
    sums = session.connection().execute(sa.select(kind, *each).group_by(kind)).all()
    shares = _shares(session, rows, counts, asked(session, workspace, filters))
    found = [
        TypeShare(None if name == UNKNOWN else name, domains, pages, citations, shares[name])
        for name, domains, pages, citations in sums
    ]
    return sorted(found, key=lambda share: (-share.citations, share.type or UNKNOWN))


def _shares(
    session: Session, rows: sa.Subquery, counts: Sequence[tuple[str, int, int]], of: Any
) -> dict[str, Estimate]:
    """The share of citations of each type, from its citations by prompt."""
    answers = func.count(sa.distinct(rows.c.answer_id))
    sums = sa.select(rows.c.prompt_id, func.count(), answers).group_by(rows.c.prompt_id)
    of["citations_all"] = of["answers_with_citations"] = 0
    for prompt, citations, citing in session.connection().execute(sums):
        of.loc[prompt, ["citations_all", "answers_with_citations"]] = citations, citing
    names = sorted({name for name, _, _ in counts})
    return estimates(by_prompt(counts, names, of, "citations"), SOURCE_SHARE, names)


def owner(url: str, brands: Sequence[Brand]) -> str | None:
    """The brand that owns the address's domain."""
    return next((brand.name for brand in brands if owned_by(url, brand.domains)), None)


def _counts(rows: sa.Subquery, limit: int | None) -> Any:
    answers = func.count(sa.distinct(rows.c.answer_id)).label("answers")
    columns = (rows.c.key, answers, func.count().label("citations"), func.sum(rows.c.weight).label("weight"))
    described = (func.max(rows.c[name]).label(name) for name in ("page_id", "title", "site"))
    ordered = sa.select(*columns, *described).group_by(rows.c.key)
    return ordered.order_by(answers.desc(), sa.desc("citations"), rows.c.key).limit(limit)
