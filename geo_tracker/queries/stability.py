"""The brands of every answer in their order, by prompt and engine: what stability is measured on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from geo_tracker.metrics.records import Selection
from geo_tracker.metrics.stability import Order, Stability, stability
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score


@dataclass(frozen=True, slots=True)
class PromptStability:
    """How alike the repeats of one prompt on one engine are."""

    prompt: str
    engine: str
    surface: str
    of: Stability

    def record(self) -> dict[str, Any]:
        """As one JSON object; the fields are those of `geo-tracker stability`."""
        return {"prompt": self.prompt, "engine": self.engine, "surface": self.surface, **asdict(self.of)}


def read_stability(session: Session, filters: Selection) -> list[PromptStability]:
    """The stability of every prompt on every engine, the least alike first; those without repeats last."""
    groups: dict[tuple[str, str, str], dict[int, dict[int, list[str]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in session.connection().execute(_rows(session, filters)):
        brands = groups[row.prompt, row.engine, row.surface][row.run][row.answer]
        if row.brand is not None:
            brands.append(row.brand)
    found = [
        PromptStability(*key, stability([_orders(answers) for answers in runs.values()]))
        for key, runs in groups.items()
    ]
    return sorted(found, key=lambda row: (row.of.jaccard is None, row.of.jaccard, row.prompt, row.engine))


def _orders(answers: dict[int, list[str]]) -> list[Order]:
    return [tuple(brands) for brands in answers.values()]


def _rows(session: Session, filters: Selection) -> sa.Select[Any]:
    """A row per answer and brand that it names, in order; one without a brand for an answer that names none."""
    workspace = workspace_named(session, filters.workspace)
    named = sa.and_(col(Score.answer_id) == col(Answer.id), col(Score.mentions) > 0)
    columns: list[Any] = [
        col(Prompt.text).label("prompt"),
        col(Answer.engine).label("engine"),
        col(Answer.surface).label("surface"),
        col(Answer.run_id).label("run"),
        col(Answer.id).label("answer"),
        col(Brand.name).label("brand"),
    ]
    joined = sa.select(*columns).select_from(Answer).join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
    joined = joined.outerjoin(Score, named).outerjoin(Brand, col(Brand.id) == col(Score.brand_id))
    valid = joined.where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
    return valid.order_by(col(Answer.id), col(Score.rank), col(Score.brand_id))
