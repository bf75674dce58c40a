"""What a workspace holds, and what can be asked of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from geo_tracker.api.reads.base import Query, Read, Result, about_facts
from geo_tracker.i18n import translate
from geo_tracker.metrics.definitions import METRICS
from geo_tracker.metrics.records import Selection, TrackedBrand
from geo_tracker.queries.facts import read_choices, read_facts
from geo_tracker.queries.status import read_status


class WorkspaceQuery(Query):
    """`workspace` has no options."""


class Meaning(BaseModel):
    """A metric and what it means."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    name: str
    unit: str
    """`share` lies in 0..1, `balance` in -1..1, `change` above -1; `position` starts at 1, smaller is better."""
    per_brand: bool
    meaning: str
    formula: str


class WorkspaceResult(Result):
    """The workspace, over all its days."""

    brands: list[TrackedBrand]
    """The own ones first."""
    dimensions: dict[str, tuple[str, ...]]
    """What selections can be narrowed to."""
    metrics: list[Meaning]
    counts: dict[str, Any]
    """As `geo-tracker status` counts them."""


class Workspace(Read):
    """What a workspace holds: brands, days, engines, topics and the metrics with their meanings. Ask this first."""

    name, path = "workspace", ""
    query = WorkspaceQuery
    result = WorkspaceResult

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> WorkspaceResult:
        facts = read_facts(session, Selection(slug, branded=True), (), ("coverage",))
        return WorkspaceResult(
            about=about_facts(facts),
            brands=list(facts.brands),
            dimensions=dict(read_choices(session, slug).values),
            metrics=_meanings(),
            counts=asdict(read_status(session, slug)),
        )


def _meanings() -> list[Meaning]:
    t = translate("en")
    return [
        Meaning(
            name=each.name,
            unit=each.unit,
            per_brand=each.per_brand,
            meaning=t(f"metric.{each.name}.help"),
            formula=t(f"metric.{each.name}.formula"),
        )
        for each in METRICS.values()
    ]
