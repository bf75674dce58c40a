"""Two brands head to head: which answers name both, one of them, or neither, prompt by prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from geo_tracker.metrics.definitions import Metric
from geo_tracker.metrics.measures import estimates
from geo_tracker.metrics.records import Estimate, Selection
from geo_tracker.queries.selection import selected
from geo_tracker.storage.database import workspace_named
from geo_tracker.storage.models import Answer, AnswerStatus, Brand, Prompt, Score, Workspace

OUTCOMES = ("both", "first", "second", "neither")
RATE = Metric("head_to_head_rate", "said", "answers")
"""Answers with that outcome / valid answers; docs/metrics.md#head_to_head_rate."""


@dataclass(frozen=True, slots=True)
class OfPrompt:
    """One prompt: how many of its valid answers name both brands, only one of them, or neither."""

    prompt_id: int
    prompt: str
    topic: str
    both: int
    first: int
    second: int
    neither: int

    @property
    def answers(self) -> int:
        return self.both + self.first + self.second + self.neither


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Two brands over a selection."""

    shares: Mapping[str, Estimate]
    """By outcome, of all valid answers; empty where there are none."""
    prompts: Sequence[OfPrompt]
    """Those first on which the two lie furthest apart."""


def read_head_to_head(session: Session, filters: Selection, first: str, second: str) -> HeadToHead:
    """The valid answers of a selection by which of two tracked brands they name."""
    workspace = workspace_named(session, filters.workspace)
    one, other = (_naming(workspace, name) for name in (first, second))
    cases = {
        "both": sa.and_(one, other),
        "first": sa.and_(one, sa.not_(other)),
        "second": sa.and_(sa.not_(one), other),
        "neither": sa.and_(sa.not_(one), sa.not_(other)),
    }
    counts = [func.sum(sa.case((cases[name], 1), else_=0)) for name in OUTCOMES]
    grouped = (
        sa.select(col(Prompt.id), col(Prompt.text), col(Prompt.topic), *counts)
        .select_from(Answer)
        .join(Prompt, col(Prompt.id) == col(Answer.prompt_id))
        .where(*selected(Answer, workspace, filters), col(Answer.status) == AnswerStatus.CAPTURED)
        .group_by(col(Prompt.id), col(Prompt.text), col(Prompt.topic))
    )
    rows = [OfPrompt(*row[:3], *map(int, row[3:])) for row in session.connection().execute(grouped)]
    rows.sort(key=lambda row: (-abs(row.first - row.second), -row.answers, row.prompt))
    return HeadToHead(_shares(rows), rows)


def _naming(workspace: Workspace, brand: str) -> Any:
    """Whether an answer names a brand."""
    score: Any = aliased(Score)
    of: Any = aliased(Brand)
    named = sa.select(score.answer_id).join(of, of.id == score.brand_id)
    mine = (of.workspace_id == workspace.id, of.name == brand, score.mentions > 0)
    return named.where(score.answer_id == col(Answer.id), *mine).exists()


def _shares(rows: Sequence[OfPrompt]) -> dict[str, Estimate]:
    frame = pd.DataFrame(
        [
            (name, row.prompt_id, getattr(row, name), row.answers, row.answers)
            for name in OUTCOMES
            for row in rows
        ],
        columns=["brand", "prompt_id", "said", "answers", "planned"],
    )
    return estimates(frame, RATE, OUTCOMES)
