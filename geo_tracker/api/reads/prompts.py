"""The questions, and how brands fare on each."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from geo_tracker.api.reads.base import Page, Paged, Read, Selected, Words, about_facts, page_of
from geo_tracker.api.reads.metrics import Value
from geo_tracker.metrics.definitions import metric
from geo_tracker.metrics.measures import Measurement, measurements
from geo_tracker.metrics.records import Facts
from geo_tracker.queries.facts import read_facts

BY = ("prompt", "language", "country", "persona", "topic", "stage")


class PromptsQuery(Selected, Paged):
    """Options of `prompts`."""

    metric: Words = Field(default=["mention_rate"], description="Metrics of each prompt.")
    brand: Words = Field(default_factory=list, description="Tracked brands; the own one without it.")


class AskedPrompt(BaseModel):
    """A question that was asked."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    prompt: str
    language: str
    country: str
    persona: str
    topic: str
    stage: str
    coverage: float | None
    """Valid answers / planned answers."""
    values: list[Value]


class PromptsPage(Page):
    """Prompts, by their text."""

    prompts: list[AskedPrompt]


class Prompts(Read):
    """The questions asked in the selected days, each with the metrics of the own brand, or of those named."""

    name = path = "prompts"
    query = PromptsQuery
    result = PromptsPage

    @classmethod
    def read(cls, session: Session, slug: str, query: Any) -> PromptsPage:
        names = [metric(name).name for name in query.metric]
        facts = read_facts(session, query.selection(session, slug), (), (*names, "coverage"))
        own = (facts.own.name,) if facts.own else ()
        found = _by_prompt(facts, names, query.brand or own)
        shown = sorted(found)[query.offset : query.offset + query.limit]
        return PromptsPage(
            about=about_facts(facts),
            prompts=[_prompt(key, found[key]) for key in shown],
            **page_of(len(found), query),
        )


def _by_prompt(facts: Facts, names: list[str], brands: Any) -> dict[tuple[str, ...], list[Measurement]]:
    found: dict[tuple[str, ...], list[Measurement]] = defaultdict(list)
    for row in measurements(facts, BY, names, brands):
        found[tuple(row.group.values())].append(row)
    return found


def _prompt(key: tuple[str, ...], values: list[Measurement]) -> AskedPrompt:
    described = dict(zip(BY, key, strict=True))
    return AskedPrompt(**described, coverage=values[0].estimate.coverage, values=Value.of(values))
