"""Which kinds of sources a selection's citations lead to, and what share each has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from geo_tracker.metrics.definitions import SOURCE_SHARE
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.by_prompt import asked, by_prompt
from geo_tracker.queries.citations import (
    Cited,
    PageCitations,
    chosen,
    from_citations,
    page_citations,
    read_cited,
)
from geo_tracker.queries.sources import UNKNOWN
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, Citation, PageReading, Workspace


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
