"""The sources of answers, as scoring reads them and notes their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.storage.database import update_rows
from geo_tracker.storage.models import Citation


class Source(NamedTuple):
    """A source of an answer, whatever its role."""

    id: int
    page_id: int | None
    url: str
    role: str
    spans: Sequence[Sequence[int]]
    weight: float | None


Sources = Mapping[int, Sequence[Source]]
"""By answer, in the order in which the answer has them."""


def sources_of(session: Session, ids: Sequence[int]) -> dict[int, list[Source]]:
    """All sources of these answers."""
    found: dict[int, list[Source]] = {answer_id: [] for answer_id in ids}
    columns = (Citation.id, Citation.page_id, Citation.url, Citation.role, Citation.spans, Citation.weight)
    cited = sa.select(col(Citation.answer_id), *columns).where(col(Citation.answer_id).in_(ids))  # type: ignore[call-overload]
    for answer_id, *values in session.connection().execute(cited.order_by(col(Citation.position))):
        found[answer_id].append(Source(*values))
    return found


def cited_pages(sources: Sources) -> dict[int, list[int]]:
    """The pages that each answer cites, in order; what was only retrieved or opened does not count."""
    return {
        answer: [source.page_id for source in found if source.page_id and source.role == "cited"]
        for answer, found in sources.items()
    }


def weigh(session: Session, sources: Sources, weights: Mapping[int, Sequence[float | None]]) -> None:
    """Note on each cited source how much of the answer rests on it."""
    changed: dict[int, dict[str, float | None]] = {}
    for answer_id, each in weights.items():
        cited = [source for source in sources[answer_id] if source.role == "cited"]
        for source, weight in zip(cited, each, strict=True):
            if weight != source.weight:
                changed[source.id] = {"weight": weight}
    update_rows(session, Citation, changed)
